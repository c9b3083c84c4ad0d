"""Every row of the table of builtin ops, tried on the runner: what it says of a kernel is true."""

from dataclasses import replace

import numpy as np
import pytest

from tests.fakes.one_op_models import CASES
from tests.fakes.one_op_quality import measure, quantized
from tflitekit.devices.registry import open_device
from tflitekit.errors import RunError
from tflitekit.graph.ops import OPS
from tflitekit.graph.strict import fully_integer
from tflitekit.progress import SILENT
from tflitekit.quantize.planning.op_rules import OP_RULES, OpRule
from tflitekit.quantize.recipe import Recipe
from tflitekit.runtime.session import open_session

pytestmark = pytest.mark.build

INT8 = Recipe(ranges="minmax")
INT16 = Recipe(precision="int16x8", ranges="minmax")

LIMIT_DB = 1.0
INEXACT_DB = 7.0
REQUANTIZED_DB = 4.0
"""XNNPACK rounds the ratio of two int8 scales to 1/256 where it requantizes: up to 3.7 dB."""

INT16_DB = 15.0
"""The int16 tables interpolate, which costs up to 12 dB of some 90; wrong kernels lose 20."""

COMPUTED = {
    "CONV_2D computed filter",
    "FULLY_CONNECTED computed weights",
    "FULLY_CONNECTED computed bias",
}
"""Weights that an op computes are left in float."""

UNTRIED = {
    "LSTM",
    "STABLEHLO_REDUCE_WINDOW",
    "STABLEHLO_SCATTER",
    "SVDF",
    "UNIDIRECTIONAL_SEQUENCE_LSTM",
    "UNIQUE",
    "WHERE",
}
"""Rows that are read off the kernels' source: no model of one op with a fixed shape shows them."""

USED = [
    case
    for case in CASES
    if case.op in OP_RULES and not OP_RULES[case.op].reason and case.name not in COMPUTED
]


def by_name(cases):
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


@pytest.fixture(scope="module")
def session():
    with open_session(open_device("local"), SILENT) as session:
        yield session


def limit_db(case, model):
    if OP_RULES[case.op].inexact:
        return INEXACT_DB
    requantized = any(op.name == "QUANTIZE" for op in model.ops())
    return REQUANTIZED_DB if requantized else LIMIT_DB


@by_name(USED)
def test_int8_comes_within_a_decibel_of_the_ideal(case, session):
    model, reason = quantized(case, INT8)
    assert reason == ""
    assert fully_integer(model)
    assert measure(case, model, session).gap <= limit_db(case, model)


@by_name([case for case in USED if OP_RULES[case.op].int16])
def test_int16_is_right(case, session):
    model, reason = quantized(case, INT16)
    assert reason == ""
    assert fully_integer(model)
    assert measure(case, model, session).gap <= INT16_DB


@by_name([case for case in USED if not OP_RULES[case.op].int16])
def test_an_op_without_int16_is_int8_among_int16(case, session):
    alone, _ = quantized(case, INT8)
    among, reason = quantized(case, INT16)
    assert reason == ""
    assert fully_integer(among)
    least = measure(case, alone, session).measured - LIMIT_DB
    assert measure(case, among, session).measured >= least


def is_wrong(case, session, recipe=INT8, *, widen=1.0, limit=LIMIT_DB):
    """Whether the kernel refuses or errs, its first output's scale made `widen` times as large."""
    model, reason = quantized(case, recipe)
    assert reason == ""
    output = model.main.outputs[0]
    if output.quantization is not None:
        output.quantization.scales = np.float32(output.quantization.scales * widen)
    try:
        return measure(case, model, session).gap > limit
    except RunError:
        return True


@by_name([case for case in USED if not OP_RULES[case.op].fixed and OP_RULES[case.op].outputs != ()])
def test_a_kernel_rescales_only_where_the_row_says_so(case, session):
    rule = OP_RULES[case.op]
    limit = INEXACT_DB if rule.inexact else LIMIT_DB
    assert is_wrong(case, session, widen=1.5, limit=limit) == (rule.sharing != "none")


@pytest.mark.parametrize(
    "op", sorted(op for op, rule in OP_RULES.items() if rule.reason and op not in UNTRIED)
)
def test_a_kernel_that_is_avoided_is_wrong(op, session, monkeypatch):
    monkeypatch.setitem(OP_RULES, op, replace(OP_RULES[op], reason=""))
    assert any(is_wrong(case, session) for case in CASES if case.op == op)


@pytest.mark.parametrize("op", sorted({case.op for case in USED if not OP_RULES[case.op].int16}))
def test_an_int16_kernel_that_is_avoided_is_wrong(op, session, monkeypatch):
    monkeypatch.setitem(OP_RULES, op, replace(OP_RULES[op], int16=True))
    cases = [case for case in USED if case.op == op]
    assert any(is_wrong(case, session, INT16, limit=INT16_DB) for case in cases)


@by_name([case for case in CASES if case.op not in OP_RULES])
def test_an_op_without_a_row_has_no_int8_kernel(case, session, monkeypatch):
    assert quantized(case, INT8)[1] == "it has no int8 kernel"
    monkeypatch.setitem(OP_RULES, case.op, OpRule())
    model, _ = quantized(case, INT8)
    with pytest.raises(RunError):
        measure(case, model, session)


def test_every_row_is_tried():
    assert set(OP_RULES) - {case.op for case in CASES} == UNTRIED


@pytest.mark.parametrize("op", sorted(OP_RULES))
def test_a_row_does_not_contradict_itself(op):
    rule = OP_RULES[op]
    assert op in OPS
    assert rule.sharing == "none" or rule.fixed is None
    assert rule.sharing != "output-follows-input" or rule.data == (rule.follows,)
    assert not (rule.reason and rule.inexact)
    assert not (rule.fixed and rule.int16 and rule.fixed.scale16 is None)
    assert rule.weights is None or rule.data is not None
