"""How each builtin op is quantized: one row an op, for every op with an int8 kernel in LiteRT 2.3.

The rows say what the runtime's kernels accept and compute right; the planner (`plan.py`) turns
them into parameters. Sources: the TensorFlow Lite 8-bit quantization specification, LiteRT's
kernels, and tests/integration/test_op_rules.py, which runs every row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tflitekit.graph.model import Op, Tensor
from tflitekit.kernels import BY_NAME
from tflitekit.quantize.rule import FixedOutput, OpRule, Sharing

_SAME: Sharing = "output-follows-input"
_ALIKE: Sharing = "inputs-follow-output"

_FREE = OpRule(int16=True)
"""Every tensor has parameters of its own, and the kernel rescales."""

_FREE8 = OpRule()
"""The same, without a right int16 kernel."""

_MOVES = OpRule(data=(0,), sharing=_SAME, int16=True)
"""Copies elements: what it writes means what it read. The kernels copy whatever the scales say;
some refuse to start when they differ, most are silently wrong."""

_COMPARES = OpRule(outputs=(), sharing="inputs-alike")
"""The int8 kernels take scales for multipliers below 1: a scale of 1 stops the program, and a
larger one makes many of the answers wrong. The int16 kernels compare raw integers, which is right
where both operands have the same parameters."""

_SIGMOID = FixedOutput(1 / 256, -128, 1 / 32768)

_PRODUCT = OpRule(data=(0,), weights=1, axis=0, bias=2, int16=True)

_RAW = "it computes with the raw integers, whatever the scales say"
_ZERO = "it takes a raw 0 for 0.0, which is right only for zero point 0"
_STATE = "its int16 state and its inner results are not planned yet"

OP_RULES: Mapping[str, OpRule] = {
    # Products. int16x8 takes int64 biases.
    "CONV_2D": _PRODUCT,
    "DEPTHWISE_CONV_2D": OpRule(data=(0,), weights=1, axis=3, bias=2, int16=True),
    "TRANSPOSE_CONV": OpRule(data=(2,), weights=1, axis=0, bias=3, int16=True),
    "FULLY_CONNECTED": replace(_PRODUCT, one_scale=True),
    # Both operands are activations, constant or not: asymmetric int8 in both is right.
    "BATCH_MATMUL": replace(_FREE, slow=8.4),
    # Elementwise.
    # Twice the larger operand's scale over 2^20 times the output's must be a multiplier below 1.
    "ADD": OpRule(int16=True, steepest=2.0**19),
    "SUB": OpRule(int16=True, steepest=2.0**19),
    "MUL": _FREE,
    "SQUARED_DIFFERENCE": replace(_FREE8, slow=54.0),
    "DIV": OpRule(
        reason="it fails where a divisor rounds to 0.0, and overflows for steep quotients"
    ),
    "FLOOR_DIV": OpRule(reason=_RAW),
    "FLOOR_MOD": OpRule(reason=_RAW),
    # Clipping an operand to the output's range does not change a maximum or a minimum.
    "MAXIMUM": OpRule(sharing=_ALIKE, int16=True),
    "MINIMUM": OpRule(sharing=_ALIKE, int16=True),
    # Functions of one operand, by table.
    "ABS": replace(_FREE, slow=62.0),
    # Even with zero point 0 it wraps -128 to -128. SUB from 0.0 or MUL by -1.0 is exact.
    "NEG": OpRule(reason=_RAW),
    "EXP": replace(_FREE, slow=1.6),
    "LOG": _FREE,
    "SQRT": OpRule(int16=True, slow=16.0, inexact="it cuts off instead of rounding: 3 to 6 dB"),
    "RSQRT": replace(_FREE, slow=500.0),
    "GELU": _FREE,
    "ELU": _FREE8,
    "HARD_SWISH": replace(_FREE8, slow=41.0),
    "LEAKY_RELU": _FREE,
    "PRELU": replace(_FREE8, slow=40.0),
    "RELU": replace(_FREE, slow=84.0),
    "RELU6": replace(_FREE, slow=84.0),
    "RELU_0_TO_1": replace(_FREE8, slow=86.0),
    "RELU_N1_TO_1": replace(_FREE8, slow=100.0),
    # Output parameters that the kernel prescribes.
    "LOGISTIC": OpRule(fixed=_SIGMOID, int16=True),
    "SOFTMAX": OpRule(fixed=_SIGMOID, int16=True, slow=5.4),
    "TANH": OpRule(fixed=FixedOutput(1 / 128, 0, 1 / 32768), int16=True),
    "LOG_SOFTMAX": OpRule(fixed=FixedOutput(16 / 256, 127)),
    # One step is 1/128: rows of n elements have values of some 128 / sqrt(n) steps.
    "L2_NORMALIZATION": OpRule(fixed=FixedOutput(1 / 128, 0), slow=4.0),
    # Reductions.
    "MEAN": OpRule(data=(0,), int16=True),
    "SUM": OpRule(data=(0,), int16=True),
    "REDUCE_MAX": OpRule(data=(0,), sharing=_SAME, narrows=True, int16=True),
    "REDUCE_MIN": OpRule(data=(0,), sharing=_SAME, narrows=True, int16=True),
    # Within 1 dB up to some 32 factors, 26 dB below at 96.
    "REDUCE_PROD": OpRule(reason="it rounds after every factor, so that errors grow with them"),
    "REDUCE_WINDOW": OpRule(reason=_RAW),
    "AVERAGE_POOL_2D": replace(_MOVES, slow=11.0),
    "MAX_POOL_2D": _MOVES,
    "ARG_MAX": OpRule(data=(0,), outputs=()),
    "ARG_MIN": OpRule(data=(0,), outputs=()),
    "TOPK_V2": OpRule(data=(0,), sharing=_SAME, narrows=True, outputs=(0,), int16=True),
    # Comparisons.
    "EQUAL": replace(_COMPARES, slow=16.0),
    "NOT_EQUAL": replace(_COMPARES, slow=16.0),
    "LESS": replace(_COMPARES, slow=16.0),
    "LESS_EQUAL": replace(_COMPARES, slow=16.0),
    "GREATER": replace(_COMPARES, slow=16.0),
    "GREATER_EQUAL": replace(_COMPARES, slow=16.0),
    # Elements of several operands in one output: all alike.
    "CONCATENATION": OpRule(sharing=_ALIKE, int16=True),
    "PACK": OpRule(sharing=_ALIKE, int16=True),
    "SELECT": OpRule(data=(1, 2), sharing=_ALIKE, int16=True),
    "SELECT_V2": OpRule(data=(1, 2), sharing=_ALIKE, int16=True),
    "PADV2": OpRule(data=(0, 2), sharing=_ALIKE, int16=True, slow=2.5),
    "DILATE": OpRule(data=(0, 2), sharing=_ALIKE, int16=True),
    "DYNAMIC_UPDATE_SLICE": OpRule(data=(0, 1), sharing=_ALIKE, int16=True),
    "ONE_HOT": OpRule(data=(2, 3), sharing=_ALIKE),
    "MATRIX_SET_DIAG": OpRule(data=(0, 1), sharing=_ALIKE, int16=True),
    "SPARSE_TO_DENSE": OpRule(data=(2, 3), sharing=_ALIKE),
    # Elements of one operand.
    "BATCH_TO_SPACE_ND": _MOVES,
    "BROADCAST_TO": _MOVES,
    "DEPTH_TO_SPACE": OpRule(data=(0,), sharing=_SAME),
    "EMBEDDING_LOOKUP": OpRule(data=(1,), sharing=_SAME, follows=1, int16=True),
    "EXPAND_DIMS": _MOVES,
    "FILL": OpRule(data=(1,), sharing=_SAME, follows=1, int16=True),
    "GATHER": _MOVES,
    "GATHER_ND": _MOVES,
    "MIRROR_PAD": _MOVES,
    "PAD": _MOVES,
    "RESHAPE": _MOVES,
    # Its int16 kernel is some 40 dB worse than the ideal.
    "RESIZE_BILINEAR": OpRule(data=(0,), sharing=_SAME),
    "RESIZE_NEAREST_NEIGHBOR": _MOVES,
    "REVERSE_V2": _MOVES,
    "SLICE": _MOVES,
    "SPACE_TO_BATCH_ND": _MOVES,
    "SPACE_TO_DEPTH": OpRule(data=(0,), sharing=_SAME),
    "SPLIT": OpRule(data=(1,), sharing=_SAME, follows=1, int16=True),
    "SPLIT_V": _MOVES,
    "SQUEEZE": _MOVES,
    "STRIDED_SLICE": _MOVES,
    "TILE": _MOVES,
    "TRANSPOSE": _MOVES,
    "UNPACK": _MOVES,
    "UNIQUE": OpRule(reason="values that round to the same integer are one to it"),
    # Only the shape is read.
    "RANK": OpRule(data=(0,), outputs=(), int16=True),
    "SHAPE": OpRule(data=(0,), outputs=(), int16=True),
    # The scale is not looked at. MATRIX_DIAG and SCATTER_ND are right with zero point 0.
    "CAST": OpRule(reason=_RAW),
    "MATRIX_DIAG": OpRule(reason=_ZERO),
    "SCATTER_ND": OpRule(reason=_ZERO),
    "WHERE": OpRule(reason=_ZERO),
    # Recurrent cells. The kernels themselves are right: an LSTM whose cell state is int16 with
    # scale 2**-11, and whose hidden state and last intermediate have the output's parameters,
    # comes within 0.1 dB of the ideal.
    "LSTM": OpRule(reason=_STATE),
    "SVDF": OpRule(reason=_STATE),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": OpRule(reason=_STATE),
    # StableHLO has types of its own for quantized values; these kernels know only the integers.
    "STABLEHLO_ADD": OpRule(reason=_RAW),
    "STABLEHLO_MULTIPLY": OpRule(reason=_RAW),
    "STABLEHLO_REDUCE_WINDOW": OpRule(reason=_RAW),
    "STABLEHLO_SCATTER": OpRule(reason=_RAW),
    "STABLEHLO_GATHER": _MOVES,
    "STABLEHLO_MAXIMUM": OpRule(sharing=_ALIKE, int16=True),
    "STABLEHLO_MINIMUM": OpRule(sharing=_ALIKE, int16=True),
    "STABLEHLO_PAD": OpRule(data=(0, 1), sharing=_ALIKE, int16=True),
}
"""The rule of every builtin op that can be quantized."""


def rule_of(op: Op) -> OpRule | None:
    """How an op is quantized; None where neither LiteRT nor we have an integer kernel for it."""
    if op.custom:
        ours = BY_NAME.get(op.name)
        return None if ours is None else ours.rule
    return OP_RULES.get(op.name)


def followed(op: Op) -> Tensor | None:
    """What an op copies elements of; None where it computes."""
    rule = rule_of(op)
    if rule is None or rule.sharing != "output-follows-input":
        return None
    return op.inputs[rule.follows]


def integer_rule_of(op: Op) -> OpRule | None:
    """The rule of an op that computes in integers; None where it is kept in float."""
    rule = rule_of(op)
    return None if rule is None or rule.reason else rule
