"""python -m tools.virtual_device --abi ABI: prints the serial and stays until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from tflitekit.errors import ToolkitError
from tools.virtual_device import DeviceState, Unavailable, virtual_device
from tools.virtual_device.targets import TARGETS


def main() -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.virtual_device", description=__doc__)
    parser.add_argument("--abi", choices=sorted(TARGETS), default="x86_64")
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; 0 for any free one")
    parser.add_argument("--data-size", default="1g", help="of /data, held in memory")
    parser.add_argument("--state", type=Path, help="empty folder for what it shows: state.py")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print("Starting; the first time some 12 MB of packages are downloaded", file=sys.stderr)
    try:
        state = DeviceState(chosen.state) if chosen.state else None
        options = {"port": chosen.port, "data_size": chosen.data_size, "state": state}
        with virtual_device(chosen.abi, **options) as serial:
            print(serial, flush=True)
            print(f"Use it as --device adb:{serial}; Ctrl-C ends it", file=sys.stderr)
            signal.pause()
    except KeyboardInterrupt:
        return 0
    except (Unavailable, ToolkitError) as error:
        print(f"No virtual device: {error}", file=sys.stderr)
        return 5
    return 0


if __name__ == "__main__":
    sys.exit(main())
