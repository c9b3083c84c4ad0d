"""Signal-to-quantization-noise ratios, gathered piece by piece. Pure: arrays in, numbers out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_DB = 200.0
"""What stands for no noise at all."""

LEAST_DB = -200.0
"""What stands for nothing but noise."""


def ratio_db(signal: float, noise: float) -> float:
    """The power of a signal over that of its noise, in dB.

    Returns:
        From `LEAST_DB` to `MOST_DB`.
    """
    if noise == 0:
        return MOST_DB
    if signal == 0 or not np.isfinite(noise):
        return LEAST_DB
    return float(np.clip(10 * np.log10(signal / noise), LEAST_DB, MOST_DB))


class ChannelNoise:
    """Signal and noise of one tensor, by index along the last axis, over many samples.

    Elements that are not finite in the reference are left out.
    """

    def __init__(self) -> None:
        self._signal: NDArray[np.float64] = np.zeros(1)
        self._noise: NDArray[np.float64] = np.zeros(1)

    def add(self, reference: NDArray[Any], values: NDArray[Any]) -> None:
        """Take more values of the tensor.

        Args:
            reference: what they should be, of any shape.
            values: what they are, of the same shape.
        """
        channels = reference.shape[-1] if reference.ndim > 1 else 1
        wanted = reference.reshape(-1, channels).astype(np.float64)
        finite = np.isfinite(wanted)
        wanted = np.where(finite, wanted, 0.0)
        error = np.where(finite, values.reshape(-1, channels) - wanted, 0.0)
        self._signal = self._signal + np.square(wanted).sum(axis=0)
        self._noise = self._noise + np.square(error).sum(axis=0)

    @property
    def db(self) -> float:
        """Of the whole tensor."""
        return ratio_db(float(self._signal.sum()), float(self._noise.sum()))

    @property
    def median_channel_db(self) -> float:
        """The median over the channels that ever differ from 0: one loud channel hides the noise
        of the others in the tensor's ratio, and does not here."""
        loud = self._signal > 0
        pairs = zip(self._signal[loud], self._noise[loud], strict=True)
        each = [ratio_db(float(signal), float(noise)) for signal, noise in pairs]
        return float(np.median(each)) if each else self.db
