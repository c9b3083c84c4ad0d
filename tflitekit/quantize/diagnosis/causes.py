"""Why a layer loses accuracy: one table of checks. Pure: plan and measurements in, cause out.

A check looks at the tensors that a layer reads and writes, and either finds its cause, with the
figures that show it, or nothing. The first check of `CHECKS` that finds something is told.
"""

from __future__ import annotations

from collections.abc import Mapping

from tflitekit.quantize.diagnosis.cause import Cause, Check
from tflitekit.quantize.diagnosis.evidence import Evidence, Subject
from tflitekit.quantize.diagnosis.op_causes import (
    inexact_kernel,
    narrow_fixed_scale,
    rounded_weights,
)
from tflitekit.quantize.diagnosis.range_causes import (
    clipped_range,
    mask_constant,
    outlier_channel,
    shared_scale,
)
from tflitekit.quantize.diagnosis.remedies import in_int16

NONE = "none found"
"""The kind where no check finds anything."""

NEGLIGIBLE = Cause("none needed")
"""Of a layer that costs so little that nothing has to be done."""

CHECKS: Mapping[str, Check] = {
    "mask constant": mask_constant,
    "clipped range": clipped_range,
    "shared-scale mismatch": shared_scale,
    "outlier channel": outlier_channel,
    "coarse weights": rounded_weights,
    "inexact kernel": inexact_kernel,
    "narrow fixed scale": narrow_fixed_scale,
}
"""Every cause, those that imply others first: a mask also makes outliers and mismatches."""


def cause_of(evidence: Evidence, subject: Subject) -> Cause:
    """The first cause that a check finds; of the kind `NONE` where no check does."""
    for check in CHECKS.values():
        cause = check(evidence, subject)
        if cause is not None:
            return cause
    return Cause(NONE, help=in_int16(subject))
