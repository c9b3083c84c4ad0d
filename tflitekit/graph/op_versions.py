"""Which version of an op its types, shapes and options need, in one table.

The numbers are those of TensorFlow Lite's converter: op_version.cc and op_signature.cc in
tflite/converter/tools/versioning of the LiteRT repository, as of 2026-08-21 (Apache License 2.0).
The rows of int16 activations with int8 weights are ours: the converter gives such ops the numbers
of int8, or those of a bias that is int32, and neither says when the kernels came.
"""

from __future__ import annotations

from collections.abc import Mapping

from tflitekit.graph.model import Op
from tflitekit.graph.op_conditions import (
    Condition,
    absent,
    all_of,
    always,
    any_of,
    broadcast_above,
    either,
    first_operand,
    first_result,
    grouped,
    operand,
    option,
    option_above_one,
    option_is,
    product_scale_reaches_one,
    quantized,
    rank_above,
    rank_is,
    result,
    scale_each,
    second_operand,
    several_scales,
    sparse,
    throughout,
    weighted,
    without,
)

Rules = tuple[tuple[int, Condition], ...]

FLOAT8 = ("float8_e4m3fn", "float8_e5m2")
_ASYMMETRIC = option("asymmetric_quantize_inputs")
_INT8_WITH_INT16 = weighted("int16", "int8")
_INT8_OR_INT16: Rules = ((2, operand(0, "int8", "int16")),)
_INT8: Rules = ((2, operand(0, "int8")),)
_INT16_INT8: Rules = ((3, operand(0, "int16")), (2, operand(0, "int8")))
_TABLE_OF_VALUES: Rules = ((3, throughout("int16")), (2, operand(0, "int8")))
_EXTREMUM: Rules = (
    (4, throughout("int16")),
    (3, broadcast_above(4)),
    (2, operand(0, "int8")),
)
_BLOCKS: Rules = (
    (4, operand(0, "int16")),
    (3, without(rank_is(4, 0))),
    (2, operand(0, "int8")),
)
_PADDED: Rules = (
    (6, operand(0, *FLOAT8)),
    (5, operand(0, "bool")),
    (4, rank_above(4)),
    (3, operand(0, "int16")),
    (2, operand(0, "int8")),
)
_PLACE: Rules = ((3, operand(0, "bool")), (2, operand(0, "int8")))
_HALF: Rules = ((2, operand(0, "float16")),)
_NARROW: Rules = ((3, operand(0, "int16")), (2, operand(0, "int8", "uint8")))
_CELL: Rules = (
    (3, all_of(operand(1, "int8"), result(0, "float32"), _ASYMMETRIC)),
    (2, all_of(operand(1, "int8"), result(0, "float32"))),
)
_RESIZED: Rules = (
    (4, operand(0, "int16")),
    (3, any_of(option("half_pixel_centers"), option("align_corners"))),
    (2, operand(0, "int8")),
)

VERSIONS: Mapping[str, Rules] = {
    "ABS": (
        (5, operand(0, "int32")),
        (3, all_of(operand(0, "int16"), quantized)),
        (4, operand(0, "int16")),
        (2, operand(0, "int8", "uint8")),
    ),
    "ADD": (
        (6, operand(0, "float16")),
        (5, all_of(operand(0, "int16"), without(quantized))),
        (4, operand(0, "int64")),
        (3, all_of(throughout("int16"), option_is("pot_scale_int16", False))),
        (2, operand(0, "int8")),
    ),
    "ARG_MAX": _PLACE,
    "ARG_MIN": _PLACE,
    "AVERAGE_POOL_2D": _TABLE_OF_VALUES,
    "BATCH_MATMUL": (
        (3, operand(0, "int16")),
        (2, operand(0, "int8")),
        (4, all_of(weighted("float32", "int8"), _ASYMMETRIC)),
    ),
    "BATCH_TO_SPACE_ND": _BLOCKS,
    "BIDIRECTIONAL_SEQUENCE_LSTM": _CELL,
    "BIDIRECTIONAL_SEQUENCE_RNN": _CELL,
    "BROADCAST_TO": ((4, operand(0, *FLOAT8)), (3, operand(0, "int8", "int16")), (2, always)),
    "CAST": (
        (9, either(*FLOAT8)),
        (8, either("int2", "uint4")),
        (7, either("bfloat16")),
        (6, all_of(operand(0, "int4"), result(0, "float32"))),
        (5, either("float64", "float16")),
        (4, either("uint16")),
        (3, either("int8")),
        (2, either("uint32")),
    ),
    "CONCATENATION": (
        (7, operand(0, *FLOAT8)),
        (6, operand(0, "float16")),
        (5, operand(0, "int4")),
        (4, operand(0, "uint32")),
        (3, operand(0, "int16")),
        (2, operand(0, "int8")),
    ),
    "CONV_2D": (
        (8, all_of(_INT8_WITH_INT16, operand(2, "int32"))),
        (6, grouped),
        (4, _INT8_WITH_INT16),
        (3, weighted("int8", "int8")),
        (7, weighted("int8", "int4")),
        (5, all_of(weighted("float32", "int8"), scale_each(1, 0))),
        (2, weighted("float32", "int8")),
    ),
    "COS": _HALF,
    "DEPTHWISE_CONV_2D": (
        (5, _INT8_WITH_INT16),
        (6, all_of(weighted("float32", "int8"), scale_each(1, 3))),
        (4, weighted("float32", "int8")),
        (3, weighted("int8", "int8")),
        (7, weighted("int8", "int4")),
        (2, any_of(option_above_one("dilation_w_factor"), option_above_one("dilation_h_factor"))),
    ),
    "DEPTH_TO_SPACE": _INT8,
    "DEQUANTIZE": (
        (9, operand(0, *FLOAT8)),
        (8, operand(0, "uint4")),
        (7, operand(0, "int2")),
        (6, operand(0, "int4")),
        (3, operand(0, "int16", "float16")),
        (5, all_of(operand(0, "int8"), several_scales(first_operand))),
        (2, operand(0, "int8")),
    ),
    "DIV": ((2, broadcast_above(4)),),
    "DYNAMIC_UPDATE_SLICE": (
        (6, operand(0, "bfloat16")),
        (5, operand(0, "int4")),
        (4, operand(0, "int16")),
        (3, operand(0, "float16")),
        (2, operand(2, "int64")),
    ),
    "EMBEDDING_LOOKUP": (
        (4, any_of(operand(1, "int4"), several_scales(second_operand, axis=0))),
        (5, operand(1, "int2")),
    ),
    "EQUAL": (
        (5, operand(0, "int16")),
        (3, operand(0, "string")),
        (2, operand(0, "int8")),
    ),
    "EXP": _INT8_OR_INT16,
    "FAKE_QUANT": ((2, option("narrow_range")),),
    "FILL": (
        (5, operand(1, *FLOAT8)),
        (4, operand(1, "float16")),
        (3, operand(1, "int8", "int16")),
        (2, operand(1, "bool", "string")),
    ),
    "FLOOR_DIV": ((3, operand(0, "int16", "int8")), (2, operand(0, "float32"))),
    "FLOOR_MOD": _INT8_OR_INT16,
    "FULLY_CONNECTED": (
        (14, operand(1, "int2")),
        (13, weighted("int16", "int4")),
        (12, all_of(weighted("float32", "int8"), scale_each(1, 0))),
        (11, all_of(_INT8_WITH_INT16, operand(2, "int32"))),
        (8, sparse(1)),
        (7, any_of(_INT8_WITH_INT16, weighted("int16", "int16"))),
        (6, absent(2)),
        (5, option("keep_num_dims")),
        (4, weighted("int8", "int8")),
        (10, weighted("int8", "int4")),
        (9, all_of(weighted("float32", "int8"), _ASYMMETRIC)),
        (3, weighted("float32", "int8")),
        (2, option("weights_format")),
    ),
    "GATHER": (
        (8, operand(0, *FLOAT8)),
        (7, operand(0, "int4")),
        (6, operand(1, "int16")),
        (5, option("batch_dims")),
        (4, operand(0, "int16")),
        (3, operand(0, "bool")),
        (2, operand(0, "int8")),
    ),
    "GATHER_ND": (
        (6, operand(0, *FLOAT8)),
        (5, operand(0, "bool")),
        (4, operand(1, "int16")),
        (3, operand(0, "int16")),
        (2, operand(0, "string")),
    ),
    "GELU": ((3, operand(0, "float16")), (2, operand(0, "int8", "uint8"))),
    "GREATER": _INT8,
    "GREATER_EQUAL": _INT16_INT8,
    "L2_NORMALIZATION": ((2, result(0, "int8")),),
    "LEAKY_RELU": ((2, operand(0, "int16")),),
    "LESS": _INT16_INT8,
    "LESS_EQUAL": _INT8,
    "LOG": _INT8_OR_INT16,
    "LOGISTIC": _TABLE_OF_VALUES,
    "LOG_SOFTMAX": _INT8,
    "LSTM": (
        (4, all_of(option_is("kernel_type", 0), weighted("float32", "int8", 2), _ASYMMETRIC)),
        (3, all_of(option_is("kernel_type", 0), weighted("float32", "int8", 2))),
        (2, option_is("kernel_type", 1)),
    ),
    "MAXIMUM": _EXTREMUM,
    "MAX_POOL_2D": _TABLE_OF_VALUES,
    "MEAN": _INT16_INT8,
    "MINIMUM": _EXTREMUM,
    "MIRROR_PAD": _INT16_INT8,
    "MUL": (
        (8, operand(0, "float16")),
        (7, any_of(all_of(operand(0, "int16"), without(quantized)), operand(0, "uint32"))),
        (6, operand(0, "complex64")),
        (5, operand(0, "int64")),
        (4, operand(0, "int16")),
        (3, product_scale_reaches_one),
        (2, operand(0, "int8")),
    ),
    "NOT_EQUAL": (
        (4, operand(0, "int16")),
        (3, operand(0, "string")),
        (2, operand(0, "int8")),
    ),
    "PACK": (
        (5, operand(0, *FLOAT8)),
        (2, operand(0, "int8")),
        (3, throughout("int16")),
        (4, operand(0, "uint32")),
    ),
    "PAD": _PADDED,
    "PADV2": _PADDED,
    "QUANTIZE": (
        (5, either("uint4")),
        (4, either("int4")),
        (3, several_scales(first_result)),
        (2, result(0, "int16")),
    ),
    "RANGE": ((2, operand(0, "int64")),),
    "REDUCE_MAX": _INT16_INT8,
    "REDUCE_MIN": _INT16_INT8,
    "REDUCE_PROD": _INT8_OR_INT16,
    "RELU": _NARROW,
    "RELU6": _INT16_INT8,
    "RESIZE_BILINEAR": (
        (4, operand(0, "int16")),
        (3, option("half_pixel_centers")),
        (2, operand(0, "int8")),
    ),
    "RESIZE_NEAREST_NEIGHBOR": _RESIZED,
    "REVERSE_V2": (
        (4, operand(0, *FLOAT8)),
        (3, operand(0, "int8")),
        (2, operand(0, "bool")),
    ),
    "RNN": _CELL,
    "RSQRT": _INT16_INT8,
    "SELECT": (
        (4, operand(0, "uint32")),
        (3, rank_is(5, 0, 1, 2)),
        (2, operand(0, "int8")),
    ),
    "SELECT_V2": ((2, operand(0, "uint32")),),
    "SIGN": ((2, operand(0, "int32")),),
    "SIN": _HALF,
    "SLICE": (
        (8, operand(0, "float16")),
        (7, operand(0, "int4")),
        (6, operand(0, "uint32")),
        (5, rank_above(4)),
        (4, operand(0, "int16")),
        (3, operand(0, "string")),
        (2, operand(0, "int8")),
    ),
    "SOFTMAX": ((4, operand(0, "float16")), *_INT16_INT8),
    "SPACE_TO_BATCH_ND": _BLOCKS,
    "SPACE_TO_DEPTH": _INT8,
    "SPARSE_TO_DENSE": ((3, operand(2, "int8", "uint8")), (2, operand(2, "int64"))),
    "SPLIT": (
        (5, operand(1, *FLOAT8)),
        (4, operand(1, "int16")),
        (3, operand(1, "int32")),
        (2, operand(1, "int8")),
    ),
    "SPLIT_V": ((3, operand(0, *FLOAT8)), (2, operand(0, "int8"))),
    "SQRT": _INT8_OR_INT16,
    "SQUARED_DIFFERENCE": _INT8,
    "SQUEEZE": ((2, operand(0, "string")),),
    "STRIDED_SLICE": (
        (8, option("offset")),
        (7, operand(0, "uint32")),
        (6, any_of(option("ellipsis_mask"), option("new_axis_mask"))),
        (5, operand(0, "string")),
        (4, rank_above(4)),
        (3, operand(0, "bool")),
        (2, operand(0, "int8")),
    ),
    "SUB": (
        (5, all_of(throughout("int16"), option_is("pot_scale_int16", False))),
        (4, operand(0, "int64")),
        (3, broadcast_above(4)),
        (2, operand(0, "int8")),
    ),
    "SUM": _INT8,
    "SVDF": (
        (3, operand(0, "int8")),
        (4, all_of(weighted("float32", "int8"), _ASYMMETRIC)),
        (2, weighted("float32", "int8")),
    ),
    "TANH": _TABLE_OF_VALUES,
    "TILE": ((3, operand(0, "int8")), (2, operand(0, "string"))),
    "TOPK_V2": (
        (3, any_of(operand(0, "int16"), operand(1, "int16"), result(1, "int16"))),
        (2, operand(0, "int8")),
    ),
    "TRANSPOSE": (
        (9, operand(0, "float16")),
        (8, any_of(rank_above(6), operand(0, "bfloat16"))),
        (7, operand(0, "int4")),
        (6, rank_above(5)),
        (5, operand(0, "int16")),
        (4, rank_above(4)),
        (3, operand(0, "bool")),
        (2, operand(0, "int8")),
    ),
    "TRANSPOSE_CONV": (
        (5, all_of(operand(2, "int16"), operand(1, "int8"), operand(3, "int32"))),
        (4, option("fused_activation_function")),
        (3, any_of(operand(2, "int16"), without(absent(3)))),
        (2, operand(1, "int8")),
    ),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (
        (4, option("diagonal_recurrent_tensors")),
        (3, all_of(weighted("float32", "int8", 2), _ASYMMETRIC)),
        (2, weighted("float32", "int8", 2)),
    ),
    "UNIDIRECTIONAL_SEQUENCE_RNN": _CELL,
    "UNPACK": (
        (6, operand(0, *FLOAT8)),
        (2, operand(0, "int8", "uint8")),
        (3, operand(0, "bool")),
        (4, throughout("int16")),
        (5, operand(0, "float16", "bfloat16")),
    ),
    "WHERE": ((1, operand(0, "bool")), (2, always)),
}
"""By op: versions and when each is needed; the first that holds counts, and 1 where none does."""


def version_of(op: Op) -> int:
    """The version that a builtin op is written with: what it needs, and no less than it had.

    What a file says is not lowered: it may know of a need that is not in the table.
    """
    if op.custom:
        return op.version
    rules = VERSIONS.get(op.name, ())
    needed = next((version for version, holds in rules if holds(op)), 1)
    return max(op.version, needed)
