#!/usr/bin/env python3
"""Check for the Debian packages that a purpose needs, before there is a virtual environment.

Run by root, as in CI, it installs what is missing with the system's own apt; run by anyone else
it prints the command that does. Only the standard library, any Python 3.

    tools/system_packages.py venv            stop if it cannot be made: nothing works without
    tools/system_packages.py device-tests    go on without: the tests that need them are skipped
    tools/system_packages.py browser-tests   as well
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

WANTED_PYTHON = (3, 11)


def _file(path):
    return lambda: Path(path).exists()


def _program(name):
    return lambda: shutil.which(name) is not None


def _module(name):
    return lambda: importlib.util.find_spec(name) is not None


# purpose -> (whether it can do without, [(package, what shows that it is there, what for)])
PURPOSES = {
    "venv": (False, [("python3-venv", _module("ensurepip"), "a virtual environment")]),
    "device-tests": (
        True,
        [
            ("qemu-user-static", _program("qemu-aarch64-static"), "the arm64 virtual device"),
            ("libc6-arm64-cross", _file("/usr/aarch64-linux-gnu/lib/libc.so.6"), "arm64 devices"),
            (
                "libstdc++6-arm64-cross",
                _file("/usr/aarch64-linux-gnu/lib/libstdc++.so.6"),
                "arm64 devices",
            ),
            (
                "libgcc-s1-arm64-cross",
                _file("/usr/aarch64-linux-gnu/lib/libgcc_s.so.1"),
                "arm64 devices",
            ),
            ("gcc", _program("gcc"), "kernels with sanitizers"),
            ("libc6-dev", _file("/usr/include/stdio.h"), "kernels with sanitizers"),
        ],
    ),
    "browser-tests": (
        True,
        [
            ("chromium", _program("chromium"), "looking at the page of a report"),
            ("fonts-dejavu-core", _file("/usr/share/fonts/truetype/dejavu"), "text on that page"),
        ],
    ),
}


def main(purpose):
    if sys.version_info[:2] != WANTED_PYTHON:
        wanted = ".".join(map(str, WANTED_PYTHON))
        sys.exit(
            f"Python {wanted} is needed and this is {sys.version.split()[0]}.\n"
            f"Install it (sudo apt-get install python{wanted} python{wanted}-venv), "
            f"or name one: make PYTHON=/path/to/python{wanted} ..."
        )
    optional, packages = PURPOSES[purpose]
    missing = [(name, why) for name, is_there, why in packages if not is_there()]
    if not missing:
        return
    for name, why in missing:
        print(f"missing system package: {name} (for {why})", flush=True)
    names = [name for name, _ in missing]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _install(names)
    elif optional:
        print(
            f"Tests that need them will be skipped. To have them:\n"
            f"  sudo apt-get install {' '.join(names)}",
            flush=True,
        )
    else:
        sys.exit(f"Install it and try again:\n  sudo apt-get install {' '.join(names)}")


def _install(names):
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    options = ["-y", "--no-install-recommends"]
    for command in (["update"], ["install", *options, *names]):
        print("+ apt-get", *command, flush=True)
        subprocess.run(["apt-get", "-q", *command], env=environment, check=True)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in PURPOSES:
        sys.exit(__doc__)
    main(sys.argv[1])
