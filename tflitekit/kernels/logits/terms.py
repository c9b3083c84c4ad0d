"""What is added to the logits of a softmax: masks and biases, whatever form they were written in.

Everything becomes a term that is added: a table of what each value of an integer operand adds, or a
constant. A relative position bias is a term like any other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op, Tensor
from tflitekit.graph.region import Surroundings
from tflitekit.kernels.fused_activation import activation_of
from tflitekit.kernels.logits.exponential import LEAST
from tflitekit.kernels.logits.scalar_function import Step, step_of
from tflitekit.kernels.operands.moved import identity, move, moved_operand


@dataclass(frozen=True)
class Term:
    """Something added to logits.

    Attributes:
        values: what a constant adds, float32; of an operand, the places of its elements. Its shape
            can be broadcast to the logits'.
        source: the operand; None for a constant.
        steps: what makes the added number of an operand's, the last one first.
        factor: what the sum is multiplied with on its way to the softmax.
        masks: the truth value that masks: the operand adds `amount` where it is this, and 0
            elsewhere; None for a number.
        amount: what a masked element gets.
    """

    values: NDArray[Any]
    source: Tensor | None = None
    steps: tuple[Step, ...] = ()
    factor: float = 1.0
    masks: bool | None = None
    amount: float = LEAST

    def numbers(self, given: NDArray[np.float32]) -> NDArray[np.float32]:
        """What is added, in real units, for values of the operand."""
        if self.masks is not None:
            return np.where((given != 0) == self.masks, self.amount, 0.0).astype(np.float32)
        for step in reversed(self.steps):
            given = step(given)
        return np.asarray(given * np.float32(self.factor), np.float32)


def is_sum(op: Op) -> bool:
    """Whether an op only adds or subtracts."""
    return op.name in ("ADD", "SUB") and activation_of(op) == "NONE"


class TermWalk:
    """From something added to the logits back to operands of integers.

    Attributes:
        ops: those that were taken apart on the way.
    """

    def __init__(self, around: Surroundings, inside: Iterable[Op], shares: bool) -> None:
        self.around = around
        self.inside = set(inside)
        self.shares = shares
        self.ops: set[Op] = set()

    def producer(self, tensor: Tensor) -> Op | None:
        """What computes a tensor that nothing else reads, unless it may be shared."""
        op = self.around.producer(tensor)
        if op is None or op.custom or not tensor.is_static:
            return None
        is_ours = self.shares or self.around.is_only_read_by(tensor, self.inside | self.ops)
        return op if is_ours else None

    def added(self, tensor: Tensor, factor: float) -> list[Term]:
        """The terms that a float tensor times a factor stands for."""
        if tensor.is_constant:
            return [Term(np.asarray(tensor.data, np.float32) * np.float32(factor))]
        op = self.producer(tensor)
        # What is taken apart already is not again: sums of sums would be countless terms.
        if op is not None and op not in self.ops and is_sum(op):
            one, other = op.inputs[0], op.inputs[1]
            if one is not None and other is not None and step_of(op) is None:
                self.ops.add(op)
                sign = -1.0 if op.name == "SUB" else 1.0
                return self.added(one, factor) + self.added(other, sign * factor)
        return [self.function(tensor, factor)]

    def function(self, tensor: Tensor, factor: float) -> Term:
        """A function of one operand: through elementwise steps and moves, as far as they go."""
        path: list[Op] = []
        steps: list[Step] = []
        while (op := self.producer(tensor)) is not None:
            taken, source = step_of(op), moved_operand(op)
            if taken is not None:
                steps.append(taken[0])
                source = taken[1]
            elif source is None:
                break
            path.append(op)
            self.ops.add(op)
            tensor = source
        values: NDArray[Any] = identity(tensor)
        for op in reversed(path):
            values = move(op, values) if moved_operand(op) is not None else values
        return Term(values, tensor, tuple(steps), factor)

    def masked(self, condition: Tensor, masks: bool) -> list[Term]:
        """The terms of a truth value that masks where it is `masks`.

        What is kept where both of two are true is masked where either is false.
        """
        if condition.is_constant:
            return [constant_mask(np.asarray(condition.data) == masks)]
        op = self.producer(condition)
        if op is not None and (source := moved_operand(op)) is not None:
            self.ops.add(op)
            return [_moved(term, op, source) for term in self.masked(source, masks)]
        if op is not None and op.name == "LOGICAL_NOT" and op.inputs[0] is not None:
            self.ops.add(op)
            return self.masked(op.inputs[0], not masks)
        both = "LOGICAL_OR" if masks else "LOGICAL_AND"
        if op is not None and op not in self.ops and op.name == both:
            self.ops.add(op)
            return [term for one in op.operands for term in self.masked(one, masks)]
        return [Term(identity(condition), condition, masks=masks)]


def _moved(term: Term, op: Op, source: Tensor) -> Term:
    return replace(term, values=move(op, np.broadcast_to(term.values, source.shape)))


def constant_mask(masked: NDArray[np.bool_]) -> Term:
    """The term of elements that are masked whatever the operands are."""
    return Term(np.where(masked, np.float32(LEAST), np.float32(0)))
