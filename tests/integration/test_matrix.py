"""Benches of several devices and numbers of threads at once."""

import json

import pytest

from tests.commands import ANYWAY, tflitekit

pytestmark = [pytest.mark.build, pytest.mark.convert]


def bench(model, folder, *more):
    return tflitekit(
        *("bench", model, "--threads", "1", "--threads", "2", "--repeats", "1"),
        *("--seconds", "0.1", "--results", folder, "--json", *ANYWAY, *more),
    )


def test_a_device_that_is_not_there_loses_its_own_cells_only(digits, tmp_path):
    model, folder = digits / "int8.tflite", tmp_path / "deep" / "results"
    done = bench(model, folder, "--device", "local", "--device", "adb:nobody")
    assert done.returncode == 5
    cells = json.loads(done.stdout)["cells"]
    assert [(cell["device"], cell["threads"]) for cell in cells] == [
        ("local", 1),
        ("local", 2),
        ("adb:nobody", 1),
        ("adb:nobody", 2),
    ]
    assert [cell["error"] is None for cell in cells] == [True, True, False, False]
    for cell in cells[:2]:
        (result,) = cell["report"]["results"]
        assert result["threads"] == cell["threads"]
        assert result["latency_us"]["median"] > 0
    assert len(list(folder.iterdir())) == 2


def test_what_was_measured_is_not_measured_again(digits, tmp_path):
    model = digits / "int8.tflite"
    first, second = (json.loads(bench(model, tmp_path).stdout)["cells"] for _ in range(2))
    assert [cell["reused"] for cell in first + second] == [False, False, True, True]
    assert [cell["report"] for cell in first] == [cell["report"] for cell in second]
