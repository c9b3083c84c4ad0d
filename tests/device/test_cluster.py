"""A matrix over the nodes of a Ray cluster on the loopback, with a device of its own on each."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

from tests.commands import tflitekit
from tests.device.matrix import measure
from tests.fakes.table_model import WIDTH, table_model
from tflitekit import __version__
from tflitekit.files import cache_root
from tools.kill_test.subject import LocalSubject

pytestmark = [pytest.mark.device, pytest.mark.build, pytest.mark.slow]

_CLEAN_S = 30.0


class Lab:
    """A cluster: the nodes `desk`, which is this machine's, and `rack`, which has adb's devices.

    Ray takes 127.0.0.1 for a mistake of the user's; the addresses behind it do.
    """

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        self._folder = TemporaryDirectory(prefix="ray-", dir="/tmp")  # short: it holds sockets
        desk = {"include_dashboard": False, "temp_dir": self._folder.name}
        desk |= _node("desk", 2, ADB="/no/adb")
        self._cluster = Cluster(initialize_head=True, head_node_args=desk)
        self.address = str(self._cluster.address)
        self._rack: Any = None
        self.add_rack()

    def add_rack(self) -> None:
        self._rack = self._cluster.add_node(**_node("rack", 3))

    def lose_rack(self, *_: object) -> None:
        self._cluster.remove_node(self._rack, allow_graceful=False)

    def add_old(self, package: Path) -> None:
        """A node that has another tflitekit."""
        self._cluster.add_node(**_node("old", 4, PYTHONPATH=str(package)))

    def end(self) -> None:
        self._cluster.shutdown()
        self._folder.cleanup()


def _node(name: str, number: int, **env: str) -> dict[str, Any]:
    return {"node_name": name, "node_ip_address": f"127.0.0.{number}", "env_vars": env}


@pytest.fixture(scope="module")
def lab(adb_server: Path) -> Iterator[Lab]:
    pytest.importorskip("ray", reason="needs the extra `lab`")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
        lab = Lab()
        yield lab
        lab.end()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.tflite"
    path.write_bytes(table_model())
    return path


def on(lab: Lab, *devices: str) -> tuple[list[str], str, str]:
    return list(devices), "--cluster", lab.address


def test_what_is_here_is_measured_there(lab: Lab, double: str, model: Path, tmp_path: Path) -> None:
    """A name without a node is looked for, and the second run measures nothing."""
    x = np.random.default_rng(0).normal(size=(5, 1, WIDTH)).astype(np.float32)
    np.savez(tmp_path / "some data.npz", x=x, y=x)
    data = ("--data", str(tmp_path / "some data.npz"), "--metric", "mae")
    folder = tmp_path / "results"
    first, second = (
        measure(model, folder, *on(lab, "desk/local", f"adb:{double}"), *data) for _ in range(2)
    )
    assert first.status == second.status == 0, first.told + second.told
    there = f"rack/adb:{double}"
    assert first.of("device") == ["desk/local"] * 2 + [there] * 2
    assert f"{there}: Timing model.tflite" in first.told
    results = [cell["report"]["results"][0] for cell in first.cells]
    assert [one["model"] for one in results] == [str(model)] * 4
    assert [one["threads"] for one in results] == [1, 2, 1, 2]
    assert [one["device"]["uri"] for one in results[1:3]] == ["local", f"adb:{double}"]
    assert [one["accuracy"]["n"] for one in results] == [5] * 4
    assert second.of("reused") == [True] * 4
    assert second.of("report") == first.of("report")


def test_a_node_that_is_lost(lab: Lab, double: str, model: Path, tmp_path: Path) -> None:
    folder, devices = tmp_path / "results", on(lab, "desk/local", f"rack/adb:{double}")
    first = measure(model, folder, *devices, at=devices[0][1], meanwhile=lab.lose_rack)
    lab.add_rack()
    assert first.status == 5
    assert first.sound == [True, True, False, False], first.told
    assert "its node, or the process there, was lost" in first.cells[2]["error"]["what"]
    assert "Traceback" not in first.told
    second = measure(model, folder, *devices)
    assert second.status == 0, second.told
    assert second.of("reused") == [True, True, False, False]


def test_what_is_no_head_is_told() -> None:
    pytest.importorskip("ray", reason="needs the extra `lab`")
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        done = tflitekit("devices", "--cluster", address, timeout=90)
    assert done.returncode == 5
    assert "is not the head of a cluster" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_node_of_another_version_is_refused(lab: Lab, model: Path, tmp_path: Path) -> None:
    package = tmp_path / "old" / "tflitekit"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("__version__ = '0.0.1'\n")
    lab.add_old(package.parent)
    named = on(lab, "old/local", "nowhere/local", "adb:none")
    done = measure(model, tmp_path / "results", *named, threads=[1])
    assert done.status == 5
    assert [error["what"] for error in done.of("error")] == [
        f"its node has tflitekit 0.0.1, and this machine {__version__}",
        "there is no such node",
        "no node of the cluster has it",
    ]
    assert "adb:none: no node has this device. There are: " in done.told


def test_a_tool_that_is_killed_leaves_nothing_on_a_node(
    lab: Lab, model: Path, tmp_path: Path
) -> None:
    def kill(tool: Popen[str]) -> None:
        found.extend(sent.glob("[!.]*"))
        tool.kill()

    sent, desk = cache_root() / "sent", on(lab, "desk/local")
    found: list[Path] = []
    first, second = tmp_path / "first", tmp_path / "second"
    killed = measure(model, first, *desk, threads=[1], at="desk/local", meanwhile=kill)
    assert killed.status == -signal.SIGKILL
    assert len(found) == 1
    deadline = time.monotonic() + _CLEAN_S
    while left := LocalSubject().left():
        assert time.monotonic() < deadline, left
        time.sleep(0.2)
    again = measure(model, second, *desk, threads=[1])
    assert again.sound == [True], again.told
    assert list(sent.glob("[!.]*")) == []
