"""Values as words: what several sections say in the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tflitekit.bench.metrics import shown
from tflitekit.quantize.diagnosis.noise import MOST_DB
from tflitekit.report.html.content import Cell
from tflitekit.units import format_bytes, format_count, format_us

NOTHING = Cell("–")

_LONGEST = 26  # characters


def bytes_cell(count: float | None) -> Cell:
    """An amount of memory."""
    return NOTHING if count is None else Cell(format_bytes(count), count)


def count_cell(count: float | None) -> Cell:
    """A number of things."""
    return NOTHING if count is None else Cell(format_count(count), count)


def us_cell(us: float | None) -> Cell:
    """A time."""
    return NOTHING if us is None else Cell(format_us(us), us)


def db_cell(value: float | None) -> Cell:
    """A ratio in dB."""
    if value is None:
        return NOTHING
    return Cell("no noise" if value >= MOST_DB else f"{value:.1f}", value)


def share_cell(share: float | None, *, drawn: bool = False) -> Cell:
    """A share of 1 in percent, as a bar, too, where that is asked for."""
    if share is None:
        return NOTHING
    return Cell(f"{100 * share:.1f} %", share, share if drawn else None)


def name_cell(name: str) -> Cell:
    """A name of a layer or tensor: its end where it is long, and the whole on demand."""
    short = name.split(";")[-1]
    if len(short) > _LONGEST:
        short = f"…{short[1 - _LONGEST :]}"
    return Cell(short, detail=name if short != name else "")


def interval(ends: Sequence[float] | None) -> str:
    """A 95 % interval of times."""
    return f"{format_us(ends[0])} – {format_us(ends[1])}" if ends else "–"


def ratio(value: float, whole: float) -> str:
    """How a value that should be small compares with another one."""
    return f"{whole / value:.2f}× smaller" if value <= whole else f"{value / whole:.2f}× larger"


def score(result: Mapping[str, Any]) -> str:
    """The value of a result's metric, without its name."""
    metric, value = result["accuracy"]["metric"], result["accuracy"]["value"]
    return shown(metric, value).removeprefix(metric).strip()
