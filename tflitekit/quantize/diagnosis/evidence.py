"""What is known of a model when a cause is looked for, and the part of it that a layer touches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from tflitekit.graph.model import Op, Subgraph, Tensor
from tflitekit.quantize.calibration.stats import TensorStats
from tflitekit.quantize.diagnosis.layer_groups import LayerGroup, moves_only
from tflitekit.quantize.diagnosis.op_noise import OwnNoise, TensorNoise
from tflitekit.quantize.planning.op_rules import followed, rule_of
from tflitekit.quantize.planning.plan import Plan
from tflitekit.quantize.rule import OpRule


@dataclass(frozen=True)
class Evidence:
    """What is known of a model.

    Attributes:
        graph: of the float model.
        stats: what calibration saw of its tensors.
        plan: how they became integers.
        noise: of each activation.
    """

    graph: Subgraph
    stats: Mapping[Tensor, TensorStats]
    plan: Plan
    noise: Mapping[Tensor, TensorNoise]

    @cached_property
    def producers(self) -> dict[Tensor, Op]:
        """Which op computes which tensor."""
        return self.graph.producers()

    @cached_property
    def readers(self) -> dict[Tensor, list[Op]]:
        """Which ops read which tensor."""
        return {tensor: [use.op for use in uses] for tensor, uses in self.graph.uses().items()}

    def origin(self, tensor: Tensor) -> Tensor:
        """The tensor that the elements of this one were copied from."""
        op = self.producers.get(tensor)
        while op is not None and moves_only(op):
            source = followed(op)
            if source is None:
                break
            tensor, op = source, self.producers.get(source)
        return tensor

    def rule(self, tensor: Tensor) -> OpRule | None:
        """The rule of the op that computes a tensor in integers."""
        op = self.producers.get(tensor)
        return rule_of(op) if op is not None and op in self.plan.ops else None

    def own(self, tensor: Tensor) -> OwnNoise | None:
        """What the tensor's op adds to the noise; None where that is not known."""
        noise = self.noise.get(tensor)
        return noise.own if noise is not None else None

    def seen(self, tensor: Tensor) -> TensorStats | None:
        """What calibration saw of a tensor, or of the one that its elements were copied from."""
        return self.stats.get(tensor, self.stats.get(self.origin(tensor)))

    def peak(self, tensor: Tensor) -> float:
        """The greatest magnitude that was seen; 0 where nothing was."""
        seen = self.seen(tensor)
        if seen is None or not seen.bins.size:
            return 0.0
        return max(abs(seen.minimum), abs(seen.maximum))

    def only_softmax_reads(self, tensor: Tensor) -> bool:
        """Whether all that becomes of a tensor, moved or not, is read by softmaxes."""
        readers = self.readers.get(tensor, [])
        if not readers or tensor in self.graph.outputs:
            return False
        return all(
            op.name == "SOFTMAX"
            or (moves_only(op) and all(self.only_softmax_reads(one) for one in op.outputs))
            for op in readers
        )


@dataclass(frozen=True)
class Subject:
    """What a check looks at.

    Attributes:
        layer: what names it; empty for the model's inputs.
        names: what names it together with the ops of other layers that only move its elements.
        ops: of the layer, those that compute in integers.
        tensors: the float activations that they write, then those that they read; where an op only
            moved elements, the tensor that it moved them from.
    """

    layer: str
    names: tuple[str, ...]
    ops: tuple[Op, ...]
    tensors: tuple[Tensor, ...]

    @classmethod
    def of_layer(cls, evidence: Evidence, group: LayerGroup) -> Subject:
        """A layer with what it touches."""
        written = [tensor for op in group.ops for tensor in op.outputs]
        read = [tensor for op in group.ops for tensor in op.operands if not tensor.is_constant]
        own = dict.fromkeys(evidence.origin(tensor) for tensor in [*written, *read])
        tensors = tuple(tensor for tensor in own if tensor.is_float)
        # A layer around others is named with them: exact names would be a long list of tensors.
        names = group.names if group.layer in group.names else (group.layer,)
        return cls(group.layer, names, group.ops, tensors)

    @classmethod
    def of_inputs(cls, evidence: Evidence) -> Subject:
        """The model's own inputs, which belong to no layer."""
        inputs = tuple(tensor for tensor in evidence.graph.inputs if tensor.is_float)
        return cls("", (), (), inputs)
