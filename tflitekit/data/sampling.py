"""Which samples to take when not all are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.data.dataset import Dataset
from tflitekit.errors import UsageError


def choose(dataset: Dataset, n: int | None, seed: int) -> Sequence[int] | None:
    """Choose `n` samples, the same for the same data, `n` and `seed`.

    Where there are classes, each gets its share of `n` (largest remainders), and at least one if
    `n` is large enough for all. Where the number of samples is not known, the first `n` are taken:
    a generator may never end, and its author decides its order.

    Args:
        dataset: what to choose from.
        n: how many; None for all.
        seed: of the random choice.

    Returns:
        Increasing indices for `Dataset.stream`; None for all of an unknown number.

    Raises:
        UsageError: `n` is not positive.
    """
    if n is not None and n < 1:
        raise UsageError(f"{n} samples cannot be taken", hint="Ask for one or more")
    count = dataset.count
    if count is None:
        return None if n is None else range(n)
    if n is None or n >= count:
        if n is not None and n > count:
            dataset.progress.warn(f"{dataset.name}: {n} samples asked for, {count} there")
        return range(count)
    return _sorted(_drawn(dataset, np.arange(count), n, seed))


def choose_others(
    dataset: Dataset, taken: Sequence[int], n: int | None, seed: int
) -> Sequence[int]:
    """Choose up to `n` of the samples that are not `taken`, as `choose` does.

    Args:
        dataset: of a known number of samples.
        taken: indices that must not be among the chosen.
        n: how many; None for all of them.
        seed: of the random choice.

    Returns:
        Increasing indices; empty where all are taken.

    Raises:
        ValueError: the number of samples is not known.
    """
    if dataset.count is None:
        raise ValueError(f"{dataset.name} does not tell how many samples it has")
    left = np.setdiff1d(np.arange(dataset.count), np.asarray(taken, np.int64))
    if n is None or n >= left.size:
        return _sorted(left)
    return _sorted(_drawn(dataset, left, n, seed))


def _drawn(dataset: Dataset, places: NDArray[Any], n: int, seed: int) -> NDArray[np.int64]:
    """`n` of `places`, each class in its share where there are classes."""
    rng = np.random.default_rng(seed)
    labels = dataset.labels()
    if labels is None or labels.ndim != 1 or labels.dtype.kind not in "iub":
        picked: NDArray[np.int64] = places[rng.permutation(places.size)[:n]]
        return picked
    return np.asarray(places[_stratified(labels[places], n, rng)], np.int64)


def _stratified(labels: NDArray[Any], n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    classes, counts = np.unique(labels, return_counts=True)
    shares = _shares(counts, n, rng)
    picked = [
        rng.permutation(np.flatnonzero(labels == one))[:share]
        for one, share in zip(classes, shares, strict=True)
    ]
    together: NDArray[np.int64] = np.concatenate(picked)
    return together


def _shares(counts: NDArray[np.int64], n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """How many of each class: proportional, by largest remainder, ties at random."""
    exact = counts * (n / counts.sum())
    least = 1 if n >= len(counts) else 0
    shares: NDArray[np.int64] = np.maximum(np.floor(exact).astype(np.int64), least)
    tie = rng.permutation(len(counts))
    while shares.sum() != n:
        step = 1 if shares.sum() < n else -1
        room = shares < counts if step > 0 else shares > least
        need = np.where(room, (exact - shares) * step, -np.inf)
        shares[np.lexsort((tie, -need))[0]] += step
    return shares


def _sorted(indices: NDArray[np.int64]) -> tuple[int, ...]:
    return tuple(int(index) for index in np.sort(indices))
