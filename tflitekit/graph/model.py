"""A TensorFlow Lite model as objects that refer to each other.

Operands, signatures, control flow and quantization refer to `Tensor` and `Subgraph` objects;
the indices of the file format exist only while it is read or written.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tflitekit.graph.spec import TensorSpec
from tflitekit.graph.storage import Buffer, ExternalBuffer, Metadata
from tflitekit.graph.tensor import Tensor, Use

__all__ = ["DEFAULT_SIGNATURE", "Model", "Op", "Signature", "Subgraph", "Tensor", "Use"]

DEFAULT_SIGNATURE = "serving_default"


@dataclass(eq=False, repr=False)
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
        version: of the operator, at least; the writer raises it to `op_versions.version_of`.
        options_type: the schema's name of the options' type; None means that of the op table.
        mutating_variable_inputs: which operands are variables that it changes; empty for none.
        intermediates: tensors inside the op that carry quantization parameters.
        debug_metadata_index: a position in the debug metadata; -1 for none.
        body: what a custom operator stands for, as a function of its operands; see `region.py`.
    """

    name: str
    inputs: list[Tensor | None]
    outputs: list[Tensor]
    options: dict[str, Any] | None = None
    subgraphs: dict[str, Subgraph] = field(default_factory=dict)
    custom: bool = False
    custom_options: bytes = b""
    version: int = 1
    options_type: str | None = None
    mutating_variable_inputs: list[bool] = field(default_factory=list)
    intermediates: list[Tensor] = field(default_factory=list)
    debug_metadata_index: int = -1
    body: Subgraph | None = None

    def __repr__(self) -> str:
        return f"Op({self.name}, {self.inputs} -> {self.outputs})"

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
        readers = sum(_replace(op.inputs, old, new) for op in self.ops)
        return readers + self.replace_outputs(old, new)

    def replace_outputs(self, old: Tensor, new: Tensor) -> int:
        """Make every output and signature that gives `old` give `new`; ops still read `old`.

        Returns:
            How many places changed.
        """
        changes = _replace(self.outputs, old, new)
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
        """The signature called `key`, or the one of `default_key`.

        A file without signatures has one made of the main subgraph's tensor names.

        Raises:
            KeyError: there is no signature called `key`.
        """
        wanted = self.default_key if key is None else key
        if wanted is None or (not self.signatures and wanted == DEFAULT_SIGNATURE):
            return self._named_by_tensors()
        return self.signatures[wanted]

    @property
    def default_key(self) -> str | None:
        """The signature that is meant where none is named: "serving_default", else the first;
        None in a file without signatures."""
        if DEFAULT_SIGNATURE in self.signatures:
            return DEFAULT_SIGNATURE
        return next(iter(self.signatures), None)

    def copy(self) -> tuple[Model, dict[Tensor, Tensor]]:
        """An independent copy; only the bytes of constants, which nobody changes, are shared.

        Returns:
            The copy, and its tensor for each tensor of this model's subgraphs.
        """
        shared: list[Any] = [
            kept
            for subgraph in (*self.subgraphs, *self._bodies())
            for tensor in subgraph.tensors
            for kept in (tensor.buffer, tensor.external)
            if kept is not None
        ]
        twin = copy.deepcopy(self, {id(one): one for one in shared})
        pairs = zip(self.subgraphs, twin.subgraphs, strict=True)
        tensors = {
            old: new
            for before, after in pairs
            for old, new in zip(before.tensors, after.tensors, strict=True)
        }
        return twin, tensors

    def ops(self) -> Iterator[Op]:
        """The ops of all subgraphs, each once."""
        return (op for subgraph in self.subgraphs for op in subgraph.ops)

    def _bodies(self) -> Iterator[Subgraph]:
        """The bodies of custom ops, and those in them."""
        pending = list(self.ops())
        while pending:
            body = pending.pop().body
            if body is not None:
                yield body
                pending += body.ops

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
