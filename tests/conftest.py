import os
from pathlib import Path

import pytest

from tests.commands import succeed

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """A cache of the tests' own; TFLITEKIT_TEST_CACHE keeps compiled runners between runs."""
    kept = os.environ.get("TFLITEKIT_TEST_CACHE")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("cache")
    before = os.environ.get("TFLITEKIT_CACHE")
    os.environ["TFLITEKIT_CACHE"] = str(folder)
    yield folder
    if before is None:
        del os.environ["TFLITEKIT_CACHE"]
    else:
        os.environ["TFLITEKIT_CACHE"] = before


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
    folder = tmp_path_factory.mktemp("digits")
    succeed(
        *("convert", ROOT / "datasets" / "digits" / "model.keras", "--data", "digits"),
        *("-o", folder / "int8.tflite", "--float-out", folder / "float32.tflite"),
        cwd=folder,
    )
    return folder
