"""python -m tools.kill_test [--device local|x86_64|arm64-v8a] [--kills N] [--seed N]."""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.table_model import table_model
from tflitekit.devices.adb_client import find_adb
from tools.kill_test import __doc__ as about
from tools.kill_test.subject import AdbSubject, LocalSubject, Subject
from tools.virtual_device import DeviceState, virtual_device

_WAYS = {"tool": signal.SIGKILL, "tool by Ctrl-C": signal.SIGINT, "tool by TERM": signal.SIGTERM}
_CLEAN_S = 30.0
"""How long a device may take to be clean; a daemon that restarts is offline for some ten."""

_TOOL_S = 400.0
"""A whole run under qemu, on a machine that does other things, takes minutes."""
_IMPORTING = "importlib._bootstrap"
"""In the traceback of Ctrl-C before the tool's first line of code."""

_BENCH = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from tflitekit.cli import main; main()"
)


@dataclass
class Figures:
    """What was seen.

    Attributes:
        kills: by victim.
        statuses: how the tool ended, by victim and status.
        clean_s: how long each device took to be clean.
        failures: what was left, or did not work, for a reader.
    """

    kills: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    clean_s: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def fail(self, what: str) -> None:
        """Keep it, and tell it at once."""
        self.failures.append(what)
        print(what, file=sys.stderr)

    def show(self) -> None:
        """Print them."""
        for name, count in sorted(self.kills.items()):
            ends = {key: n for key, n in self.statuses.items() if key.startswith(f"{name}:")}
            print(f"{count:4d} x {name:15s} {ends}")
        waits = sorted(self.clean_s)
        print(f"clean after {waits[len(waits) // 2]:.2f} s (median), {waits[-1]:.2f} s (most)")
        print(f"{len(self.failures)} failures")
        for failure in self.failures:
            print(f"  {failure}")


def kill_at_random(subject: Subject, model: Path, kills: int, choose: random.Random) -> Figures:
    """Kill once in each of `kills` runs, and look at what is left."""
    figures = Figures()
    took = _whole_run(subject, model, figures)
    for number in range(kills):
        victim = choose.choice([*_WAYS, *subject.victims])
        delay = choose.uniform(0.0, 1.05 * took)
        where = f"kill {number} of {victim} after {delay:.3f} s"
        _kill_once(subject, model, victim, delay, figures, where)
        _wait_until_clean(subject, figures, where)
        if number % 5 == 4:
            took = _whole_run(subject, model, figures)
        if number % 10 == 9:
            print(f"{number + 1} of {kills}, {len(figures.failures)} failures", file=sys.stderr)
    _whole_run(subject, model, figures)
    return figures


def _start(subject: Subject, model: Path) -> subprocess.Popen[str]:
    words = ("bench", str(model), "--device", subject.uri, "--seconds", "0.5", "--json")
    return subprocess.Popen(
        [sys.executable, "-c", _BENCH, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def _whole_run(subject: Subject, model: Path, figures: Figures) -> float:
    """A run that nobody disturbs has to work; how long it took."""
    started = time.monotonic()
    status, told = _end(_start(subject, model))
    if status not in (0, 8):  # 8 is for numbers that conditions void
        figures.fail(f"an undisturbed run ended with {status}: {told}")
    return time.monotonic() - started


def _kill_once(
    subject: Subject, model: Path, victim: str, delay: float, figures: Figures, where: str
) -> None:
    tool = _start(subject, model)
    time.sleep(delay)
    if victim in _WAYS:
        there = tool.poll() is None
        tool.send_signal(_WAYS[victim])
    else:
        there = subject.kill(victim)
        while not there and victim == "runner" and tool.poll() is None:
            there = subject.kill(victim)
    status, told = _end(tool)
    name = victim if there else f"{victim} (not there)"
    figures.kills[name] += 1
    figures.statuses[f"{name}: {status}"] += 1
    if "Traceback" in told and _IMPORTING not in told:
        figures.fail(f"{where}: a traceback: {told}")


def _end(tool: subprocess.Popen[str]) -> tuple[int | str, str]:
    try:
        _, told = tool.communicate(timeout=_TOOL_S)
    except subprocess.TimeoutExpired:
        tool.kill()
        return "did not end", tool.communicate()[1]
    return tool.returncode, told


def _wait_until_clean(subject: Subject, figures: Figures, where: str) -> None:
    started = time.monotonic()
    while left := subject.left():
        if time.monotonic() - started > _CLEAN_S:
            figures.fail(f"{where}: left: {', '.join(left)}")
            return
        time.sleep(0.05)
    figures.clean_s.append(time.monotonic() - started)


@contextmanager
def _subject(name: str, folder: Path) -> Iterator[Subject]:
    if name == "local":
        yield LocalSubject()
        return
    (folder / "state").mkdir()
    state = DeviceState(folder / "state")
    with _own_server(folder), virtual_device(name, state=state) as serial:
        yield AdbSubject(serial, state)


@contextmanager
def _own_server(folder: Path) -> Iterator[None]:
    """A port and a home that no other adb has, for this process and what it starts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    (folder / "home").mkdir()
    os.environ.update(ANDROID_ADB_SERVER_PORT=str(port), HOME=str(folder / "home"))
    for name in ("ADB_SERVER_SOCKET", "ANDROID_SERIAL"):
        os.environ.pop(name, None)
    try:
        yield
    finally:
        subprocess.run([str(find_adb()), "kill-server"], capture_output=True, timeout=60)


def main(words: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.kill_test", description=about)
    parser.add_argument("--device", choices=("local", "x86_64", "arm64-v8a"), default="local")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    chosen = parser.parse_args(words)
    print(f"{chosen.kills} kills on {chosen.device}, seed {chosen.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="tflitekit-kills-") as folder:
        model = Path(folder, "model.tflite")
        model.write_bytes(table_model())
        with _subject(chosen.device, Path(folder)) as subject:
            choose = random.Random(chosen.seed)
            figures = kill_at_random(subject, model, chosen.kills, choose)
    figures.show()
    return 1 if figures.failures else 0


if __name__ == "__main__":
    sys.exit(main())
