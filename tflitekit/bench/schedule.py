"""In which order models that are compared take their turns."""

from __future__ import annotations

REPEATS = 5
"""Cold starts of one model: the least that has an interval, `stats.MIN_REPEATS`."""

COMPARED_REPEATS = 20
"""Cold starts of each of several models, so that 5 % are seen; the figures are in comparison.py."""


def schedule(models: int, rounds: int) -> tuple[int, ...]:
    """The model of each start: forth and back, which for two models is ABBA ABBA...

    Every round has each model once. What drifts steadily, such as a processor that gets hot, adds
    the same to each model over two rounds.

    Args:
        models: how many are compared.
        rounds: starts of each.
    """
    forth = range(models)
    return tuple(
        model for i in range(rounds) for model in (forth if i % 2 == 0 else reversed(forth))
    )
