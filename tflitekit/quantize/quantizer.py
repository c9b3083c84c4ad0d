"""One float model and its samples, quantized by as many recipes as one likes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from tflitekit.errors import UsageError
from tflitekit.graph import Model, run_passes, write_model
from tflitekit.graph.accounting import macs, op_macs
from tflitekit.graph.layers import layer_of
from tflitekit.graph.model import Op
from tflitekit.graph.passes import remove_dead_code, share_equal_constants
from tflitekit.graph.replaced import note_replaced, replaced_by
from tflitekit.progress import Progress
from tflitekit.quantize.corrections.efforts import EFFORTS, Effort
from tflitekit.quantize.job import IoType, QuantizeJob
from tflitekit.quantize.planning.apply import apply_plan
from tflitekit.quantize.planning.boundary import set_io
from tflitekit.quantize.planning.few_rows import use_our_products
from tflitekit.quantize.planning.kernel_use import open_for_int16
from tflitekit.quantize.planning.plan import Plan
from tflitekit.quantize.preparation import (
    Prepared,
    prepare,
    with_even_channels,
    with_moments,
)
from tflitekit.quantize.recipe import Recipe, names_of
from tflitekit.suggest import did_you_mean


@dataclass(frozen=True)
class Candidate:
    """A quantized model, and what became of its ops.

    Attributes:
        recipe: what it was made by.
        model: the quantized model.
        int8_macs: the share of multiply-accumulate steps whose activations are int8.
        left_float: why an op stays in float, by the name of its first output.
        kept_int8: the first outputs of the ops that have no right int16 kernel though it was
            asked for.
    """

    recipe: Recipe
    model: Model
    int8_macs: float
    left_float: Mapping[str, str]
    kept_int8: tuple[str, ...]

    @cached_property
    def flatbuffer(self) -> bytes:
        """The model as a file."""
        return write_model(self.model)


class _Form(NamedTuple):
    """What a float model is prepared by."""

    effort: Effort
    kernels: str
    int16: bool


class Quantizer:
    """Calibrates at most once for every form of the float model.

    Args:
        job: what is quantized; its recipe is not looked at.
        progress: hears of the calibration.
    """

    def __init__(self, job: QuantizeJob, progress: Progress) -> None:
        self._job = job
        self._progress = progress
        self._prepared: dict[_Form, Prepared] = {}

    def prepared(self, recipe: Recipe) -> Prepared:
        """The float model after the corrections that a recipe makes in it.

        Raises:
            DataError: the file of statistics cannot be read, or is of another model.
            DeviceError, RunError: this machine is in use, or the runner failed.
        """
        effort = replace(EFFORTS[recipe.effort], correct_biases=False)
        if recipe.precision != "int8":
            # int16 has steps enough for uneven channels, and the weights would suffer.
            effort = replace(effort, smooth=False, equalize=False)
        return self._form(_Form(effort, recipe.kernels, recipe.activations == "int16"))

    def _form(self, form: _Form) -> Prepared:
        if form not in self._prepared:
            self._prepared[form] = self._make(form)
        return self._prepared[form]

    def _make(self, form: _Form) -> Prepared:
        effort = form.effort
        if effort.round_weights:
            before = self._form(form._replace(effort=replace(effort, round_weights=False)))
            return with_moments(before, self._job, self._progress)
        if effort.smooth or effort.equalize:
            plain = self._form(form._replace(effort=Effort()))
            return with_even_channels(plain, self._job, effort, self._progress)
        return prepare(self._job, form.kernels, form.int16, self._progress)

    def quantize(self, recipe: Recipe, io: IoType | None = None) -> Candidate:
        """The model quantized by a recipe of an integer precision.

        Args:
            recipe: checked by the caller.
            io: the type of the inputs and outputs; None takes the job's.

        Raises:
            UsageError: the recipe names a layer or tensor that is not there.
            DataError, DeviceError, RunError: as `prepared`.
        """
        work = self.prepared(recipe).copy()
        _check_names(work.model, recipe)
        open_for_int16(work.model, recipe)
        face = io or self._job.io
        # An int16 output need not become int8 on its way there.
        wide = face in ("int16", "float32")
        plan = work.plan(recipe, EFFORTS[recipe.effort], wide_outputs=wide)
        candidate = Candidate(
            recipe,
            work.model,
            int8_macs=_int8_macs(work.model, plan),
            left_float={op.outputs[0].name: why for op, why in plan.left_float.items()},
            kept_int8=tuple(op.outputs[0].name for op in plan.kept_int8),
        )
        ours = [replaced_by(op) for op in work.model.main.ops if _is_ours(op, plan)]
        apply_plan(work.model, plan)
        ours += use_our_products(work.model)
        note_replaced(work.model, ours)
        set_io(work.model, face)
        run_passes(work.model, (remove_dead_code, share_equal_constants))
        return candidate


def _is_ours(op: Op, plan: Plan) -> bool:
    return op.custom and op in plan.ops


def _check_names(model: Model, recipe: Recipe) -> None:
    known = {name for op in model.main.ops for name in names_of(op)}
    for option, names in (("--int16", recipe.int16), ("--float", recipe.float32)):
        for name in set(names) - known:
            layers = {layer_of(op.outputs[0].name) for op in model.main.ops if op.outputs}
            raise UsageError(
                "the model has no layer and no tensor of this name",
                where=f"{option} {name}",
                hint=did_you_mean(name, sorted(layer for layer in layers if layer)),
            )


def _int8_macs(model: Model, plan: Plan) -> float:
    """Of a model without any multiplication, all."""
    whole = macs(model)
    if not whole:
        return 1.0
    types = {
        op: plan.tensors[op.outputs[0]].dtype for op in plan.ops if op.outputs[0] in plan.tensors
    }
    return sum(op_macs(op) for op, dtype in types.items() if dtype == "int8") / whole
