"""Statistics of tensors, as calibration would bring them."""

from __future__ import annotations

import dataclasses

import numpy as np

from tflitekit.quantize.calibration.stats import TensorStats


def assert_same(actual: TensorStats, expected: TensorStats) -> None:
    """All members equal to the bit, the sums to 1e-12 of the sum of magnitudes."""
    for member in dataclasses.fields(TensorStats):
        mine, other = getattr(actual, member.name), getattr(expected, member.name)
        if member.name in ("channel_sum", "channel_sum2"):
            bound = 1e-12 * np.sqrt(np.maximum(expected.channel_sum2, 0) * expected.channel_count)
            bound = bound if member.name == "channel_sum" else 1e-12 * expected.channel_sum2
            assert (np.abs(mine - other) <= bound).all(), member.name
        else:
            assert np.asarray(mine).dtype == np.asarray(other).dtype, member.name
            assert np.array_equal(mine, other), member.name
