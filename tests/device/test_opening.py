"""What holds for opening every device, and for what is left of who opened it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.device.shell import exists, sh, wait_until_gone
from tflitekit.devices.registry import open_device
from tflitekit.errors import DeviceError

pytestmark = pytest.mark.device


def test_arm_device_is_arm(virtual_arm64: str) -> None:
    with open_device(f"adb:{virtual_arm64}") as device, device.run_folder() as folder:
        assert device.info.abi == "arm64-v8a"
        assert sh(device, folder, "uname -m") == ["aarch64"]
        assert "asimddp" in sh(device, folder, "grep -m1 Features /proc/cpuinfo")[0]


def test_a_second_user_is_told_who_holds_it(uri: str) -> None:
    held = rf"in use by .*process {os.getpid()}.* since 2"
    with open_device(uri), pytest.raises(DeviceError, match=held):
        open_device(uri).__enter__()
    with open_device(uri):
        pass


_BENCH = """
import signal, sys
from tflitekit.devices.registry import open_device
# A shell starts what runs in the background with SIGINT ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
with open_device(sys.argv[1]) as device, device.run_folder() as folder:
    print(folder, flush=True)
    for line in device.run(["sh", "-c", "echo $$; exec sleep 60"], folder=folder, timeout=60):
        print(line, flush=True)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_nothing_outlives_a_tool_that_dies(uri: str, how: signal.Signals) -> None:
    tool = subprocess.Popen([sys.executable, "-c", _BENCH, uri], stdout=subprocess.PIPE, text=True)
    assert tool.stdout is not None
    with tool:
        folder, process = (tool.stdout.readline().strip() for _ in range(2))
        tool.send_signal(how)
        tool.wait(timeout=20)
    time.sleep(0.5)  # the device notices by itself
    with open_device(uri) as device:
        assert not exists(device, folder)
        wait_until_gone(device, process)
