"""What each layer alone costs at the model's outputs, measured on the real runtime.

One layer computes in integers while all others stay in float; what then differs at the outputs is
that layer's doing, rounding of its weights, of what it reads and of what it writes included.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from tflitekit.data import Sample
from tflitekit.devices.local import LocalDevice
from tflitekit.graph import Model
from tflitekit.graph.accounting import macs, op_macs
from tflitekit.graph.model import Op, Subgraph, Tensor
from tflitekit.progress import SILENT, Progress
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.quantize.diagnosis.expose_all import Key, computed, expose_only, run_on, spread
from tflitekit.quantize.diagnosis.layer_groups import LayerGroup, layer_groups, merged, moves_only
from tflitekit.quantize.diagnosis.noise import MOST_DB, ChannelNoise
from tflitekit.quantize.planning.op_rules import followed
from tflitekit.quantize.planning.plan import make_plan
from tflitekit.quantize.quantizer import Quantizer
from tflitekit.quantize.recipe import Recipe
from tflitekit.runtime.session import Session, open_session

MAX_GROUPS = 64
"""How many layers are tried at most: where there are more, neighbours are tried together."""

SAMPLES = 12
INPUTS = "(inputs)"
"""The name of what quantizing the model's own inputs costs."""

_PATIENCE_S = 3600.0  # a bench on this machine must not be disturbed, so it is waited for

_HIDES = ("SOFTMAX", "LOG_SOFTMAX", "LOGISTIC", "TANH", "ARG_MAX", "ARG_MIN")
"""Ops after which a model may look right though what they read is wrong."""

_Outputs = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class LayerSensitivity:
    """What one layer costs.

    Attributes:
        layer: for people; `INPUTS` for the model's inputs, which no recipe can name.
        names: what selects the layer in a `Recipe`; empty for the inputs.
        tensors: the names of what it computes.
        ops: the names of its ops, in the order they run.
        sqnr_db: of the worst of the model's outputs, and of what a final softmax or the like
            reads, where this layer alone computes in integers; `noise.MOST_DB` where nothing
            differs.
        macs_share: its part of the model's multiply-accumulate steps.
    """

    layer: str
    names: tuple[str, ...]
    tensors: tuple[str, ...]
    ops: tuple[str, ...]
    sqnr_db: float
    macs_share: float


def sensitivities(
    quantizer: Quantizer,
    samples: SampleStore,
    recipe: Recipe,
    progress: Progress,
    *,
    count: int = SAMPLES,
    limit: int = MAX_GROUPS,
) -> list[LayerSensitivity]:
    """Measure every layer that `recipe` makes integer, the worst first.

    Args:
        quantizer: must not hold this machine while it quantizes.
        samples: of which some, evenly spread, are run.
        recipe: of an integer precision; layers that it leaves in float stay so.
        progress: hears of every layer.
        count: how many samples are run.
        limit: how many layers are tried at most.

    Raises:
        DataError, DeviceError, RunError: as `Quantizer.prepared`, or a candidate does not run.
    """
    prepared = quantizer.prepared(recipe)
    graph = prepared.model.main
    groups = _groups(graph, make_plan(prepared.model, prepared.stats, recipe).ops, limit)
    keys = observed(prepared.model)
    if not groups or not keys:
        return []
    chosen = spread(samples, count)
    with open_session(LocalDevice(_PATIENCE_S, progress), progress) as session:
        trial = _Trial(replace(session, progress=SILENT), chosen, keys)
        exact = trial.run(prepared.model.copy()[0])

        def candidate(integer: LayerGroup | None) -> _Outputs:
            left = [name for group in groups if group is not integer for name in group.names]
            one = replace(recipe, float32=(*recipe.float32, *left))
            return trial.run(quantizer.quantize(one, "float32").model)

        rounded = candidate(None)
        inputs = LayerSensitivity(INPUTS, (), (), (), _worst_db(exact, rounded), 0.0)
        found = [inputs] if any(tensor.is_float for tensor in graph.inputs) else []
        with progress.bar("Measuring each layer alone", len(groups)) as advance:
            for group in groups:
                db = _worst_db(rounded, candidate(group))
                found.append(_sensitivity(group, db, macs(prepared.model)))
                advance(1)
    return sorted(found, key=lambda one: one.sqnr_db)


def observed(model: Model) -> list[Key]:
    """The tensors to compare: the float outputs of a model, and what was read by an op that hides
    errors on the way to an output."""
    graph = model.main
    producers = graph.producers()
    wanted: dict[Tensor, None] = {}
    for tensor in graph.outputs:
        wanted[tensor] = None
        op = producers.get(tensor)
        while op is not None and moves_only(op):
            source = followed(op)
            op = producers.get(source) if source is not None else None
        if op is not None and op.name in _HIDES and op.inputs[0] is not None:
            wanted[op.inputs[0]] = None
    keys = {tensor: key for key, tensor in computed(model).items()}
    return [keys[tensor] for tensor in wanted if tensor.is_float and tensor in keys]


@dataclass(frozen=True)
class _Trial:
    """Runs models, and keeps what is compared."""

    session: Session
    samples: Sequence[Sample]
    keys: Sequence[Key]

    def run(self, model: Model) -> _Outputs:
        """Changes the model's outputs."""
        found = computed(model)
        expose_only(model, {f"t{i}": found[key] for i, key in enumerate(self.keys)})
        return run_on(self.session, model, self.samples)


def _groups(graph: Subgraph, ops: Iterable[Op], limit: int) -> list[LayerGroup]:
    groups = layer_groups(graph, set(ops))
    return merged(groups, [_macs(group) for group in groups], limit)


def _sensitivity(group: LayerGroup, db: float, whole: int) -> LayerSensitivity:
    tensors = tuple(tensor.name for op in group.ops for tensor in op.outputs)
    share = _macs(group) / whole if whole else 0.0
    return LayerSensitivity(
        group.layer, group.names, tensors, tuple(op.name for op in group.ops), db, share
    )


def _macs(group: LayerGroup) -> int:
    return sum(op_macs(op) for op in group.ops)


def _worst_db(reference: _Outputs, values: _Outputs) -> float:
    each = []
    for name, wanted in reference.items():
        noise = ChannelNoise()
        noise.add(wanted, values[name])
        each.append(noise.db)
    return min(each, default=MOST_DB)
