"""What the toolkit knows of a custom op: its name, and the integers that it must give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True)
class CustomOp:
    """A custom op that the runner has a kernel for.

    Attributes:
        name: the op's name in a model, "tflitekit." and the kernel's own.
        reference: from the input arrays to the output arrays, in integer arithmetic. It is the
            specification: every native kernel gives the same bits.
    """

    name: str
    reference: Callable[..., tuple[NDArray[Any], ...]]
