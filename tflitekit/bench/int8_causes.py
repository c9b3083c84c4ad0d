"""Why an int8 model is not faster than its float model: the reasons that a profile shows."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from tflitekit.bench.kernel_names import is_conversion
from tflitekit.bench.profile import OpProfile, Profile
from tflitekit.graph import Model
from tflitekit.units import format_us

NOTABLE = 0.05
"""A share of the time that is worth a word."""

_NAMED = 3
_CONVERSIONS = ("QUANTIZE", "DEQUANTIZE")
_PRODUCTS = {
    "ARM": (frozenset({"dotprod", "i8mm"}), frozenset({"neon"})),
    "x86-64": (frozenset({"avx512vnni", "avxvnni"}), frozenset({"sse4.1", "avx2", "avx512bw"})),
}
"""By family of processors: instructions that multiply and add four int8 pairs at once, and those
by which the family is known."""


@dataclass(frozen=True)
class Cause:
    """A reason.

    Attributes:
        tag: one upper-case word that scripts can match, a key of `CAUSES`.
        share: of the time of all ops, 0 to 1; None where that cannot be told.
        text: what was seen.
    """

    tag: str
    share: float | None
    text: str


def why_not_faster(profile: Profile, graph: Model, isa: Collection[str]) -> tuple[Cause, ...]:
    """The causes that hold, with the largest share first.

    Args:
        profile: of the int8 model.
        graph: the same model.
        isa: the instruction sets of the processor that it ran on, as the runner names them.
    """
    found = [find(profile, graph, isa) for find in CAUSES.values()]
    return tuple(sorted(filter(None, found), key=lambda cause: -(cause.share or 0.0)))


def _outside(profile: Profile, graph: Model, isa: Collection[str]) -> Cause | None:
    """Builtin ops that XNNPACK does not take: LiteRT's own int8 kernels are the slow ones."""
    ops = [op for op in profile.outside if not graph.main.ops[op.index].custom]
    share = profile.share(_time(ops))
    if share < NOTABLE:
        return None
    slowest = sorted(ops, key=lambda op: -(op.us or 0.0))[:_NAMED]
    names = ", ".join(f"{op.name} {format_us(op.us)}" for op in slowest)
    text = f"{share:.0%} of the time is in {len(ops)} builtin ops outside XNNPACK: {names}"
    return Cause("OUTSIDE", share, text)


def _conversions(profile: Profile, graph: Model, isa: Collection[str]) -> Cause | None:
    """Moves between int8 and float, wherever they run."""
    outside = _time([op for op in profile.outside if op.name in _CONVERSIONS])
    inside = sum(
        us for one in profile.partitions for name, us in one.kernels if is_conversion(name)
    )
    share = profile.share(outside + inside)
    if share < NOTABLE:
        return None
    return Cause("CONVERSIONS", share, f"{share:.0%} of the time is QUANTIZE and DEQUANTIZE")


def _float_ops(profile: Profile, graph: Model, isa: Collection[str]) -> Cause | None:
    """Ops that still compute in float, by the type of what they give; their share at least."""
    ops = [op for op in profile.ops if _is_float(graph, op)]
    if not ops:
        return None
    names = list(dict.fromkeys(op.name for op in sorted(ops, key=lambda op: -(op.us or 0.0))))
    text = f"{len(ops)} ops compute in float32: {', '.join(names[:_NAMED])}"
    return Cause("FLOAT", profile.share(_time(ops)), text)


def _split(profile: Profile, graph: Model, isa: Collection[str]) -> Cause | None:
    """Many partitions: activations are laid out and handed over anew at each."""
    count = len(profile.partitions)
    if count < 3:
        return None
    text = f"XNNPACK's part is cut into {count} pieces by the {len(profile.outside)} ops outside"
    return Cause("SPLIT", None, text)


def _runtime(profile: Profile, graph: Model, isa: Collection[str]) -> Cause | None:
    """A model so small that a call costs as much as its ops; what the profiler adds is no part."""
    own = profile.call_us
    if own < 0.2 * profile.unprofiled_us:
        return None
    text = f"{format_us(own)} of {format_us(profile.unprofiled_us)} are LiteRT's own for each call"
    return Cause("RUNTIME", None, text)


def _no_products(profile: Profile, graph: Model, isa: Collection[str]) -> Cause | None:
    """A processor that multiplies int8 no faster than it multiplies float."""
    for family, (wanted, known_by) in _PRODUCTS.items():
        if known_by & set(isa) and not wanted & set(isa):
            lacking = " nor ".join(sorted(wanted))
            text = f"this {family} processor has no int8 dot product: neither {lacking}"
            return Cause("NO_DOT_PRODUCT", None, text)
    return None


CAUSES: dict[str, Callable[[Profile, Model, Collection[str]], Cause | None]] = {
    "OUTSIDE": _outside,
    "CONVERSIONS": _conversions,
    "FLOAT": _float_ops,
    "SPLIT": _split,
    "RUNTIME": _runtime,
    "NO_DOT_PRODUCT": _no_products,
}


def _is_float(graph: Model, op: OpProfile) -> bool:
    outputs = graph.main.ops[op.index].outputs
    return op.name != "DEQUANTIZE" and any(tensor.dtype == "float32" for tensor in outputs)


def _time(ops: Collection[OpProfile]) -> float:
    return sum(op.us or 0.0 for op in ops)
