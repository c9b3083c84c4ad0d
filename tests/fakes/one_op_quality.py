"""How close an op's integer kernel comes to the ideal, measured on the runner.

The ideal is the float function of the quantized operands, rounded to the output's scale. Both are
compared with the float function of the operands as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.fakes import graphs
from tests.fakes.one_op import OneOp
from tflitekit.data import Sample
from tflitekit.graph import run_passes
from tflitekit.graph.model import Model, Tensor
from tflitekit.graph.passes import remove_dead_code
from tflitekit.graph.writer import write_model
from tflitekit.quantize.calibration.stats import observe
from tflitekit.quantize.params import QuantParams
from tflitekit.quantize.planning.apply import apply_plan
from tflitekit.quantize.planning.boundary import set_io
from tflitekit.quantize.planning.plan import Plan, make_plan
from tflitekit.quantize.recipe import Recipe
from tflitekit.runtime import tensors
from tflitekit.runtime.protocol import RunSpec
from tflitekit.runtime.session import Session, scratch

CALLS = 4
"""How often a model is called, each time with other inputs."""

Values = list[NDArray[Any]]


@dataclass(frozen=True)
class Quality:
    """Signal-to-quantization-noise ratios against the float op, in dB; inf for no noise."""

    measured: float
    ideal: float

    @property
    def gap(self) -> float:
        """How many dB the kernel is below the ideal."""
        return 0.0 if self.measured >= self.ideal else self.ideal - self.measured


def quantized(case: OneOp, recipe: Recipe) -> tuple[Model, str]:
    """The planned and written model, and why the op is left in float; "" where it is not."""
    model = case.build()
    plan = _plan(case, model, recipe)
    reason = next(iter(plan.left_float.values()), "")
    apply_plan(model, plan)
    set_io(model, recipe.activations)
    run_passes(model, (remove_dead_code,))
    return model, reason


def measure(case: OneOp, model: Model, session: Session) -> Quality:
    """The worst output of `model`, which `quantized` made of `case`."""
    inputs = list(case.samples(CALLS))
    wanted = _run_float(case.build(), inputs)
    ideal = _ideal(case, model, inputs)
    got = run_on_runner(model, inputs, session)
    each = [
        Quality(sqnr_db(w, g), sqnr_db(w, i)) for w, g, i in zip(wanted, got, ideal, strict=True)
    ]
    return max(each, key=lambda quality: quality.gap)


def sqnr_db(reference: NDArray[Any], values: NDArray[Any]) -> float:
    """The power of `reference` over that of the difference; inf where there is none."""
    wanted, got = reference.astype(np.float64), values.astype(np.float64)
    signal, noise = np.square(wanted).sum(), np.square(wanted - got).sum()
    if noise == 0:
        return float("inf")
    return float(10 * np.log10(signal / noise)) if signal else float("-inf")


def run_on_runner(model: Model, inputs: Sequence[Values], session: Session) -> Values:
    """The outputs of all calls, each stacked."""
    signature = model.signature()
    specs, out_specs = signature.input_specs(), signature.output_specs()
    names = [spec.name for spec in specs]
    samples = [
        Sample(i, dict(zip(names, call, strict=True)), None) for i, call in enumerate(inputs)
    ]
    with scratch() as folder:
        path = folder / "model.tflite"
        path.write_bytes(write_model(model))
        written = tensors.write_samples(folder, specs, samples)
        record = session.run(RunSpec(mode="run", count=written.count), path, written.files, folder)
        outputs = tensors.read_outputs(folder, out_specs, record.outputs)
    return [outputs[spec.name] for spec in out_specs]


def _plan(case: OneOp, model: Model, recipe: Recipe) -> Plan:
    """From what the tensors are when the float model runs on the very samples."""
    graph = model.main
    inputs = list(case.samples(CALLS))
    outputs = _run_float(model, inputs)
    seen = dict(zip(graph.outputs, outputs, strict=True))
    seen |= {
        tensor: np.stack([call[i] for call in inputs]) for i, tensor in enumerate(graph.inputs)
    }
    stats = {tensor: observe(values) for tensor, values in seen.items() if tensor.is_float}
    return make_plan(model, stats, recipe)


def _ideal(case: OneOp, model: Model, inputs: Sequence[Values]) -> Values:
    float_model = case.build()
    (float_op,) = float_model.main.ops
    (op,) = (one for one in model.main.ops if one.name == case.op)
    for mine, theirs in zip(float_op.inputs, op.inputs, strict=True):
        if mine is not None and theirs is not None and theirs.is_constant:
            mine.data = _rounded_constant(theirs)
    rounded = [
        [_rounded(x, tensor) for x, tensor in zip(call, model.main.inputs, strict=True)]
        for call in inputs
    ]
    outputs = _run_float(float_model, rounded)
    return [_rounded(y, tensor) for y, tensor in zip(outputs, model.main.outputs, strict=True)]


def _rounded(values: NDArray[Any], tensor: Tensor) -> NDArray[Any]:
    params = _params(tensor)
    return values if params is None else params.dequantize(params.quantize(values))


def _rounded_constant(tensor: Tensor) -> NDArray[Any]:
    params, values = _params(tensor), np.asarray(tensor.data)
    return values if params is None else params.dequantize(values)


def _params(tensor: Tensor) -> QuantParams | None:
    found = tensor.quantization
    if found is None or not len(found.scales):
        return None
    scales, zero_points = found.scales.tolist(), found.zero_points.tolist()
    return QuantParams(tuple(scales), tuple(zero_points), tensor.dtype, found.axis)


def _run_float(model: Model, inputs: Sequence[Values]) -> Values:
    content = write_model(model)
    calls = [graphs.run(content, *call) for call in inputs]
    return [np.stack(output) for output in zip(*calls, strict=True)]
