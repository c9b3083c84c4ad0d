"""A model file into objects. Every index of the file is checked and becomes a reference."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

from tflitekit.errors import ModelError
from tflitekit.graph import options as builtin_options
from tflitekit.graph.checked import Checked, numbers, text
from tflitekit.graph.model import Model, Op, Signature, Subgraph, Tensor
from tflitekit.graph.ops import OPS
from tflitekit.graph.schema_names import operator_name, options_name
from tflitekit.graph.storage import Buffer, ExternalBuffer, Metadata
from tflitekit.graph.tensor_reader import read_quantization, read_tensor
from tflitekit.graph.unpack import Content, unpack


def read_model(source: Path | bytes) -> Model:
    """Read a model. Constants are views of one copy of the file.

    Args:
        source: a file, or the contents of one.

    Raises:
        ModelError: it cannot be read, is not a model, or is truncated or corrupted.
    """
    if isinstance(source, bytes):
        return _Reader(source, None).model()
    return _Reader(_read_file(source), str(source)).model()


def map_model(path: Path) -> Model:
    """Read a file of our own, which nobody changes any more. Its constants stay in it until they
    are looked at; it may be deleted.

    Raises:
        ModelError: as `read_model`.
    """
    with path.open("rb") as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return _Reader(content, str(path)).model()


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

    def __init__(self, content: Content, where: str | None) -> None:
        self.checked = Checked(content, where)
        self.file = unpack(content, where)
        self.subgraphs = [Subgraph(text(graph.name)) for graph in self.file.subgraphs]
        self.buffers = [self.buffer(*numbered) for numbered in enumerate(self.file.buffers)]
        self.external = {
            one.id: ExternalBuffer(one.id, one.group, one.offset, one.length, text(one.packing))
            for one in self.file.externalBuffers
        }

    def model(self) -> Model:
        if not self.subgraphs:
            raise self.checked.broken("it has no subgraph")
        for subgraph, source in zip(self.subgraphs, self.file.subgraphs, strict=True):
            self.fill(subgraph, source)
        file = self.file
        return Model(
            subgraphs=self.subgraphs,
            signatures={text(one.signatureKey): self.signature(one) for one in file.signatureDefs},
            description=text(file.description),
            metadata=[self.metadata(entry) for entry in file.metadata],
            metadata_buffers=self.checked.pick_all(self.buffers, file.metadataBuffer, "buffer"),
            version=file.version,
            external_groups=[text(group.name) for group in file.externalBufferGroups],
            external_buffers=list(self.external.values()),
        )

    def buffer(self, index: int, source: Any) -> Buffer | None:
        if source.data is not None:
            return Buffer(source.data)
        if source.offset > 1 and source.size > 0:
            return Buffer(self.checked.slice(source.offset, source.size, f"buffer {index}"))
        return None

    def fill(self, subgraph: Subgraph, source: Any) -> None:
        for entry in source.tensors:
            subgraph.add(read_tensor(self.checked, entry, self.buffers, self.external))
        tensors = subgraph.tensors
        for tensor, entry in zip(tensors, source.tensors, strict=True):
            tensor.quantization = read_quantization(
                self.checked, tensors, tensor, entry.quantization
            )
        subgraph.inputs = self.checked.pick_all(tensors, source.inputs, "tensor")
        subgraph.outputs = self.checked.pick_all(tensors, source.outputs, "tensor")
        subgraph.ops = [self.op(tensors, entry) for entry in source.operators]
        subgraph.debug_metadata_index = source.debugMetadataIndex

    def op(self, tensors: list[Tensor], source: Any) -> Op:
        pick, pick_all = self.checked.pick, self.checked.pick_all
        code = pick(self.file.operatorCodes, source.opcodeIndex, "operator code")
        name = self.operator(code)
        op = Op(
            name=text(code.customCode) if name == "CUSTOM" else name,
            inputs=[
                None if index == -1 else pick(tensors, index, "tensor")
                for index in numbers(source.inputs)
            ],
            outputs=pick_all(tensors, numbers(source.outputs), "tensor"),
            custom=name == "CUSTOM",
            custom_options=self.custom_options(source),
            version=code.version,
            mutating_variable_inputs=[
                bool(flag) for flag in numbers(source.mutatingVariableInputs)
            ],
            intermediates=pick_all(tensors, numbers(source.intermediates), "tensor"),
            debug_metadata_index=source.debugMetadataIndex,
        )
        self.set_options(op, source)
        return op

    def operator(self, code: Any) -> str:
        # Old files use the first field only, new ones both: the greater is the operator.
        number = max(code.deprecatedBuiltinCode, code.builtinCode)
        name = operator_name(number)
        if name is None or (name != "CUSTOM" and name not in OPS):
            raise self.checked.newer(f"operator {number}")
        return name

    def set_options(self, op: Op, source: Any) -> None:
        for union, field in ((1, "builtinOptions"), (2, "builtinOptions2")):
            number, table = getattr(source, f"{field}Type"), getattr(source, field)
            options_type = options_name(union, number)
            if options_type is None:
                raise self.checked.newer(f"options {number} of {op.name}")
            if table is None:
                continue
            fields = builtin_options.to_fields(table)
            op.options, indices = builtin_options.split_subgraphs(options_type, fields)
            op.subgraphs = {
                role: self.checked.pick(self.subgraphs, index, "subgraph")
                for role, index in indices.items()
            }
            usual = not op.custom and options_type == OPS[op.name].options
            op.options_type = None if usual else options_type

    def custom_options(self, source: Any) -> bytes:
        if source.customOptions is not None:
            return bytes(source.customOptions.tobytes())
        if source.largeCustomOptionsOffset > 1:
            offset, size = source.largeCustomOptionsOffset, source.largeCustomOptionsSize
            return bytes(self.checked.slice(offset, size, "an op's custom options").tobytes())
        return b""

    def signature(self, source: Any) -> Signature:
        subgraph = self.checked.pick(self.subgraphs, source.subgraphIndex, "subgraph")

        def named(entries: Any) -> dict[str, Tensor]:
            return {
                text(entry.name): self.checked.pick(subgraph.tensors, entry.tensorIndex, "tensor")
                for entry in entries or ()
            }

        return Signature(subgraph, named(source.inputs), named(source.outputs))

    def metadata(self, source: Any) -> Metadata:
        buffer = self.checked.pick(self.buffers, source.buffer, "buffer")
        return Metadata(text(source.name), buffer)
