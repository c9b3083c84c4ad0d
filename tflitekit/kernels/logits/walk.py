"""The operand of a softmax taken apart, from the softmax towards what its logits are made of.

SELECT with a constant that no softmax can tell from -inf is a mask; other numbers are added as they
are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tflitekit.graph.model import Op, Tensor
from tflitekit.graph.region import Surroundings
from tflitekit.kernels.logits.exponential import LEAST
from tflitekit.kernels.logits.scalar_function import Step, number, step_of
from tflitekit.kernels.logits.terms import Term, TermWalk, constant_mask, is_sum
from tflitekit.kernels.operands.moved import move, moved_operand

MASK = -30.0
"""A constant below is a mask where it takes the place of a logit: e^-30 is nothing to any sum."""

_SELECTS = ("SELECT", "SELECT_V2")


@dataclass
class Logits:
    """The operand of a softmax as a scaled core and what is added to it.

    Attributes:
        core: the tensor that everything is added to.
        factor: what the core is multiplied with.
        terms: what is added, each of a shape that can be broadcast to the softmax's.
        ops: those between the core, the terms' sources and the softmax.
        moves: those of them that move the elements of the core, the last one first.
        copyable: those of them that make a mask or a bias, which others may read, too.
    """

    core: Tensor
    factor: float = 1.0
    terms: list[Term] = field(default_factory=list)
    ops: set[Op] = field(default_factory=set)
    moves: list[Op] = field(default_factory=list)
    copyable: set[Op] = field(default_factory=set)


def logits_of(
    around: Surroundings, softmax: Op, core: Sequence[str] | None, *, shares: bool = False
) -> Logits | None:
    """What a softmax reads, taken apart.

    Args:
        core: the builtin ops that may compute the core; None for whatever is left.
        shares: whether ops that make a mask are taken in though others read it, too, as where
            every block of a model has the same mask.
    """
    x = softmax.inputs[0]
    if x is None:
        return None
    beta = float((softmax.options or {}).get("beta", 1.0))
    walk = _Walk(around, Logits(x, beta, ops={softmax}), core, shares)
    while walk.step():
        pass
    found = walk.logits
    if core is not None and around.made_by(found.core, *core) is None:
        return None
    return found if found.factor > 0 else None


class _Walk:
    """From the softmax towards the core, one op at a time."""

    def __init__(
        self, around: Surroundings, logits: Logits, core: Sequence[str] | None, shares: bool
    ) -> None:
        self.around = around
        self.logits = logits
        self.wanted = core
        self.reaching: dict[Tensor, bool] = {}
        self.shares = shares

    def step(self) -> bool:
        """Go on by one op; False where the walk ends."""
        logits = self.logits
        op = self.inside(logits.core)
        if op is None or op.custom or not logits.core.is_static:
            return False
        if op.name in ("RESHAPE", "TRANSPOSE"):
            return self.wanted is not None and self.go(op, moved_operand(op), moves=[op])
        if op.name in _SELECTS:
            return self.select(op)
        if op.name in ("MUL", "DIV"):
            return self.scale(op)
        if is_sum(op):
            return self.add(op)
        return False

    def go(
        self,
        op: Op,
        core: Tensor | None,
        *,
        factor: float = 1.0,
        terms: Sequence[Term] = (),
        ops: Sequence[Op] = (),
        moves: Sequence[Op] = (),
    ) -> bool:
        """Take an op in, where the core is all the elements that it gives."""
        logits = self.logits
        if core is None or core.is_constant or (not moves and core.shape != logits.core.shape):
            return False
        logits.terms += [self.at_the_softmax(term, logits.core) for term in terms]
        logits.ops.update((op, *ops))
        logits.copyable.update(ops)
        logits.moves += moves
        logits.core = core
        logits.factor *= factor
        return True

    def scale(self, op: Op) -> bool:
        taken = step_of(op)
        if taken is not None:
            step, core = taken
            other = next((one for one in step.operands if one is not None), 0.0)
            if other <= 0 or (op.name == "DIV" and step.operands[0] is not None):
                return False
            return self.go(op, core, factor=1 / other if op.name == "DIV" else other)
        return op.name == "MUL" and self.erase(op)

    def erase(self, op: Op) -> bool:
        """Products with ones and zeros, where a mask is added to what becomes 0."""
        for core, kept in (op.inputs, op.inputs[::-1]):
            if core is None or kept is None or not kept.is_constant or kept.data is None:
                continue
            values = np.asarray(kept.data)
            added = [one.values for one in self.logits.terms if one.source is None]
            if not np.isin(values, (0.0, 1.0)).all() or self.logits.moves or not added:
                continue
            shape = self.logits.core.shape
            sums = np.broadcast_to(sum(added), shape)
            if (sums[np.broadcast_to(values == 0, shape)] < MASK).all():
                return self.go(op, core, terms=[constant_mask(values == 0)])
        return False

    def add(self, op: Op) -> bool:
        sign = -1.0 if op.name == "SUB" else 1.0
        one, other = op.inputs[0], op.inputs[1]
        if one is None or other is None:
            return False
        ways = [(one, other, sign)] if op.name == "SUB" else [(one, other, 1.0), (other, one, 1.0)]
        for core, term, times in sorted(
            ways, key=lambda way: self.likelihood(way[0]), reverse=True
        ):
            walk = TermWalk(self.around, {op, *self.logits.ops}, self.shares)
            terms = walk.added(term, self.logits.factor * times)
            if self.go(op, core, terms=terms, ops=list(walk.ops)):
                return True
        return False

    def likelihood(self, core: Tensor) -> tuple[bool, bool]:
        """How much an operand looks like the core rather than a mask or a bias."""
        return self.reaches(core), not core.is_constant and core.shape == self.logits.core.shape

    def reaches(self, tensor: Tensor) -> bool:
        """Whether the op that computes the core is behind this operand, or no mask is."""
        if tensor not in self.reaching:
            self.reaching[tensor] = self.looks_like_core(tensor)
        return self.reaching[tensor]

    def looks_like_core(self, tensor: Tensor) -> bool:
        op = self.around.producer(tensor)
        if self.wanted is None:
            found = TermWalk(self.around, self.around.readers(tensor), self.shares).added(
                tensor, 1.0
            )
            return all(term.source is not None and term.source.is_float for term in found)
        if op is None or op.custom:
            return False
        if op.name in self.wanted:
            return True
        through = ("MUL", "DIV", "ADD", "SUB", "RESHAPE", "TRANSPOSE", *_SELECTS)
        return op.name in through and any(self.reaches(one) for one in op.operands)

    def select(self, op: Op) -> bool:
        condition, yes, no = op.inputs
        if condition is None or yes is None or no is None:
            return False
        for core, other, masked in ((yes, no, False), (no, yes, True)):
            value, lowered = number(other), self.lowering(other, core)
            if lowered is not None:
                value = self.logits.factor * float(lowered[1](np.zeros(1, np.float32))[0])
            if value is None or value >= MASK:
                continue
            walk = TermWalk(self.around, {op, *self.logits.ops}, self.shares)
            amount = LEAST if lowered is None else value
            terms = [replace(one, amount=amount) for one in walk.masked(condition, masked)]
            ops = [*walk.ops, *([] if lowered is None else [lowered[0]])]
            return self.go(op, core, terms=terms, ops=ops)
        return False

    def lowering(self, lowered: Tensor, plain: Tensor) -> tuple[Op, Step] | None:
        """The op that adds a number to one tensor and gives the other."""
        op = self.around.made_by(lowered, "ADD", "SUB")
        taken = step_of(op)
        if op is None or taken is None or taken[1] is not plain:
            return None
        return op, taken[0]

    def inside(self, tensor: Tensor) -> Op | None:
        """What computes a tensor that nothing reads but what was taken in."""
        op = self.around.producer(tensor)
        return op if self.around.is_only_read_by(tensor, self.logits.ops) else None

    def at_the_softmax(self, term: Term, tensor: Tensor) -> Term:
        """A term of the logits at some tensor as one of what the softmax reads."""
        values = term.values
        if self.logits.moves:
            values = np.broadcast_to(values, tensor.shape)
            for op in reversed(self.logits.moves):
                values = move(op, values)
        return replace(term, values=values)
