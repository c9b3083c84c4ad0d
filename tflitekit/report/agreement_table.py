"""How far answers agree, as JSON and as table rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from tflitekit.bench.agreement import Agreement, OutputAgreement
from tflitekit.bench.records import BenchResult

HEADER = (
    *("model", "against", "output", "samples", "equal to the bit"),
    *("largest difference", "mean difference", "same top-1"),
)


def agreement_json(agreement: Agreement) -> dict[str, Any]:
    """Everything that was found."""
    return {
        "against": agreement.against,
        "model": agreement.model,
        "samples": agreement.samples,
        "outputs": [asdict(one) for one in agreement.outputs],
    }


def agreement_rows(results: Sequence[BenchResult]) -> Iterator[tuple[str, ...]]:
    """One row a model, an other and an output, in the order of `HEADER`."""
    for result in results:
        for agreement in result.agreement:
            for one in agreement.outputs:
                samples = str(agreement.samples)
                yield (result.model, agreement.against, one.output, samples, *_cells(one))


def _cells(one: OutputAgreement) -> tuple[str, ...]:
    return (
        share_text(one.exact),
        difference_text(one.largest, one.unit),
        difference_text(one.mean, one.unit),
        "-" if one.same_top1 is None else share_text(one.same_top1),
    )


def share_text(share: float) -> str:
    """In percent; nothing but all is 100 %."""
    return f"{100 * share:.2f} %" if share == 1 or share < 0.99995 else "> 99.99 %"


def difference_text(value: float | None, unit: str) -> str:
    """With its unit, where that is steps of the scale."""
    if value is None:
        return "not a number"
    return f"{value:.4g} steps" if unit == "steps" else f"{value:.4g}"
