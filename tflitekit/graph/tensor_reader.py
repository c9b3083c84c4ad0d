"""A tensor of a model file, with its quantization and layout, into an object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tflitekit.graph.checked import Checked, numbers, text
from tflitekit.graph.dtypes import BY_NAME
from tflitekit.graph.model import Tensor
from tflitekit.graph.quantization import Blockwise, MultiAxis, Quantization
from tflitekit.graph.storage import (
    Buffer,
    ExternalBuffer,
    SparseDimension,
    Sparsity,
    VariantSubtype,
)


def read_tensor(
    checked: Checked,
    source: Any,
    buffers: Sequence[Buffer | None],
    external: Mapping[int, ExternalBuffer],
) -> Tensor:
    """The tensor of a `TensorT`, without its quantization."""
    name = text(source.name)
    tensor = Tensor(
        name=name,
        shape=numbers(source.shape),
        dtype=checked.dtype(source.type, f"tensor {name}"),
        buffer=checked.pick(buffers, source.buffer, "buffer"),
        shape_signature=numbers(source.shapeSignature) or None,
        is_variable=source.isVariable,
        has_rank=source.hasRank,
        sparsity=_sparsity(source.sparsity),
        variants=tuple(
            VariantSubtype(numbers(one.shape), checked.dtype(one.type, name), one.hasRank)
            for one in source.variantTensors or ()
        ),
    )
    if source.externalBuffer:
        if source.externalBuffer not in external:
            raise checked.broken(f"external buffer {source.externalBuffer} does not exist")
        tensor.external = external[source.externalBuffer]
    _check_shape(checked, tensor)
    _check_size(checked, tensor)
    return tensor


def read_quantization(
    checked: Checked, tensors: Sequence[Tensor], tensor: Tensor, source: Any
) -> Quantization[Tensor] | None:
    """The quantization of `tensor`; `tensors` are those of its subgraph.

    Converters give every tensor a table of it: one that says nothing is None.
    """
    if source is None:
        return None
    params: Quantization[Tensor] = Quantization(
        scales=_vector(source.scale, np.float32),
        zero_points=_vector(source.zeroPoint, np.int64),
        axis=source.quantizedDimension,
        minimum=_vector(source.min, np.float32),
        maximum=_vector(source.max, np.float32),
        details=_details(checked, tensors, source.details),
    )
    scales, zero_points = len(params.scales), len(params.zero_points)
    if zero_points not in (0, scales):
        raise checked.broken(
            f"tensor {tensor.name} has {scales} scales and {zero_points} zero points"
        )
    if scales > 1 and not 0 <= params.axis < len(tensor.shape):
        raise checked.broken(f"tensor {tensor.name} is quantized along axis {params.axis}")
    return None if params.is_empty else params


def _details(
    checked: Checked, tensors: Sequence[Tensor], source: Any
) -> Blockwise[Tensor] | MultiAxis[Tensor] | bytes | None:
    if source is None:
        return None
    if hasattr(source, "custom"):
        return b"" if source.custom is None else bytes(source.custom.tobytes())
    scales = checked.pick(tensors, source.scales, "tensor")
    zero_points = None
    if source.zeroPoints >= 0:
        zero_points = checked.pick(tensors, source.zeroPoints, "tensor")
    if hasattr(source, "quantizedDimensions"):
        axes = numbers(source.quantizedDimensions)
        return MultiAxis(scales, zero_points, source.blockSize, axes)
    return Blockwise(scales, zero_points, source.blockSize, numbers(source.blockShape))


def _check_shape(checked: Checked, tensor: Tensor) -> None:
    signature = tensor.shape_signature
    if min(tensor.shape, default=0) < 0 or min(signature or (), default=0) < -1:
        raise checked.broken(f"tensor {tensor.name} has a negative size")
    if signature and len(signature) != len(tensor.shape):
        raise checked.broken(f"tensor {tensor.name} has two ranks")


def _check_size(checked: Checked, tensor: Tensor) -> None:
    """A constant has exactly the bytes of its shape; an empty buffer is none at all."""
    dtype = BY_NAME[tensor.dtype]
    if tensor.buffer is None or tensor.sparsity is not None or dtype.bits == 0:
        return
    given, needed = tensor.buffer.data.size, dtype.nbytes(tensor.size)
    if given == 0 and needed:
        tensor.buffer = None
    elif given != needed:
        raise checked.broken(
            f"tensor {tensor.name}, {tensor.dtype}{list(tensor.shape)}, "
            f"needs {needed} bytes and has {given}"
        )


def _sparsity(source: Any) -> Sparsity | None:
    if source is None:
        return None
    dimensions = tuple(
        SparseDimension(
            entry.format,
            entry.denseSize,
            None if entry.arraySegments is None else entry.arraySegments.values,
            None if entry.arrayIndices is None else entry.arrayIndices.values,
        )
        for entry in source.dimMetadata or ()
    )
    return Sparsity(numbers(source.traversalOrder), numbers(source.blockMap), dimensions)


def _vector(values: Any, dtype: Any) -> Any:
    return np.empty(0, dtype) if values is None else values
