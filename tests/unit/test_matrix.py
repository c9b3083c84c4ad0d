"""Cells of a matrix: their requests as JSON, what they are kept by, and their table."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from tflitekit.bench.cell import Cell
from tflitekit.errors import UsageError
from tflitekit.pipeline.matrix import MatrixRequest, _as_json, _key, run_matrix
from tflitekit.pipeline.matrix_cell import request_of
from tflitekit.pipeline.requests import BenchRequest
from tflitekit.progress import SILENT, Labelled
from tflitekit.report.matrix_table import HEADER, matrix_json, matrix_rows
from tflitekit.runtime.choice import RuntimeChoice

REQUEST = BenchRequest(
    [Path("a.tflite")],
    data="digits",
    threads=3,
    allow=("NOISY",),
    runtime=RuntimeChoice(library=Path("app.aar"), accelerator="gpu"),
)


def test_a_request_survives_its_way_to_the_child():
    assert asdict(request_of(_as_json(REQUEST))) == asdict(REQUEST) | {"allow": ["NOISY"]}


def test_a_cell_is_kept_by_all_that_it_depends_on(tmp_path):
    model = tmp_path / "m.tflite"
    model.write_bytes(b"one")
    request = replace(REQUEST, models=[model])
    key = _key(_as_json(request))
    assert key == _key(_as_json(replace(request, allow=())))
    for other in (
        replace(request, threads=1),
        replace(request, device="adb"),
        replace(request, seconds=9.0),
        replace(request, runtime=RuntimeChoice()),
    ):
        assert key != _key(_as_json(other))
    moved = tmp_path / "moved.tflite"
    model.rename(moved)
    assert key == _key(_as_json(replace(request, models=[moved])))
    moved.write_bytes(b"two")
    assert key != _key(_as_json(replace(request, models=[moved])))


def result(**more):
    return {
        "model": "m.tflite",
        "latency_us": {"median": 1500.0, "ci95": [1400.0, 1600.0], "p90": None},
        "comparison": None,
        "accuracy": None,
        "warnings": [],
    } | more


def cells_of(cells):
    return [dict(zip(HEADER, row, strict=True)) for row in matrix_rows(cells)]


def test_a_row_for_each_model_and_one_for_a_cell_that_failed():
    other = result(
        comparison={"ratio": 0.5, "verdict": "faster"},
        accuracy={"metric": "top1", "value": 0.5, "n": 2},
        warnings=[{"tag": "HOT", "text": "it is"}, {"tag": "NOISY", "text": "loud"}],
    )
    whole = Cell("local", 2, {"results": [result(), other]})
    lost = Cell("adb:1", 4, error={"what": "it went away", "exit_code": 5})
    first, second, third = cells_of([whole, lost])
    assert (first["median"], first["p90"], first["conditions"]) == ("1.5 ms", "-", "-")
    assert second["against the first"] == "0.500x, faster"
    assert (second["accuracy"], second["conditions"]) == ("top1 50.00 %", "HOT NOISY")
    assert (third["device"], third["model"]) == ("adb:1", "failed: it went away")
    assert [one.tag for one in whole.conditions] == ["HOT", "NOISY"]
    assert lost.conditions == ()
    cells = matrix_json([whole, lost])["cells"]
    assert cells[1]["error"]["exit_code"] == 5
    assert cells[0]["report"]["results"][0]["model"] == "m.tflite"


def test_a_device_tests_itself_alone():
    base = replace(REQUEST, selftest=True, data=None, runtime=RuntimeChoice())
    with pytest.raises(UsageError, match="one device"):
        run_matrix(MatrixRequest(base, ["local", "adb"], [1]), SILENT)


def test_lines_of_a_device_have_its_name():
    said = []

    class Heard:
        def __getattr__(self, name):
            return lambda *given: said.append((name, *given))

    told = Labelled(Heard(), "adb:1")
    told.step("Timing")
    told.warn("hot")
    told.note("fine")
    told.bar("copy", 3, "B")
    assert said == [
        ("step", "adb:1: Timing"),
        ("warn", "adb:1: hot"),
        ("note", "adb:1: fine"),
        ("bar", "adb:1: copy", 3, "B"),
    ]
