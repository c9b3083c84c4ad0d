"""The part of a virtual device that runs inside its namespaces, as their first process.

Started by `device.py` through `unshare`, with one JSON argument. Needs nothing but the standard
library. It ends, and with it everything in the namespaces, when its standard input does.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

_ADBD = ("127.0.0.1", 5555)
_DEVICES = ("null", "zero", "random", "urandom", "tty")
_BINFMT = "/proc/sys/fs/binfmt_misc"
_LEAST_S, _MOST_IN_VAIN = 0.2, 25
_SIOCSIFFLAGS = 0x8914
_IFF_UP_RUNNING = 0x41


def main(settings: dict[str, object]) -> int:
    """Set the device up and serve until standard input ends; returns an exit status."""
    root = Path(str(settings["root"]))
    _loopback_up()
    if settings["qemu"]:
        _register(settings)
    _mount_all(root, settings)
    listener = socket.socket(fileno=int(str(settings["listener"])))
    threading.Thread(target=_accept, args=(listener,), daemon=True).start()
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    return _keep_adbd(root, dict(settings["env"]))  # type: ignore[call-overload]


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14s", b"lo", _IFF_UP_RUNNING, b"")
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, request)


def _register(settings: dict[str, object]) -> None:
    """Let the kernel start foreign programs by qemu, in this user namespace alone."""
    _mount("-t", "binfmt_misc", "binfmt_misc", _BINFMT)
    Path(_BINFMT, "register").write_text(
        f":qemu:M::{settings['magic']}:{settings['mask']}:{settings['qemu']}:F"
    )


def _mount_all(root: Path, settings: dict[str, object]) -> None:
    """A read-only system, and an empty /data that vanishes with the device."""
    _mount("--bind", str(root), str(root))
    _mount(
        "-t", "tmpfs", "-o", f"size={settings['data_size']},mode=755", "data", str(root / "data")
    )
    (root / "data/local/tmp").mkdir(parents=True)
    _mount("-t", "tmpfs", "-o", "size=1m,mode=755", "dev", str(root / "dev"))
    for name in _DEVICES:
        (root / "dev" / name).touch()
        _mount("--bind", f"/dev/{name}", str(root / "dev" / name))
    (root / "dev/pts").mkdir()
    _mount("-t", "devpts", "-o", "newinstance,ptmxmode=666,mode=600", "pts", str(root / "dev/pts"))
    (root / "dev/ptmx").symlink_to("pts/ptmx")
    _mount("-t", "proc", "proc", str(root / "proc"))
    if settings["cpuinfo"]:
        # Emulated code that reads the host's processor there takes the wrong instructions.
        _mount("--bind", str(settings["cpuinfo"]), str(root / "proc/cpuinfo"))
    _mount("-t", "sysfs", "sys", str(root / "sys"))
    _mount("--bind", str(settings["processors"]), str(root / "sys/devices/system/cpu"))
    _mount("--bind", str(settings["state"]), str(root / "vendor"))
    _mount("-o", "remount,bind,ro", str(root))


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, timeout=30)


def _keep_adbd(root: Path, env: dict[str, str]) -> int:
    """As Android's init: start the daemon whenever it has ended, and reap every orphan.

    Returns where it ended again and again as soon as it was started. After a kill that happens
    at first, while the kernel still holds its port.
    """
    in_vain = 0
    while True:
        started = time.monotonic()
        status = _reap_until(_start_adbd(root, env).pid)
        in_vain = in_vain + 1 if time.monotonic() - started < _LEAST_S else 0
        if in_vain > _MOST_IN_VAIN:
            return os.waitstatus_to_exitcode(status) or 1
        time.sleep(_LEAST_S)


def _reap_until(last: int) -> int:
    """The status of a process once it has ended."""
    while True:
        process, status = os.wait()
        if process == last:
            return status


def _start_adbd(root: Path, env: dict[str, str]) -> subprocess.Popen[bytes]:
    def enter() -> None:
        os.chroot(root)
        os.chdir("/")

    return subprocess.Popen(
        ["/system/bin/adbd"],
        env={"PATH": "/system/bin", "ANDROID_ROOT": "/system", "ANDROID_DATA": "/data", **env},
        stdin=subprocess.DEVNULL,
        preexec_fn=enter,
    )


def _accept(listener: socket.socket) -> None:
    """Join every connection from outside with one to the daemon."""
    while True:
        outside, _ = listener.accept()
        inside = _reach_adbd()
        if inside is None:
            outside.close()
            continue
        for end in (outside, inside):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for pair in ((outside, inside), (inside, outside)):
            threading.Thread(target=_relay, args=pair, daemon=True).start()


def _reach_adbd() -> socket.socket | None:
    for _ in range(200):
        try:
            return socket.create_connection(_ADBD)
        except ConnectionRefusedError:
            time.sleep(0.05)
    return None


def _relay(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):  # either side may go at any time
        while piece := source.recv(1 << 18):
            target.sendall(piece)
    for end in (source, target):
        with suppress(OSError):  # the other direction may have been first
            end.shutdown(socket.SHUT_RDWR)


def _end_with_stdin() -> None:
    while os.read(0, 1 << 10):
        pass
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
