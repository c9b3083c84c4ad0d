"""Functions of one number as chains of ops with constant numbers: what makes logits of masks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op, Tensor

Numbers = NDArray[np.float32]


def _same(x: Numbers) -> Numbers:
    return x


def _negated(x: Numbers) -> Numbers:
    return np.subtract(np.float32(1), x, dtype=np.float32)


def _chosen(condition: Numbers, yes: Numbers, no: Numbers) -> Numbers:
    return np.where(condition != 0, yes, no).astype(np.float32)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "ADD": np.add,
    "SUB": np.subtract,
    "MUL": np.multiply,
    "DIV": np.divide,
    "MAXIMUM": np.maximum,
    "MINIMUM": np.minimum,
    "NEG": np.negative,
    "CAST": _same,
    "LOGICAL_NOT": _negated,
    "SELECT": _chosen,
    "SELECT_V2": _chosen,
}
"""What the ops of a chain make of float32 numbers; a truth value is 0 or 1."""


@dataclass(frozen=True)
class Step:
    """One op of a chain.

    Attributes:
        name: of `FUNCTIONS`.
        operands: numbers; None for the result of the step before.
    """

    name: str
    operands: tuple[float | None, ...]

    def __call__(self, x: Numbers) -> Numbers:
        numbers = [x if one is None else np.float32(one) for one in self.operands]
        with np.errstate(all="ignore"):
            return np.asarray(FUNCTIONS[self.name](*numbers), np.float32)


def step_of(op: Op | None) -> tuple[Step, Tensor] | None:
    """An op as a function of its only operand that is no constant number, and that operand."""
    if op is None or op.custom or op.name not in FUNCTIONS:
        return None
    if (op.options or {}).get("fused_activation_function", "NONE") != "NONE":
        return None
    numbers = [number(one) for one in op.operands]
    unknown = [one for one, value in zip(op.operands, numbers, strict=True) if value is None]
    if len(unknown) != 1 or unknown[0].is_constant or unknown[0].shape != op.outputs[0].shape:
        return None
    return Step(op.name, tuple(numbers)), unknown[0]


def number(tensor: Tensor | None) -> float | None:
    """The one number that a constant is; None where it is none, or several."""
    if tensor is None or not tensor.is_constant or tensor.data is None:
        return None
    values = np.asarray(tensor.data)
    if values.dtype == object or values.size == 0 or not (values == values.flat[0]).all():
        return None
    return float(values.flat[0])
