"""What was compared, as rows and as a page. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence

from tflitekit.units import format_bytes
from tools.bench_transformers.models import SAMPLES
from tools.compare_engines.report import markdown
from tools.compare_transformers.forms import FLOAT, FORMS
from tools.compare_transformers.measure import Compared, Made

HEADER = (
    "model",
    "form",
    "fully integer",
    "size",
    "of float32",
    "latency",
    "of float32",
    "score",
    "of float32",
    "SQNR dB",
)
_NONE = "-"
_YES_NO = {True: "yes", False: "no"}


def rows(compared: Compared) -> Iterator[tuple[str, ...]]:
    """One a form."""
    exact = compared.forms[FLOAT]
    for form, made in compared.forms.items():
        if isinstance(made, str) or isinstance(exact, str):
            yield (compared.name, form, f"fails: {made}", *[_NONE] * (len(HEADER) - 3))
            continue
        ratios = [one / other for one, other in zip(made.times, exact.times, strict=True)]
        yield (
            *(compared.name, form, _NONE if made is exact else _YES_NO[made.fully_integer]),
            *(format_bytes(made.size), f"{made.size / exact.size:.3f}"),
            f"{statistics.median(made.times) / 1e3:.3g} ms",
            f"{statistics.median(ratios):.2f}",
            *_score(compared, made, exact),
            _NONE if made is exact else f"{made.sqnr:.1f}",
        )


def _score(compared: Compared, made: Made, exact: Made) -> tuple[str, str]:
    if compared.metric is None or made.score is None or exact.score is None:
        return _NONE, _NONE
    return compared.metric.show(made.score), f"{made.score / exact.score:.3f}"


def page(
    found: Sequence[Compared], samples: int, seconds: float, versions: str, machine: str
) -> str:
    """The document.

    Args:
        found: in the order of the table.
        samples: that were calibrated with.
        seconds: that a model was timed in each round.
        versions: of the packages.
        machine: its processor.
    """
    forms = markdown(("form", "by"), ((form.name, form.meaning) for form in FORMS))
    return f"""# Transformers in every form

Made by

```
python -m tools.trained_models --data DATA --out FOLDER
python -m tools.compare_transformers FOLDER --seconds {seconds:g} --markdown docs/transformers.md
```

with {versions}, on {machine}.

{forms}
`sst2_bert`, `cifar_vit` and `shakespeare_gpt` are trained by `tools.trained_models` and judged on
held-out data; `encoder` (6 blocks, 384 wide, 64 tokens), `vit_tiny` (12 blocks, 192 wide, pictures
of 224 by 224) and `gpt` (4 blocks, 128 wide, 64 tokens) of `tools.bench_transformers.models` have
random weights, and so no score. Every engine gets the same samples to calibrate with: {samples},
or all {SAMPLES} of a random model.

Latency is the median on one thread, in the runner; the forms of one model take turns of
{seconds:g} s, and a ratio is the median over the turns. A perplexity is better where it is less.
"Fully integer" is no where float tensors are left. SQNR is that of the first output against the
float model's.

{markdown(HEADER, _all_rows(found))}"""


def _all_rows(found: Iterable[Compared]) -> Iterator[tuple[str, ...]]:
    return (row for compared in found for row in rows(compared))
