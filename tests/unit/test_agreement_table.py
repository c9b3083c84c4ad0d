"""Agreement as people and programs read it."""

from types import SimpleNamespace

import pytest

from tflitekit.bench.agreement import Agreement, OutputAgreement
from tflitekit.report.agreement_table import agreement_json, agreement_rows


def agreement(**more):
    known = {"exact": 0.5, "unit": "steps", "largest": 2.0, "mean": 0.25, "same_top1": None}
    output = OutputAgreement("y", 10, **(known | more))
    return Agreement("host", "m.tflite", 5, (output,))


def cells(**more):
    result = SimpleNamespace(model="m.tflite", agreement=(agreement(**more),))
    (row,) = agreement_rows([result])
    return row


def test_a_row_tells_everything():
    assert cells() == (*("m.tflite", "host", "y", "5", "50.00 %", "2 steps", "0.25 steps", "-"),)


@pytest.mark.parametrize(
    ("exact", "shown"), [(1, "100.00 %"), (0.999999, "> 99.99 %"), (0.9999, "99.99 %")]
)
def test_nothing_but_all_is_everything(exact, shown):
    assert cells(exact=exact)[4] == shown


def test_values_have_no_unit_and_may_be_no_number():
    assert cells(unit="values")[5:7] == ("2", "0.25")
    assert cells(largest=None)[5] == "not a number"


def test_json_has_every_member():
    found = agreement_json(agreement(same_top1=1.0))
    assert (found["against"], found["model"], found["samples"]) == ("host", "m.tflite", 5)
    assert found["outputs"][0]["same_top1"] == 1.0
