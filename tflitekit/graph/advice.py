"""What to do about an op that stays in floating point, in one table."""

from __future__ import annotations

_OURS = (
    "has no right int8 kernel in LiteRT, but one of ours: use --engine tflitekit, and not "
    "--kernels never"
)
_SEGMENT = "has no int8 kernel: write it as a matrix product with a constant"
_CONVERSION = "moves between int8 and float: see the float op beside it"
_VOLUME = "has no int8 kernel: write it as CONV_2D over slices"

_ADVICE: dict[str, str] = {
    **dict.fromkeys(
        (
            *("NEG", "SQUARE", "ELU", "SIN", "COS", "POW", "FLOOR", "CEIL", "ROUND", "SIGN"),
            *("DIV", "FLOOR_DIV", "FLOOR_MOD", "ATAN2", "CAST", "CUMSUM", "ZEROS_LIKE"),
            *("LOCAL_RESPONSE_NORMALIZATION", "SCATTER_ND", "ONE_HOT"),
        ),
        _OURS,
    ),
    "CONV_3D": _VOLUME,
    "CONV_3D_TRANSPOSE": _VOLUME,
    "DYNAMIC_UPDATE_SLICE": "has no int8 kernel: keep the state outside the model",
    "RFFT2D": "has no int8 kernel: compute the spectrum before the model",
    "COMPLEX_ABS": "has no int8 kernel: compute the spectrum before the model",
    "ADD_N": "has no int8 kernel: write it as a chain of ADD",
    "SEGMENT_SUM": _SEGMENT,
    "UNPACK": "has no int8 kernel for every rank: write it as slices",
    "IF": "is not quantized: build the model for one of the two cases",
    "WHILE": "is not quantized: unroll the loop (unroll=True in Keras)",
    "QUANTIZE": _CONVERSION,
    "DEQUANTIZE": _CONVERSION,
}

_CUSTOM = "is a custom op, and its kernel takes float: give it one for int8"
_DEFAULT = "was left in float: it has no int8 kernel for these operands, or no range was seen"


def advice(op_name: str | None, *, custom: bool = False, reason: str = "") -> str:
    """What can be done about the op called `op_name`, as the end of a sentence about it.

    Args:
        op_name: None where no op is to blame.
        custom: whether it is a custom op.
        reason: why the quantizer left it in float, told where the table has nothing better.
    """
    if op_name is None:
        return "is read by no op: remove it from the model"
    if custom:
        return _CUSTOM
    return _ADVICE.get(op_name) or (f"stays in float: {reason}" if reason else _DEFAULT)
