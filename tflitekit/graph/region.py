"""Several ops as one: a region of a graph becomes a custom op whose body it is, and back.

The custom op computes what its body does. A graph in float is written with the body in its place;
only an integer kernel makes the op itself appear in a file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tflitekit.graph.model import Model, Op, Subgraph, Tensor, Use


@dataclass(frozen=True)
class Region:
    """Ops that one custom op can stand for.

    Attributes:
        ops: in any order. Nothing outside may read what they compute but `outputs`.
        inputs: the operands of the custom op; every tensor that the ops read from outside and that
            is no constant must be among them. Constants may be, where the kernel packs them.
        outputs: what it computes.
        options: what the kernel's `pack` needs to know beside the operands.
        alone: whether the custom op gets no body, since the runner has a float kernel for it.
        dropped: operands of the ops that the custom op does without.
        copyable: those of the ops that may stay for others who read what they compute; the custom
            op then has copies of them in its body.
    """

    ops: Sequence[Op]
    inputs: Sequence[Tensor | None]
    outputs: Sequence[Tensor]
    options: Mapping[str, Any] = field(default_factory=dict)
    alone: bool = False
    dropped: Sequence[Tensor] = ()
    copyable: Collection[Op] = ()


Match = Callable[["Surroundings", Op], Region | None]
"""The region that ends in an op, or None where that op is no end of such a region."""


class Surroundings:
    """Who computes and who reads each tensor of a graph, looked up without searching."""

    def __init__(self, graph: Subgraph) -> None:
        self.graph = graph
        self._producers = graph.producers()
        self._uses = graph.uses()
        self._places = {op: place for place, op in enumerate(graph.ops)}
        self._ends = set(graph.outputs)

    def __contains__(self, op: Op) -> bool:
        return op in self._places

    def producer(self, tensor: Tensor | None) -> Op | None:
        """The op that computes a tensor."""
        return self._producers.get(tensor) if tensor is not None else None

    def made_by(self, tensor: Tensor | None, *names: str) -> Op | None:
        """The builtin op of one of these names that computes a tensor."""
        op = self.producer(tensor)
        return op if op is not None and not op.custom and op.name in names else None

    def readers(self, tensor: Tensor) -> list[Op]:
        """The ops that read a tensor, each as often as it does."""
        return [use.op for use in self._uses.get(tensor, [])]

    def place(self, op: Op) -> int:
        """When an op runs."""
        return self._places[op]

    def is_only_read_by(self, tensor: Tensor, ops: Collection[Op]) -> bool:
        """Whether nothing else reads a tensor, the caller of the graph included."""
        return tensor not in self._ends and all(op in ops for op in self.readers(tensor))

    def last_before(
        self,
        ops: Collection[Op],
        may_join: Callable[[Op], bool] = lambda op: True,
        *,
        shares: bool = False,
    ) -> Op | None:
        """Of the ops that compute what `ops` read, for nobody else unless `shares`, the one that
        runs last: what it reads itself can then join, too."""
        makers = [
            op
            for tensor in read_by(ops)
            if (op := self.producer(tensor)) is not None
            and may_join(op)
            and (shares or self.is_only_read_by(tensor, ops))
        ]
        return max(makers, key=self.place, default=None)

    def is_closed(self, region: Region) -> bool:
        """Whether nothing outside reads what is computed inside, and all that is read from outside
        is an operand or a constant."""
        inside = set(region.ops)
        computed = {tensor for op in inside for tensor in op.outputs}
        given = computed.union(one for one in region.inputs if one is not None)
        given |= set(region.dropped)
        return self.staying(region) <= set(region.copyable) and all(
            tensor in given or tensor.is_constant for op in inside for tensor in op.operands
        )

    def staying(self, region: Region) -> set[Op]:
        """The ops of a region that compute what others read, and is none of its outputs."""
        inside, outputs = set(region.ops), set(region.outputs)
        staying: set[Op] = set()
        for op in sorted(inside, key=self.place, reverse=True):
            inner = inside - staying
            if not all(one in outputs or self.is_only_read_by(one, inner) for one in op.outputs):
                staying.add(op)
        return staying

    def fuse(self, region: Region, name: str) -> Op:
        """`fuse` in this graph, with all that is known of it kept right."""
        staying = self.staying(region)
        inside = set(region.ops) - staying
        read = {tensor for op in inside for tensor in op.operands}
        op = fuse(self.graph, region, name, staying)
        self._places[op] = max(self._places.pop(one) for one in inside)
        self._producers |= dict.fromkeys(op.outputs, op)
        for tensor in read | set(op.operands):
            self._uses[tensor] = self._uses_with(op, tensor, inside)
        return op

    def _uses_with(self, op: Op, tensor: Tensor, inside: Collection[Op]) -> list[Use]:
        """The uses of a tensor, in order, where an op has come in the place of others."""
        found = [use for use in self._uses.get(tensor, []) if use.op not in inside]
        found += [Use(op, index) for index, one in enumerate(op.inputs) if one is tensor]
        return sorted(found, key=lambda use: (self._places[use.op], use.position))


def read_by(ops: Collection[Op]) -> list[Tensor]:
    """What ops read from outside that is no constant, each once."""
    computed = {tensor for op in ops for tensor in op.outputs}
    read = {tensor: None for op in ops for tensor in op.operands}
    return [tensor for tensor in read if tensor not in computed and not tensor.is_constant]


def fuse(graph: Subgraph, region: Region, name: str, staying: Collection[Op] = ()) -> Op:
    """Put one custom op in the place of a region that `is_closed`.

    The op stands where the last of the region's ops did; what lies between its outputs and the
    readers of them stays in order. Of the ops that are `staying` it has copies.

    Returns:
        The custom op.
    """
    inside = set(region.ops)
    ordered = [op for op in graph.ops if op in inside]
    inside.difference_update(staying)
    body = None if region.alone else _body(region, ordered, staying)
    op = Op(
        name,
        list(region.inputs),
        list(region.outputs),
        options=None if region.alone else dict(region.options),
        custom=True,
        body=body,
    )
    place = graph.ops.index(ordered[-1])
    graph.ops[place] = op
    graph.ops = [one for one in graph.ops if one not in inside]
    kept = set(region.dropped).union(body.tensors if body else ())
    graph.tensors = [tensor for tensor in graph.tensors if tensor not in kept]
    return op


def unfuse(model: Model) -> int:
    """Put the bodies of custom ops in their place, in place, until none has one.

    Returns:
        How many were replaced.
    """
    changes = 0
    for graph in model.subgraphs:
        while any(op.body is not None for op in graph.ops):
            changes += sum(op.body is not None for op in graph.ops)
            graph.ops = [one for op in graph.ops for one in _opened(graph, op)]
    return changes


def open_bodies(graph: Subgraph, chosen: Collection[Op]) -> None:
    """Put the bodies of some custom ops in their place."""
    found = set(chosen)
    graph.ops = [one for op in graph.ops for one in (_opened(graph, op) if op in found else [op])]


def body_ops(op: Op) -> list[Op]:
    """The ops that an op stands for: of its body and the bodies in it, or itself."""
    if op.body is None:
        return [op]
    return [inner for one in op.body.ops for inner in body_ops(one)]


def _body(region: Region, ordered: Sequence[Op], staying: Collection[Op]) -> Subgraph:
    """The region as a function of its operands; its ops and inner tensors move into it, or copies
    of those that stay."""
    body = Subgraph()
    twins: dict[Tensor, Tensor] = {}
    for tensor in region.inputs:
        if tensor is not None:
            formal = _twin(body, tensor)
            body.inputs.append(formal)
            twins.setdefault(tensor, formal)
    for tensor in region.outputs:
        twins[tensor] = _twin(body, tensor)
        body.outputs.append(twins[tensor])
    for op in ordered:
        for tensor in (*op.operands, *op.outputs):
            if tensor not in twins:
                twins[tensor] = _inner(body, tensor, op in staying)
        moved = _copy(op) if op in staying else op
        _rename(moved, twins)
        body.ops.append(moved)
    return body


def _inner(body: Subgraph, tensor: Tensor, stays: bool) -> Tensor:
    if tensor.is_constant:
        return _constant(body, tensor)
    return _twin(body, tensor) if stays else body.add(tensor)


def _copy(op: Op) -> Op:
    options = None if op.options is None else dict(op.options)
    return Op(op.name, list(op.inputs), list(op.outputs), options, version=op.version)


def _twin(body: Subgraph, tensor: Tensor) -> Tensor:
    """A tensor of the same type and shape, without a value."""
    return body.add(
        Tensor(tensor.name, tensor.shape, tensor.dtype, shape_signature=tensor.shape_signature)
    )


def _constant(body: Subgraph, tensor: Tensor) -> Tensor:
    """The same constant, for others may read the original."""
    return body.add(replace(tensor))


def _rename(op: Op, names: Mapping[Tensor, Tensor]) -> None:
    op.inputs = [None if one is None else names.get(one, one) for one in op.inputs]
    op.outputs = [names.get(one, one) for one in op.outputs]


def _opened(graph: Subgraph, op: Op) -> list[Op]:
    """The ops of a body, between the operands and outputs of the custom op."""
    body = op.body
    if body is None:
        return [op]
    actual = dict(zip(body.inputs, op.operands, strict=True))
    actual |= zip(body.outputs, op.outputs, strict=True)
    for tensor in body.tensors:
        if tensor not in actual:
            graph.add(tensor)
    for inner in body.ops:
        _rename(inner, actual)
    return body.ops
