"""Which corrections each effort makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """The corrections of one effort, in the order in which they are made.

    Attributes:
        smooth: `smooth.smooth`, on the float model.
        equalize: `equalize.equalize`, on the float model with the same statistics. Both are for
            int8 activations: int16 ones have steps enough, and only the weights would suffer.
            Where either changed something, the model is calibrated again.
        round_weights: `rounding.round_weights`, on the plan, with `moments.collect_moments`.
        correct_biases: `bias.correct_biases`, on the plan, after the weights are rounded.
    """

    smooth: bool = False
    equalize: bool = False
    round_weights: bool = False
    correct_biases: bool = False


EFFORTS: Mapping[str, Effort] = {
    "low": Effort(correct_biases=True),
    "medium": Effort(smooth=True, equalize=True, correct_biases=True),
    "high": Effort(smooth=True, equalize=True, round_weights=True, correct_biases=True),
}
"""In increasing order of work: no further run, a second calibration, a run of some samples whose
activations are kept for a while."""
