"""Which columns of a table are which input of the model."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tflitekit.data.keys import LABEL, LABELS, SINGLE_INPUT, match_keys
from tflitekit.errors import DataError
from tflitekit.graph.spec import TensorSpec

_NUMBERED = re.compile(r"(?P<name>.+?)(?:_(?P<under>\d+)|\[(?P<bracket>\d+)\])")


@dataclass(frozen=True)
class Columns:
    """Places in a line, from 0.

    Attributes:
        inputs: by input name, in row-major order of the input's values.
        label: the labels' column, or None.
    """

    inputs: Mapping[str, Sequence[int]]
    label: int | None


def match_columns(
    header: Sequence[str],
    inputs: Sequence[TensorSpec],
    renamed: Mapping[str, str],
    *,
    where: str,
) -> Columns:
    """Find the columns of each input and of the labels, by the rules of `TableSource`.

    Raises:
        DataError: an input has no columns or not as many as it has values, numbered columns have
            a gap, or a column belongs to nothing.
    """
    names = [renamed.get(one.name, one.name) for one in inputs]
    wanted = {*names, SINGLE_INPUT} if len(inputs) == 1 else set(names)
    groups = _grouped(header, wanted, where)
    if len(inputs) == 1 and not wanted & groups.keys():
        groups = _in_order(header, names[0], renamed)
    keys = match_keys(groups, inputs, renamed, where=where)
    columns = {name: groups[key] for name, key in keys.inputs.items()}
    for one in inputs:
        _check_size(one, len(columns[one.name]), where)
    return Columns(columns, None if keys.label is None else groups[keys.label][0])


def sample_shape(spec: TensorSpec, size: int) -> tuple[int, ...]:
    """The input's full shape for `size` values: a free leading axis is 1, one other takes the rest.

    Raises:
        ValueError: so many values do not fill the shape.
    """
    shape = [1 if axis == 0 and n == -1 else n for axis, n in enumerate(spec.shape)]
    if shape.count(-1) == 1:
        rest = math.prod(n for n in shape if n != -1)
        shape[shape.index(-1)] = size // rest if rest else 0
    if math.prod(shape) != size or -1 in shape:
        raise ValueError(f"{size} values do not fill {list(spec.shape)}")
    return tuple(shape)


def _grouped(header: Sequence[str], wanted: set[str], where: str) -> dict[str, list[int]]:
    """The columns of each name: the numbered ones together where their name is `wanted`."""
    groups: dict[str, list[int]] = {}
    numbered: dict[str, dict[int, int]] = {}
    for at, name in enumerate(header):
        match = _NUMBERED.fullmatch(name)
        if match and match["name"] in wanted and name not in wanted:
            place = int(match["under"] or match["bracket"])
            numbered.setdefault(match["name"], {})[place] = at
        else:
            groups[name] = [at]
    for name, places in numbered.items():
        if sorted(places) != list(range(len(places))):
            raise DataError(
                f"the columns of {name!r} are not numbered 0, 1, 2... without a gap", where=where
            )
        groups[name] = [places[place] for place in range(len(places))]
    return groups


def _in_order(header: Sequence[str], name: str, renamed: Mapping[str, str]) -> dict[str, list[int]]:
    """All columns but the label's as the values of the one input."""
    labels = (renamed[LABEL],) if LABEL in renamed else LABELS
    label = next((one for one in labels if one in header), None)
    groups = {name: [at for at, column in enumerate(header) if column != label]}
    return groups if label is None else {**groups, label: [header.index(label)]}


def _check_size(spec: TensorSpec, size: int, where: str) -> None:
    try:
        sample_shape(spec, size)
    except ValueError:
        raise DataError(
            f"has {size} columns for the input {spec.name!r}, which takes {list(spec.shape)}",
            where=where,
        ) from None
