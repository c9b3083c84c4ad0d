"""Where a model and its ops lie under the roofline: what bounds them, and how close they come.

Williams, Waterman, Patterson, "Roofline: an insightful visual performance model for multicore
architectures" (2009). The work is counted in multiply-accumulates, the traffic in the bytes that
an op must move if nothing stays in a cache; so a point may lie above the roof of the memory, and
then the caches are what it lives on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tflitekit.bench.profile import Profile
from tflitekit.graph import Model
from tflitekit.graph.accounting import bytes_moved, macs


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
        bound: what the roof is made of at this intensity.
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
        gmacs: of its arithmetic; None where nobody knows. `best_seen` gives a lower bound.
    """

    gbps: float | None
    gmacs: float | None = None


def point(
    name: str, macs: int, bytes: int, us: float, roof: Roof, index: int | None = None
) -> RooflinePoint:
    """The point of some work.

    Args:
        macs, bytes: of the work.
        us: that it takes, above 0.
    """
    intensity = macs / bytes if bytes else 0.0
    height, bound = _roof_at(intensity, roof)
    return RooflinePoint(
        name=name,
        index=index,
        intensity=intensity,
        gmacs=macs / us * 1e-3,
        gbps=bytes / us * 1e-3,
        roof_gmacs=height,
        bound=bound,
    )


def model_point(graph: Model, median_us: float, roof: Roof) -> RooflinePoint:
    """The point of one inference."""
    return point("model", macs(graph), bytes_moved(graph), median_us, roof)


def op_points(profile: Profile, roof: Roof) -> tuple[RooflinePoint, ...]:
    """The points of the ops whose time is known and is not 0, in the model's order."""
    return tuple(
        point(op.name, op.macs, op.bytes, op.us, roof, op.index) for op in profile.ops if op.us
    )


def best_seen(profile: Profile) -> float | None:
    """10^9 multiply-accumulates a second of the op that attains most; None without any time."""
    return max((op.macs / op.us * 1e-3 for op in profile.ops if op.us and op.macs), default=None)


def bytes_ratio(integer: Model, float_model: Model) -> float | None:
    """What the int8 model moves, as a share of what the float32 model moves; None of nothing."""
    whole = bytes_moved(float_model)
    return bytes_moved(integer) / whole if whole else None


def _roof_at(
    intensity: float, roof: Roof
) -> tuple[float | None, Literal["memory", "compute"] | None]:
    if roof.gbps is None:
        return None, None
    slope = roof.gbps * intensity
    if roof.gmacs is not None and roof.gmacs < slope:
        return roof.gmacs, "compute"
    return slope, "memory"
