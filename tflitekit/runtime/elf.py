"""What a program or library was built for, as its ELF file tells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tflitekit.errors import UsageError

Libc = Literal["bionic", "glibc", "other"]

_MACHINES = {
    ("EM_AARCH64", 64): "arm64-v8a",
    ("EM_X86_64", 64): "x86_64",
    ("EM_ARM", 32): "armeabi-v7a",
    ("EM_386", 32): "x86",
    ("EM_RISCV", 64): "riscv64",
}
"""Android's name of the ABI by machine and word size."""

_LIBCS: dict[str, Libc] = {"libc.so": "bionic", "libc.so.6": "glibc"}


@dataclass(frozen=True)
class Elf:
    """What is needed to run a file.

    Attributes:
        abi: Android's name of the ABI, or what the file calls the machine.
        libc: of which system the C library is that it is linked to; "other" where it names none.
        needed: the libraries that it names.
    """

    abi: str
    libc: Libc
    needed: tuple[str, ...]


def read_elf(path: Path) -> Elf:
    """Read the headers of a file.

    Raises:
        UsageError: it cannot be read, is no ELF file, or is damaged.
    """
    from elftools.common.exceptions import ELFError
    from elftools.elf.dynamic import DynamicSegment
    from elftools.elf.elffile import ELFFile

    try:
        with path.open("rb") as file:
            elf = ELFFile(file)
            segments = [one for one in elf.iter_segments() if isinstance(one, DynamicSegment)]
            tags = (tag for one in segments for tag in one.iter_tags("DT_NEEDED"))
            needed = [str(getattr(tag, "needed")) for tag in tags]  # noqa: B009
            machine = (str(elf["e_machine"]), int(elf.elfclass))
    except OSError as error:
        raise UsageError(f"cannot be read ({error.strerror})", where=str(path)) from error
    except (ELFError, ValueError, IndexError, KeyError, AttributeError, UnicodeError) as error:
        raise UsageError("is no program or library, or is damaged", where=str(path)) from error
    named = [_LIBCS[name] for name in needed if name in _LIBCS]
    libc: Libc = named[0] if named else "other"
    return Elf(_MACHINES.get(machine, f"{machine[0]}, {machine[1]} bits"), libc, tuple(needed))
