"""tflitekit.lstm, .gru, .simple_rnn and .conv_lstm: recurrent layers over a whole sequence.

The front end makes the float op, whose operands are x, the first states, kernel, recurrent kernel,
bias, attributes and, where steps are masked, bool [batch, steps]. LiteRT's own LSTM becomes one
too.
"""

from __future__ import annotations

from tflitekit.graph.model import Op
from tflitekit.graph.region import Region, Surroundings
from tflitekit.kernels.base import CustomOp
from tflitekit.kernels.recurrent import builtin
from tflitekit.kernels.recurrent.cells import KINDS
from tflitekit.kernels.recurrent.pack import packing
from tflitekit.kernels.recurrent.reference import computing
from tflitekit.quantize.rule import OpRule


def _match(around: Surroundings, op: Op) -> Region | None:
    """Nothing: the op arrives as one."""
    return None


RECURRENT: tuple[CustomOp, ...] = tuple(
    CustomOp(
        name=f"tflitekit.{name}",
        summary=kind.summary,
        rule=OpRule(data=tuple(range(1 + kind.states))),
        pack=packing(kind),
        reference=computing(kind),
        match=builtin.match if name == "lstm" else _match,
    )
    for name, kind in KINDS.items()
)
