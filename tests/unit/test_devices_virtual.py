"""The decisions of the virtual device's maker, on texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.virtual_device import DeviceState
from tools.virtual_device.availability import kernel_version, system_registration
from tools.virtual_device.packages import choose_mirror
from tools.virtual_device.targets import TARGETS

ARM = TARGETS["arm64-v8a"]
MAGIC = "7f454c460201010000000000000000000200b700"


@pytest.mark.parametrize(
    ("text", "mirror"),
    [
        (
            "http://mirror.example/debian-security/ bookworm-security main\n"
            "http://mirror.example/debian/ bookworm main\n",
            "http://mirror.example/debian/",
        ),
        ("http://tools.example/apt/ stable contrib\nhttp://d.example/ trixie main\n",
         "http://d.example/"),
        ("http://mirror.example/ubuntu/ noble main\n", None),
        ("", None),
    ],
)  # fmt: skip
def test_debian_mirror_among_the_sources(text: str, mirror: str | None) -> None:
    assert choose_mirror(text) == mirror


@pytest.mark.parametrize(
    ("release", "version"),
    [("6.1.0-13-amd64", (6, 1)), ("6.18.44-fc", (6, 18)), ("6.7.0", (6, 7)), ("odd", (0, 0))],
)
def test_kernel_version(release: str, version: tuple[int, int]) -> None:
    assert kernel_version(release) == version


@pytest.mark.parametrize(
    ("entry", "usable"),
    [
        (f"enabled\ninterpreter /usr/bin/qemu\nflags: OCF\noffset 0\nmagic {MAGIC}\n", True),
        (f"enabled\ninterpreter /usr/bin/qemu\nflags: \noffset 0\nmagic {MAGIC}\n", False),
        (f"disabled\ninterpreter /usr/bin/qemu\nflags: F\noffset 0\nmagic {MAGIC}\n", False),
        ("enabled\ninterpreter /usr/bin/qemu\nflags: F\noffset 0\nmagic cafe\n", False),
    ],
)
def test_registration_of_the_system(tmp_path: Path, entry: str, usable: bool) -> None:
    (tmp_path / "qemu-aarch64").write_text(entry)
    (tmp_path / "status").write_text("enabled\n")
    assert system_registration(ARM, tmp_path) is usable
    assert not system_registration(ARM, tmp_path / "absent")


def test_the_played_processor_is_the_one_that_is_shown() -> None:
    """Neoverse N1 is part 0xd0c of implementer 0x41, and has the dot product."""
    assert ARM.cpuinfo is not None
    shown = ARM.cpuinfo.read_text()
    assert ARM.env == {"QEMU_CPU": "neoverse-n1"}
    assert "CPU part\t: 0xd0c" in shown
    assert "asimddp" in shown


def test_a_state_is_reset_to_what_it_was_at_first(tmp_path: Path) -> None:
    def shown() -> dict[Path, str]:
        return {path: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}

    state = DeviceState(tmp_path)
    first = shown()
    state.thermal(3)
    state.battery(level=1)
    state.clocks("performance", limit_khz=1000, cores=[0])
    state.online("0")
    state.without("thermalservice")
    state.without_fixed_performance()
    (tmp_path / "fixed_performance").write_text("true\n")
    assert shown() != first
    state.reset()
    assert shown() == first
