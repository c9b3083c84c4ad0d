"""What a page is made of: sections of facts, tables, charts and notes. Plain text throughout.

Whatever these hold is escaped when the page is made, so names of models and layers go in as they
are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Spec: TypeAlias = Mapping[str, Any]
"""A chart in Vega-Lite."""


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: its heading.
        numeric: whether its cells are numbers, which stand right and sort by `Cell.sort`.
        meaning: what the heading leaves open.
    """

    name: str
    numeric: bool = True
    meaning: str = ""


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Attributes:
        text: what is read.
        sort: what its column sorts by; the text where None.
        share: 0 to 1, drawn as a bar behind the text; None for no bar.
        mark: a word that its look follows, such as an outcome; "" for none.
        detail: the whole of a text that was shortened.
    """

    text: str
    sort: float | None = None
    share: float | None = None
    mark: str = ""
    detail: str = ""


Row: TypeAlias = tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """Rows under columns; the reader can sort it where there are many."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    caption: str = ""
    sortable: bool = False
    stacked: bool = False
    """Whether a row becomes a card where the screen is narrow: for rows of words."""


@dataclass(frozen=True)
class Chart:
    """A chart, drawn twice: for a wide screen and for a narrow one.

    Attributes:
        caption: how to read it.
        draw: the chart, by its width in pixels.
        keys: what the colours and shapes mean: a label and the number of its series.
    """

    caption: str
    draw: Callable[[int], Spec]
    keys: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Facts:
    """Names with what is known of them."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Note:
    """A paragraph; `mark` as in `Cell`."""

    text: str
    mark: str = ""


Block: TypeAlias = Table | Chart | Facts | Note


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it."""

    title: str
    blocks: tuple[Block, ...]
    lead: str = ""


@dataclass(frozen=True)
class Tile:
    """A figure at a glance: what it is, its value, and what it is compared with."""

    name: str
    value: str
    detail: str = ""


@dataclass(frozen=True)
class Device:
    """All that one device found of one model."""

    name: str
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class ModelPart:
    """All that the page tells of one model, in the order of reading.

    Attributes:
        name: of the model.
        outcome: of its limits; None where there are none.
        tiles: the figures to see first.
        first: sections before those of the devices.
        devices: one each.
        last: sections after them.
        left_out: what the report does not hold, and why.
    """

    name: str
    outcome: str | None
    tiles: tuple[Tile, ...]
    first: tuple[Section, ...]
    devices: tuple[Device, ...]
    last: tuple[Section, ...]
    left_out: tuple[str, ...] = ()


def text_row(*texts: str) -> Row:
    """A row of cells that are text only."""
    return tuple(Cell(text) for text in texts)
