"""A kernel case in int8, and how close it comes to the ideal on the runner.

The ideal is the float model on the quantized inputs, its outputs rounded to their scales. Both are
compared with the float model on the inputs as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.fakes.kernel_cases.case import KernelCase
from tests.fakes.one_op_quality import sqnr_db
from tflitekit.data import Sample
from tflitekit.graph import Model, run_passes, write_model
from tflitekit.graph.model import Tensor
from tflitekit.graph.passes import INTEGER_FORMS, remove_dead_code
from tflitekit.kernels import KERNELS, CustomOp
from tflitekit.kernels.patch import patch
from tflitekit.quantize.calibration.observed import observed_tensors
from tflitekit.quantize.calibration.stats import observe
from tflitekit.quantize.diagnosis.expose_all import expose_only, run_on
from tflitekit.quantize.planning.apply import apply_plan
from tflitekit.quantize.planning.boundary import set_io
from tflitekit.quantize.planning.few_rows import use_our_products
from tflitekit.quantize.planning.kernel_use import open_for_int16
from tflitekit.quantize.planning.plan import make_plan
from tflitekit.quantize.recipe import Recipe
from tflitekit.quantize.tensor_params import params_of_tensor
from tflitekit.runtime.session import Session

CALLS = 6
"""How many samples a case is calibrated with and judged on."""

MOST_NEEDED_DB = 30.0
UNDER_IDEAL_DB = 3.0


@dataclass(frozen=True)
class Quality:
    """Of a case's worst output.

    Attributes:
        measured, ideal: SQNR in dB against the float model.
        needed: what the case has to reach.
    """

    measured: float
    ideal: float
    needed: float

    @property
    def is_enough(self) -> bool:
        return self.measured >= self.needed


@dataclass(frozen=True)
class Quantized:
    """A case as a float model and as the integer model made of it.

    Attributes:
        left_float: why ops are left in float, by tensor; empty where none is.
    """

    float_model: Model
    model: Model
    samples: list[Sample]
    left_float: dict[str, str]


def samples_of(case: KernelCase, model: Model) -> list[Sample]:
    rng = np.random.default_rng(0)
    names = list(model.signature().inputs)
    return [
        Sample(index, dict(zip(names, case.sample(rng), strict=True)), None)
        for index in range(CALLS)
    ]


def quantize(
    case: KernelCase, session: Session, kernels: Sequence[CustomOp] = KERNELS
) -> Quantized:
    """As our engine does, with the samples that the case is judged on."""
    float_model, work = case.build(), case.build()
    samples = samples_of(case, float_model)
    recipe = Recipe(ranges="minmax", int16=case.int16)
    patch(work, kernels)
    open_for_int16(work, recipe)
    run_passes(work, INTEGER_FORMS)
    plan = make_plan(work, _statistics(work, samples, session), recipe)
    left = {op.outputs[0].name: reason for op, reason in plan.left_float.items()}
    apply_plan(work, plan)
    use_our_products(work)
    set_io(work, "int8")
    run_passes(work, (remove_dead_code,))
    return Quantized(float_model, work, samples, left)


def measure(case: KernelCase, made: Quantized, session: Session) -> Quality:
    """The output that is furthest from what it has to be."""
    wanted = _run(made.float_model, made.samples, session)
    got = run_on(session, made.model, made.samples)
    ideal = _ideal(made, session)
    each = [_quality(case, wanted[name], got[name], ideal[name]) for name in wanted]
    return min(each, key=lambda one: one.measured - one.needed)


def _quality(case: KernelCase, wanted: Any, got: Any, ideal: Any) -> Quality:
    best = sqnr_db(wanted, ideal)
    needed = min(MOST_NEEDED_DB, best - UNDER_IDEAL_DB)
    return Quality(sqnr_db(wanted, got), best, needed if case.needed_db is None else case.needed_db)


def _ideal(made: Quantized, session: Session) -> dict[str, NDArray[Any]]:
    inputs = made.model.signature().inputs
    rounded = [
        Sample(one.index, {name: _rounded(x, inputs[name]) for name, x in one.inputs.items()}, None)
        for one in made.samples
    ]
    outputs = made.model.signature().outputs
    values = _run(made.float_model, rounded, session)
    return {name: _rounded(y, outputs[name]) for name, y in values.items()}


def _rounded(values: NDArray[Any], tensor: Tensor) -> NDArray[Any]:
    params = params_of_tensor(tensor)
    return values if params is None else params.dequantize(params.quantize(values))


def _run(model: Model, samples: list[Sample], session: Session) -> dict[str, NDArray[Any]]:
    return run_on(session, model, samples)


def _statistics(model: Model, samples: list[Sample], session: Session) -> dict[Tensor, Any]:
    inputs = model.signature().inputs
    stats = {
        tensor: observe(np.stack([one.inputs[name] for one in samples]))
        for name, tensor in inputs.items()
        if tensor.is_float
    }
    wanted = observed_tensors(model)
    if not wanted:
        return stats
    copy, tensors = model.copy()
    expose_only(copy, {f"t{i}": tensors[tensor] for i, tensor in enumerate(wanted)})
    values = run_on(session, copy, samples)
    return stats | {tensor: observe(values[f"t{i}"]) for i, tensor in enumerate(wanted)}


def as_bytes(made: Quantized) -> tuple[bytes, bytes]:
    """The float and the integer flatbuffer."""
    return write_model(made.float_model), write_model(made.model)
