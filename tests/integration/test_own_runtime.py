"""`--runtime`, `--runner` and `--accelerator` on this machine, through the commands."""

import json
import shutil

import numpy as np
import pytest

from tests.commands import ANYWAY, succeed, tflitekit
from tests.fakes.app_archives import MANIFEST, archive, for_android, for_machine
from tests.fakes.graphs import op, tensor
from tflitekit.abi import host_abi
from tflitekit.graph import Model, write_model
from tflitekit.progress import SILENT
from tflitekit.runtime.build import build_runner
from tflitekit.runtime.litert import VERSION, litert_library

pytestmark = pytest.mark.build

ABI = host_abi()
OTHER = "arm64-v8a" if ABI.name == "x86_64" else "x86_64"
QUICK = ("--seconds", "0.1", "--json", *ANYWAY)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model, its input, and LiteRT in every wrapping."""
    place = tmp_path_factory.mktemp("runtimes")
    graph = Model().add_subgraph("main")
    x = tensor(graph, "x", (1, 4))
    graph.inputs = [x]
    graph.outputs = [op(graph, "TANH", [x], (1, 4))]
    (place / "m.tflite").write_bytes(write_model(graph.model))
    np.savez(place / "in.npz", x=np.float32([[0, 1, 2, 3]]))
    library = litert_library(ABI, SILENT)
    runner = build_runner(ABI, SILENT)
    shutil.copy(library, place / "same.so")
    (place / "changed.so").write_bytes(library.read_bytes() + b"\0")
    (place / "wrong.so").write_bytes(for_machine(library, OTHER))
    (place / "android.so").write_bytes(for_android(library))
    shutil.copy(runner, place / "runner")
    (place / "android_runner").write_bytes(for_android(runner))
    content = runner.read_bytes()
    (place / "old_runner").write_bytes(content.replace(runner.parent.name.encode(), b"0" * 16))
    archive(place / "app.apk", {f"lib/{ABI.name}/libLiteRt.so": place / "changed.so"})
    wrapped = {f"jni/{ABI.name}/libLiteRt.so": place / "changed.so"}
    archive(place / "litert.aar", wrapped | {"AndroidManifest.xml": MANIFEST})
    return place


def bench(folder, *words):
    (result,) = json.loads(succeed("bench", "m.tflite", *words, *QUICK, cwd=folder))["results"]
    return result["runtime"], [one["tag"] for one in result["warnings"]]


def test_the_tested_library_is_recorded(folder):
    runtime, tags = bench(folder)
    assert (runtime["source"], runtime["version"], runtime["tested"]) == (None, VERSION, True)
    assert runtime["sha256"] == ABI.library_sha256
    assert (runtime["accelerator"], runtime["fully_accelerated"]) == ("cpu", None)
    assert "UNTESTED_RUNTIME" not in tags


@pytest.mark.parametrize(
    ("file", "version", "tested"),
    [
        ("same.so", VERSION, True),
        ("changed.so", None, False),
        ("app.apk", None, False),
        ("litert.aar", "2.1.5", False),
    ],
)
def test_an_apps_own_library_runs(folder, file, version, tested):
    runtime, tags = bench(folder, "--runtime", file)
    assert (runtime["source"], runtime["version"], runtime["tested"]) == (file, version, tested)
    assert ("UNTESTED_RUNTIME" in tags) is not tested


def test_run_takes_it_and_warns(folder):
    words = ("run", "m.tflite", "--inputs", "in.npz", "--outputs", "out.npz")
    done = tflitekit(*words, "--runtime", "app.apk", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "UNTESTED_RUNTIME" in done.stderr
    (y,) = np.load(folder / "out.npz").values()
    np.testing.assert_allclose(y.ravel(), np.tanh(np.float32([0, 1, 2, 3])), rtol=1e-5)


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["--runtime", "wrong.so"], 2, f"built for {OTHER}"),
        (["--runtime", "android.so"], 2, "is built for Android"),
        (["--runtime", "in.npz"], 2, "has no lib/ABI/libLiteRt.so"),
        (["--runtime", "m.tflite"], 2, "is no program or library"),
        (["--runtime", "nowhere.so"], 2, "cannot be read"),
        (["--runner", "android_runner"], 2, "Give a library that fits it"),
        (["--runner", "wrong.so"], 2, f"is built for {OTHER}"),
        (["--runner", "old_runner"], 6, "this runner is build 0000000000000000"),
        (["--accelerator", "tpu"], 2, "there is no such accelerator"),
        (["--accelerator", "gpu", "--runtime", "app.apk"], 5, "libLiteRtGpuAccelerator.so"),
        (["--accelerator", "npu"], 5, "libLiteRtDispatch_Qualcomm.so"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(folder, words, status, told):
    done = tflitekit("bench", "m.tflite", *words, cwd=folder)
    assert done.returncode == status, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_runner_of_the_users_own_runs(folder):
    assert bench(folder, "--runner", "runner")[0]["tested"]


def test_a_driver_that_cannot_be_loaded_is_told(folder):
    members = {
        f"lib/{ABI.name}/libLiteRt.so": folder / "same.so",
        f"lib/{ABI.name}/libLiteRtGpuAccelerator.so": b"no driver",
    }
    archive(folder / "gpu.apk", members)
    words = ("bench", "m.tflite", "--runtime", "gpu.apk", "--accelerator", "gpu")
    done = tflitekit(*words, cwd=folder)
    assert done.returncode == 6, done.stderr
    assert "LiteRT found no gpu" in done.stderr
