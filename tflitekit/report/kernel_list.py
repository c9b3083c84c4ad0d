"""Our kernels as rows for people and as JSON. Pure: the console draws them."""

from __future__ import annotations

from typing import Any

from tflitekit.kernels import KERNELS, CustomOp
from tflitekit.runtime.kernel_sources import ISAS, versions

HEADER = ("kernel", "what it computes", *ISAS)

_PLAIN = "plain C"


def kernel_rows() -> list[tuple[str, ...]]:
    """One row a kernel, in the order of `HEADER`: the instruction sets are those of an ABI."""
    return [
        (op.name, op.summary, *(" ".join(names) or _PLAIN for names in _isas(op).values()))
        for op in KERNELS
    ]


def kernel_json() -> list[dict[str, Any]]:
    """Every kernel; `isas` are the instruction sets besides plain C, by ABI."""
    return [{"name": op.name, "summary": op.summary, "isas": _isas(op)} for op in KERNELS]


def _isas(op: CustomOp) -> dict[str, list[str]]:
    have = versions(op.name.removeprefix("tflitekit."))
    return {abi: [isa for isa in isas if isa in have] for abi, isas in ISAS.items()}
