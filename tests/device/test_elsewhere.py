"""An adb server at an address, a device that the environment names, and an app's own runtime."""

import json
import os

import numpy as np
import pytest

from tests.commands import ANYWAY, tflitekit
from tests.fakes.app_archives import archive, for_android
from tests.fakes.graphs import op, tensor
from tflitekit.abi import ABIS
from tflitekit.devices.registry import open_device
from tflitekit.graph import Model, write_model
from tflitekit.progress import SILENT
from tflitekit.runtime.litert import litert_library

QUICK = ("--seconds", "0.1", "--json", *ANYWAY)


@pytest.fixture
def at_an_address(adb_server, monkeypatch):
    """The same adb server, named as one of another host would be."""
    address = f"tcp:127.0.0.1:{os.environ['ANDROID_ADB_SERVER_PORT']}"
    monkeypatch.setenv("ADB_SERVER_SOCKET", address)
    monkeypatch.delenv("ANDROID_ADB_SERVER_PORT")


def test_a_device_of_device_farm_behind_a_server_elsewhere(double, at_an_address, monkeypatch):
    monkeypatch.setenv("DEVICEFARM_DEVICE_UDID", double)
    with open_device("adb") as device:
        assert device.info.uri == f"adb:{double}"


@pytest.fixture
def folder(tmp_path):
    """A model, its data, and the runtimes of an app."""
    graph = Model().add_subgraph("main")
    x = tensor(graph, "x", (1, 4))
    graph.inputs = [x]
    graph.outputs = [op(graph, "TANH", [x], (1, 4))]
    (tmp_path / "m.tflite").write_bytes(write_model(graph.model))
    np.savez(tmp_path / "in.npz", x=np.random.default_rng(0).normal(size=(9, 4)).astype("float32"))
    members = {}
    for abi in ABIS.values():
        library = litert_library(abi, SILENT)
        members[f"lib/{abi.name}/libLiteRt.so"] = library.read_bytes() + b"\0"
        (tmp_path / f"{abi.name}.so").write_bytes(for_android(library))
    archive(tmp_path / "app.apk", members)
    return tmp_path


def test_an_apps_library_on_a_device_agrees_with_the_host(virtual_amd64, at_an_address, folder):
    words = ("--device", f"adb:{virtual_amd64}", "--runtime", "app.apk", "--data", "in.npz")
    done = tflitekit("bench", "m.tflite", *words, *QUICK, cwd=folder)
    assert done.returncode == 0, done.stderr
    (result,) = json.loads(done.stdout)["results"]
    assert result["runtime"]["source"] == "app.apk"
    assert "UNTESTED_RUNTIME" in [one["tag"] for one in result["warnings"]]
    assert result["accuracy"] is None
    (agreement,) = result["agreement"]
    assert (agreement["against"], agreement["samples"]) == ("host", 9)
    assert agreement["outputs"][0]["exact"] == 1


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["--runtime", "x86_64.so"], 2, "Compile one with the NDK"),
        (["--runtime", "arm64-v8a.so"], 2, "built for arm64-v8a; the device takes x86_64"),
        (["--accelerator", "gpu"], 5, "by an Android build of LiteRT"),
    ],
)
def test_what_android_cannot_run_is_refused(virtual_amd64, folder, words, status, told):
    device = ("--device", f"adb:{virtual_amd64}")
    done = tflitekit("bench", "m.tflite", *device, *words, cwd=folder)
    assert done.returncode == status, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr
