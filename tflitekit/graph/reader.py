"""A model file into objects. Every index of the file is checked and becomes a reference."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from tflitekit.errors import ModelError
from tflitekit.graph import options as builtin_options
from tflitekit.graph.dtypes import BY_CODE, BY_NAME
from tflitekit.graph.model import Model, Op, Signature, Subgraph, Tensor
from tflitekit.graph.ops import OPS
from tflitekit.graph.quantization import Blockwise, MultiAxis, Quantization
from tflitekit.graph.schema_names import operator_name, options_name
from tflitekit.graph.storage import (
    Buffer,
    ExternalBuffer,
    Metadata,
    SparseDimension,
    Sparsity,
    VariantSubtype,
)
from tflitekit.graph.unpack import unpack

T = TypeVar("T")
_NO_FIXED_SIZE = ("string", "resource", "variant")


def read_model(source: Path | bytes) -> Model:
    """Read a model. Constants are views of one copy of the file.

    Args:
        source: a file, or the contents of one.

    Raises:
        ModelError: it cannot be read, is not a model, or is truncated or corrupted.
    """
    where = None if isinstance(source, bytes) else str(source)
    content = source if isinstance(source, bytes) else _read_file(source)
    return _Reader(content, where).model()


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        hint = "Name the .tflite file itself" if path.is_dir() else "Check the path"
        raise ModelError(
            f"cannot be read ({error.strerror or error})", where=str(path), hint=hint
        ) from error


class _Reader:
    """One file on its way into objects."""

    def __init__(self, content: bytes, where: str | None) -> None:
        self.content = content
        self.where = where
        self.file = unpack(content, where)
        self.subgraphs = [Subgraph(_text(graph.name)) for graph in self.file.subgraphs]
        self.buffers = [
            self.buffer(index, buffer) for index, buffer in enumerate(self.file.buffers)
        ]
        self.external = {
            entry.id: ExternalBuffer(
                entry.id, entry.group, entry.offset, entry.length, _text(entry.packing)
            )
            for entry in self.file.externalBuffers
        }

    def model(self) -> Model:
        if not self.subgraphs:
            raise self.broken("it has no subgraph")
        for subgraph, source in zip(self.subgraphs, self.file.subgraphs, strict=True):
            self.fill(subgraph, source)
        return Model(
            subgraphs=self.subgraphs,
            signatures=self.signatures(),
            description=_text(self.file.description),
            metadata=[self.metadata(entry) for entry in self.file.metadata],
            metadata_buffers=[
                self.pick(self.buffers, index, "buffer") for index in self.file.metadataBuffer
            ],
            version=self.file.version,
            external_groups=[_text(group.name) for group in self.file.externalBufferGroups],
            external_buffers=list(self.external.values()),
        )

    def buffer(self, index: int, source: Any) -> Buffer | None:
        if source.data is not None:
            return Buffer(source.data)
        if source.offset > 1 and source.size > 0:
            place = f"buffer {index}"
            return Buffer(self.slice(source.offset, source.size, place))
        return None

    def slice(self, offset: int, size: int, place: str) -> Any:
        if offset + size > len(self.content):
            raise self.broken(f"{place} ends at byte {offset + size} of {len(self.content)}")
        return np.frombuffer(self.content, np.uint8, size, offset)

    def fill(self, subgraph: Subgraph, source: Any) -> None:
        tensors = [self.tensor(subgraph, entry) for entry in source.tensors]
        for tensor in tensors:
            subgraph.add(tensor)
        for tensor, entry in zip(tensors, source.tensors, strict=True):
            tensor.quantization = self.quantization(tensors, tensor, entry.quantization)
        subgraph.inputs = self.tensors(tensors, source.inputs)
        subgraph.outputs = self.tensors(tensors, source.outputs)
        subgraph.ops = [self.op(tensors, entry) for entry in source.operators]
        subgraph.debug_metadata_index = source.debugMetadataIndex

    def tensor(self, subgraph: Subgraph, source: Any) -> Tensor:
        name = _text(source.name)
        tensor = Tensor(
            name=name,
            shape=_ints(source.shape),
            dtype=self.dtype(source.type, f"tensor {name}"),
            buffer=self.pick(self.buffers, source.buffer, "buffer"),
            shape_signature=_ints(source.shapeSignature) or None,
            is_variable=source.isVariable,
            has_rank=source.hasRank,
            sparsity=_sparsity(source.sparsity),
            variants=tuple(
                VariantSubtype(_ints(one.shape), self.dtype(one.type, name), one.hasRank)
                for one in source.variantTensors or ()
            ),
            external=self.external_buffer(source.externalBuffer),
        )
        self.check_shape(tensor)
        self.check_size(tensor)
        return tensor

    def check_shape(self, tensor: Tensor) -> None:
        signature = tensor.shape_signature
        if min(tensor.shape, default=0) < 0 or (signature and min(signature) < -1):
            raise self.broken(f"tensor {tensor.name} has a negative size")
        if signature and len(signature) != len(tensor.shape):
            raise self.broken(f"tensor {tensor.name} has two ranks")

    def check_size(self, tensor: Tensor) -> None:
        """A constant has exactly the bytes of its shape; an empty buffer says nothing."""
        if tensor.buffer is None or tensor.sparsity or tensor.dtype in _NO_FIXED_SIZE:
            return
        given, needed = (
            tensor.buffer.data.size,
            BY_NAME[tensor.dtype].nbytes(math.prod(tensor.shape)),
        )
        if given == 0 and needed:
            tensor.buffer = None
        elif given != needed:
            raise self.broken(
                f"tensor {tensor.name}, {tensor.dtype}{list(tensor.shape)}, "
                f"needs {needed} bytes and has {given}"
            )

    def quantization(
        self, tensors: list[Tensor], tensor: Tensor, source: Any
    ) -> Quantization[Tensor] | None:
        if source is None:
            return None
        result: Quantization[Tensor] = Quantization(
            scales=_array(source.scale, np.float32),
            zero_points=_array(source.zeroPoint, np.int64),
            axis=source.quantizedDimension,
            minimum=_array(source.min, np.float32),
            maximum=_array(source.max, np.float32),
            details=self.quantization_details(tensors, source.details),
        )
        self.check_quantization(tensor, result)
        return result

    def quantization_details(
        self, tensors: list[Tensor], source: Any
    ) -> Blockwise[Tensor] | MultiAxis[Tensor] | bytes | None:
        if source is None:
            return None
        if hasattr(source, "custom"):
            return b"" if source.custom is None else bytes(source.custom.tobytes())
        scales = self.pick(tensors, source.scales, "tensor")
        absent = source.zeroPoints < 0
        zero_points = None if absent else self.pick(tensors, source.zeroPoints, "tensor")
        if hasattr(source, "quantizedDimensions"):
            axes = _ints(source.quantizedDimensions)
            return MultiAxis(scales, zero_points, source.blockSize, axes)
        return Blockwise(scales, zero_points, source.blockSize, _ints(source.blockShape))

    def check_quantization(self, tensor: Tensor, params: Quantization[Tensor]) -> None:
        scales, zero_points = len(params.scales), len(params.zero_points)
        if zero_points not in (0, scales):
            raise self.broken(
                f"tensor {tensor.name} has {scales} scales, {zero_points} zero points"
            )
        if scales > 1 and not 0 <= params.axis < len(tensor.shape):
            raise self.broken(f"tensor {tensor.name} has no axis {params.axis} to quantize along")

    def op(self, tensors: list[Tensor], source: Any) -> Op:
        code = self.pick(self.file.operatorCodes, source.opcodeIndex, "operator code")
        name = self.operator(code)
        fields, subgraphs, options_type = self.options(name, source)
        return Op(
            name=_text(code.customCode) if name == "CUSTOM" else name,
            inputs=[
                None if index < 0 else self.pick(tensors, index, "tensor")
                for index in _ints(source.inputs)
            ],
            outputs=self.tensors(tensors, _ints(source.outputs)),
            options=fields,
            subgraphs=subgraphs,
            custom=name == "CUSTOM",
            custom_options=self.custom_options(source),
            version=code.version,
            options_type=None if options_type == _default_options(name) else options_type,
            mutating_variable_inputs=[bool(flag) for flag in _ints(source.mutatingVariableInputs)],
            intermediates=self.tensors(tensors, _ints(source.intermediates)),
            debug_metadata_index=source.debugMetadataIndex,
        )

    def operator(self, code: Any) -> str:
        # Old files use the first field only, new ones both: the greater is the operator.
        number = max(code.deprecatedBuiltinCode, code.builtinCode)
        name = operator_name(number)
        if name is None:
            raise self.newer(f"operator {number}")
        return name

    def options(
        self, name: str, source: Any
    ) -> tuple[builtin_options.Fields | None, dict[str, Subgraph], str]:
        for field, union in (("builtinOptions", 1), ("builtinOptions2", 2)):
            number, table = getattr(source, f"{field}Type"), getattr(source, field)
            if number == 0:
                continue
            options_type = options_name(union, number)
            if options_type is None:
                raise self.newer(f"options {number} of {name}")
            if table is not None:
                fields, indices = builtin_options.split_subgraphs(
                    options_type, builtin_options.to_fields(table)
                )
                called = {
                    role: self.pick(self.subgraphs, index, "subgraph")
                    for role, index in indices.items()
                }
                return fields, called, options_type
        return None, {}, _default_options(name)

    def custom_options(self, source: Any) -> bytes:
        if source.customOptions is not None:
            return bytes(source.customOptions.tobytes())
        if source.largeCustomOptionsOffset > 1:
            offset, size = source.largeCustomOptionsOffset, source.largeCustomOptionsSize
            return bytes(self.slice(offset, size, "an op's custom options").tobytes())
        return b""

    def signatures(self) -> dict[str, Signature]:
        return {
            _text(source.signatureKey): self.signature(source) for source in self.file.signatureDefs
        }

    def signature(self, source: Any) -> Signature:
        subgraph = self.pick(self.subgraphs, source.subgraphIndex, "subgraph")
        return Signature(
            subgraph,
            self.signature_map(subgraph, source.inputs),
            self.signature_map(subgraph, source.outputs),
        )

    def signature_map(self, subgraph: Subgraph, entries: Any) -> dict[str, Tensor]:
        return {
            _text(entry.name): self.pick(subgraph.tensors, entry.tensorIndex, "tensor")
            for entry in entries or ()
        }

    def metadata(self, source: Any) -> Metadata:
        return Metadata(_text(source.name), self.pick(self.buffers, source.buffer, "buffer"))

    def external_buffer(self, number: int) -> ExternalBuffer | None:
        if number == 0:
            return None
        if number not in self.external:
            raise self.broken(f"external buffer {number} does not exist")
        return self.external[number]

    def dtype(self, code: int, place: str) -> str:
        if code not in BY_CODE:
            raise self.newer(f"type {code} of {place}")
        return BY_CODE[code].name

    def tensors(self, tensors: list[Tensor], indices: Iterable[int]) -> list[Tensor]:
        return [self.pick(tensors, index, "tensor") for index in indices]

    def pick(self, entries: Sequence[T], index: int, kind: str) -> T:
        if not 0 <= index < len(entries):
            raise self.broken(f"{kind} {index} does not exist, there are {len(entries)}")
        return entries[index]

    def broken(self, what: str) -> ModelError:
        return ModelError(
            f"is corrupted: {what}", where=self.where, hint="Download or export it again"
        )

    def newer(self, what: str) -> ModelError:
        return ModelError(
            f"uses {what}, which this version does not know",
            where=self.where,
            hint="It is corrupted, or made by a newer converter",
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
    return Sparsity(_ints(source.traversalOrder), _ints(source.blockMap), dimensions)


def _default_options(name: str) -> str:
    return OPS[name].options if name in OPS else ""


def _text(raw: bytes | None) -> str:
    return "" if raw is None else raw.decode(errors="backslashreplace")


def _ints(values: Any) -> tuple[int, ...]:
    return () if values is None else tuple(values.tolist())


def _array(values: Any, dtype: Any) -> Any:
    return np.empty(0, dtype) if values is None else values
