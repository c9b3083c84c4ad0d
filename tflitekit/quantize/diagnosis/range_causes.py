"""Causes in the values of tensors: a range that few of them fill, or that does not hold them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tflitekit.graph.model import Op, Tensor
from tflitekit.quantize.calibration.stats import TensorStats, bin_edges
from tflitekit.quantize.diagnosis.cause import POOR_DB, Cause
from tflitekit.quantize.diagnosis.evidence import Evidence, Subject
from tflitekit.quantize.diagnosis.op_noise import reach
from tflitekit.quantize.diagnosis.remedies import in_float, layer_name, wider
from tflitekit.quantize.planning.op_rules import rule_of

MASK = 1e3
"""The least magnitude of a constant that is taken for a mask."""

MASK_GAP = 100.0
"""How much larger than all other values a mask is."""

CLIPPED = 0.5
"""The share of an op's noise that values beyond the range make where these are the cause."""

MISMATCH = 10.0
"""How much wider than the values of an operand the range is that it shares with others."""

OUTLIER = 10.0
"""How much larger than the median channel's values those of an outlier channel are."""

FEWEST_CHANNELS = 3
"""A median of fewer says nothing."""


def mask_constant(evidence: Evidence, subject: Subject) -> Cause | None:
    """A constant such as -1e9 that takes all of the range for itself."""
    for tensor in subject.tensors:
        peak = evidence.peak(tensor)
        constant = _mask_behind(evidence, tensor) if peak >= MASK else 0.0
        rest = _rest_below(evidence.stats[tensor], peak / 2) if constant else 0.0
        # Nothing but 0 and the mask is exact.
        if not 0 < rest * MASK_GAP <= peak:
            continue
        return Cause(
            "mask constant",
            tensor.name,
            f"a constant of {constant:.3g} meets values of up to {rest:.3g}, which it leaves "
            f"{_steps(evidence, tensor, rest)} steps",
            f"Let the model mask with {-2 * rest - 10:.0f}, which leaves out just as well; "
            f"or {in_float(subject)}",
            {"constant": constant, "others_up_to": rest},
        )
    return None


def clipped_range(evidence: Evidence, subject: Subject) -> Cause | None:
    """A range that does not hold the values, so that most of the noise is theirs."""
    for tensor in subject.tensors:
        own, rule = evidence.own(tensor), evidence.rule(tensor)
        if own is None or own.made_db >= POOR_DB or rule is None or rule.fixed is not None:
            continue
        # What lies far below the greatest is 0 to a softmax, and masks are cut there on purpose.
        share = own.clipped_above if evidence.only_softmax_reads(tensor) else own.clipped
        if share < CLIPPED:
            continue
        low, high = reach(evidence.plan.tensors[tensor])
        return Cause(
            "clipped range",
            tensor.name,
            f"{own.beyond:.2%} of its values lie beyond {low:.3g} to {high:.3g} and make "
            f"{share:.0%} of its op's noise",
            "Calibrate with more samples, or with --ranges minmax",
            {"beyond": own.beyond, "noise_share": share, "low": low, "high": high},
        )
    return None


def shared_scale(evidence: Evidence, subject: Subject) -> Cause | None:
    """An operand that fills little of the range that it has in common with others."""
    worst: tuple[float, Op, Tensor] | None = None
    for op, operand in _sharing(evidence, subject):
        seen = evidence.seen(operand)
        if seen is None or not seen.bins.size:
            continue
        params = evidence.plan.tensors[op.outputs[0]]
        low, high = reach(params)
        span = max(seen.maximum, 0.0) - min(seen.minimum, 0.0)
        # int16 has steps enough for all.
        ratio = (high - low) / span if span and params.dtype == "int8" else 0.0
        if ratio >= MISMATCH and (worst is None or ratio > worst[0]):
            worst = ratio, op, operand
    if worst is None:
        return None
    ratio, op, operand = worst
    layer = layer_name(op)
    return Cause(
        "shared-scale mismatch",
        operand.name,
        f"{op.name} gives it a range {ratio:.0f} times as wide as its values, which leaves "
        f"{256 / ratio:.1f} of 256 steps",
        f"Bring the operands of {layer} to like ranges; or {wider(evidence, subject, layer)}",
        {"ratio": ratio},
    )


@dataclass(frozen=True)
class _Loud:
    """The loudest channel of a tensor.

    Attributes:
        tensor: which.
        channel: which, along the last axis.
        peak: its greatest magnitude.
        median: that of the median channel, of those that are not all 0.
    """

    tensor: Tensor
    channel: int
    peak: float
    median: float

    @classmethod
    def of(cls, tensor: Tensor, seen: TensorStats) -> _Loud:
        peaks = np.maximum(np.abs(seen.channel_min), np.abs(seen.channel_max)).astype(np.float64)
        peaks = np.where(np.isfinite(peaks), peaks, 0.0)
        median = float(np.median(peaks[peaks > 0])) if peaks.any() else 0.0
        return cls(tensor, int(peaks.argmax()), float(peaks.max()), median)

    @property
    def ratio(self) -> float:
        return self.peak / self.median if self.median else 0.0


def outlier_channel(evidence: Evidence, subject: Subject) -> Cause | None:
    """A channel so loud that few steps are left for the others."""
    channels = [
        _Loud.of(tensor, evidence.stats[tensor])
        for tensor in subject.tensors
        if tensor in evidence.stats and _has_channels(evidence, tensor)
    ]
    loud = max(channels, key=lambda one: one.ratio, default=None)
    if loud is None or loud.ratio < OUTLIER:
        return None
    op = evidence.producers.get(loud.tensor)
    advice = wider(evidence, subject, *([layer_name(op)] if op is not None else []))
    return Cause(
        "outlier channel",
        loud.tensor.name,
        f"channel {loud.channel} reaches {loud.peak:.3g}, the median channel {loud.median:.3g}: "
        f"{loud.ratio:.0f} times",
        f"--effort medium evens channels out; or {advice}",
        {
            "channel": loud.channel,
            "largest": loud.peak,
            "median": loud.median,
            "ratio": loud.ratio,
        },
    )


def _has_channels(evidence: Evidence, tensor: Tensor) -> bool:
    """Whether a noisy tensor has features along its last axis, whose scale somebody chose."""
    noise, rule = evidence.noise.get(tensor), evidence.rule(tensor)
    if noise is not None and min(noise.sqnr_db, noise.channel_sqnr_db) >= POOR_DB:
        return False
    if rule is not None and rule.fixed is not None:
        return False
    few = evidence.stats[tensor].channel_min.size < FEWEST_CHANNELS
    return not few and not evidence.only_softmax_reads(tensor)


def _mask_behind(evidence: Evidence, tensor: Tensor) -> float:
    """The large constant that a tensor's large values come from; 0 where there is none."""
    op = evidence.producers.get(tensor)
    if op is None:
        return 0.0
    for operand in op.operands:
        if operand.is_constant and operand.dtype == "float32":
            values = np.asarray(operand.data, np.float64)
            largest = float(values.flat[np.abs(values).argmax()]) if values.size else 0.0
            if abs(largest) >= MASK:
                return largest
    half = evidence.peak(tensor) / 2
    large = [one for one in op.operands if not one.is_constant and evidence.peak(one) >= half]
    return next((found for one in large if (found := _mask_behind(evidence, one))), 0.0)


def _rest_below(stats: TensorStats, limit: float) -> float:
    """The greatest magnitude seen that is not above `limit`, to a bin."""
    low, high = bin_edges(stats.bins)
    magnitudes = np.minimum(np.abs(low), np.abs(high))
    return float(magnitudes[magnitudes <= limit].max(initial=0.0))


def _sharing(evidence: Evidence, subject: Subject) -> Iterator[tuple[Op, Tensor]]:
    """The operands that share a scale with others, and the ops that make them: all operands of
    the layer's own ops and of those it reads from, and what it writes for those behind it."""
    own = dict.fromkeys((*subject.ops, *map(evidence.producers.get, subject.tensors)))
    pairs = [(op, operand) for op in own if op is not None for operand in op.operands]
    written = [tensor for op in subject.ops for tensor in op.outputs]
    pairs += [(op, tensor) for tensor in written for op in evidence.readers.get(tensor, ())]
    for op, operand in dict.fromkeys(pairs):
        rule = rule_of(op) if op in evidence.plan.ops else None
        if rule is not None and rule.sharing == "inputs-follow-output":
            yield op, operand


def _steps(evidence: Evidence, tensor: Tensor, magnitude: float) -> str:
    params = evidence.plan.tensors.get(tensor)
    return f"{magnitude / params.scales[0]:.2g}" if params is not None else "no"
