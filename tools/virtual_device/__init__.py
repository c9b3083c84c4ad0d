"""An Android-shaped device without a phone, an emulator image, or root privileges.

It runs Debian's packaged `adbd` with Android's shell (mksh) and tools (toybox) in namespaces of
its own, and the ordinary `adb` reaches it on a port of this machine. As "arm64-v8a" it runs under
qemu's user-mode emulation: slow and no use for timing, but the instructions are ARM's.
"""

from tools.virtual_device.availability import Unavailable
from tools.virtual_device.device import virtual_device
from tools.virtual_device.state import DeviceState

__all__ = ["DeviceState", "Unavailable", "virtual_device"]
