"""Models timed by taking turns, so that what slows this machine for a while meets all of them."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from tflitekit.runtime.protocol import RunSpec
from tflitekit.runtime.session import Session

Times = Mapping[str, Sequence[float]]


def times_of(files: Mapping[str, Path], session: Session, spec: RunSpec, rounds: int) -> Times:
    """The median latency of each file in microseconds, once a round."""
    times: dict[str, list[float]] = {name: [] for name in files}
    for _ in range(rounds):
        for name, file in files.items():
            times[name].append(statistics.median(session.run(spec, file).samples_us))
    return times


def ratio_of(times: Times, name: str, base: str) -> float:
    """The median of the rounds' ratios."""
    return statistics.median(
        one / other for one, other in zip(times[name], times[base], strict=True)
    )
