"""Where a model and its ops lie under the roofline: what bounds them, and how close they come.

Williams, Waterman, Patterson, "Roofline: an insightful visual performance model for multicore
architectures" (2009). The work is counted in multiply-accumulates, the traffic in the bytes that
an op must move if nothing stays in a cache; so a point may lie above the roof of the memory, and
then the caches are what it lives on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tflitekit.bench.profile import Profile
from tflitekit.graph import Model, Op
from tflitekit.graph.accounting import bytes_moved, counted_ops, op_macs

FLOAT32, INT8 = "float32", "int8"
"""The types in which a device's arithmetic is measured."""

OTHER = "other"
"""Any other type: nobody measured what the device can do in it."""

_BYTES = ("int8", "uint8", "int4")


@dataclass(frozen=True)
class RooflinePoint:
    """One op, or a whole model.

    Attributes:
        name: of it.
        index: of the op in the main subgraph; None for the model.
        intensity: multiply-accumulates for each byte that is moved.
        gmacs: attained, 10^9 a second.
        gbps: attained, 10^9 bytes a second.
        roof_gmacs: the most that memory, and arithmetic where its peak is known, allow at this
            intensity; None where the peak of the memory is not known.
        bound: which of the two is the lower; None unless both are known.
    """

    name: str
    index: int | None
    intensity: float
    gmacs: float
    gbps: float
    roof_gmacs: float | None
    bound: Literal["memory", "compute"] | None

    @property
    def share(self) -> float | None:
        """Attained, of what the roof allows; above 1 where caches serve; None without a roof.

        An op without multiply-accumulates has its share of the memory's peak in `gbps` only.
        """
        return self.gmacs / self.roof_gmacs if self.roof_gmacs else None


@dataclass(frozen=True)
class Roof:
    """What the device can do, with the same threads on the same cores.

    Attributes:
        gbps: of its memory, the best measured pattern; None where it was not measured.
        gmacs: of its arithmetic, by type; those that were measured.
    """

    gbps: float | None
    gmacs: Mapping[str, float] = field(default_factory=dict)

    def compute_gmacs(self, macs: Mapping[str, int]) -> float | None:
        """The most for work in several types, which take turns; None where one is not known.

        Args:
            macs: of the work, by type.
        """
        if not macs or not macs.keys() <= self.gmacs.keys():
            return None
        return sum(macs.values()) / sum(part / self.gmacs[dtype] for dtype, part in macs.items())


def point(
    name: str,
    macs: Mapping[str, int],
    bytes: int,
    us: float,
    roof: Roof,
    index: int | None = None,
) -> RooflinePoint:
    """The point of some work.

    Args:
        macs: of the work, by the type that they are computed in; see `arithmetic`.
        bytes: of the work.
        us: that it takes, above 0.
    """
    whole = sum(macs.values())
    intensity = whole / bytes if bytes else 0.0
    height, bound = _roof_at(intensity, roof.gbps, roof.compute_gmacs(macs))
    return RooflinePoint(
        name=name,
        index=index,
        intensity=intensity,
        gmacs=whole / us * 1e-3,
        gbps=bytes / us * 1e-3,
        roof_gmacs=height,
        bound=bound,
    )


def model_point(graph: Model, median_us: float, roof: Roof) -> RooflinePoint:
    """The point of one inference."""
    return point("model", macs_by_type(counted_ops(graph)), bytes_moved(graph), median_us, roof)


def op_points(graph: Model, profile: Profile, roof: Roof) -> tuple[RooflinePoint, ...]:
    """The points of the ops whose time is known and is not 0, in the model's order."""
    return tuple(
        point(op.name, macs_by_type([graph.main.ops[op.index]]), op.bytes, op.us, roof, op.index)
        for op in profile.ops
        if op.us
    )


def macs_by_type(ops: Iterable[Op]) -> Mapping[str, int]:
    """Multiply-accumulates by the type that they are computed in, those that there are."""
    counts: Counter[str] = Counter()
    for op in ops:
        counts[arithmetic(op)] += op_macs(op)
    return {dtype: count for dtype, count in counts.items() if count}


def arithmetic(op: Op) -> str:
    """The type of the products of an op: "int8", "float32" or "other".

    An op with float activations and int8 weights quantizes the activations of each run and
    multiplies int8. One with int16 activations alone is neither.
    """
    activations = {tensor.dtype for tensor in op.operands if not tensor.is_constant}
    constants = {tensor.dtype for tensor in op.operands if tensor.is_constant}
    if not activations.isdisjoint(_BYTES):
        return INT8
    if "int16" in activations:
        return OTHER
    if not constants.isdisjoint(_BYTES):
        return INT8
    return FLOAT32 if FLOAT32 in activations | constants else OTHER


def bytes_ratio(integer: Model, float_model: Model) -> float | None:
    """What the int8 model moves, as a share of what the float32 model moves; None of nothing."""
    whole = bytes_moved(float_model)
    return bytes_moved(integer) / whole if whole else None


def _roof_at(
    intensity: float, gbps: float | None, gmacs: float | None
) -> tuple[float | None, Literal["memory", "compute"] | None]:
    if gbps is None:
        return None, None
    slope = gbps * intensity
    if gmacs is None:
        return slope, None
    return (gmacs, "compute") if gmacs < slope else (slope, "memory")
