"""The ops between float and integer tensors, and between integer ones."""

from __future__ import annotations

from tflitekit.graph.model import Op, Tensor


def conversion(name: str, source: Tensor, target: Tensor) -> Op:
    """QUANTIZE or DEQUANTIZE."""
    return Op(name, [source], [target], {})
