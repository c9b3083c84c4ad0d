"""Where a model's time goes, as table rows and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, NamedTuple

from tflitekit.bench.profile import Profile
from tflitekit.bench.records import BenchResult
from tflitekit.bench.roofline import RooflinePoint
from tflitekit.units import format_count, format_us

HEADER = ("where", "time", "share", "MACs/byte", "GMAC/s", "GB/s", "of roof", "bound by")

MOST_ROWS = 20
"""The slowest parts are shown; JSON has all."""

_NAMES = 3


class _Part(NamedTuple):
    name: str
    us: float
    point: RooflinePoint | None = None


def profile_title(result: BenchResult, profile: Profile) -> str:
    """The model, and what profiling cost."""
    return (
        f"{result.model}, op by op: profiling takes {profile.overhead:.2f}x the time, "
        f"{format_us(profile.call_us)} of a call are in no op"
    )


def profile_rows(result: BenchResult, profile: Profile) -> list[tuple[str, ...]]:
    """The slowest ops outside XNNPACK and its partitions, each with its point of the roofline."""
    parts = sorted(_parts(result, profile), key=lambda part: -part.us)
    rows = [_row(part, profile) for part in parts[:MOST_ROWS]]
    rest = parts[MOST_ROWS:]
    if rest:
        rows.append(_row(_Part(f"{len(rest)} others", sum(part.us for part in rest)), profile))
    return rows


def profile_json(result: BenchResult) -> dict[str, Any] | None:
    """Everything that was found; None where nobody asked."""
    profile = result.profile
    if profile is None:
        return None
    return {
        **asdict(profile),
        "overhead": profile.overhead,
        "call_us": profile.call_us,
        "causes": [asdict(cause) for cause in result.causes],
    }


def share_of_roof(point: RooflinePoint) -> str:
    """What is attained of the most that is possible; "-" without products or without a roof."""
    return f"{100 * point.share:.0f} %" if point.share else "-"


def _parts(result: BenchResult, profile: Profile) -> Iterator[_Part]:
    points = {point.index: point for point in result.roofline}
    for op in profile.outside:
        yield _Part(f"{op.name} {op.output}", op.us or 0.0, points.get(op.index))
    for number, partition in enumerate(profile.partitions):
        names = dict.fromkeys(name for name, _ in partition.kernels)
        shown = ", ".join(list(names)[:_NAMES]) + (", ..." if len(names) > _NAMES else "")
        count = len(partition.kernels)
        yield _Part(f"XNNPACK {number}: {count} kernels ({shown})", partition.us)


def _row(part: _Part, profile: Profile) -> tuple[str, ...]:
    point = part.point
    figures = ("-", "-", "-", "-", "-")
    if point is not None:
        figures = (
            f"{point.intensity:.3g}" if point.gmacs else "-",
            format_count(point.gmacs) if point.gmacs else "-",
            f"{point.gbps:.3g}",
            share_of_roof(point),
            (point.bound or "-") if point.gmacs else "-",
        )
    return (part.name, format_us(part.us), f"{100 * profile.share(part.us):.1f} %", *figures)
