"""Where the accuracy of a quantized model goes, layer by layer, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tflitekit.devices.local import LocalDevice
from tflitekit.graph.model import Op, Subgraph, Tensor
from tflitekit.progress import Progress
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.quantize.diagnosis.cause import Cause
from tflitekit.quantize.diagnosis.causes import NEGLIGIBLE, cause_of
from tflitekit.quantize.diagnosis.evidence import Evidence, Subject
from tflitekit.quantize.diagnosis.expose_all import spread
from tflitekit.quantize.diagnosis.layer_groups import LayerGroup, layer_groups
from tflitekit.quantize.diagnosis.noise import MOST_DB
from tflitekit.quantize.diagnosis.op_noise import TensorNoise, measure_noise
from tflitekit.quantize.diagnosis.sensitivity import (
    INPUTS,
    SAMPLES,
    LayerSensitivity,
    sensitivities,
)
from tflitekit.quantize.planning.plan import make_plan
from tflitekit.quantize.quantizer import Quantizer
from tflitekit.quantize.recipe import Recipe
from tflitekit.runtime.session import open_session

SCHEMA = "tflitekit.diagnosis/1"

LITTLE_DB = 45.0
"""A layer that costs less than this needs no cause: the noise is 0.6 % of the signal."""

_PATIENCE_S = 3600.0  # a bench on this machine must not be disturbed, so it is waited for


@dataclass(frozen=True)
class TensorDiagnosis:
    """The noise of one activation within the whole integer model.

    Attributes:
        name: in the float model and in the integer one.
        sqnr_db: against the float model; `noise.MOST_DB` for no noise.
        channel_sqnr_db: the same, the median over its channels.
    """

    name: str
    sqnr_db: float
    channel_sqnr_db: float


@dataclass(frozen=True)
class LayerDiagnosis:
    """One layer, and what is wrong with it.

    Attributes:
        layer: for people; `sensitivity.INPUTS` for the model's own inputs.
        names: what selects it in a `Recipe`.
        ops: the names of its ops, in the order they run.
        cost_db: the signal-to-noise ratio of the model's worst output where this layer alone (or,
            in a model of very many layers, it and its neighbours) computes in integers.
        sqnr_db: of the layer's worst output within the whole integer model; None where it has no
            float output.
        channel_sqnr_db: the same, of the median channel.
        macs_share: its part of the model's multiply-accumulate steps.
        cause: why.
        tensors: the noise of everything that it computes.
    """

    layer: str
    names: tuple[str, ...]
    ops: tuple[str, ...]
    cost_db: float
    sqnr_db: float | None
    channel_sqnr_db: float | None
    macs_share: float
    cause: Cause
    tensors: tuple[TensorDiagnosis, ...]


@dataclass(frozen=True)
class Diagnosis:
    """Every layer of a quantized model, the most costly first.

    Attributes:
        recipe: what the model was made by.
        samples: on how many it was measured.
        outputs: the signal-to-noise ratio of each output of the whole integer model, in dB.
        left_float: why an op stays in float, by the name of its first output.
        layers: by `cost_db`, then by `sqnr_db`.
    """

    recipe: Recipe
    samples: int
    outputs: Mapping[str, float]
    left_float: Mapping[str, str]
    layers: tuple[LayerDiagnosis, ...]

    def as_dict(self) -> dict[str, Any]:
        """The diagnosis as JSON values."""
        return {"schema": SCHEMA} | asdict(self)


def diagnose(
    quantizer: Quantizer,
    recipe: Recipe,
    samples: SampleStore,
    progress: Progress,
    *,
    count: int = SAMPLES,
) -> Diagnosis:
    """Measure every layer of the model that `recipe` makes, and look for causes.

    Args:
        quantizer: of the float model.
        recipe: of an integer precision.
        samples: of which some, evenly spread, are run.
        progress: hears of every step.
        count: how many samples are run.

    Raises:
        DataError, DeviceError, RunError: as `Quantizer.prepared`, or a model does not run.
    """
    costs = sensitivities(quantizer, samples, recipe, progress, count=count)
    prepared = quantizer.prepared(recipe)
    candidate = quantizer.quantize(recipe, "float32")
    chosen = spread(samples, count)
    with open_session(LocalDevice(_PATIENCE_S, progress), progress) as session:
        noise = measure_noise(session, prepared.model, candidate.model, chosen, progress)
    plan = make_plan(prepared.model, prepared.stats, recipe)
    evidence = Evidence(prepared.model.main, prepared.stats, plan, noise)
    layers = _Layers(evidence, costs).diagnosed()
    return Diagnosis(
        recipe,
        len(chosen),
        {one.name: noise[one].sqnr_db for one in evidence.graph.outputs if one in noise},
        candidate.left_float,
        tuple(sorted(layers, key=_worst_first)),
    )


class _Layers:
    """Brings together what was measured of each layer."""

    def __init__(self, evidence: Evidence, costs: Sequence[LayerSensitivity]) -> None:
        self.evidence = evidence
        self.inputs = [one for one in costs if one.layer == INPUTS]
        # Neighbours that were tried together cost the same.
        self.costs = {name: one for one in costs for name in one.tensors}

    def diagnosed(self) -> list[LayerDiagnosis]:
        groups = layer_groups(self.evidence.graph, self.evidence.plan.ops)
        inputs = [self.of_inputs(one) for one in self.inputs]
        return [*inputs, *(self.of_group(group) for group in groups)]

    def of_inputs(self, cost: LayerSensitivity) -> LayerDiagnosis:
        cause = self.cause(cost.sqnr_db, Subject.of_inputs(self.evidence))
        return LayerDiagnosis(
            INPUTS, (), (), cost.sqnr_db, cost.sqnr_db, cost.sqnr_db, 0.0, cause, ()
        )

    def of_group(self, group: LayerGroup) -> LayerDiagnosis:
        tensors = [tensor for op in group.ops for tensor in op.outputs]
        cost = self.costs.get(group.ops[0].outputs[0].name)
        cost_db = cost.sqnr_db if cost is not None else MOST_DB
        ends = [self.noise(tensor) for tensor in _leaving(self.evidence.graph, group.ops)]
        worst = [one for one in ends if one is not None]
        return LayerDiagnosis(
            layer=group.layer,
            names=group.names,
            ops=tuple(op.name for op in group.ops),
            cost_db=cost_db,
            sqnr_db=min((one.sqnr_db for one in worst), default=None),
            channel_sqnr_db=min((one.channel_sqnr_db for one in worst), default=None),
            macs_share=cost.macs_share if cost is not None else 0.0,
            cause=self.cause(cost_db, Subject.of_layer(self.evidence, group)),
            tensors=tuple(
                TensorDiagnosis(tensor.name, noise.sqnr_db, noise.channel_sqnr_db)
                for tensor in tensors
                if (noise := self.noise(tensor)) is not None
            ),
        )

    def cause(self, cost_db: float, subject: Subject) -> Cause:
        return cause_of(self.evidence, subject) if cost_db < LITTLE_DB else NEGLIGIBLE

    def noise(self, tensor: Tensor) -> TensorNoise | None:
        return self.evidence.noise.get(tensor)


def _leaving(graph: Subgraph, ops: Sequence[Op]) -> list[Tensor]:
    """What the ops compute for others."""
    own = set(ops)
    uses = graph.uses()
    return [
        tensor
        for op in ops
        for tensor in op.outputs
        if tensor in graph.outputs or any(use.op not in own for use in uses.get(tensor, ()))
    ]


def _worst_first(one: LayerDiagnosis) -> tuple[float, float]:
    return one.cost_db, MOST_DB if one.sqnr_db is None else one.sqnr_db
