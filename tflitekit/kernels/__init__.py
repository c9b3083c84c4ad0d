"""The custom ops that the runner has kernels for: one file each, one line each in `KERNELS`."""

from tflitekit.kernels.base import CustomOp
from tflitekit.kernels.table import TABLE

KERNELS: tuple[CustomOp, ...] = (TABLE,)

BY_NAME = {op.name: op for op in KERNELS}
"""The same by the name of the op."""

__all__ = ["KERNELS", "CustomOp"]
