"""Killing anything at any moment leaves nothing on a device; tools/kill_test does it oftener."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.fakes.table_model import table_model
from tools.kill_test.__main__ import kill_at_random
from tools.kill_test.subject import AdbSubject, LocalSubject, Subject
from tools.virtual_device import DeviceState, virtual_device

pytestmark = [pytest.mark.device, pytest.mark.build, pytest.mark.slow]

_KILLS = 8


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.tflite"
    path.write_bytes(table_model())
    return path


def check(subject: Subject, model: Path) -> None:
    seed = random.randrange(1_000_000)
    figures = kill_at_random(subject, model, _KILLS, random.Random(seed))
    assert figures.failures == [], f"seed {seed}"
    assert sum(figures.kills.values()) == len(figures.clean_s) == _KILLS


def test_on_this_machine(model: Path) -> None:
    check(LocalSubject(), model)


def test_on_a_virtual_device(virtual_amd64: str, model: Path, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    state = DeviceState(tmp_path / "state")
    with virtual_device("x86_64", state=state) as serial:
        check(AdbSubject(serial, state), model)
