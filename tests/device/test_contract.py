"""What holds for every device. A new kind of device joins the list in `conftest.uri`."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.device.progress import Recorded
from tests.device.shell import TIMEOUT, exists, sh, wait_until_gone
from tflitekit.devices.base import Device
from tflitekit.devices.registry import open_device
from tflitekit.errors import DeviceError, RunError
from tflitekit.progress import SILENT

pytestmark = pytest.mark.device


@pytest.fixture(scope="module")
def device(uri: str) -> Iterator[Device]:
    """Opened once: whatever a test did to it, it serves the next."""
    with open_device(uri) as opened:
        yield opened


def test_tells_what_it_is(uri: str, device: Device) -> None:
    assert device.info.uri == uri
    assert device.info.abi in ("x86_64", "arm64-v8a")
    assert device.info.cores == os.cpu_count()
    assert device.info.emulator == (uri != "local")
    assert device.info.os == ("linux" if uri == "local" else "android")


def test_store_sends_once_and_keeps_the_content(device: Device, tmp_path: Path) -> None:
    first, second = tmp_path / "a model", tmp_path / "same content"
    for path in (first, second):
        path.write_bytes(bytes(range(256)) * 4000)
    told = Recorded()
    path_of_first = device.store(first, told)
    assert device.store(second, told) == path_of_first
    assert told.totals[1:] == []
    assert told.sums == [1_024_000]
    device.pull(path_of_first, tmp_path / "back", SILENT)
    assert (tmp_path / "back").read_bytes() == first.read_bytes()


def test_store_repairs_what_was_cut_short(device: Device, tmp_path: Path) -> None:
    source = tmp_path / "model"
    source.write_bytes(b"some weights")
    stored = device.store(source, SILENT)
    with device.run_folder() as folder:
        sh(device, folder, 'chmod 755 "$1" && echo short >"$1"', stored)
        assert device.store(source, SILENT) == stored
        assert sh(device, folder, 'cat "$1"', stored) == ["some weights"]


def test_store_of_a_file_that_is_not_there(device: Device, tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="No such file"):
        device.store(tmp_path / "absent", SILENT)


def test_store_folder_holds_programs_by_name(device: Device, tmp_path: Path) -> None:
    program, data = tmp_path / "program", tmp_path / "data"
    program.write_text("""#!/bin/sh\ncat "${0%/*}/it's "'$HOME'\n""")
    data.write_text("beside me\n")
    files = {"run": program, "it's $HOME": data}
    folder = device.store_folder(files, SILENT)
    told = Recorded()
    assert device.store_folder(files, told) == folder
    assert told.totals == [] or device.info.uri == "local"
    with device.run_folder() as run:
        assert list(device.run([f"{folder}/run"], folder=run, timeout=TIMEOUT)) == ["beside me"]
    data.write_text("changed\n")
    assert device.store_folder(files, SILENT) != folder


@pytest.mark.parametrize("name", ["", "..", "a/b", "nul\0"])
def test_store_folder_refuses_paths(device: Device, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DeviceError, match="plain file name"):
        device.store_folder({name: tmp_path / "file"}, SILENT)


def test_run_folders_are_fresh_and_removed(device: Device) -> None:
    with device.run_folder() as first, device.run_folder() as second:
        assert first != second
        assert sh(device, first, "touch here; mkdir -p a/b; ls") == ["a", "here"]
        assert sh(device, second, "ls") == []
    assert not exists(device, first)
    with pytest.raises(RuntimeError, match="mine"), device.run_folder() as third:
        raise RuntimeError("mine")
    assert not exists(device, third)


def test_run_passes_words_untouched(device: Device) -> None:
    words = ["a b", "$(id)", "`id`", "'", '"', "\\", "*", "", "; exit 3", "-n", "ü", "two\nlines"]
    with device.run_folder() as folder:
        lines = sh(device, folder, 'for word; do printf "<%s>\n" "$word"; done', *words)
    assert "\n".join(lines) == "\n".join(f"<{word}>" for word in words)


def test_run_sets_the_environment(device: Device) -> None:
    env = {"TFLITEKIT_TEST": "it's $HOME; two  spaces"}
    with device.run_folder() as folder:
        argv = ["sh", "-c", 'echo "$TFLITEKIT_TEST"']
        assert list(device.run(argv, folder=folder, env=env, timeout=TIMEOUT)) == [*env.values()]
        with pytest.raises(DeviceError, match="environment variable"):
            list(device.run(argv, folder=folder, env={"a b": "x"}, timeout=TIMEOUT))


def test_run_yields_lines_as_they_come(device: Device) -> None:
    with device.run_folder() as folder:
        started = time.monotonic()
        lines = iter(
            device.run(["sh", "-c", "echo $$; exec sleep 60"], folder=folder, timeout=TIMEOUT)
        )
        process = next(lines)
        assert time.monotonic() - started < 20
        lines.close()  # type: ignore[attr-defined]
        assert time.monotonic() - started < 20
    wait_until_gone(device, process)


def test_run_keeps_a_last_line_without_end(device: Device) -> None:
    with device.run_folder() as folder:
        assert sh(device, folder, "echo; echo one; echo; printf two") == ["", "one", "", "two"]


def test_run_passes_long_output_whole(device: Device) -> None:
    with device.run_folder() as folder:
        script = 'i=0; while [ $i -lt 3000 ]; do echo "$i $1"; i=$((i+1)); done'
        assert sh(device, folder, script, "x" * 200) == [f"{i} {'x' * 200}" for i in range(3000)]


def test_run_tells_a_status_and_the_last_of_stderr(device: Device) -> None:
    script = "i=0; while [ $i -lt 50 ]; do echo line $i >&2; i=$((i+1)); done; exit 3"
    with device.run_folder() as folder, pytest.raises(RunError) as caught:
        sh(device, folder, script)
    assert "status 3" in caught.value.what
    assert "line 49" in caught.value.log
    assert "line 29" not in caught.value.log


def test_run_of_what_is_not_there(device: Device) -> None:
    with device.run_folder() as folder, pytest.raises(RunError, match="could not be started"):
        list(device.run(["./absent"], folder=folder, timeout=TIMEOUT))


def test_run_of_what_is_no_program(device: Device, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"\x7fELF but no more")
    program = device.store_folder({"program": tmp_path / "data"}, SILENT)
    with device.run_folder() as folder, pytest.raises(RunError):
        list(device.run([f"{program}/program"], folder=folder, timeout=TIMEOUT))


def test_run_tells_a_killing_signal(device: Device) -> None:
    with device.run_folder() as folder, pytest.raises(RunError, match="SIGKILL") as caught:
        sh(device, folder, "kill -9 $$")
    assert "memory" in str(caught.value.hint)


def test_run_ends_at_its_timeout(device: Device) -> None:
    seen: list[str] = []
    started = time.monotonic()
    with device.run_folder() as folder, pytest.raises(RunError, match="not finished after 2 s"):
        seen.extend(device.run(["sh", "-c", "echo $$; exec sleep 60"], folder=folder, timeout=2))
    assert time.monotonic() - started < 20
    wait_until_gone(device, seen[0])


def test_push_and_pull_return_the_same_bytes(device: Device, tmp_path: Path) -> None:
    source, back, told = tmp_path / "in", tmp_path / "out", Recorded()
    source.write_bytes(os.urandom(3_000_001))
    with device.run_folder() as folder:
        device.push(source, f"{folder}/in.bin", told)
        assert sh(device, folder, "ls") == ["in.bin"]
        device.pull(f"{folder}/in.bin", back, told)
    assert back.read_bytes() == source.read_bytes()
    assert told.totals == told.sums == [3_000_001, 3_000_001]


def test_pull_of_what_is_not_there_leaves_nothing(device: Device, tmp_path: Path) -> None:
    with device.run_folder() as folder, pytest.raises(DeviceError):
        device.pull(f"{folder}/absent", tmp_path / "target", SILENT)
    assert list(tmp_path.glob("*target*")) == []


def test_tells_its_state(device: Device) -> None:
    device.observe()  # the first may have to load programs
    started = time.monotonic()
    first, second = device.observe(), device.observe()
    assert time.monotonic() - started < 5
    assert second.online
    assert second.busy_s is not None
    assert first.busy_s is not None
    assert second.busy_s >= first.busy_s


def test_the_performance_mode_is_optional(device: Device) -> None:
    with device.fixed_performance() as fixed:
        assert device.observe().fixed_performance is (True if fixed else None)
    assert device.observe().fixed_performance is None
