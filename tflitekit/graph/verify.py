"""What must hold of every model, whatever made it."""

from __future__ import annotations

from collections.abc import Iterable

from tflitekit.errors import ModelError
from tflitekit.graph.dtypes import BY_NAME
from tflitekit.graph.model import Model, Op, Signature, Subgraph, Tensor
from tflitekit.graph.ops import OPS

_ALWAYS_THERE = frozenset({"resource", "variant"})


def verify(model: Model) -> None:
    """Check the invariants of the graph.

    Every reference stays inside the model; a tensor has one producer and is computed before it
    is read; outputs have a value; sizes are not negative and constants have their shape's bytes.

    Raises:
        ModelError: the first that does not hold, with the op and tensor.
    """
    if not model.subgraphs:
        raise ModelError("the model has no subgraph")
    for subgraph in model.subgraphs:
        if subgraph.model is not model:
            raise ModelError(f"subgraph {subgraph.name} belongs to another model")
        _Checker(model, subgraph).check()
    for key, signature in model.signatures.items():
        _check_signature(model, key, signature)


class _Checker:
    """The checks of one subgraph."""

    def __init__(self, model: Model, subgraph: Subgraph) -> None:
        self.model = model
        self.subgraph = subgraph
        self.listed = set(subgraph.tensors)
        self.known: set[Tensor] = set(subgraph.inputs)

    def check(self) -> None:
        if len(self.listed) != len(self.subgraph.tensors):
            raise self.wrong("it lists a tensor twice")
        for tensor in self.subgraph.tensors:
            self.check_tensor(tensor)
        self.check_listed(self.subgraph.inputs, "its inputs")
        self.check_listed(self.subgraph.outputs, "its outputs")
        for index, op in enumerate(self.subgraph.ops):
            self.check_op(op, f"op {index} {op.name}")
        for tensor in self.subgraph.outputs:
            if not self.has_value(tensor):
                raise self.wrong(f"no op computes its output {tensor.name}")

    def check_tensor(self, tensor: Tensor) -> None:
        if tensor.subgraph is not self.subgraph:
            raise self.wrong(f"the tensor {tensor.name} belongs to another subgraph")
        if tensor.dtype not in BY_NAME:
            raise self.wrong(f"the tensor {tensor.name} has the unknown type {tensor.dtype}")
        if min(tensor.shape, default=0) < 0 or min(tensor.dynamic_shape, default=0) < -1:
            raise self.wrong(f"the tensor {tensor.name} has a negative size")
        if len(tensor.shape) != len(tensor.dynamic_shape):
            raise self.wrong(f"the tensor {tensor.name} has two ranks")
        self.check_constant(tensor)
        if tensor.quantization is not None:
            self.check_listed(tensor.quantization.tensors(), f"the scales of {tensor.name}")

    def check_constant(self, tensor: Tensor) -> None:
        bits = BY_NAME[tensor.dtype].bits
        if tensor.buffer is None or tensor.sparsity is not None or bits == 0:
            return
        given, needed = tensor.buffer.data.size, BY_NAME[tensor.dtype].nbytes(tensor.size)
        if given != needed:
            raise self.wrong(f"the constant {tensor.name} needs {needed} bytes and has {given}")

    def check_op(self, op: Op, place: str) -> None:
        if not op.custom and op.name not in OPS:
            raise self.wrong(f"{place} is not a builtin operator")
        self.check_listed([*op.operands, *op.outputs, *op.intermediates], place)
        for tensor in op.operands:
            if not self.has_value(tensor):
                raise self.wrong(f"{place} reads {tensor.name} before it is computed")
        for tensor in op.outputs:
            if tensor in self.known or tensor.is_constant:
                raise self.wrong(f"{place} computes {tensor.name}, which has a value already")
            self.known.add(tensor)
        for role, called in op.subgraphs.items():
            if called not in self.model.subgraphs:
                raise self.wrong(f"the {role} of {place} is not in the model")

    def check_listed(self, tensors: Iterable[Tensor], place: str) -> None:
        for tensor in tensors:
            if tensor not in self.listed:
                raise self.wrong(f"{place}: the tensor {tensor.name} is not listed")

    def has_value(self, tensor: Tensor) -> bool:
        return (
            tensor in self.known
            or tensor.is_constant
            or tensor.is_variable
            or tensor.dtype in _ALWAYS_THERE
            or (tensor.size == 0 and tensor.is_static)
        )

    def wrong(self, what: str) -> ModelError:
        index = self.model.subgraphs.index(self.subgraph)
        return ModelError(f"the graph is not valid: {what}", where=f"subgraph {index}")


def _check_signature(model: Model, key: str, signature: Signature) -> None:
    subgraph = signature.subgraph
    if subgraph not in model.subgraphs:
        raise ModelError(f"the subgraph of signature {key} is not in the model")
    for kind, named, given in (
        ("input", signature.inputs, subgraph.inputs),
        ("output", signature.outputs, subgraph.outputs),
    ):
        for name, tensor in named.items():
            if not any(tensor is one for one in given):
                raise ModelError(f"the {kind} {name} of signature {key} is none of its subgraph's")
