"""What a cause is, and when a tensor is noisy enough to look for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tflitekit.quantize.diagnosis.evidence import Evidence, Subject

POOR_DB = 30.0
"""A tensor with less noise than this is no cause, whatever it looks like."""


@dataclass(frozen=True)
class Cause:
    """Why a layer loses accuracy.

    Attributes:
        kind: a name of `causes.CHECKS`, `causes.NONE`, or that of `causes.NEGLIGIBLE`.
        tensor: where it shows; empty where there is none.
        evidence: the figures that show it, as a sentence.
        help: the option or the change that helps.
        figures: the same figures by name.
    """

    kind: str
    tensor: str = ""
    evidence: str = ""
    help: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)


Check = Callable[[Evidence, Subject], Cause | None]
"""Finds its cause in what is known of a layer, or nothing."""
