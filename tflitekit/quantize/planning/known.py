"""What is known of the activations of a float model before it is planned. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from tflitekit.graph.model import Subgraph, Tensor
from tflitekit.quantize.calibration.ranges import params_of, range_of
from tflitekit.quantize.calibration.stats import TensorStats
from tflitekit.quantize.params import QuantParams
from tflitekit.quantize.planning.op_rules import followed, rule_of
from tflitekit.quantize.rule import FixedOutput

_BOUNDED = {"RELU6", "RELU_N1_TO_1", "RELU_0_TO_1"}
_LEAST_BOUNDED = 2.0**-28
"""6.0 has to be fewer than 2^31 steps: else LiteRT refuses the op."""

_INT8_STEPS = 255
_INT16_STEPS = 32767


class Known:
    """What calibration saw, and what kernels prescribe.

    Args:
        graph: the float graph.
        stats: of its activations; what an op only rearranges needs none.
        ranges: a name of `ranges.METHODS`.
    """

    def __init__(self, graph: Subgraph, stats: Mapping[Tensor, TensorStats], ranges: str) -> None:
        self.stats = stats
        self.ranges = ranges
        self.producers = graph.producers()

    def is_known(self, tensor: Tensor) -> bool:
        """Whether an activation's range is known."""
        return self.seen(tensor) is not None or self.fixed(tensor) is not None

    def seen(self, tensor: Tensor) -> TensorStats | None:
        """The statistics of a tensor, or of the one that its elements were copied from."""
        return next((self.stats[one] for one in self.sources(tensor) if one in self.stats), None)

    def fixed(self, tensor: Tensor) -> FixedOutput | None:
        """What the op that computes a tensor, or that its elements were copied from, prescribes."""
        producers = (self.producers.get(one) for one in self.sources(tensor))
        rules = (rule_of(op) for op in producers if op is not None)
        return next((rule.fixed for rule in rules if rule is not None and rule.fixed), None)

    def sources(self, tensor: Tensor) -> Iterator[Tensor]:
        """The tensor, and those that its elements were copied from."""
        found: Tensor | None = tensor
        while found is not None:
            yield found
            op = self.producers.get(found)
            found = followed(op) if op is not None else None

    def span(self, tensor: Tensor) -> float:
        """From the least to the greatest value, 0 included; 0 where nothing was seen."""
        seen = self.seen(tensor)
        return 0.0 if seen is None else max(seen.maximum, 0.0) - min(seen.minimum, 0.0)

    def natural(self, tensor: Tensor, dtype: str) -> QuantParams:
        """What an op that computes the tensor in this type would give it."""
        fixed = self.fixed(tensor)
        return self.observed(tensor, dtype) if fixed is None else fixed_params(fixed, dtype)

    def observed(self, tensor: Tensor, dtype: str, whole: bool = False) -> QuantParams:
        """Parameters from what calibration saw; `whole` never clips any of it."""
        symmetric = dtype == "int16"
        low, high = range_of(
            cast(TensorStats, self.seen(tensor)),
            self.ranges,
            dtype=dtype,
            symmetric=symmetric,
            whole=whole,
        )
        least = self.least_scale(tensor) * (_INT16_STEPS if symmetric else _INT8_STEPS)
        return params_of(low, max(high, least if symmetric else low + least), dtype, symmetric)

    def least_scale(self, tensor: Tensor) -> float:
        """What LiteRT needs to express the bounds of an activation function in steps."""
        op = self.producers.get(tensor)
        if op is None:
            return 0.0
        fused = (op.options or {}).get("fused_activation_function")
        return _LEAST_BOUNDED if {op.name, fused} & _BOUNDED else 0.0


def fixed_params(output: FixedOutput, dtype: str) -> QuantParams:
    """The parameters that a kernel prescribes for an output of this type."""
    narrow = QuantParams((output.scale,), (output.zero_point,), "int8")
    if dtype == "int8":
        return narrow
    return QuantParams((output.scale16,), (0,), dtype) if output.scale16 else widened(narrow)


def widened(params: QuantParams) -> QuantParams:
    """int16 with 128 steps for one, so that every int8 value has its exact place."""
    return QuantParams((params.scales[0] / 128,), (0,), "int16")
