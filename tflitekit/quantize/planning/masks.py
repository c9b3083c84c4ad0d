"""Masks whose constant would eat the range: made no larger than what reads them can tell.

A mask puts -1e9, -3e4, -inf or the like where a softmax shall give 0. Any number some ten below the
smallest unmasked logit does the same, and leaves the integers to the logits. Where the greatest of
several is taken, as to pool the tokens that are there, the smallest number that is not masked does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast

import numpy as np

from tflitekit.graph.model import Model, Op, Subgraph, Tensor
from tflitekit.quantize.calibration.stats import TensorStats, bin_edges, observe, sorted_bins
from tflitekit.quantize.planning.op_rules import followed

MARGIN = 10.0
"""How far below the smallest logit a masked one stays: exp(-10) is a ninetieth of a step of the
int8 softmax, so that even a row of 90 masked elements sums to no more than that."""

_SELECTS = ("SELECT", "SELECT_V2")

_MARGINS = {"SOFTMAX": MARGIN, "REDUCE_MAX": 0.0}
"""How far below the rest what is masked has to be for the ops that read it."""

Stats = Mapping[Tensor, TensorStats]


def soften_masks(model: Model, stats: Stats) -> Stats:
    """Lift what is masked to `MARGIN` below the logits, where only softmaxes read it, or to the
    least of the rest, where only maxima do, in place.

    Args:
        model: a float model; constants that masks are made of are replaced.
        stats: what calibration saw of its activations.

    Returns:
        The statistics, with those of the lifted tensors cut off where they now end.
    """
    softener = _Softener(model.main, dict(stats))
    softener.run()
    return softener.stats


class _Softener:
    """First collects how low each tensor has to reach, then lifts what reaches lower."""

    def __init__(self, graph: Subgraph, stats: dict[Tensor, TensorStats]) -> None:
        self.graph = graph
        self.stats = stats
        self.producers = graph.producers()
        self.uses = graph.uses()
        self.floors: dict[Tensor, list[float]] = {}

    def run(self) -> None:
        for op in self.graph.ops:
            if op.name in _MARGINS:
                self.need(op, _MARGINS[op.name])
        for tensor, floors in list(self.floors.items()):
            # What others read, too, must keep its values.
            if len(floors) == len(self.uses[tensor]) and tensor not in self.graph.outputs:
                self.lift(tensor, min(floors))

    def need(self, reader: Op, margin: float) -> None:
        """Note what a softmax or a maximum needs of its operand, and of the mask in it."""
        chain = list(self.moved_from(cast(Tensor, reader.inputs[0])))
        op = self.producers.get(chain[-1])
        if op is None or op.name not in ("ADD", *_SELECTS):
            return
        operands = op.inputs[1:] if op.name in _SELECTS else op.inputs
        one, other = (cast(Tensor, tensor) for tensor in operands)
        for plain, mask in ((one, other), (other, one)):
            ends, low = self.ends(plain), self.ends(mask)[0]
            reach = margin + (ends[1] - ends[0] if op.name == "ADD" else -ends[0])
            if not np.isfinite(reach) or not low < -reach:
                continue
            if reader.name == "REDUCE_MAX" and self.ends(reader.outputs[0])[0] < ends[0]:
                continue  # all was masked somewhere, and the constant is the result
            for tensor in chain:
                self.floors.setdefault(tensor, []).append(ends[0] - margin)
            for tensor in self.moved_from(mask):
                self.floors.setdefault(tensor, []).append(-reach)

    def moved_from(self, tensor: Tensor) -> Iterator[Tensor]:
        """The tensor, and those that it is only a rearrangement of."""
        yield tensor
        op = self.producers.get(tensor)
        source = followed(op) if op is not None else None
        if source is not None:
            yield from self.moved_from(source)

    def ends(self, tensor: Tensor) -> tuple[float, float]:
        """The least and the greatest value; of an activation those that are finite."""
        *_, source = [tensor] if tensor in self.stats else self.moved_from(tensor)
        if source.is_constant:
            values = np.asarray(source.data, np.float64)
            return float(values.min(initial=0.0)), float(values.max(initial=0.0))
        seen = self.stats.get(source)
        if seen is None:
            return np.inf, -np.inf
        return (-np.inf if seen.nonfinite else seen.minimum), seen.maximum

    def lift(self, tensor: Tensor, floor: float) -> None:
        """Let nothing of a tensor be below `floor`, back to the constants that it is made of."""
        if tensor.is_constant:
            for use in self.uses[tensor]:
                use.op.inputs[use.position] = self.lifted(tensor, floor)
            return
        if tensor in self.stats:
            self.stats[tensor] = cut_below(self.stats[tensor], floor)
        op = self.producers.get(tensor)
        if op is None:
            return
        for position, operand in enumerate(op.inputs):
            if operand is not None and operand.is_constant and operand.is_float:
                share = self.share_of(op, position)
                if share:
                    op.inputs[position] = self.lifted(operand, floor / share)

    def share_of(self, op: Op, position: int) -> float:
        """What a constant operand is multiplied with at most; 0 where it must stay."""
        if op.name in _SELECTS:
            return 1.0
        if op.name == "MUL":
            other = cast(Tensor, op.inputs[1 - position])
            low, high = self.ends(other)
            return high if low >= 0 and np.isfinite(high) else 0.0
        return 0.0

    def lifted(self, constant: Tensor, floor: float) -> Tensor:
        values = np.asarray(constant.data, np.float32)
        if not (values < floor).any():
            return constant
        return self.graph.constant(constant.name, np.maximum(values, np.float32(floor)))


def cut_below(stats: TensorStats, floor: float) -> TensorStats:
    """The statistics of max(values, floor); what was -inf is one of them."""
    if stats.minimum >= floor and not stats.nonfinite:
        return stats
    end = observe(np.full(1, floor, np.float32))
    _, above = bin_edges(stats.bins)
    kept = above >= floor
    count = stats.counts[~kept].sum() + np.uint64(stats.nonfinite)
    bins, counts = sorted_bins(
        np.concatenate([stats.bins[kept], end.bins]),
        np.concatenate([stats.counts[kept], np.array([count], np.uint64)]),
    )
    return replace(
        stats,
        minimum=float(np.float32(floor)),
        maximum=max(stats.maximum, float(np.float32(floor))),
        bins=bins,
        counts=counts,
        channel_min=np.maximum(stats.channel_min, np.float32(floor)),
        nonfinite=0,
    )
