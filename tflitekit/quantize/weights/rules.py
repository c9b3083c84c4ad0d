"""Which ops compute with integer weights and float activations in LiteRT 2.3: one row an op.

A hybrid kernel quantizes its float operand while it runs and multiplies integers. What the rows
say was measured on the runtime, with XNNPACK and without; see
tests/integration/test_weight_only.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tflitekit.graph.model import Op


def _always(op: Op) -> bool:
    return True


@dataclass(frozen=True)
class WeightRule:
    """The weights of one op.

    Attributes:
        position: of the constant operand.
        axis: the channel axis, of the values that one output channel is computed from; from the
            end where negative.
        transposed_axis: the same where the op's option `adj_y` is set.
        bias: position of the bias, which stays float; None for none.
        hybrid: whether it has a kernel for int8 weights with float activations.
        hybrid_options: what the op's options become with it.
        hybrid_fits: whether that kernel is right for an op.
        exact: whether the kernel only scales the integers that it reads, int4 too: then no
            DEQUANTIZE is needed in any precision.
    """

    position: int
    axis: int
    transposed_axis: int | None = None
    bias: int | None = None
    hybrid: bool = False
    hybrid_options: Mapping[str, Any] = field(default_factory=dict)
    hybrid_fits: Callable[[Op], bool] = _always
    exact: bool = False

    def channel_axis(self, op: Op) -> int:
        """The axis for the weights of `op`, not negative."""
        weights = op.inputs[self.position]
        adjoint = bool((op.options or {}).get("adj_y"))
        axis = self.transposed_axis if adjoint and self.transposed_axis is not None else self.axis
        return axis % max(len(weights.shape), 1) if weights is not None else axis


def _one_batch_axis(op: Op) -> bool:
    """The kernel without XNNPACK errs where two axes in front of the matrices are longer than 1."""
    return all(sum(size > 1 for size in one.shape[:-2]) <= 1 for one in op.operands)


_ASYMMETRIC = {"asymmetric_quantize_inputs": True}
"""Without it the kernels that are not XNNPACK's lose 1 to 4 dB."""

WEIGHT_RULES: Mapping[str, WeightRule] = {
    "CONV_2D": WeightRule(1, 0, bias=2, hybrid=True),
    "DEPTHWISE_CONV_2D": WeightRule(1, 3, bias=2, hybrid=True),
    "TRANSPOSE_CONV": WeightRule(1, 0, bias=3, hybrid=True),
    "FULLY_CONNECTED": WeightRule(1, 0, bias=2, hybrid=True, hybrid_options=_ASYMMETRIC),
    "BATCH_MATMUL": WeightRule(
        1,
        -1,
        transposed_axis=-2,
        hybrid=True,
        hybrid_options=_ASYMMETRIC,
        hybrid_fits=_one_batch_axis,
    ),
    "EMBEDDING_LOOKUP": WeightRule(1, 0, hybrid=True, exact=True),
    # No kernel for integer weights: it copies them as they are, or does not prepare.
    "GATHER": WeightRule(0, 0),
    "CONV_3D": WeightRule(1, 4, bias=2),
    "CONV_3D_TRANSPOSE": WeightRule(1, 3, bias=3),
}
"""The ops whose weights take 8 or 4 bits. The other constants of a graph, such as a table of
positions that is added, take 8 bits at least."""
