"""Debian packages of any architecture, unpacked into a folder without touching the system."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.virtual_device.availability import Unavailable, require_programs

SUITES = ("bookworm", "bookworm-backports")
"""Where the packages come from; the last is preferred, for it alone has `adbd`."""

_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_DEBIAN = {"bookworm", "trixie", "forky", "sid", "oldstable", "stable", "testing", "unstable"}
_TIMEOUT = 600.0


def unpack(packages: Sequence[str], architecture: str, folder: Path) -> Path:
    """Download packages and all they depend on, and unpack them.

    Uses the Debian mirror and the proxy that this machine's apt uses, and a package database of
    its own.

    Returns:
        The folder, inside `folder`, that holds what the packages hold.

    Raises:
        Unavailable: there is no apt, no Debian mirror among its sources, or it cannot download.
    """
    require_programs("apt-get", "dpkg-deb")
    env = {**os.environ, "APT_CONFIG": str(_write_configuration(architecture, folder))}
    _run(["apt-get", "update", "-qq"], env)
    options = ["-qq", "-y", "--download-only", "-t", SUITES[-1]]
    _run(["apt-get", "install", *options, *packages], env)
    unpacked = folder / "unpacked"
    unpacked.mkdir()
    for archive in sorted((folder / "cache" / "archives").glob("*.deb")):
        _run(["dpkg-deb", "-x", str(archive), str(unpacked)], env)
    return unpacked


def debian_mirror() -> str:
    """The Debian mirror that this machine's apt uses.

    Raises:
        Unavailable: it uses none.
    """
    form = "$(REPO_URI) $(RELEASE) $(COMPONENT)"
    text = _run(["apt-get", "indextargets", "--format", form], os.environ)
    mirror = choose_mirror(text)
    if mirror is None:
        raise Unavailable("apt's sources name no Debian mirror")
    return mirror


def choose_mirror(targets: str) -> str | None:
    """The first Debian archive in lines of "URI release component"."""
    for line in targets.splitlines():
        words = line.split()
        if len(words) == 3 and words[1] in _DEBIAN and words[2] == "main":
            return words[0]
    return None


def _write_configuration(architecture: str, folder: Path) -> Path:
    for name in ("lists/partial", "cache/archives/partial", "sources"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()
    (folder / "sources" / "debian.sources").write_text(
        f"Types: deb\nURIs: {debian_mirror()}\nSuites: {' '.join(SUITES)}\n"
        f"Components: main\nSigned-By: {_KEYRING}\n"
    )
    settings = {
        "APT::Architecture": architecture,
        "APT::Architectures": architecture,
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
        "Debug::NoLocking": "true",
        "Dir::Cache": folder / "cache",
        "Dir::Etc::main": "/dev/null",
        "Dir::Etc::parts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": folder / "sources",
        "Dir::State": folder,
        "Dir::State::lists": folder / "lists",
        "Dir::State::status": folder / "status",
    }
    lines = [f'{key} "{value}";' for key, value in settings.items()]
    path = folder / "apt.conf"
    path.write_text("\n".join([*_transport_settings(), *lines]) + "\n")
    return path


def _transport_settings() -> list[str]:
    """How this machine's apt downloads (proxies and the like), without its hooks."""
    text = _run(["apt-config", "dump"], os.environ)
    return re.findall(r"^Acquire::(?:http|https|ftp|Retries)\b.*;$", text, re.MULTILINE)


def _run(argv: Sequence[str], env: Mapping[str, str]) -> str:
    try:
        done = subprocess.run(
            argv,
            env={**env, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{argv[0]} {argv[1]} did not end in {_TIMEOUT:g} s") from None
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise Unavailable(f"{argv[0]} {argv[1]} failed: {last}")
    return done.stdout
