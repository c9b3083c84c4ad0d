"""What may stand as a file's or a variable's name, and the name that a set of files gets."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from tflitekit.errors import DeviceError

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check_plain(name: str) -> None:
    """Refuse what is not the name of a file inside one folder.

    Raises:
        DeviceError: it is empty, "." or "..", or has a slash or a NUL.
    """
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise DeviceError(f"{name!r} is not a plain file name")


def check_variable(name: str) -> None:
    """Refuse what is not the name of an environment variable.

    Raises:
        DeviceError: it has another character than letters, digits and underscores.
    """
    if not _VARIABLE.fullmatch(name):
        raise DeviceError(f"{name!r} is not the name of an environment variable")


def folder_digest(digests: Mapping[str, str]) -> str:
    """The content address of a folder.

    Args:
        digests: SHA-256 of each file, by its name in the folder.

    Returns:
        SHA-256 over the sorted names and digests, as 64 hexadecimal digits.
    """
    lines = (f"{name}\0{digest}\n" for name, digest in sorted(digests.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()
