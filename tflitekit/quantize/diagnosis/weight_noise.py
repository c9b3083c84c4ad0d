"""How much noise the rounding of weights makes at the output of a product. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op, Use
from tflitekit.quantize.calibration.stats import TensorStats
from tflitekit.quantize.diagnosis.noise import ratio_db
from tflitekit.quantize.planning.plan import Plan

_INPUT_AXIS = {"CONV_2D": -1, "FULLY_CONNECTED": -1, "DEPTHWISE_CONV_2D": -1}
"""The axis of the weights along which they meet the channels of the input."""

_WEIGHTS = 1


def weights_db(op: Op, plan: Plan, x: TensorStats, y: TensorStats) -> float | None:
    """The signal at an op's output to the noise that its integer weights make there, in dB.

    An estimate from moments: the errors of the weights are taken to be independent of each other,
    and of the values that they are multiplied with.

    Args:
        op: of the float model.
        plan: how it became integers.
        x: what calibration saw of what the op reads.
        y: the same of what it writes.

    Returns:
        None for an op without such weights.
    """
    params = plan.operands.get(Use(op, _WEIGHTS))
    weights = op.inputs[_WEIGHTS] if op.name in _INPUT_AXIS else None
    if params is None or weights is None:
        return None
    exact = np.asarray(weights.data, np.float32)
    steps = plan.values.get(Use(op, _WEIGHTS), params.quantize(exact))
    error = np.square(params.dequantize(steps).astype(np.float64) - exact)
    power = _power_by_weight(op, x, exact.shape[_INPUT_AXIS[op.name]])
    if power is None:
        return None
    signal = float(y.channel_sum2.sum() / max(y.count, 1))
    outputs = exact.shape[-1] if op.name == "DEPTHWISE_CONV_2D" else exact.shape[0]
    return ratio_db(signal, float((error * power).sum()) / outputs)


def _power_by_weight(op: Op, seen: TensorStats, size: int) -> NDArray[np.float64] | None:
    """The mean square of what each index of the weights' input axis is multiplied with."""
    power = seen.channel_sum2 / max(seen.channel_count, 1)
    if size % power.size:
        return None
    times = size // power.size
    # Channel c of a depthwise input makes the outputs c * multiplier and following; a flattened
    # input repeats its channels.
    repeated = np.repeat if op.name == "DEPTHWISE_CONV_2D" else np.tile
    return np.asarray(repeated(power, times), np.float64)
