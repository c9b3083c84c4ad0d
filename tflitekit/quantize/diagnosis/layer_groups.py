"""The ops of a model by Keras layer: the unit in which accuracy is measured and told."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tflitekit.graph.layers import layer_of
from tflitekit.graph.model import Op, Subgraph
from tflitekit.quantize.planning.op_rules import followed
from tflitekit.quantize.recipe import is_named


@dataclass(frozen=True)
class LayerGroup:
    """Ops that are told, and change their type, together.

    Attributes:
        layer: the Keras layer, or the name of a tensor that has none; for people.
        names: what selects exactly these ops in a `Recipe`.
        ops: in the order they run.
    """

    layer: str
    names: tuple[str, ...]
    ops: tuple[Op, ...]


def layer_groups(graph: Subgraph, ops: Collection[Op]) -> list[LayerGroup]:
    """The given ops of `graph` by the Keras layer of their first output.

    An op that only moves elements belongs to what it moves them from, or, where that is none of
    `ops`, to its first reader.

    Args:
        graph: of the ops.
        ops: those to group, such as the ones that compute in integers.

    Returns:
        One group a layer, in the order of their first ops.
    """
    chosen = [op for op in graph.ops if op in ops]
    keys = _keys(graph, chosen)
    members: dict[str, list[Op]] = {}
    for op in chosen:
        members.setdefault(keys[op], []).append(op)
    return [LayerGroup(key, _names(key, own, chosen), tuple(own)) for key, own in members.items()]


def merged(groups: Sequence[LayerGroup], weights: Sequence[int], limit: int) -> list[LayerGroup]:
    """At most `limit` groups: neighbours of the least weight together become one.

    Args:
        groups: in order.
        weights: of each group, such as its multiply-accumulate steps.
        limit: at least 1.
    """
    result, sums = list(groups), list(weights)
    while len(result) > limit:
        pairs = [one + other for one, other in itertools.pairwise(sums)]
        place = pairs.index(min(pairs))
        result[place : place + 2] = [_joined(*result[place : place + 2])]
        sums[place : place + 2] = [pairs[place]]
    return result


def moves_only(op: Op) -> bool:
    """Whether what the op writes means what it read."""
    return followed(op) is not None


def _joined(one: LayerGroup, other: LayerGroup) -> LayerGroup:
    first, last = one.layer.split(" ... ")[0], other.layer.split(" ... ")[-1]
    return LayerGroup(f"{first} ... {last}", one.names + other.names, one.ops + other.ops)


def _keys(graph: Subgraph, ops: Sequence[Op]) -> dict[Op, str]:
    """The name of each op's group."""
    producers, uses = graph.producers(), graph.uses()
    keys: dict[Op, str] = {}
    for op in ops:
        if not moves_only(op):
            keys[op] = _own_key(op)
            continue
        source = followed(op)
        before = producers.get(source) if source is not None else None
        if before in keys:
            keys[op] = keys[before]
    for op in reversed(ops):
        if op not in keys:
            after = [use.op for tensor in op.outputs for use in uses.get(tensor, ())]
            keys[op] = next((keys[reader] for reader in after if reader in keys), _own_key(op))
    return keys


def _own_key(op: Op) -> str:
    name = op.outputs[0].name
    return layer_of(name) or name


def _names(key: str, own: Sequence[Op], ops: Sequence[Op]) -> tuple[str, ...]:
    """The layer's name where it selects no other op, and the tensors that it leaves out."""
    named = {op for op in ops if is_named(op, (key,))}
    if named <= set(own):
        left = [op.outputs[0].name for op in own if op not in named]
        return (key, *left) if named else tuple(left)
    return tuple(dict.fromkeys(op.outputs[0].name for op in own))
