"""A model file into the schema's own objects, or a clear error: nothing here trusts the file.

Everything that the flatbuffers runtime can raise on a broken file is met here and nowhere else.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from tflitekit.errors import ModelError

IDENTIFIER = b"TFL3"
MAX_RANK = 64
_MAX_PARTS = 2_000_000
_SMALL_FILE_PARTS = 4096

_LOOKS_LIKE: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "It looks like a .keras file: convert it first"),
    (b"\x89HDF", "It looks like an .h5 Keras file: convert it first"),
    (b"\x1f\x8b", "It looks like a gzip archive: unpack it first"),
)


def unpack(content: bytes, where: str | None = None) -> Any:
    """The `ModelT` object of the schema that `content` holds.

    Vectors are views of `content`. The time and memory taken are bounded by its size: a file
    that claims more parts than it has bytes for is refused.

    Args:
        content: a whole file.
        where: what to call it in errors.

    Raises:
        ModelError: it is not a model, or is truncated or corrupted.
    """
    _check_identifier(content, where)
    try:
        return _Unpacker(content).model()
    except (struct.error, IndexError, ValueError, TypeError, OverflowError) as error:
        raise _broken(f"is truncated or corrupted ({error})", where) from error
    except _TooManyPartsError as error:
        raise _broken("is corrupted: it claims more parts than it can hold", where) from error


class _TooManyPartsError(Exception):
    """A table or vector counts more entries than the file has room for."""


class _Unpacker:
    """Walks the lists of tables itself, so that each entry is counted before it is read."""

    def __init__(self, content: bytes) -> None:
        from ai_edge_litert import schema_py_generated as schema

        self.schema = schema
        self.content = content
        self.parts_left = min(_MAX_PARTS, max(_SMALL_FILE_PARTS, len(content) // 4))

    def model(self) -> Any:
        schema, root = self.schema, self.schema.Model.GetRootAs(self.content, 0)
        model = schema.ModelT(version=root.Version(), description=root.Description())
        model.operatorCodes = [
            *map(schema.OperatorCodeT.InitFromObj, self.each(root, "OperatorCodes"))
        ]
        model.subgraphs = [*map(self.subgraph, self.each(root, "Subgraphs"))]
        model.buffers = [*map(schema.BufferT.InitFromObj, self.each(root, "Buffers"))]
        model.metadata = [*map(schema.MetadataT.InitFromObj, self.each(root, "Metadata"))]
        model.metadataBuffer = self.numbers(root, "MetadataBuffer")
        model.signatureDefs = [*map(self.signature, self.each(root, "SignatureDefs"))]
        groups = self.each(root, "ExternalBufferGroups")
        model.externalBufferGroups = [*map(schema.ExternalBufferGroupT.InitFromObj, groups)]
        external = self.each(root, "ExternalBuffers")
        model.externalBuffers = [*map(schema.ExternalBufferT.InitFromObj, external)]
        return model

    def subgraph(self, table: Any) -> Any:
        result = self.schema.SubGraphT(
            name=table.Name(), debugMetadataIndex=table.DebugMetadataIndex()
        )
        result.tensors = [*map(self.tensor, self.each(table, "Tensors"))]
        result.inputs = self.numbers(table, "Inputs")
        result.outputs = self.numbers(table, "Outputs")
        result.operators = [*map(self.operator, self.each(table, "Operators"))]
        return result

    def tensor(self, table: Any) -> Any:
        if max(table.ShapeLength(), table.ShapeSignatureLength()) > MAX_RANK:
            raise ValueError(f"a tensor has more than {MAX_RANK} axes")
        self.count(table.VariantTensorsLength())
        sparsity = table.Sparsity()
        if sparsity is not None:
            self.count(sparsity.DimMetadataLength())
        return self.schema.TensorT.InitFromObj(table)

    def operator(self, table: Any) -> Any:
        for field in ("Inputs", "Outputs", "Intermediates", "MutatingVariableInputs"):
            self.count(getattr(table, f"{field}Length")())
        return self.schema.OperatorT.InitFromObj(table)

    def signature(self, table: Any) -> Any:
        self.count(table.InputsLength() + table.OutputsLength())
        return self.schema.SignatureDefT.InitFromObj(table)

    def each(self, table: Any, field: str) -> Iterator[Any]:
        length = getattr(table, f"{field}Length")()
        self.count(length)
        return (getattr(table, field)(index) for index in range(length))

    def numbers(self, table: Any, field: str) -> list[int]:
        if getattr(table, f"{field}IsNone")():
            return []
        self.count(getattr(table, f"{field}Length")())
        values: list[int] = getattr(table, f"{field}AsNumpy")().tolist()
        return values

    def count(self, parts: int) -> None:
        self.parts_left -= parts
        if self.parts_left < 0:
            raise _TooManyPartsError


def _check_identifier(content: bytes, where: str | None) -> None:
    if not content:
        raise ModelError("is empty", where=where)
    if content[4:8] != IDENTIFIER:
        hint = next((text for magic, text in _LOOKS_LIKE if content.startswith(magic)), None)
        raise ModelError(
            "is not a TensorFlow Lite model (it has no TFL3 identifier)", where=where, hint=hint
        )


def _broken(what: str, where: str | None) -> ModelError:
    return ModelError(what, where=where, hint="Download or export it again")
