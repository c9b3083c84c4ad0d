"""Nodes and devices of a cluster by name, what passes between them, and what is not there."""

import sys
from contextlib import suppress

import pytest

from tests.fakes.listening import Listening
from tests.ports import free_port
from tflitekit.devices.base import DeviceInfo
from tflitekit.errors import DeviceError, UsageError
from tflitekit.pipeline import ray_driver, ray_store
from tflitekit.pipeline.cluster import Cluster, choose, entries_of
from tflitekit.pipeline.ray_node import own_folder, sparse
from tflitekit.progress import SILENT
from tflitekit.report.device_table import device_rows

INFO = {
    **{"uri": "local", "abi": "x86_64", "model": "board", "emulator": False, "os": "linux"},
    **{"release": "6", "cores": 2, "virtual": True},
}
BROKEN = {"what": "is broken", "where": "adb:2", "hint": "mend it"}


def node(name, *uris, problem=None, broken=()):
    devices = [{"uri": uri, "state": "device", "info": INFO, "problem": None} for uri in uris]
    devices += [{"uri": uri, "state": "error", "info": None, "problem": BROKEN} for uri in broken]
    return {"name": name, "problem": problem, "devices": devices}


OLD = {"what": "has no tflitekit", "where": "c", "hint": None}
NODES = (node("a", "local", "adb:1"), node("b", "local", broken=["adb:2"]), node("c", problem=OLD))
LAB = [entry for one in NODES for entry in entries_of(one)]


def test_a_device_is_named_after_its_node_and_tells_what_it_told_there():
    assert [entry.uri for entry in LAB] == ["a/local", "a/adb:1", "b/local", "b/adb:2", "c"]
    assert LAB[0].info == DeviceInfo(**INFO)
    assert LAB[0].problem is None
    assert str(LAB[3].problem) == "adb:2: is broken. mend it"
    assert [row[1] for row in device_rows(LAB)] == ["device", "device", "device", "error", "error"]


def test_all_is_what_can_be_used():
    listener = Listening()
    assert choose(["all"], LAB, listener) == ["a/local", "a/adb:1", "b/local"]
    assert listener.heard == [
        "b/adb:2 is left out: adb:2: is broken. mend it",
        "c is left out: c: has no tflitekit",
    ]
    with pytest.raises(DeviceError, match="there is none"):
        choose(["all"], LAB[3:], SILENT)


def test_a_device_by_its_own_name():
    listener = Listening()
    wanted = ["adb:1", "b/adb:3", "adb:4", "a/adb:1"]
    assert choose(wanted, LAB, listener) == ["a/adb:1", "b/adb:3", "adb:4"]
    assert listener.heard == [
        "adb:4: no node has this device. There are: a/local, a/adb:1, b/local"
    ]
    with pytest.raises(UsageError, match="several nodes have one: a/local, b/local"):
        choose(["local"], LAB, SILENT)


def alive(name, host, number):
    address = f"10.0.0.{number}"
    names = {"NodeName": name or address, "NodeManagerHostname": host}
    return names | {"NodeID": f"{number:02x}" * 28, "NodeManagerAddress": address, "Alive": True}


def test_names_of_nodes():
    """What `ray start` was told, else the host's; two of a name are told apart by their ids."""
    told = [
        alive("", "lab-2", 1),
        alive("bench", "lab-3", 2),
        alive("", "vm", 3),
        alive("", "vm", 4),
        alive("dead", "lab-4", 5) | {"Alive": False},
    ]
    names = ray_driver.names_of(told)
    assert list(names) == ["bench", "lab-2", "vm-03030303", "vm-04040404"]
    assert names["bench"] == told[1]["NodeID"]


@pytest.mark.parametrize("address", ["auto", "lab", "ray://lab:10001", ":6379", "lab:x"])
def test_an_address_has_a_host_and_a_port(address):
    with pytest.raises(UsageError, match="HOST:PORT"):
        Cluster(address)


def test_without_ray(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match="Ray") as caught:
        ray_driver.list_nodes(SILENT, address="127.0.0.1:1")
    assert "pip install 'tflitekit[lab]'" in str(caught.value.hint)
    assert caught.value.exit_code == 2


def test_nobody_answers():
    pytest.importorskip("ray", reason="needs the extra `lab`")
    address = f"127.0.0.1:{free_port()}"
    with pytest.raises(DeviceError, match="does not answer") as caught:
        ray_driver.list_nodes(SILENT, address=address)
    assert caught.value.where == f"--cluster {address}"


def test_pieces_are_small_and_join_again(monkeypatch):
    monkeypatch.setattr(ray_store, "PIECE_BYTES", 10)
    put = []
    pieces = ray_store.Pieces(lambda data: put.append(data) or len(put))
    for data in (b"abc", b"0123456789ABC", b"xyz", b""):
        pieces.write(data)
    assert pieces.finish() == [1, 2]
    assert put == [b"abc0123456789ABC", b"xyz"]
    joined = ray_store.Joined([1, 2], lambda number: put[number - 1])
    assert [joined.read(size) for size in (4, 14, 9, 9)] == [b"abc0", b"123456789ABCxy", b"z", b""]


def test_fewer_steps_of_bars_make_the_same_way():
    now = iter([0.0, 0.0, 0.1, 0.2, 1.0, 1.0, 1.1]).__next__
    step = {"event": "advance", "number": 1, "done": 2}
    note, end = {"event": "note", "text": "x"}, {"event": "bar_end", "number": 1}
    got = list(sparse([step, step, step, note, step, step, end], now))
    assert [event["event"] for event in got] == [
        *("advance", "advance", "note", "advance", "advance", "bar_end")
    ]
    assert [event["done"] for event in got if event["event"] == "advance"] == [2, 4, 2, 2]


def test_a_folder_of_a_process_that_was_killed_goes_with_the_next(tmp_path):
    root = tmp_path / "sent"
    (root / "left").mkdir(parents=True)
    (root / "left/model").write_text("")
    with own_folder(root) as first:
        assert not (root / "left").exists()
        with own_folder(root) as second:
            assert first.is_dir()
            assert first != second
    assert [path.name for path in root.iterdir()] == [".lock"]
    with suppress(KeyError), own_folder(root):
        raise KeyError
    assert [path.name for path in root.iterdir()] == [".lock"]
