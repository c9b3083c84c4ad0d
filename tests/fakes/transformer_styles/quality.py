"""A style in int8 as `convert` makes it, and how close it comes to float and to the ideal.

The ideal computes in float, and rounds weights and activations where the integer model has them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.fakes.one_op_quality import sqnr_db
from tests.fakes.transformer_styles.style import Style
from tflitekit.data import Sample
from tflitekit.devices.registry import open_device
from tflitekit.graph import Model, save_model
from tflitekit.graph.model import Op, Tensor, Use
from tflitekit.graph.quantization import Quantization
from tflitekit.progress import SILENT
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.quantize.corrections.efforts import EFFORTS
from tflitekit.quantize.diagnosis.expose_all import run_on
from tflitekit.quantize.job import QuantizeJob
from tflitekit.quantize.params import QuantParams
from tflitekit.quantize.planning.plan import Plan
from tflitekit.quantize.quantizer import Candidate, Quantizer
from tflitekit.quantize.recipe import Recipe
from tflitekit.runtime.session import open_session

CALIBRATED, JUDGED = 16, 8
"""Samples."""

_VERSIONS = {"int8": 2, "int16": 3}
"""Of DEQUANTIZE."""

_LAYERS = ("FULLY_CONNECTED", "CONV_2D")


@dataclass(frozen=True)
class Result:
    """Of one style.

    Attributes:
        model: in integers.
        measured, ideal: SQNR in dB against float, of the worst output.
    """

    model: Model
    measured: float
    ideal: float

    @property
    def kernels(self) -> dict[str, int]:
        """How many custom ops of each kind there are, without "tflitekit."."""
        ours = (op.name.removeprefix("tflitekit.") for op in self.model.main.ops if op.custom)
        return dict(Counter(ours))

    @property
    def left(self) -> dict[str, int]:
        """How many builtin ops of each kind there are beside the layers."""
        others = (op.name for op in self.model.main.ops if not op.custom)
        return dict(Counter(name for name in others if name not in _LAYERS))


def measure(style: Style, folder: Path) -> Result:
    """Convert a style with all defaults, and run it beside float and beside the ideal."""
    float_model = style.build()
    samples = _samples(style, float_model)
    recipe = Recipe()
    quantizer = _quantizer(float_model, samples[:CALIBRATED], folder, recipe)
    made = quantizer.quantize(recipe)
    models = float_model, made.model, _ideal(quantizer, made, recipe)
    with open_session(open_device("local"), SILENT) as session:
        wanted, got, best = (run_on(session, one, samples[CALIBRATED:]) for one in models)
    return Result(made.model, _worst(wanted, got), _worst(wanted, best))


def _samples(style: Style, model: Model) -> list[Sample]:
    rng = np.random.default_rng(0)
    names = list(model.signature().inputs)
    return [
        Sample(index, dict(zip(names, style.sample(rng), strict=True)), None)
        for index in range(CALIBRATED + JUDGED)
    ]


def _quantizer(model: Model, samples: list[Sample], folder: Path, recipe: Recipe) -> Quantizer:
    path = folder / "float.tflite"
    save_model(model, path)
    specs = model.signature().input_specs()
    store = SampleStore.write(folder / "samples", specs, [one.inputs for one in samples])
    return Quantizer(QuantizeJob(path, store, recipe=recipe), SILENT)


def _ideal(quantizer: Quantizer, made: Candidate, recipe: Recipe) -> Model:
    prepared = quantizer.prepared(made.recipe).copy()
    plan = prepared.plan(recipe, EFFORTS[recipe.effort], wide_outputs=False)
    _round_all(prepared.model, plan)
    return prepared.model


def _round_all(model: Model, plan: Plan) -> None:
    graph = model.main
    rounded: dict[Tensor, Tensor] = {}
    ops: list[Op] = []

    def give_rounded(tensor: Tensor) -> None:
        params = plan.tensors.get(tensor)
        if params is not None and tensor.is_float:
            rounded[tensor] = _rounded(model, tensor, params, ops)

    for tensor in graph.inputs:
        give_rounded(tensor)
    for op in list(graph.ops):
        uses = [Use(op, index) for index in range(len(op.inputs))]
        op.inputs = [
            one
            if one is None
            else (_constant(model, plan, use) if one.is_constant else rounded.get(one, one))
            for one, use in zip(list(op.inputs), uses, strict=True)
        ]
        ops.append(op)
        for tensor in op.outputs:
            give_rounded(tensor)
    graph.ops = ops
    for tensor in list(graph.outputs):
        if tensor in rounded:
            graph.replace_outputs(tensor, rounded[tensor])


def _constant(model: Model, plan: Plan, use: Use) -> Tensor | None:
    """A constant operand, rounded as the plan has it; biases are exact enough as they are."""
    tensor, params = use.op.inputs[use.position], plan.wanted(use)
    if tensor is None or params is None or not tensor.is_float or params.dtype != "int8":
        return tensor
    steps = plan.values.get(use)
    if steps is None:
        steps = params.quantize(np.asarray(tensor.data))
    return model.main.constant(tensor.name, params.dequantize(steps).astype(np.float32))


def _rounded(model: Model, tensor: Tensor, params: QuantParams, ops: list[Op]) -> Tensor:
    """QUANTIZE and DEQUANTIZE."""
    found = Quantization(
        scales=np.array(params.scales, np.float32), zero_points=np.array(params.zero_points)
    )
    steps = replace(tensor, name=f"{tensor.name}/steps", dtype=params.dtype, quantization=found)
    real = replace(tensor, name=f"{tensor.name}/rounded")
    for one in (steps, real):
        model.main.add(one)
    ops.append(Op("QUANTIZE", [tensor], [steps], {}))
    ops.append(Op("DEQUANTIZE", [steps], [real], {}, version=_VERSIONS[params.dtype]))
    return real


def _worst(wanted: dict[str, NDArray[Any]], got: dict[str, NDArray[Any]]) -> float:
    return min(sqnr_db(wanted[name], got[name]) for name in wanted)
