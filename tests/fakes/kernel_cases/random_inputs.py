"""Random inputs of one call, batch 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tests.fakes.kernel_cases.case import Arrays

Shape = tuple[int, ...]


def rows_and_hidden(
    shapes: Sequence[Shape], mask: Shape | None
) -> Callable[[np.random.Generator], Arrays]:
    def sample(rng: np.random.Generator) -> Arrays:
        given = [rows(rng, shape) for shape in shapes]
        return [*given, *([~mask_of(rng, mask)] if mask else [])]

    return sample


def rows(rng: np.random.Generator, shape: Shape) -> Any:
    return rng.normal(0.1, 1.3, (1, *shape)).astype(np.float32)


def mask_of(rng: np.random.Generator, shape: Shape) -> Any:
    """Nothing is masked completely."""
    kept = rng.random((1, *shape)) < 0.7
    kept[..., 0] = True
    return kept
