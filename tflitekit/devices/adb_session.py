"""The lock of an Android device, and the clean-up that does not need the host to be alive.

One `adb shell` holds the lock for as long as the tool uses the device. It waits on its standard
input; when that ends, because the tool left, died, or lost the connection, it kills what still
runs in a run folder, removes the run folders, restores the performance mode, and the kernel drops
the lock with it. It sleeps all the while, so that a measurement is alone.
"""

from __future__ import annotations

import getpass
import os
import platform
import secrets
import selectors
import subprocess
import time
from contextlib import suppress
from datetime import datetime

from tflitekit.devices.adb_client import CALL_TIMEOUT, REMOTE_ROOT, Adb, quoted
from tflitekit.devices.adb_state import FIXED_PERFORMANCE_NOTE
from tflitekit.devices.process import kill_group
from tflitekit.errors import DeviceError

_CLEAN_UP_S = 2.0
"""What the device may need, and with it the lock, to clean up after a tool that was killed."""

_LOCK_INTERVAL_S = 0.2

RUNS = f"{REMOTE_ROOT}/runs"

_HELD, _BUSY, _LACKS = "held", "busy", "lacks"
_FIX, _UNFIX = "fix", "unfix"
_FIXED, _NOT_FIXED = "performance-fixed", "performance-free"
_ANSWERS = (_HELD, _BUSY, _LACKS, _FIXED, _NOT_FIXED)
_TOOLS = ("cat", "chmod", "env", "flock", "kill", "ln", "mv", "readlink", "rm", "sha256sum", "stat")
"""What Android 8 and newer have in /system/bin and this tool needs."""

# A process is killed only while its working folder is one of ours: numbers are used again.
_SWEEP = """\
sweep() {
  for file in runs/*.pid; do
    [ -f "$file" ] || continue
    pid=$(cat "$file")
    case "$(readlink "/proc/$pid/cwd")" in */tflitekit/runs/*) kill -9 "$pid" ;; esac
  done
  rm -rf runs store/*.part folders/*.part
  unfix
}
"""

# The note comes first: whatever ends this shell, the next one restores what may have been set.
_FIXING = """\
power() {{ cmd power set-fixed-performance-mode-enabled $1 </dev/null >/dev/null 2>&1; }}
fix() {{ echo on >{note} && power true; }}
unfix() {{ [ ! -f {note} ] || power false; rm -f {note}; }}
"""

# Descriptor 9 is closed in what mksh starts, hence `9>&9`; the lock lives as long as this shell.
_HOLDER = """\
for tool in {tools}; do
  command -v $tool >/dev/null || {{ echo {lacks} $tool; exit; }}
done
{fixing}
{sweep}
trap '' HUP INT PIPE TERM
umask 022
mkdir -p {root} && cd {root} && exec 9>>lock || exit
flock -n 9 9>&9 || {{ echo {busy} $(cat lock); exit; }}
sweep
mkdir -p store folders runs && echo {owner} >lock || exit
echo {held}
while read -r line; do
  case "$line" in
    {fix}) if fix; then echo {fixed}; else rm -f {note}; echo {free}; fi ;;
    {unfix}) unfix; echo {free} ;;
    *) break ;;
  esac
done
sweep
: >lock
"""


class AdbSession:
    """A device's lock, held from `open` to `close`.

    Args:
        adb: the device.
    """

    def __init__(self, adb: Adb) -> None:
        self._adb = adb
        self._holder: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        """Take the lock and remove what an earlier holder could not.

        Raises:
            DeviceError: another holds it, the device is too old, full, or went away.
        """
        deadline = time.monotonic() + _CLEAN_UP_S
        answer = self._start_holder()
        while answer.startswith(_BUSY) and time.monotonic() < deadline:
            self._drop_holder()
            time.sleep(_LOCK_INTERVAL_S)
            answer = self._start_holder()
        try:
            self._expect_held(answer)
        except BaseException:
            self._drop_holder()
            raise

    def _start_holder(self) -> str:
        """Its first answer."""
        self._holder = subprocess.Popen(
            self._adb.argv("shell", _holder_script()),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return _first_answer(self._holder, CALL_TIMEOUT)
        except BaseException:
            self._drop_holder()
            raise

    def _drop_holder(self) -> None:
        holder, self._holder = self._holder, None
        if holder is not None:
            kill_group(holder)

    def close(self) -> None:
        """Give the lock back; waits until the device has cleaned up."""
        holder, self._holder = self._holder, None
        if holder is None:
            return
        try:
            # When the connection is gone, the device cleans up by itself.
            with suppress(subprocess.TimeoutExpired):
                # A line as well as the end: without shell_v2 adb does not pass the end on.
                holder.communicate(b"\n", timeout=CALL_TIMEOUT)
        finally:
            kill_group(holder)

    def check(self) -> None:
        """See that the lock is still ours.

        Raises:
            DeviceError: the connection broke since `open`, and others may use the device.
        """
        if self._holder is None or self._holder.poll() is not None:
            raise self._adb.gone("")

    def fix_performance(self) -> bool:
        """Set the device's fixed-performance mode; whether it has one.

        The holder of the lock does it, so that the same process, which outlives a lost
        connection, restores it.

        Raises:
            DeviceError: the device went away, or does not answer.
        """
        return self._order(_FIX) == _FIXED

    def unfix_performance(self) -> None:
        """Restore what `fix_performance` set.

        Raises:
            DeviceError: as there.
        """
        self._order(_UNFIX)

    def _order(self, word: str) -> str:
        self.check()
        holder = self._holder
        assert holder is not None
        assert holder.stdin is not None
        try:
            holder.stdin.write(f"{word}\n".encode())
            holder.stdin.flush()
        except BrokenPipeError:
            raise self._adb.gone("") from None
        answer = _first_answer(holder, CALL_TIMEOUT)
        if answer not in (_FIXED, _NOT_FIXED):
            raise self._adb.failure(answer)
        return answer

    def _expect_held(self, answer: str) -> None:
        word, _, rest = answer.partition(" ")
        if word == _HELD:
            return
        if word == _BUSY:
            raise DeviceError(
                f"in use by {rest.strip() or 'another process'}",
                where=self._adb.uri,
                hint="Wait until it has finished",
            )
        if word == _LACKS:
            raise DeviceError(
                f"it has no {rest!r} command",
                where=self._adb.uri,
                hint="Android 8 or newer is needed",
            )
        raise self._adb.failure(answer)


def new_run_name() -> str:
    """A name for a run folder that no other run has."""
    return secrets.token_hex(8)


def _holder_script() -> str:
    owner = f"{getpass.getuser()}@{platform.node()}, process {os.getpid()}"
    since = f"since {datetime.now():%Y-%m-%d %H:%M:%S}"
    return _HOLDER.format(
        tools=quoted(*_TOOLS),
        fixing=_FIXING.format(note=FIXED_PERFORMANCE_NOTE),
        sweep=_SWEEP,
        root=quoted(REMOTE_ROOT),
        owner=quoted(f"{owner}, {since}"),
        held=_HELD,
        busy=_BUSY,
        lacks=_LACKS,
        note=FIXED_PERFORMANCE_NOTE,
        fix=_FIX,
        unfix=_UNFIX,
        fixed=_FIXED,
        free=_NOT_FIXED,
    )


def _first_answer(process: subprocess.Popen[bytes], timeout: float) -> str:
    """The first line that starts with a known word, or all that was printed until the end."""
    assert process.stdout is not None
    deadline = time.monotonic() + timeout
    text = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            piece = os.read(process.stdout.fileno(), 1 << 12)
            text += piece
            for line in text.decode(errors="replace").replace("\r", "").split("\n")[:-1]:
                if line.split(" ")[0] in _ANSWERS:
                    return line
            if not piece:
                break
    return text.decode(errors="replace")
