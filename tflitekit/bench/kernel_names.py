"""Which of XNNPACK's kernels is which op of the model."""

from __future__ import annotations

from collections.abc import Sequence

KERNELS: tuple[tuple[str, frozenset[str]], ...] = (
    ("Deconvolution", frozenset({"TRANSPOSE_CONV"})),
    ("Convolution", frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"})),
    ("Fully Connected", frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"})),
    ("Batch Matrix Multiply", frozenset({"BATCH_MATMUL"})),
    ("Add", frozenset({"ADD"})),
    ("Subtract", frozenset({"SUB"})),
    ("Multiply", frozenset({"MUL"})),
    ("Divide", frozenset({"DIV"})),
    ("Maximum", frozenset({"MAXIMUM"})),
    ("Minimum", frozenset({"MINIMUM"})),
    ("Mean", frozenset({"MEAN", "AVERAGE_POOL_2D"})),
    ("Average Pooling", frozenset({"AVERAGE_POOL_2D", "MEAN"})),
    ("Max Pooling", frozenset({"MAX_POOL_2D"})),
    ("Softmax", frozenset({"SOFTMAX"})),
    ("Sigmoid", frozenset({"LOGISTIC"})),
    ("Tanh", frozenset({"TANH"})),
    ("Transpose", frozenset({"TRANSPOSE"})),
    ("Constant Pad", frozenset({"PAD", "PADV2"})),
    ("Concatenate", frozenset({"CONCATENATION"})),
    ("Resize Bilinear", frozenset({"RESIZE_BILINEAR"})),
    ("Convert", frozenset({"QUANTIZE", "DEQUANTIZE"})),
)
"""How XNNPACK's name of a kernel begins, and the ops that it may be. A convolution of one element
is a fully connected kernel there."""


def pair_kernels(ops: Sequence[str], kernels: Sequence[str]) -> list[tuple[int, int]]:
    """Positions of ops and of the kernels that they are.

    XNNPACK keeps the order of the ops. A group of ops that the same kernels may be is paired one by
    one where there are as many of the one as of the other, and not at all elsewhere.

    Args:
        ops: names of the ops of a partition.
        kernels: XNNPACK's names of what it ran for them.
    """
    pairs = []
    for group in dict.fromkeys(names for _, names in KERNELS):
        mine = [i for i, name in enumerate(ops) if name in group]
        theirs = [i for i, name in enumerate(kernels) if _group(name) == group]
        if len(mine) == len(theirs):
            pairs += list(zip(mine, theirs, strict=True))
    return sorted(pairs)


def is_conversion(kernel: str) -> bool:
    """Whether a kernel only changes the type or the scale of values."""
    return _group(kernel) == frozenset({"QUANTIZE", "DEQUANTIZE"})


def _group(kernel: str) -> frozenset[str]:
    return next((names for start, names in KERNELS if kernel.startswith(start)), frozenset())
