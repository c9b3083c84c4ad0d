"""Ops rewritten before calibration: equal in float, and near the ideal in int8, on the runner."""

import numpy as np
import pytest

from tests.fakes.graphs import run
from tests.fakes.one_op import BLOCK, Given, OneOp, ints, values
from tests.fakes.one_op_models import CASES as ONE_OP_CASES
from tests.fakes.one_op_quality import run_on_runner, sqnr_db
from tflitekit.devices.registry import open_device
from tflitekit.graph import run_passes, write_model
from tflitekit.graph.passes import INTEGER_FORMS, remove_dead_code
from tflitekit.graph.strict import fully_integer
from tflitekit.progress import SILENT
from tflitekit.quantize.calibration.calibrate import calibrate
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.quantize.params import QuantParams
from tflitekit.quantize.planning.apply import apply_plan
from tflitekit.quantize.planning.boundary import set_io
from tflitekit.quantize.planning.plan import make_plan
from tflitekit.quantize.recipe import Recipe
from tflitekit.runtime.session import open_session

pytestmark = pytest.mark.build

LIMIT_DB = 1.0

WORSE = {
    "ADD_N": (3.0, "every partial sum is rounded"),
    "POW 0.5": (7.0, "the int8 SQRT cuts off instead of rounding"),
}
"""What is further from the ideal, by how many dB at most, and why."""

REWRITTEN = {
    *("NEG", "SQUARE", "ADD_N", "ZEROS_LIKE", "MATRIX_DIAG", "SCATTER_ND", "CUMSUM"),
}
POSITIVE = Given((2, 8, 16), 0.1, 2.0)
TRUTH = {"in_data_type": "bool", "out_data_type": "float32"}

CASES = (
    *(case for case in ONE_OP_CASES if case.op in REWRITTEN),
    OneOp("DIV", "by a constant", (BLOCK, values(8, low=0.5, high=2.0))),
    OneOp(
        "DIV",
        "and RELU",
        (BLOCK, values(8, low=0.5, high=2.0)),
        {"fused_activation_function": "RELU"},
    ),
    *(
        OneOp("POW", str(exponent), (POSITIVE, np.float32(exponent)))
        for exponent in (2.0, 3.0, 4.0, 0.5, -0.5)
    ),
    OneOp("CAST", "from bool", (Given((3, 7), dtype="bool"),), TRUTH),
    OneOp("SEGMENT_SUM", "", (Given((4, 32)), ints(0, 0, 1, 1)), shape=(2, 32)),
    OneOp("CUMSUM", "last axis", (BLOCK, np.int32(-1)), {"exclusive": True}),
    OneOp("CUMSUM", "reverse", (BLOCK, np.int32(0)), {"reverse": True}),
    OneOp("SCATTER_ND", "elements", (ints([0, 1], [2, 2]), Given((2,)), ints(3, 4))),
)

by_name = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def rewritten(case):
    model = case.build()
    assert sum(run_passes(model, INTEGER_FORMS).values()) > 0
    assert case.op not in {op.name for op in model.ops()}
    return model


@by_name
def test_the_float_model_computes_the_same(case):
    before, after = write_model(case.build()), write_model(rewritten(case))
    for call in case.samples(3):
        for old, new in zip(run(before, *call), run(after, *call), strict=True):
            np.testing.assert_allclose(new, old, rtol=1e-6, atol=1e-5)


@by_name
def test_int8_is_near_the_ideal(case, tmp_path):
    model, calls = rewritten(case), list(case.samples(8))
    specs = model.signature().input_specs()
    samples = [{spec.name: x for spec, x in zip(specs, call, strict=True)} for call in calls]
    stats = calibrate(model, SampleStore.write(tmp_path / "samples", specs, samples), SILENT)
    plan = make_plan(model, stats, Recipe(ranges="minmax"))
    assert plan.left_float == {}
    apply_plan(model, plan)
    set_io(model, "int8")
    run_passes(model, (remove_dead_code,))
    assert fully_integer(model)
    content = write_model(case.build())
    wanted = np.stack([run(content, *call)[0] for call in calls])
    rounded = [
        [nearest(x, tensor) for x, tensor in zip(call, model.main.inputs, strict=True)]
        for call in calls
    ]
    (output,) = model.main.outputs
    ideal = nearest(np.stack([run(content, *call)[0] for call in rounded]), output)
    with open_session(open_device("local"), SILENT) as session:
        (got,) = run_on_runner(model, calls, session)
    limit, _ = WORSE.get(case.name, (LIMIT_DB, ""))
    assert sqnr_db(wanted, got) >= min(sqnr_db(wanted, ideal), 100) - limit


def nearest(values, tensor):
    """The values that a tensor of the model can hold."""
    found = tensor.quantization
    if found is None:
        return values
    params = QuantParams((float(found.scales[0]),), (int(found.zero_points[0]),), tensor.dtype)
    return params.dequantize(params.quantize(values))
