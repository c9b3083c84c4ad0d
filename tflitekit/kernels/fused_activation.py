"""The activation function that a builtin op may carry, as limits of its quantized output."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tflitekit.graph.model import Op
from tflitekit.quantize.params import QuantParams

BOUNDS: Mapping[str, tuple[float, float]] = {
    "NONE": (-np.inf, np.inf),
    "RELU": (0.0, np.inf),
    "RELU_N1_TO_1": (-1.0, 1.0),
    "RELU6": (0.0, 6.0),
}
"""What an activation function clips to. Those that do not clip are no part of any op of ours."""


def activation_of(op: Op) -> str:
    """The name of the activation function that an op carries; "NONE" for none."""
    return str((op.options or {}).get("fused_activation_function", "NONE"))


def limits(op: Op, y: QuantParams) -> tuple[int, int]:
    """The least and the greatest int8 that an op may give.

    Args:
        op: its activation function is one of `BOUNDS`.
        y: of its output.
    """
    low, high = y.quantize(np.array(BOUNDS[activation_of(op)], np.float32))
    return int(low), int(high)
