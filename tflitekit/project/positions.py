"""On which line of a TOML file each key and each element of an array is."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

Place = tuple[str | int, ...]
"""Where something is in a document: keys, and the numbers of elements from 0."""


@dataclass(frozen=True)
class Positions:
    """The lines of one document, from 1.

    Attributes:
        lines: by place; of a table, where it is first opened.
    """

    lines: Mapping[Place, int]

    def deepest(self, place: Place) -> Place:
        """The longest beginning of `place` that the document has; () where it has none."""
        beginnings = (place[:end] for end in range(len(place), 0, -1))
        return next((one for one in beginnings if one in self.lines), ())

    def line(self, place: Place) -> int:
        """The line of `place`, or of the innermost table around it that is there; else 1."""
        return self.lines.get(self.deepest(place), 1)


def positions_of(text: str) -> Positions:
    """The lines of a document that `tomllib` can read."""
    lines: dict[Place, int] = {}
    for place, node in _document(_tree(text)):
        opened = _line(node)
        for end in range(1, len(place)):
            lines.setdefault(place[:end], opened)
        # A header says more of where a table is than a table inside it.
        if node.type == "table" or place not in lines:
            lines[place] = opened
    return Positions(lines)


def unfinished_line(text: str) -> int:
    """Where what does not end begins, in a document that `tomllib` read to its end in vain."""
    nodes = [_tree(text)]
    while nodes:
        node = nodes.pop()
        if node.is_error or node.is_missing:
            return _line(node)
        nodes += reversed(node.children)
    return len(text.splitlines())


def _tree(text: str) -> Node:
    import tree_sitter_toml
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_toml.language())).parse(text.encode()).root_node


def _line(node: Node) -> int:
    return node.start_point.row + 1


def _document(root: Node) -> Iterator[tuple[Place, Node]]:
    """Every place below the root, and what is there."""
    arrays: dict[Place, int] = {}
    for node in root.named_children:
        if node.type == "pair":
            yield from _pair((), node)
        elif node.type in ("table", "table_array_element"):
            place = _in_arrays(_keys(node.named_children[0]), arrays)
            if node.type == "table_array_element":
                arrays[place] = arrays.get(place, -1) + 1
                place = (*place, arrays[place])
            yield place, node
            for child in node.named_children[1:]:
                if child.type == "pair":
                    yield from _pair(place, child)


def _in_arrays(keys: Place, arrays: Mapping[Place, int]) -> Place:
    """A header's keys, with the number of the last element behind each array but the last key."""
    place: Place = ()
    for key in keys[:-1]:
        place = (*place, key)
        if place in arrays:
            place = (*place, arrays[place])
    return (*place, *keys[-1:])


def _pair(table: Place, node: Node) -> Iterator[tuple[Place, Node]]:
    key, *rest = (child for child in node.named_children if child.type != "comment")
    place = (*table, *_keys(key))
    yield place, node
    for value in rest:
        yield from _value(place, value)


def _value(place: Place, node: Node) -> Iterator[tuple[Place, Node]]:
    children = [child for child in node.named_children if child.type != "comment"]
    if node.type == "inline_table":
        for child in children:
            yield from _pair(place, child)
    elif node.type == "array":
        for index, child in enumerate(children):
            yield (*place, index), child
            yield from _value((*place, index), child)


def _keys(node: Node) -> Place:
    """The parts of a key, without quotes and escapes, as `tomllib` reads them."""
    content = tomllib.loads(f"{(node.text or b'').decode()} = 0")
    keys: list[str] = []
    while isinstance(content, dict):
        ((key, content),) = content.items()
        keys.append(key)
    return tuple(keys)
