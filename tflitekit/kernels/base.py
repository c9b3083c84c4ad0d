"""What the toolkit knows of a custom op of ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from tflitekit.graph.model import Op
from tflitekit.graph.region import Match
from tflitekit.quantize.params import QuantParams
from tflitekit.quantize.rule import OpRule

Params = Sequence[QuantParams | None]
"""The parameters of operands or outputs, by position; None for what is no quantized value."""

Pack = Callable[[Op, Params, Params], Sequence[NDArray[Any]]]
"""From the op in float, with the constants that it has there, and the parameters of its operands
and of its outputs, to the constants that the integer kernel takes behind its other operands."""


@dataclass(frozen=True)
class CustomOp:
    """A custom op that the runner has a kernel for.

    In float it is either an op with a `body`, which is written as the ops it was made of, or one
    that the runner has a float kernel for under the same name. In integers its operands are those
    of the float op that the rule names as `data` or `weights` or that are computed, then what
    `pack` gives.

    Attributes:
        name: the op's name in a model, "tflitekit." and the kernel's own.
        summary: what it computes, in a few words for people.
        rule: how its operands and outputs are quantized; `data` names the operands.
        pack: the constants of the integer op.
        reference: from the integer op's input arrays to its output arrays. It is the
            specification: every native kernel gives the same bits.
        match: the region of float ops that ends in an op and that one op of this kind can stand
            for; None where there is none.
    """

    name: str
    summary: str
    rule: OpRule
    pack: Pack
    reference: Callable[..., tuple[NDArray[Any], ...]]
    match: Match
