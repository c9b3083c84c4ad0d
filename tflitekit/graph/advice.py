"""What to do about an op that stays in floating point, in one table."""

from __future__ import annotations

_ACTIVATION = "has no int8 kernel: use RELU, RELU6, GELU, HARD_SWISH, SOFTMAX, TANH or LOGISTIC"
_ANGLE = "has no int8 kernel: compute it before the model, or make its input a constant"
_ROUNDING = "has no int8 kernel: compute it before or after the model"
_SEGMENT = "has no int8 kernel: write it as a matrix product with a constant"
_DIVISION = "has no int8 kernel: compute it before the model"
_CONVERSION = "moves between int8 and float: see the float op beside it"
_VOLUME = "has no int8 kernel: write it as CONV_2D over slices"

_ADVICE: dict[str, str] = {
    "NEG": "has no int8 kernel: write 0 - x (Keras normalization layers contain it)",
    "SQUARE": "has no int8 kernel: write x * x",
    "ELU": _ACTIVATION,
    "CAST": "from bool or int gives float: pass the mask in as an input of the model's own type",
    "CONV_3D": _VOLUME,
    "CONV_3D_TRANSPOSE": _VOLUME,
    "SIN": _ANGLE,
    "COS": _ANGLE,
    "ATAN2": _ANGLE,
    "POW": "has no int8 kernel: write a whole power as products",
    "DYNAMIC_UPDATE_SLICE": "has no int8 kernel: keep the state outside the model",
    "RFFT2D": "has no int8 kernel: compute the spectrum before the model",
    "COMPLEX_ABS": "has no int8 kernel: compute the spectrum before the model",
    "FLOOR": _ROUNDING,
    "CEIL": _ROUNDING,
    "ROUND": _ROUNDING,
    "SIGN": "has no int8 kernel: write it as a comparison and a SELECT",
    "FLOOR_DIV": _DIVISION,
    "FLOOR_MOD": _DIVISION,
    "CUMSUM": "has no int8 kernel: write it as a product with a triangular matrix",
    "ADD_N": "has no int8 kernel: write it as a chain of ADD",
    "LOCAL_RESPONSE_NORMALIZATION": "has no int8 kernel: use batch normalization",
    "SEGMENT_SUM": _SEGMENT,
    "UNPACK": "has no int8 kernel for every rank: write it as slices",
    "IF": "is not quantized: build the model for one of the two cases",
    "WHILE": "is not quantized: unroll the loop (unroll=True in Keras)",
    "ZEROS_LIKE": "has no int8 kernel: multiply by 0, or use a constant",
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
