"""Facts about every builtin operator, in one table keyed by the operator's name."""

from __future__ import annotations

from dataclasses import dataclass

from tflitekit.graph import op_macs
from tflitekit.graph.model import Op, Subgraph
from tflitekit.graph.op_macs import MacFormula


@dataclass(frozen=True)
class OpFacts:
    """What is true of every op of one kind.

    Attributes:
        options: the schema's name of its options; "" where it takes none.
        macs: its multiply-accumulate steps; None for none.
        moves_data: False for a view, which gives its operand another shape, and for a call,
            whose subgraphs do the work.
        reads_operands: False where the shapes of the operands are all it needs.
        partly_read: the operand of which it reads only as many elements as it writes.
        pure: whether equal operands always give equal results and nothing else happens.
    """

    options: str = ""
    macs: MacFormula | None = None
    moves_data: bool = True
    reads_operands: bool = True
    partly_read: int | None = None
    pure: bool = True


CUSTOM = OpFacts(pure=False)
"""What may be assumed of a custom operator."""

OURS: dict[str, OpFacts] = {
    "tflitekit.embedding": OpFacts(partly_read=0),
    "tflitekit.lstm": OpFacts(macs=op_macs.recurrent_layer(4)),
    "tflitekit.gru": OpFacts(macs=op_macs.recurrent_layer(3)),
    "tflitekit.simple_rnn": OpFacts(macs=op_macs.recurrent_layer(1)),
    "tflitekit.conv_lstm": OpFacts(macs=op_macs.conv_lstm),
    "tflitekit.attention": OpFacts(macs=op_macs.attention_block),
    "tflitekit.batch_matmul": OpFacts(macs=op_macs.product_block),
    "tflitekit.fully_connected": OpFacts(macs=op_macs.fully_connected),
}
"""Those of our custom operators of which there is more to say than that they are pure."""

_OUR_PREFIX = "tflitekit."

OPS: dict[str, OpFacts] = {
    "ADD": OpFacts("AddOptions"),
    "AVERAGE_POOL_2D": OpFacts("Pool2DOptions"),
    "CONCATENATION": OpFacts("ConcatenationOptions"),
    "CONV_2D": OpFacts("Conv2DOptions", macs=op_macs.conv_2d),
    "DEPTHWISE_CONV_2D": OpFacts("DepthwiseConv2DOptions", macs=op_macs.depthwise_conv_2d),
    "DEPTH_TO_SPACE": OpFacts("DepthToSpaceOptions"),
    "DEQUANTIZE": OpFacts("DequantizeOptions"),
    "EMBEDDING_LOOKUP": OpFacts(partly_read=1),
    "FLOOR": OpFacts(),
    "FULLY_CONNECTED": OpFacts("FullyConnectedOptions", macs=op_macs.fully_connected),
    "HASHTABLE_LOOKUP": OpFacts(),
    "L2_NORMALIZATION": OpFacts("L2NormOptions"),
    "L2_POOL_2D": OpFacts("Pool2DOptions"),
    "LOCAL_RESPONSE_NORMALIZATION": OpFacts("LocalResponseNormalizationOptions"),
    "LOGISTIC": OpFacts(),
    "LSH_PROJECTION": OpFacts("LSHProjectionOptions"),
    "LSTM": OpFacts("LSTMOptions", macs=op_macs.lstm),
    "MAX_POOL_2D": OpFacts("Pool2DOptions"),
    "MUL": OpFacts("MulOptions"),
    "RELU": OpFacts(),
    "RELU_N1_TO_1": OpFacts(),
    "RELU6": OpFacts(),
    "RESHAPE": OpFacts("ReshapeOptions", moves_data=False),
    "RESIZE_BILINEAR": OpFacts("ResizeBilinearOptions"),
    "RNN": OpFacts("RNNOptions", macs=op_macs.recurrent(1, 2)),
    "SOFTMAX": OpFacts("SoftmaxOptions"),
    "SPACE_TO_DEPTH": OpFacts("SpaceToDepthOptions"),
    "SVDF": OpFacts("SVDFOptions", macs=op_macs.recurrent(1, 2)),
    "TANH": OpFacts(),
    "CONCAT_EMBEDDINGS": OpFacts("ConcatEmbeddingsOptions"),
    "SKIP_GRAM": OpFacts("SkipGramOptions"),
    "CALL": OpFacts("CallOptions", moves_data=False),
    "EMBEDDING_LOOKUP_SPARSE": OpFacts("EmbeddingLookupSparseOptions", partly_read=4),
    "PAD": OpFacts("PadOptions"),
    "UNIDIRECTIONAL_SEQUENCE_RNN": OpFacts("SequenceRNNOptions", macs=op_macs.recurrent(1, 2)),
    "GATHER": OpFacts("GatherOptions", partly_read=0),
    "BATCH_TO_SPACE_ND": OpFacts("BatchToSpaceNDOptions"),
    "SPACE_TO_BATCH_ND": OpFacts("SpaceToBatchNDOptions"),
    "TRANSPOSE": OpFacts("TransposeOptions"),
    "MEAN": OpFacts("ReducerOptions"),
    "SUB": OpFacts("SubOptions"),
    "DIV": OpFacts("DivOptions"),
    "SQUEEZE": OpFacts("SqueezeOptions", moves_data=False),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": OpFacts(
        "UnidirectionalSequenceLSTMOptions", macs=op_macs.full_lstm
    ),
    "STRIDED_SLICE": OpFacts("StridedSliceOptions", partly_read=0),
    "BIDIRECTIONAL_SEQUENCE_RNN": OpFacts(
        "BidirectionalSequenceRNNOptions", macs=op_macs.recurrent(1, 2, 5, 6, 10, 11)
    ),
    "EXP": OpFacts("ExpOptions"),
    "TOPK_V2": OpFacts("TopKV2Options"),
    "SPLIT": OpFacts("SplitOptions"),
    "LOG_SOFTMAX": OpFacts("LogSoftmaxOptions"),
    "DELEGATE": OpFacts(pure=False),
    "BIDIRECTIONAL_SEQUENCE_LSTM": OpFacts(
        "BidirectionalSequenceLSTMOptions", macs=op_macs.full_bidirectional_lstm
    ),
    "CAST": OpFacts("CastOptions"),
    "PRELU": OpFacts(),
    "MAXIMUM": OpFacts("MaximumMinimumOptions"),
    "ARG_MAX": OpFacts("ArgMaxOptions"),
    "MINIMUM": OpFacts("MaximumMinimumOptions"),
    "LESS": OpFacts("LessOptions"),
    "NEG": OpFacts("NegOptions"),
    "PADV2": OpFacts("PadV2Options"),
    "GREATER": OpFacts("GreaterOptions"),
    "GREATER_EQUAL": OpFacts("GreaterEqualOptions"),
    "LESS_EQUAL": OpFacts("LessEqualOptions"),
    "SELECT": OpFacts("SelectOptions"),
    "SLICE": OpFacts("SliceOptions", partly_read=0),
    "SIN": OpFacts(),
    "TRANSPOSE_CONV": OpFacts("TransposeConvOptions", macs=op_macs.transpose_conv),
    "SPARSE_TO_DENSE": OpFacts("SparseToDenseOptions"),
    "TILE": OpFacts("TileOptions"),
    "EXPAND_DIMS": OpFacts("ExpandDimsOptions", moves_data=False),
    "EQUAL": OpFacts("EqualOptions"),
    "NOT_EQUAL": OpFacts("NotEqualOptions"),
    "LOG": OpFacts(),
    "SUM": OpFacts("ReducerOptions"),
    "SQRT": OpFacts(),
    "RSQRT": OpFacts(),
    "SHAPE": OpFacts("ShapeOptions", reads_operands=False),
    "POW": OpFacts("PowOptions"),
    "ARG_MIN": OpFacts("ArgMinOptions"),
    "FAKE_QUANT": OpFacts("FakeQuantOptions"),
    "REDUCE_PROD": OpFacts("ReducerOptions"),
    "REDUCE_MAX": OpFacts("ReducerOptions"),
    "PACK": OpFacts("PackOptions"),
    "LOGICAL_OR": OpFacts("LogicalOrOptions"),
    "ONE_HOT": OpFacts("OneHotOptions"),
    "LOGICAL_AND": OpFacts("LogicalAndOptions"),
    "LOGICAL_NOT": OpFacts("LogicalNotOptions"),
    "UNPACK": OpFacts("UnpackOptions"),
    "REDUCE_MIN": OpFacts("ReducerOptions"),
    "FLOOR_DIV": OpFacts("FloorDivOptions"),
    "REDUCE_ANY": OpFacts("ReducerOptions"),
    "SQUARE": OpFacts("SquareOptions"),
    "ZEROS_LIKE": OpFacts("ZerosLikeOptions", reads_operands=False),
    "FILL": OpFacts("FillOptions"),
    "FLOOR_MOD": OpFacts("FloorModOptions"),
    "RANGE": OpFacts("RangeOptions"),
    "RESIZE_NEAREST_NEIGHBOR": OpFacts("ResizeNearestNeighborOptions"),
    "LEAKY_RELU": OpFacts("LeakyReluOptions"),
    "SQUARED_DIFFERENCE": OpFacts("SquaredDifferenceOptions"),
    "MIRROR_PAD": OpFacts("MirrorPadOptions"),
    "ABS": OpFacts("AbsOptions"),
    "SPLIT_V": OpFacts("SplitVOptions"),
    "UNIQUE": OpFacts("UniqueOptions"),
    "CEIL": OpFacts(),
    "REVERSE_V2": OpFacts("ReverseV2Options"),
    "ADD_N": OpFacts("AddNOptions"),
    "GATHER_ND": OpFacts("GatherNdOptions", partly_read=0),
    "COS": OpFacts("CosOptions"),
    "WHERE": OpFacts("WhereOptions"),
    "RANK": OpFacts("RankOptions", reads_operands=False),
    "ELU": OpFacts(),
    "REVERSE_SEQUENCE": OpFacts("ReverseSequenceOptions"),
    "MATRIX_DIAG": OpFacts("MatrixDiagOptions"),
    "QUANTIZE": OpFacts("QuantizeOptions"),
    "MATRIX_SET_DIAG": OpFacts("MatrixSetDiagOptions"),
    "ROUND": OpFacts(),
    "HARD_SWISH": OpFacts("HardSwishOptions"),
    "IF": OpFacts("IfOptions", moves_data=False),
    "WHILE": OpFacts("WhileOptions", moves_data=False),
    "NON_MAX_SUPPRESSION_V4": OpFacts("NonMaxSuppressionV4Options"),
    "NON_MAX_SUPPRESSION_V5": OpFacts("NonMaxSuppressionV5Options"),
    "SCATTER_ND": OpFacts("ScatterNdOptions"),
    "SELECT_V2": OpFacts("SelectV2Options"),
    "DENSIFY": OpFacts("DensifyOptions"),
    "SEGMENT_SUM": OpFacts("SegmentSumOptions"),
    "BATCH_MATMUL": OpFacts("BatchMatMulOptions", macs=op_macs.batch_matmul),
    "CUMSUM": OpFacts("CumsumOptions"),
    "CALL_ONCE": OpFacts("CallOnceOptions", moves_data=False, pure=False),
    "BROADCAST_TO": OpFacts("BroadcastToOptions"),
    "RFFT2D": OpFacts("Rfft2dOptions"),
    "CONV_3D": OpFacts("Conv3DOptions", macs=op_macs.conv_3d),
    "IMAG": OpFacts(),
    "REAL": OpFacts(),
    "COMPLEX_ABS": OpFacts(),
    "HASHTABLE": OpFacts("HashtableOptions", pure=False),
    "HASHTABLE_FIND": OpFacts("HashtableFindOptions", pure=False),
    "HASHTABLE_IMPORT": OpFacts("HashtableImportOptions", pure=False),
    "HASHTABLE_SIZE": OpFacts("HashtableSizeOptions", pure=False),
    "REDUCE_ALL": OpFacts("ReducerOptions"),
    "CONV_3D_TRANSPOSE": OpFacts("Conv3DOptions", macs=op_macs.conv_3d_transpose),
    "VAR_HANDLE": OpFacts("VarHandleOptions", pure=False),
    "READ_VARIABLE": OpFacts("ReadVariableOptions", pure=False),
    "ASSIGN_VARIABLE": OpFacts("AssignVariableOptions", pure=False),
    "BROADCAST_ARGS": OpFacts(),
    "RANDOM_STANDARD_NORMAL": OpFacts("RandomOptions", pure=False),
    "BUCKETIZE": OpFacts("BucketizeOptions"),
    "RANDOM_UNIFORM": OpFacts("RandomOptions", pure=False),
    "MULTINOMIAL": OpFacts("RandomOptions", pure=False),
    "GELU": OpFacts("GeluOptions"),
    "DYNAMIC_UPDATE_SLICE": OpFacts("DynamicUpdateSliceOptions"),
    "RELU_0_TO_1": OpFacts(),
    "UNSORTED_SEGMENT_PROD": OpFacts("UnsortedSegmentProdOptions"),
    "UNSORTED_SEGMENT_MAX": OpFacts("UnsortedSegmentMaxOptions"),
    "UNSORTED_SEGMENT_SUM": OpFacts("UnsortedSegmentSumOptions"),
    "ATAN2": OpFacts("ATan2Options"),
    "UNSORTED_SEGMENT_MIN": OpFacts("UnsortedSegmentMinOptions"),
    "SIGN": OpFacts("SignOptions"),
    "BITCAST": OpFacts("BitcastOptions", moves_data=False),
    "BITWISE_XOR": OpFacts("BitwiseXorOptions"),
    "RIGHT_SHIFT": OpFacts("RightShiftOptions"),
    "STABLEHLO_LOGISTIC": OpFacts(),
    "STABLEHLO_ADD": OpFacts(),
    "STABLEHLO_DIVIDE": OpFacts(),
    "STABLEHLO_MULTIPLY": OpFacts(),
    "STABLEHLO_MAXIMUM": OpFacts(),
    "STABLEHLO_RESHAPE": OpFacts(moves_data=False),
    "STABLEHLO_CLAMP": OpFacts(),
    "STABLEHLO_CONCATENATE": OpFacts("StablehloConcatenateOptions"),
    "STABLEHLO_BROADCAST_IN_DIM": OpFacts("StablehloBroadcastInDimOptions"),
    "STABLEHLO_CONVOLUTION": OpFacts(
        "StablehloConvolutionOptions", macs=op_macs.stablehlo_convolution
    ),
    "STABLEHLO_SLICE": OpFacts("StablehloSliceOptions", partly_read=0),
    "STABLEHLO_CUSTOM_CALL": OpFacts("StablehloCustomCallOptions", pure=False),
    "STABLEHLO_REDUCE": OpFacts("StablehloReduceOptions"),
    "STABLEHLO_ABS": OpFacts(),
    "STABLEHLO_AND": OpFacts(),
    "STABLEHLO_COSINE": OpFacts(),
    "STABLEHLO_EXPONENTIAL": OpFacts(),
    "STABLEHLO_FLOOR": OpFacts(),
    "STABLEHLO_LOG": OpFacts(),
    "STABLEHLO_MINIMUM": OpFacts(),
    "STABLEHLO_NEGATE": OpFacts(),
    "STABLEHLO_OR": OpFacts(),
    "STABLEHLO_POWER": OpFacts(),
    "STABLEHLO_REMAINDER": OpFacts(),
    "STABLEHLO_RSQRT": OpFacts(),
    "STABLEHLO_SELECT": OpFacts(),
    "STABLEHLO_SUBTRACT": OpFacts(),
    "STABLEHLO_TANH": OpFacts(),
    "STABLEHLO_SCATTER": OpFacts("StablehloScatterOptions"),
    "STABLEHLO_COMPARE": OpFacts("StablehloCompareOptions"),
    "STABLEHLO_CONVERT": OpFacts(),
    "STABLEHLO_DYNAMIC_SLICE": OpFacts("StablehloDynamicSliceOptions", partly_read=0),
    "STABLEHLO_DYNAMIC_UPDATE_SLICE": OpFacts(),
    "STABLEHLO_PAD": OpFacts("StablehloPadOptions"),
    "STABLEHLO_IOTA": OpFacts("StablehloIotaOptions"),
    "STABLEHLO_DOT_GENERAL": OpFacts(
        "StablehloDotGeneralOptions", macs=op_macs.stablehlo_dot_general
    ),
    "STABLEHLO_REDUCE_WINDOW": OpFacts("StablehloReduceWindowOptions"),
    "STABLEHLO_SORT": OpFacts("StablehloSortOptions"),
    "STABLEHLO_WHILE": OpFacts("StablehloWhileOptions", moves_data=False),
    "STABLEHLO_GATHER": OpFacts("StablehloGatherOptions", partly_read=0),
    "STABLEHLO_TRANSPOSE": OpFacts("StablehloTransposeOptions"),
    "DILATE": OpFacts("DilateOptions"),
    "STABLEHLO_RNG_BIT_GENERATOR": OpFacts("StablehloRngBitGeneratorOptions", pure=False),
    "REDUCE_WINDOW": OpFacts("ReduceWindowOptions"),
    "STABLEHLO_COMPOSITE": OpFacts("StableHLOCompositeOptions", moves_data=False),
    "STABLEHLO_SHIFT_LEFT": OpFacts("StablehloShiftLeftOptions"),
    "STABLEHLO_CBRT": OpFacts(),
    "STABLEHLO_CASE": OpFacts("StablehloCaseOptions", moves_data=False),
}


def facts(op: Op) -> OpFacts:
    """The facts that hold for `op`; its body's where it has one."""
    if op.body is not None:
        inner = op.body.ops
        return OpFacts(macs=_macs_of_body, pure=all(facts(one).pure for one in inner))
    if not op.custom:
        return OPS[op.name]
    return OURS.get(op.name, OpFacts() if op.name.startswith(_OUR_PREFIX) else CUSTOM)


def _macs_of_body(op: Op) -> int:
    formulas = ((facts(one).macs, one) for one in (op.body.ops if op.body else ()))
    return sum(formula(one) for formula, one in formulas if formula is not None)


def is_pure(op: Op) -> bool:
    """Whether `op`, and all that it calls, has no effect but its outputs."""
    called = called_subgraphs(op)
    return facts(op).pure and all(facts(inner).pure for graph in called for inner in graph.ops)


def called_subgraphs(op: Op) -> list[Subgraph]:
    """The subgraphs that `op` reaches, directly or through other ops, each once."""
    found: dict[Subgraph, None] = {}
    pending = list(op.subgraphs.values())
    while pending:
        subgraph = pending.pop(0)
        if subgraph not in found:
            found[subgraph] = None
            pending += [graph for inner in subgraph.ops for graph in inner.subgraphs.values()]
    return list(found)
