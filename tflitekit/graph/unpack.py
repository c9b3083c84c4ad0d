"""A model file into the schema's own objects, or a clear error: nothing here trusts the file.

Everything that the flatbuffers runtime can raise on a broken file is met here and nowhere else.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from mmap import mmap
from typing import Any

import numpy as np

from tflitekit.errors import ModelError

Content = bytes | mmap
"""A whole file."""

IDENTIFIER = b"TFL3"
MAX_RANK = 64
_MAX_PARTS = 2_000_000
_SMALL_FILE_PARTS = 4096
_MAX_SHARING = 8
"""How many parts of a file may, on average, refer to the same bytes."""

_LOOKS_LIKE: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "It looks like a .keras file: convert it first"),
    (b"\x89HDF", "It looks like an .h5 Keras file: convert it first"),
    (b"\x1f\x8b", "It looks like a gzip archive: unpack it first"),
)


def unpack(content: Content, where: str | None = None) -> Any:
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

    def __init__(self, content: Content) -> None:
        from ai_edge_litert import schema_py_generated as schema

        self.schema = schema
        self.content = content
        self.parts_left = min(_MAX_PARTS, max(_SMALL_FILE_PARTS, len(content) // 4))
        self.bytes_left = _MAX_SHARING * len(content)

    def model(self) -> Any:
        root = self.schema.Model.GetRootAs(self.content, 0)
        return self.schema.ModelT(
            version=root.Version(),
            description=root.Description(),
            operatorCodes=self.leaves(root, "OperatorCodes", "OperatorCodeT"),
            subgraphs=[self.subgraph(table) for table in self.each(root, "Subgraphs")],
            # Constants are not copied: many buffers may share their bytes.
            buffers=[*map(self.schema.BufferT.InitFromObj, self.each(root, "Buffers"))],
            metadata=self.leaves(root, "Metadata", "MetadataT"),
            metadataBuffer=self.numbers(root, "MetadataBuffer"),
            signatureDefs=[self.signature(table) for table in self.each(root, "SignatureDefs")],
            externalBufferGroups=self.leaves(root, "ExternalBufferGroups", "ExternalBufferGroupT"),
            externalBuffers=self.leaves(root, "ExternalBuffers", "ExternalBufferT"),
        )

    def subgraph(self, table: Any) -> Any:
        return self.schema.SubGraphT(
            tensors=[self.tensor(one) for one in self.each(table, "Tensors")],
            inputs=self.numbers(table, "Inputs"),
            outputs=self.numbers(table, "Outputs"),
            operators=[self.operator(one) for one in self.each(table, "Operators")],
            name=table.Name(),
            debugMetadataIndex=table.DebugMetadataIndex(),
        )

    def tensor(self, table: Any) -> Any:
        if max(table.ShapeLength(), table.ShapeSignatureLength()) > MAX_RANK:
            raise ValueError(f"a tensor has more than {MAX_RANK} axes")
        self.count_parts(table.VariantTensorsLength())
        sparsity = table.Sparsity()
        if sparsity is not None:
            self.count_parts(sparsity.DimMetadataLength())
        tensor = self.schema.TensorT.InitFromObj(table)
        params = tensor.quantization
        self.count_copies(tensor, tensor.sparsity, params and params.details)
        self.count_copies(*(tensor.variantTensors or ()))
        return tensor

    def operator(self, table: Any) -> Any:
        op = self.schema.OperatorT.InitFromObj(table)
        self.count_copies(op, op.builtinOptions, op.builtinOptions2)
        self.bytes_left -= op.largeCustomOptionsSize
        return op

    def signature(self, table: Any) -> Any:
        self.count_parts(table.InputsLength() + table.OutputsLength())
        signature = self.schema.SignatureDefT.InitFromObj(table)
        self.count_copies(signature, *(signature.inputs or ()), *(signature.outputs or ()))
        return signature

    def leaves(self, table: Any, field: str, kind: str) -> list[Any]:
        found = [*map(getattr(self.schema, kind).InitFromObj, self.each(table, field))]
        self.count_copies(*found)
        return found

    def each(self, table: Any, field: str) -> Iterator[Any]:
        length = getattr(table, f"{field}Length")()
        self.count_parts(length)
        return (getattr(table, field)(index) for index in range(length))

    def numbers(self, table: Any, field: str) -> list[int]:
        if getattr(table, f"{field}IsNone")():
            return []
        self.count_parts(getattr(table, f"{field}Length")())
        values: list[int] = getattr(table, f"{field}AsNumpy")().tolist()
        return values

    def count_parts(self, parts: int) -> None:
        self.parts_left -= parts
        if self.parts_left < 0:
            raise _TooManyPartsError

    def count_copies(self, *objects: Any) -> None:
        """Count the text and vectors of `objects`, which the reader copies out of the file."""
        for value in (value for one in objects if one for value in vars(one).values()):
            self.bytes_left -= len(value) if isinstance(value, bytes) else _nbytes(value)
        if self.bytes_left < 0:
            raise _TooManyPartsError


def _nbytes(value: Any) -> int:
    return value.nbytes if isinstance(value, np.ndarray) else 0


def _check_identifier(content: Content, where: str | None) -> None:
    start = content[:8]
    if not start:
        raise ModelError("is empty", where=where)
    if start[4:] != IDENTIFIER:
        hint = next((text for magic, text in _LOOKS_LIKE if start.startswith(magic)), None)
        raise ModelError(
            "is not a TensorFlow Lite model (it has no TFL3 identifier)", where=where, hint=hint
        )


def _broken(what: str, where: str | None) -> ModelError:
    return ModelError(what, where=where, hint="Download or export it again")
