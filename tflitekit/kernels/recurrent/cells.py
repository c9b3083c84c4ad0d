"""The kinds of recurrent cells, as facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Cell = Literal["lstm", "gru", "simple"]


@dataclass(frozen=True)
class Kind:
    """A kind of recurrent layer.

    Attributes:
        summary: for people.
        cell: how a step goes.
        gates: how many values a unit's products give.
        states: how many values a unit keeps; the first is what it gives.
        convolves: whether products are convolutions.
    """

    summary: str
    cell: Cell
    gates: int
    states: int
    convolves: bool = False


KINDS: Mapping[str, Kind] = {
    "lstm": Kind("LSTM over a whole sequence", "lstm", 4, 2),
    "gru": Kind("GRU over a whole sequence", "gru", 3, 1),
    "simple_rnn": Kind("SimpleRNN over a whole sequence", "simple", 1, 1),
    "conv_lstm": Kind("ConvLSTM1D, 2D or 3D over a whole sequence", "lstm", 4, 2, convolves=True),
}
"""By the name of the op, without "tflitekit."."""
