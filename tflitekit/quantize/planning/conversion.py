"""The ops between float and integer tensors, and between integer ones."""

from __future__ import annotations

from tflitekit.graph.model import Op, Tensor


def conversion(name: str, source: Tensor, target: Tensor) -> Op:
    """QUANTIZE or DEQUANTIZE, in the version that TensorFlow Lite's converter gives it."""
    return Op(name, [source], [target], {}, version=_version(name, source, target))


def _version(name: str, source: Tensor, target: Tensor) -> int:
    if name == "DEQUANTIZE":
        return {"uint8": 1, "int8": 2, "int16": 3}[source.dtype]
    return 2 if target.dtype == "int16" else 1
