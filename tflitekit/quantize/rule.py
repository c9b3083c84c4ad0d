"""What there is to say about how an op is quantized, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Sharing = Literal["none", "output-follows-input", "inputs-follow-output", "inputs-alike"]
"""How scales are tied: not at all; the output takes the parameters of operand `follows`; every
quantized operand must have the output's parameters; or they have the same ones unless all of their
scales are below 1. A requantize is put in where an operand has others."""


@dataclass(frozen=True)
class FixedOutput:
    """Output parameters that the kernel prescribes.

    Attributes:
        scale, zero_point: for int8.
        scale16: for int16, whose zero point is 0; None where there is no int16 kernel.
    """

    scale: float
    zero_point: int
    scale16: float | None = None


@dataclass(frozen=True)
class OpRule:
    """How one op is quantized.

    Attributes:
        data: positions of the operands that carry quantized values; None for all float ones.
        weights: position of a constant operand quantized symmetrically, narrow range; None for
            none. Where it is not constant it is an activation.
        axis: the channel axis of the weights; None for one scale for all.
        one_scale: whether the kernel is as right and as fast with one scale for all channels.
        bias: position of the int32 bias, whose scales are input x weights; None for none.
        sharing: how scales are tied.
        follows: the operand that the output follows.
        narrows: whether an output that follows its input may have a far narrower range, which
            counts where another op quantizes it anew.
        fixed: output parameters that the kernel prescribes; None where it takes any.
        outputs: positions of the quantized outputs; None for all float ones.
        int16: whether there is an int16 kernel (16x8) that is right.
        mixed: whether the kernel takes each operand in int8 or int16 as it comes, and gives each
            output in the one that is asked for.
        steepest: how many times the output's scale an operand's may be, where the kernel stops the
            program otherwise; None where it does not.
        reason: why the op is left in float all the same although it has an int8 kernel: what the
            kernel gets wrong; empty where it is right.
        slow: how many times as long as the float kernel LiteRT's int8 one takes, where that is a
            good deal more than once (`python -m tools.bench_builtins`); 0 where it is not.
        inexact: why the kernel, which is used all the same, is more than 1 dB worse than the
            float function rounded to the output's scale; empty where it is not.
    """

    data: tuple[int, ...] | None = None
    weights: int | None = None
    axis: int | None = None
    one_scale: bool = False
    bias: int | None = None
    sharing: Sharing = "none"
    follows: int = 0
    narrows: bool = False
    fixed: FixedOutput | None = None
    outputs: tuple[int, ...] | None = None
    int16: bool = False
    mixed: bool = False
    steepest: float | None = None
    reason: str = ""
    inexact: str = ""
    slow: float = 0.0
