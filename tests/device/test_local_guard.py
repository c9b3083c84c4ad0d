"""This machine is cleaned up without a next run, as an Android device is."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tflitekit.files import cache_root

pytestmark = pytest.mark.device

_RUNS = """
import signal, sys
from pathlib import Path
from tflitekit.devices.registry import open_device
with open_device("local") as device, device.run_folder() as folder:
    Path(folder, "../../store/.half.1.part").touch()
    for line in device.run(["sh", "-c", "echo $$; exec sleep 60"], folder=folder, timeout=60):
        print(line, flush=True)
"""


def runs(process: str) -> bool:
    """Whether it does, and has not just ended without being reaped yet."""
    try:
        behind_name = Path("/proc", process, "stat").read_text().rpartition(")")[2]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return behind_name.split()[0] not in ("Z", "X")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left_of_a_tool_that_dies(local: None, how: signal.Signals) -> None:
    root = cache_root()
    with subprocess.Popen([sys.executable, "-c", _RUNS], stdout=subprocess.PIPE, text=True) as tool:
        assert tool.stdout is not None
        process = tool.stdout.readline().strip()
        assert runs(process)
        tool.send_signal(how)
        tool.wait(timeout=20)
    deadline = time.monotonic() + 5
    while (root / "local.lock").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert not runs(process)
    assert not (root / "runs").exists()
    assert list((root / "store").iterdir()) == []
