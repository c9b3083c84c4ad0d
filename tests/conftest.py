import os
import subprocess
from pathlib import Path

import pytest

from tests.alone import room
from tests.commands import succeed
from tests.ports import free_port, listens
from tests.workers import FileByFile, cache_of_worker, is_one_of_several, made_once, run_folder
from tflitekit.devices.adb_client import find_adb

ROOT = Path(__file__).resolve().parents[1]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    config.option.loadscopereorder = False  # the folders with the slowest tests come first
    return FileByFile(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Around a test and the fixtures that it sets up."""
    if not is_one_of_several():
        return (yield)
    folder = run_folder(item.config._tmp_path_factory)  # there is no fixture yet
    with room(folder, alone=item.get_closest_marker("alone") is not None):
        return (yield)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """A cache of the tests' own; TFLITEKIT_TEST_CACHE keeps compiled runners between runs."""
    kept = os.environ.get("TFLITEKIT_TEST_CACHE")
    folder = cache_of_worker(Path(kept) if kept else run_folder(tmp_path_factory) / "cache")
    before = os.environ.get("TFLITEKIT_CACHE")
    os.environ["TFLITEKIT_CACHE"] = str(folder)
    yield folder
    if before is None:
        del os.environ["TFLITEKIT_CACHE"]
    else:
        os.environ["TFLITEKIT_CACHE"] = before


@pytest.fixture(scope="session", autouse=True)
def own_adb():
    """Whoever looks for devices starts a server; here it is the tests' own, and ends with them."""
    port = free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANDROID_ADB_SERVER_PORT", str(port))
        yield
        if listens(port):
            subprocess.run([find_adb(), "kill-server"], timeout=60, check=True)


@pytest.fixture(scope="session")
def shared_data():
    """Data that are too large for the repository; the tests that use them skip without."""
    folder = Path(os.environ.get("TFLITEKIT_SHARED", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no folder {folder}: name one in TFLITEKIT_SHARED")
    return folder


@pytest.fixture(scope="session")
def digits(tmp_path_factory):
    """The digits model of the repository, converted once: int8.tflite and float32.tflite."""

    def convert(folder):
        succeed(
            *("convert", ROOT / "datasets" / "digits" / "model.keras", "--data", "digits"),
            *("-o", folder / "int8.tflite", "--float-out", folder / "float32.tflite"),
            cwd=folder,
        )

    return made_once(tmp_path_factory, "digits", convert)
