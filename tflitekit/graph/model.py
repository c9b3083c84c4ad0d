"""A TensorFlow Lite model as objects that refer to each other.

Operands, signatures, control flow and quantization refer to `Tensor` and `Subgraph` objects;
the indices of the file format exist only while it is read or written.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tflitekit.graph import packing
from tflitekit.graph.dtypes import BY_NAME, is_float
from tflitekit.graph.quantization import Quantization
from tflitekit.graph.spec import TensorSpec
from tflitekit.graph.storage import Buffer, ExternalBuffer, Metadata, Sparsity, VariantSubtype

DEFAULT_SIGNATURE = "serving_default"


class Use(NamedTuple):
    """The operand `op.inputs[index]`."""

    op: Op
    index: int


@dataclass(eq=False)
class Tensor:
    """A value in a subgraph.

    Attributes:
        name: for people; not always unique.
        shape: sizes by axis, 1 where a size is not fixed.
        dtype: a name of `dtypes.DTYPES`.
        buffer: the constant value; None where an op, the caller or nobody gives it.
        quantization: what the integers stand for; None where they are just numbers.
        shape_signature: `shape` with -1 where a size is not fixed; None where all are.
        is_variable: whether it keeps its value between runs.
        has_rank: the schema's flag of this name.
        sparsity: how a sparse constant is laid out.
        variants: the types inside a variant tensor.
        external: where the constant lies in another file.
        subgraph: the one that lists it; kept by `Subgraph`.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    buffer: Buffer | None = None
    quantization: Quantization[Tensor] | None = None
    shape_signature: tuple[int, ...] | None = None
    is_variable: bool = False
    has_rank: bool = False
    sparsity: Sparsity | None = None
    variants: tuple[VariantSubtype, ...] = ()
    external: ExternalBuffer | None = None
    subgraph: Subgraph | None = field(default=None, repr=False)

    @property
    def is_constant(self) -> bool:
        """Whether the file holds the value."""
        return self.buffer is not None or self.external is not None

    @property
    def is_float(self) -> bool:
        """Whether the elements are floating-point or complex numbers."""
        return is_float(self.dtype)

    @property
    def dynamic_shape(self) -> tuple[int, ...]:
        """Sizes by axis, -1 where one is not fixed."""
        return self.shape if self.shape_signature is None else self.shape_signature

    @property
    def is_static(self) -> bool:
        """Whether every size is fixed."""
        return -1 not in self.dynamic_shape

    @property
    def size(self) -> int:
        """The number of elements of `shape`."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of the value: those of the buffer, or of `shape` where there is none."""
        if self.buffer is not None:
            return self.buffer.data.size
        return BY_NAME[self.dtype].nbytes(self.size)

    @property
    def raw(self) -> NDArray[np.uint8] | None:
        """The bytes of the constant as they are in the file; None where there are none."""
        return None if self.buffer is None else self.buffer.data

    @property
    def data(self) -> NDArray[Any] | None:
        """The constant as a read-only array of `shape` (see `packing.decode`), or None.

        Assigning an array gives the tensor a buffer of its own and changes no other tensor;
        `shape` follows the array.

        Raises:
            ValueError: the buffer is sparse or does not hold `shape` elements.
        """
        if self.buffer is None:
            return None
        if self.sparsity is not None:
            raise ValueError(f"the sparse constant {self.name} has no dense array")
        return packing.decode(self.buffer.data, self.dtype, self.shape)

    @data.setter
    def data(self, values: ArrayLike) -> None:
        array = np.asarray(values)
        self.buffer = Buffer(packing.encode(array, self.dtype))
        self.shape, self.shape_signature = array.shape, None

    @property
    def producer(self) -> Op | None:
        """The op that computes the tensor. Looks through the subgraph's ops."""
        return next((op for op in self._ops() if any(out is self for out in op.outputs)), None)

    def uses(self) -> list[Use]:
        """The operands that are this tensor. Looks through the subgraph's ops."""
        return [
            Use(op, index)
            for op in self._ops()
            for index, operand in enumerate(op.inputs)
            if operand is self
        ]

    def spec(self, name: str | None = None) -> TensorSpec:
        """What the world sees, under `name` or the tensor's own."""
        params = self.quantization
        single = params is not None and len(params.scales) == 1
        return TensorSpec(
            name=self.name if name is None else name,
            shape=self.dynamic_shape,
            dtype=self.dtype,
            scale=float(params.scales[0]) if params is not None and single else None,
            zero_point=int(params.zero_points[0]) if params is not None and single else None,
        )

    def _ops(self) -> list[Op]:
        return [] if self.subgraph is None else self.subgraph.ops


@dataclass(eq=False)
class Op:
    """One step of a subgraph.

    Attributes:
        name: the builtin operator's name, such as "CONV_2D", or the custom operator's own.
        inputs: the operands; None where an optional one is left out.
        outputs: what it computes.
        options: the fields of the builtin options by their schema names, such as "stride_w".
            Activation, padding and tensor types are names; other enumerations are numbers.
        subgraphs: the subgraphs it calls by role, such as "cond" and "body".
        custom: whether it is a custom operator.
        custom_options: the bytes that a custom operator is given.
        version: the operator's version.
        options_type: the schema's name of the options' type; None means that of the op table.
        mutating_variable_inputs: which operands are variables that it changes; empty for none.
        intermediates: tensors inside the op that carry quantization parameters.
        debug_metadata_index: a position in the debug metadata; -1 for none.
    """

    name: str
    inputs: list[Tensor | None]
    outputs: list[Tensor]
    options: dict[str, Any] | None = None
    subgraphs: dict[str, Subgraph] = field(default_factory=dict, repr=False)
    custom: bool = False
    custom_options: bytes = field(default=b"", repr=False)
    version: int = 1
    options_type: str | None = None
    mutating_variable_inputs: list[bool] = field(default_factory=list)
    intermediates: list[Tensor] = field(default_factory=list)
    debug_metadata_index: int = -1

    @property
    def operands(self) -> Iterator[Tensor]:
        """The inputs that are there."""
        return (tensor for tensor in self.inputs if tensor is not None)


@dataclass(eq=False)
class Subgraph:
    """Ops in the order they run, and the tensors between them.

    Attributes:
        name: for people.
        tensors: every tensor that the file lists, used or not.
        inputs: what the caller gives, in order.
        outputs: what the caller gets, in order.
        ops: the steps, in the order they run.
        debug_metadata_index: a position in the debug metadata; -1 for none.
        model: the one that lists it; kept by `Model`.
    """

    name: str = ""
    tensors: list[Tensor] = field(default_factory=list, repr=False)
    inputs: list[Tensor] = field(default_factory=list)
    outputs: list[Tensor] = field(default_factory=list)
    ops: list[Op] = field(default_factory=list, repr=False)
    debug_metadata_index: int = -1
    model: Model | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for tensor in self.tensors:
            tensor.subgraph = self

    def add(self, tensor: Tensor) -> Tensor:
        """List `tensor` here, and give it back."""
        tensor.subgraph = self
        self.tensors.append(tensor)
        return tensor

    def constant(self, name: str, values: ArrayLike, dtype: str | None = None) -> Tensor:
        """A new constant of this subgraph; `dtype` is the array's own unless given."""
        array = np.asarray(values)
        tensor = Tensor(name, array.shape, dtype or array.dtype.name)
        tensor.data = array
        return self.add(tensor)

    def producers(self) -> dict[Tensor, Op]:
        """Which op computes which tensor, now."""
        return {tensor: op for op in self.ops for tensor in op.outputs}

    def uses(self) -> dict[Tensor, list[Use]]:
        """The operands that are each tensor, now; a tensor that no op reads is left out."""
        found: dict[Tensor, list[Use]] = {}
        for op in self.ops:
            for index, tensor in enumerate(op.inputs):
                if tensor is not None:
                    found.setdefault(tensor, []).append(Use(op, index))
        return found

    def replace_all_uses(self, old: Tensor, new: Tensor) -> int:
        """Make every op, output and signature that reads `old` read `new`.

        Returns:
            How many places changed.
        """
        places: list[list[Any]] = [op.inputs for op in self.ops]
        changes = sum(_replace(place, old, new) for place in [*places, self.outputs])
        for signature in self.model.signatures.values() if self.model else ():
            for name, tensor in signature.outputs.items():
                if tensor is old:
                    signature.outputs[name] = new
                    changes += 1
        return changes


@dataclass(eq=False)
class Signature:
    """A named way to call a subgraph.

    Attributes:
        subgraph: what is called.
        inputs: the subgraph's input tensors by the name that callers use.
        outputs: the subgraph's output tensors by the name that callers use.
    """

    subgraph: Subgraph
    inputs: dict[str, Tensor]
    outputs: dict[str, Tensor]

    def input_specs(self) -> list[TensorSpec]:
        """The inputs under their signature names, in the signature's order."""
        return [tensor.spec(name) for name, tensor in self.inputs.items()]

    def output_specs(self) -> list[TensorSpec]:
        """The outputs under their signature names, in the signature's order."""
        return [tensor.spec(name) for name, tensor in self.outputs.items()]


@dataclass(eq=False)
class Model:
    """All that a model file holds.

    Attributes:
        subgraphs: the first is the main one.
        signatures: the ways to call the model, by key, in the file's order.
        description: free text.
        metadata: named pieces of data beside the graph.
        metadata_buffers: the deprecated, nameless metadata.
        version: of the schema.
        external_groups: the names of the files that external buffers lie in.
        external_buffers: the external buffers that the file lists.
    """

    subgraphs: list[Subgraph] = field(default_factory=list)
    signatures: dict[str, Signature] = field(default_factory=dict)
    description: str = ""
    metadata: list[Metadata] = field(default_factory=list)
    metadata_buffers: list[Buffer | None] = field(default_factory=list)
    version: int = 3
    external_groups: list[str] = field(default_factory=list)
    external_buffers: list[ExternalBuffer] = field(default_factory=list)

    def __post_init__(self) -> None:
        for subgraph in self.subgraphs:
            subgraph.model = self

    @property
    def main(self) -> Subgraph:
        """The subgraph that runs unless another is asked for."""
        return self.subgraphs[0]

    def add_subgraph(self, name: str = "") -> Subgraph:
        """A new empty subgraph, listed last."""
        subgraph = Subgraph(name, model=self)
        self.subgraphs.append(subgraph)
        return subgraph

    def signature(self, key: str | None = None) -> Signature:
        """The signature called `key`, or the first.

        A file without signatures has one made of the main subgraph's tensor names.

        Raises:
            KeyError: there is no signature called `key`.
        """
        signatures = self.signatures or {DEFAULT_SIGNATURE: self._named_by_tensors()}
        return next(iter(signatures.values())) if key is None else signatures[key]

    def ops(self) -> Iterator[Op]:
        """The ops of all subgraphs, each once."""
        return (op for subgraph in self.subgraphs for op in subgraph.ops)

    def _named_by_tensors(self) -> Signature:
        main = self.main
        return Signature(main, _by_unique_name(main.inputs), _by_unique_name(main.outputs))


def _replace(place: list[Any], old: Tensor, new: Tensor) -> int:
    hits = [index for index, tensor in enumerate(place) if tensor is old]
    for index in hits:
        place[index] = new
    return len(hits)


def _by_unique_name(tensors: list[Tensor]) -> dict[str, Tensor]:
    named: dict[str, Tensor] = {}
    for tensor in tensors:
        name, number = tensor.name, 1
        while name in named:
            name, number = f"{tensor.name}_{number}", number + 1
        named[name] = tensor
    return named
