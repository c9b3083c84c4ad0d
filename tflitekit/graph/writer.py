"""Objects into a model file: the same objects always give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit import files
from tflitekit.errors import ModelError, ToolkitError
from tflitekit.graph import options as builtin_options
from tflitekit.graph.dtypes import BY_NAME
from tflitekit.graph.flatbuffer import ALIGNMENT, AlignedBuffer, external_file, flatbuffer
from tflitekit.graph.min_runtime import with_min_runtime
from tflitekit.graph.model import Model, Op, Signature, Subgraph, Tensor
from tflitekit.graph.op_versions import version_of
from tflitekit.graph.ops import OPS
from tflitekit.graph.quantization import MultiAxis, Quantization
from tflitekit.graph.region import unfuse
from tflitekit.graph.schema_names import operator_number, options_number
from tflitekit.graph.storage import Buffer, Sparsity

LARGEST_FLATBUFFER = 2**31 - 2**26
"""Offsets in a flatbuffer are signed 32-bit, and the graph itself needs some room too."""

COMPILED_OP = "DISPATCH_OP"
"""LiteRT's op for a graph that was compiled ahead of time; its options hold file offsets."""

_LAST_SMALL_OPERATOR = 127
_FIXED_ROOM = 2**16
_PART_ROOM = 2**9
_SPARSE_INDEX_TYPES = {
    "int32": (1, "Int32Vector"),
    "uint16": (2, "Uint16Vector"),
    "uint8": (3, "Uint8Vector"),
}


def save_model(model: Model, path: Path) -> None:
    """Write `model` to `path`, whole or not at all.

    Raises:
        OutputError: the file cannot be written.
        ModelError, ToolkitError: as `write_model`.
    """
    files.write_whole(path, _content(model, None))


def write_model(model: Model, *, largest_flatbuffer: int | None = None) -> bytes:
    """The file that holds `model`.

    A custom op with a body is written as the ops that it stands for. Every builtin op has the
    version that its types and options need, and the metadata tell the oldest runtime. Every
    constant lies at a multiple of 64 bytes; constants that share a `Buffer` share it in the file
    too.

    Args:
        model: what to write; it is not changed.
        largest_flatbuffer: with more bytes of constants than this, they are put behind the
            flatbuffer, as the schema provides for models beyond 2 GiB; `LARGEST_FLATBUFFER` where
            it is None.

    Raises:
        ModelError: the model was compiled for an accelerator, whose code has a fixed place.
        ToolkitError: a reference leads out of the model, which is a bug in who built it.
    """
    return bytes(_content(model, largest_flatbuffer))


def _content(model: Model, largest_flatbuffer: int | None) -> memoryview:
    if any(op.body is not None for op in model.ops()):
        model, _ = model.copy()
        unfuse(model)
    if any(op.custom and op.name == COMPILED_OP for op in model.ops()):
        raise ModelError(
            f"was compiled for an accelerator: {COMPILED_OP} refers to fixed places in its file",
            hint="Start from the model as it was before that",
        )
    writer = _Writer(model)
    packed = writer.model_table()
    largest = LARGEST_FLATBUFFER if largest_flatbuffer is None else largest_flatbuffer
    if writer.constant_bytes > largest:
        return external_file(packed, writer.graph_room)
    return flatbuffer(packed, writer.constant_bytes + writer.graph_room)


class _Writer:
    """One model on its way into the schema's objects."""

    def __init__(self, model: Model) -> None:
        from ai_edge_litert import schema_py_generated as schema

        self.schema = schema
        self.model = model
        self.subgraphs = {subgraph: index for index, subgraph in enumerate(model.subgraphs)}
        self.tensors = {
            tensor: index
            for subgraph in model.subgraphs
            for index, tensor in enumerate(subgraph.tensors)
        }
        self.codes: dict[tuple[str, bool, int], int] = {}
        self.buffers: dict[Buffer, int] = {}

    @property
    def constant_bytes(self) -> int:
        options = sum(len(op.custom_options) for op in self.model.ops())
        return options + sum(buffer.data.size for buffer in self.buffers)

    @property
    def graph_room(self) -> int:
        """More than a flatbuffer usually takes beside its constants."""
        params = [one.quantization for one in self.tensors if one.quantization is not None]
        numbers = sum(one.scales.nbytes + one.zero_points.nbytes for one in params)
        names = sum(len(tensor.name) for tensor in self.tensors)
        parts = len(self.tensors) + sum(len(graph.ops) for graph in self.model.subgraphs)
        gaps = ALIGNMENT * len(self.buffers)
        return _FIXED_ROOM + numbers + names + gaps + _PART_ROOM * parts

    def model_table(self) -> Any:
        model, schema = self.model, self.schema
        table = schema.ModelT(version=model.version, description=model.description or None)
        table.subgraphs = [self.subgraph(subgraph) for subgraph in model.subgraphs]
        table.operatorCodes = [self.code(*key) for key in self.codes]
        table.signatureDefs = [self.signature(*item) for item in model.signatures.items()] or None
        table.metadata = [
            schema.MetadataT(entry.name, self.buffer(entry.buffer))
            for entry in with_min_runtime(model)
        ] or None
        table.metadataBuffer = [self.buffer(entry) for entry in model.metadata_buffers] or None
        table.externalBufferGroups = [
            schema.ExternalBufferGroupT(name) for name in model.external_groups
        ] or None
        table.externalBuffers = [
            schema.ExternalBufferT(one.id, one.group, one.offset, one.length, one.packing or None)
            for one in model.external_buffers
        ] or None
        # The schema wants an empty first buffer: index 0 means "no constant".
        table.buffers = [schema.BufferT(), *map(AlignedBuffer, self.buffers)]
        return table

    def subgraph(self, subgraph: Subgraph) -> Any:
        return self.schema.SubGraphT(
            tensors=[self.tensor(subgraph, tensor) for tensor in subgraph.tensors],
            inputs=[self.index(subgraph, tensor) for tensor in subgraph.inputs],
            outputs=[self.index(subgraph, tensor) for tensor in subgraph.outputs],
            operators=[self.op(subgraph, op) for op in subgraph.ops],
            name=subgraph.name or None,
            debugMetadataIndex=subgraph.debug_metadata_index,
        )

    def tensor(self, subgraph: Subgraph, tensor: Tensor) -> Any:
        variants = [
            self.schema.VariantSubTypeT(list(one.shape), BY_NAME[one.dtype].code, one.has_rank)
            for one in tensor.variants
        ]
        return self.schema.TensorT(
            shape=_numbers(tensor.shape),
            type=BY_NAME[tensor.dtype].code,
            buffer=self.buffer(tensor.buffer),
            name=tensor.name,
            quantization=self.quantization(subgraph, tensor.quantization),
            isVariable=tensor.is_variable,
            sparsity=self.sparsity(tensor.sparsity),
            shapeSignature=_numbers(tensor.shape_signature) if tensor.shape_signature else None,
            hasRank=tensor.has_rank,
            variantTensors=variants or None,
            externalBuffer=tensor.external.id if tensor.external else 0,
        )

    def quantization(self, subgraph: Subgraph, params: Quantization[Tensor] | None) -> Any:
        if params is None:
            return None
        kind, details = self.quantization_details(subgraph, params.details)
        return self.schema.QuantizationParametersT(
            min=_vector(params.minimum, "<f4"),
            max=_vector(params.maximum, "<f4"),
            scale=_vector(params.scales, "<f4"),
            zeroPoint=_vector(params.zero_points, "<i8"),
            detailsType=kind,
            details=details,
            quantizedDimension=params.axis,
        )

    def quantization_details(self, subgraph: Subgraph, details: Any) -> tuple[int, Any]:
        kinds = self.schema.QuantizationDetails
        if details is None:
            return kinds.NONE, None
        if isinstance(details, bytes):
            custom = self.schema.CustomQuantizationT(np.frombuffer(details, np.uint8))
            return kinds.CustomQuantization, custom
        absent = details.zero_points is None
        places = {
            "scales": self.index(subgraph, details.scales),
            "zeroPoints": -1 if absent else self.index(subgraph, details.zero_points),
            "blockSize": details.block_size,
        }
        if isinstance(details, MultiAxis):
            axes = self.schema.MultiAxisQuantizationT(**places, quantizedDimensions=[*details.axes])
            return kinds.MultiAxisQuantization, axes
        shape = list(details.block_shape) or None
        blocks = self.schema.BlockwiseQuantizationT(**places, blockShape=shape)
        return kinds.BlockwiseQuantization, blocks

    def sparsity(self, sparsity: Sparsity | None) -> Any:
        if sparsity is None:
            return None
        dimensions = []
        for one in sparsity.dimensions:
            segments, indices = self.sparse_index(one.segments), self.sparse_index(one.indices)
            dimensions.append(
                self.schema.DimensionMetadataT(one.format, one.dense_size, *segments, *indices)
            )
        return self.schema.SparsityParametersT(
            list(sparsity.traversal_order), list(sparsity.block_map) or None, dimensions
        )

    def sparse_index(self, values: Any) -> tuple[int, Any]:
        if values is None:
            return 0, None
        kind, name = _SPARSE_INDEX_TYPES[values.dtype.name]
        return kind, getattr(self.schema, f"{name}T")(values)

    def op(self, subgraph: Subgraph, op: Op) -> Any:
        key = (op.name, op.custom, version_of(op))
        table = self.schema.OperatorT(
            opcodeIndex=self.codes.setdefault(key, len(self.codes)),
            inputs=_numbers(
                -1 if tensor is None else self.index(subgraph, tensor) for tensor in op.inputs
            ),
            outputs=_numbers(self.index(subgraph, tensor) for tensor in op.outputs),
            mutatingVariableInputs=list(op.mutating_variable_inputs) or None,
            intermediates=[self.index(subgraph, one) for one in op.intermediates] or None,
            debugMetadataIndex=op.debug_metadata_index,
        )
        if op.custom_options:
            table.customOptions = np.frombuffer(op.custom_options, np.uint8)
        self.set_options(table, op)
        return table

    def set_options(self, table: Any, op: Op) -> None:
        if op.options is None:
            return
        name = OPS[op.name].options if op.options_type is None else op.options_type
        union, number = options_number(name)
        options = getattr(self.schema, f"{name}T")()
        called = {role: self.subgraph_index(op, graph) for role, graph in op.subgraphs.items()}
        indices = builtin_options.join_subgraphs(name, called)
        builtin_options.from_fields(options, op.options | indices)
        field = "builtinOptions" if union == 1 else "builtinOptions2"
        setattr(table, f"{field}Type", number)
        setattr(table, field, options)

    def code(self, name: str, custom: bool, version: int) -> Any:
        number = operator_number("CUSTOM" if custom else name)
        return self.schema.OperatorCodeT(
            min(number, _LAST_SMALL_OPERATOR), name if custom else None, version, number
        )

    def signature(self, key: str, signature: Signature) -> Any:
        def entries(tensors: dict[str, Tensor]) -> list[Any]:
            return [
                self.schema.TensorMapT(name, self.index(signature.subgraph, tensor))
                for name, tensor in tensors.items()
            ]

        return self.schema.SignatureDefT(
            inputs=entries(signature.inputs),
            outputs=entries(signature.outputs),
            signatureKey=key,
            subgraphIndex=self.subgraphs[signature.subgraph],
        )

    def buffer(self, buffer: Buffer | None) -> int:
        return 0 if buffer is None else self.buffers.setdefault(buffer, len(self.buffers) + 1)

    def index(self, subgraph: Subgraph, tensor: Tensor) -> int:
        if tensor.subgraph is not subgraph or tensor not in self.tensors:
            raise ToolkitError(f"the tensor {tensor.name} is not listed in its subgraph")
        return self.tensors[tensor]

    def subgraph_index(self, op: Op, subgraph: Subgraph) -> int:
        if subgraph not in self.subgraphs:
            raise ToolkitError(f"{op.name} calls a subgraph that is not in the model")
        return self.subgraphs[subgraph]


def _numbers(values: Iterable[int]) -> NDArray[np.int32]:
    """A vector of the file; as an array, so that equal ones are written once."""
    return np.fromiter(values, "<i4")


def _vector(values: Any, dtype: str) -> Any:
    return values.astype(dtype) if values.size else None
