"""The parameters of a tensor that is quantized already."""

from __future__ import annotations

from tflitekit.graph.model import Tensor
from tflitekit.quantize.params import QuantParams


def params_of_tensor(tensor: Tensor) -> QuantParams | None:
    """The affine map of a quantized tensor; None where it is not quantized that way."""
    found = tensor.quantization
    if found is None or not len(found.scales) or found.details is not None:
        return None
    scales, zero_points = found.scales.tolist(), found.zero_points.tolist()
    return QuantParams(tuple(scales), tuple(zero_points), tensor.dtype, found.axis)
