"""What is known of the activations of a float model before it is planned. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from tflitekit.graph.model import Subgraph, Tensor
from tflitekit.quantize.calibration.ranges import params_of, range_of
from tflitekit.quantize.calibration.stats import TensorStats
from tflitekit.quantize.params import QuantParams
from tflitekit.quantize.planning.op_rules import OP_RULES, FixedOutput


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
        found: Tensor | None = tensor
        while found is not None and found not in self.stats:
            op = self.producers.get(found)
            rule = OP_RULES.get(op.name) if op is not None else None
            follows = rule is not None and rule.sharing == "output-follows-input"
            found = op.inputs[rule.follows] if op is not None and rule and follows else None
        return None if found is None else self.stats[found]

    def fixed(self, tensor: Tensor) -> FixedOutput | None:
        """What the op that computes a tensor prescribes for it."""
        op = self.producers.get(tensor)
        rule = OP_RULES.get(op.name) if op is not None and not op.custom else None
        return None if rule is None else rule.fixed

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
        return params_of(low, high, dtype, symmetric)


def fixed_params(output: FixedOutput, dtype: str) -> QuantParams:
    """The parameters that a kernel prescribes for an output of this type."""
    if dtype == "int16":
        return QuantParams((cast(float, output.scale16),), (0,), dtype)
    return QuantParams((output.scale,), (output.zero_point,), dtype)
