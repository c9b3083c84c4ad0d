"""The root file system of a virtual device: Debian's programs at Android's places."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import tempfile
from pathlib import Path

from tflitekit.files import cache_root
from tools.virtual_device.packages import SUITES, unpack
from tools.virtual_device.targets import HERE, Target

_PACKAGES = ("adbd", "busybox-static", "mksh", "toybox")

OWN_COMMANDS = ("cmd", "dumpsys", "getprop")
"""Commands of Android that are scripts here."""

_FOLDERS = ("data", "dev", "proc", "sdcard", "sys", "system/bin", "system/etc", "usr", "vendor")
_LINKS = {
    "bin": "system/bin",
    "etc": "system/etc",
    "lib": "usr/lib",
    "lib64": "usr/lib64",
    "sbin": "system/bin",
    "tmp": "data/local/tmp",
    "usr/bin": "../system/bin",
}

_DISPENSABLE = ("android-sdk", "diet", "klibc", "systemd", "*-musl", "gconv")


def root_of(target: Target) -> Path:
    """The root for `target`, made now unless it lies in the cache; nobody may change it.

    Raises:
        Unavailable: the packages cannot be had.
    """
    folder = cache_root() / "virtual_device"
    folder.mkdir(exist_ok=True)
    root = folder / f"{target.debian}-{_key()}"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.is_dir():
            with tempfile.TemporaryDirectory(dir=folder) as work:
                made = Path(work, "root")
                _arrange(unpack(_PACKAGES, target.debian, Path(work)), made, target)
                made.rename(root)
    return root


def _key() -> str:
    digest = hashlib.sha256(" ".join((*_PACKAGES, *SUITES)).encode())
    for name in ("root.py", "packages.py", "targets.py", "applets.txt", *OWN_COMMANDS):
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()[:16]


def _arrange(unpacked: Path, root: Path, target: Target) -> None:
    for name in _FOLDERS:
        (root / name).mkdir(parents=True, exist_ok=True)
    for name, destination in _LINKS.items():
        (root / name).symlink_to(destination)
    _copy_libraries(unpacked, root / "usr")
    _copy_programs(unpacked, root / "system" / "bin")
    _write_settings(root / "system", target)


def _copy_libraries(unpacked: Path, usr: Path) -> None:
    """Both /lib and /usr/lib of the packages, whichever a package chose."""
    ignore = shutil.ignore_patterns(*_DISPENSABLE)
    for name in ("lib", "lib64"):
        (usr / name).mkdir(exist_ok=True)
        for source in (unpacked / "usr" / name, unpacked / name):
            if source.is_dir():
                shutil.copytree(
                    source, usr / name, symlinks=True, dirs_exist_ok=True, ignore=ignore
                )


def _copy_programs(unpacked: Path, bin_folder: Path) -> None:
    adbd = unpacked / "usr/lib/android-sdk/platform-tools/adbd"
    shutil.copy(adbd, bin_folder / "adbd")
    for name, target in (("toybox", "toybox"), ("busybox", "busybox"), ("mksh", "sh")):
        found = next(
            path
            for path in (unpacked / "usr/bin" / name, unpacked / "bin" / name)
            if path.is_file()
        )
        shutil.copy(found, bin_folder / target)
    for applet, program in _applets((HERE / "applets.txt").read_text()).items():
        (bin_folder / applet).symlink_to(program)
    for name in OWN_COMMANDS:
        shutil.copy(HERE / name, bin_folder / name)
        (bin_folder / name).chmod(0o755)


def _applets(text: str) -> dict[str, str]:
    """The program behind each command."""
    found, program = {}, ""
    for line in text.splitlines():
        if line.startswith("["):
            program = line.strip("[]")
        elif not line.startswith("#"):
            found.update(dict.fromkeys(line.split(), program))
    return found


def _write_settings(system: Path, target: Target) -> None:
    properties = {
        "ro.build.version.release": "14",
        "ro.build.version.sdk": "34",
        "ro.kernel.qemu": "1",
        "ro.product.cpu.abi": target.abi,
        "ro.product.cpu.abilist": target.abi,
        "ro.product.model": f"Virtual {target.abi}",
    }
    (system / "build.prop").write_text("".join(f"{k}={v}\n" for k, v in properties.items()))
    (system / "etc/passwd").write_text(
        "root:x:0:0::/:/system/bin/sh\nshell:x:2000:2000::/:/system/bin/sh\n"
    )
    (system / "etc/group").write_text("root:x:0:\nshell:x:2000:\n")
    (system / "etc/mkshrc").touch()
