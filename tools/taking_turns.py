"""Models timed by taking turns, so that what slows this machine for a while meets all of them."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from tflitekit.graph import read_model
from tflitekit.runtime.carried import with_state
from tflitekit.runtime.protocol import RunSpec
from tflitekit.runtime.session import Session

Times = Mapping[str, Sequence[float]]


def times_of(files: Mapping[str, Path], session: Session, spec: RunSpec, rounds: int) -> Times:
    """The median latency of each file in microseconds, once a round; a model with a state goes on
    with what its last run left."""
    specs = {name: with_state(spec, read_model(file)) for name, file in files.items()}
    times: dict[str, list[float]] = {name: [] for name in files}
    for _ in range(rounds):
        for name, file in files.items():
            times[name].append(statistics.median(session.run(specs[name], file).samples_us))
    return times


def ratio_of(times: Times, name: str, base: str) -> float:
    """The median of the rounds' ratios."""
    return statistics.median(
        one / other for one, other in zip(times[name], times[base], strict=True)
    )
