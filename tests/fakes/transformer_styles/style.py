"""What a test needs to know of a way to write a transformer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from tests.fakes.kernel_cases.case import Arrays
from tflitekit.graph import Model

TOKENS, KEYS, WIDTH, HEADS, WORDS = 12, 9, 32, 4, 50
"""Of the small models: what a sequence holds, and one that is attended to besides."""


@dataclass(frozen=True)
class Style:
    """A small transformer, and what has to be recognised in it.

    Attributes:
        name: who writes it so.
        build: the float model, with static shapes, as the front end gives it.
        sample: the inputs of one call, in the signature's order.
        kernels: how many custom ops of each kind the integer model has, without "tflitekit.".
        left: how many builtin ops of each kind it has beside its linear layers.
    """

    name: str
    build: Callable[[], Model]
    sample: Callable[[np.random.Generator], Arrays]
    kernels: Mapping[str, int] = field(default_factory=dict)
    left: Mapping[str, int] = field(default_factory=dict)
