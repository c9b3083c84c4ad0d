"""Compare the engines on trained models: score and SQNR on held-out data, on the real runtime.

    python -m tools.compare_engines FOLDER [NAME ...] [--markdown FILE]

FOLDER is what `python -m tools.trained_models --out FOLDER` wrote.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tflitekit import artifact
from tflitekit.child import Worker
from tflitekit.console import Console, print_error, print_table
from tflitekit.errors import ModelError, ToolkitError
from tflitekit.files import write_whole
from tflitekit.quantize.calibration.ranges import METHODS
from tflitekit.quantize.corrections.efforts import EFFORTS
from tflitekit.quantize.recipe import Recipe
from tools.compare_engines.measure import Settings, measure_model
from tools.compare_engines.report import (
    ENGINES_HEADER,
    PAIRS_HEADER,
    Judged,
    Pair,
    markdown,
    pair_row,
)
from tools.trained_models.table import Entry, chosen

PACKAGES = ("tflitekit", "tensorflow", "keras", "ai-edge-litert", "litert-quantizer")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="tools.compare_engines", description=__doc__.splitlines()[0]
    )
    parser.add_argument("folder", type=Path, help="with the trained models")
    parser.add_argument("names", nargs="*", metavar="NAME", help="all where none is named")
    parser.add_argument("--samples", type=_positive, default=Settings.samples)
    parser.add_argument("--draws", type=_positive, default=Settings.draws)
    parser.add_argument("--effort", choices=EFFORTS, default=Recipe.effort)
    parser.add_argument("--ranges", choices=METHODS, default=Recipe.ranges)
    parser.add_argument("--markdown", type=Path, help="also write the tables here")
    options = parser.parse_args()
    recipe = Recipe(ranges=options.ranges, effort=options.effort)
    settings = Settings(options.samples, options.draws, recipe)
    try:
        judged = _judge(options.folder, chosen(options.names), settings)
        rows = [row for one in judged for row in one.engine_rows()]
        pairs = [pair for one in judged for pair in one.pairs()]
        print_table("", ENGINES_HEADER, rows)
        print_table("tflitekit less the other", PAIRS_HEADER, map(pair_row, pairs))
        if options.markdown:
            text = _document(chosen(options.names), rows, pairs, settings)
            write_whole(options.markdown, text.encode())
    except ToolkitError as error:
        print_error(error, as_json=False)
        sys.exit(error.exit_code)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _judge(folder: Path, entries: tuple[Entry, ...], settings: Settings) -> list[Judged]:
    for entry in entries:
        if not (folder / entry.file_name).exists():
            hint = f"python -m tools.trained_models --out {folder} {entry.name}"
            raise ModelError("is not trained", where=entry.name, hint=hint)
    progress = Console()
    with Worker() as worker:
        return [
            Judged(
                measure_model(
                    entry.name,
                    folder / entry.file_name,
                    folder / entry.name,
                    settings,
                    worker,
                    progress,
                )
            )
            for entry in entries
        ]


def _document(
    entries: tuple[Entry, ...],
    rows: list[tuple[str, ...]],
    pairs: list[Pair],
    settings: Settings,
) -> str:
    versions = artifact.versions()
    used = ", ".join(f"{package} {versions[package]}" for package in PACKAGES)
    kinds = markdown(
        ("model", "kind", "judged by"),
        [(entry.name, entry.kind, entry.metric) for entry in entries],
    )
    return f"""# The engines side by side

Made by

```
python -m tools.trained_models --data DATA --out FOLDER
python -m tools.compare_engines FOLDER --markdown docs/engines.md
```

with {used}.

{kinds}
Every engine gets the same {settings.samples} samples to calibrate with, drawn {settings.draws}
times from the training data, and gives a model with int8 inputs and outputs. Ours is asked for
`--ranges {settings.recipe.ranges} --effort {settings.recipe.effort}`. Score and SQNR are measured
by the runner on held-out data that none has seen, and are means over the draws. SQNR is that of the
outputs against the float model's. litert-quantizer's ranges are moving averages of the samples'
minima and maxima, which clip what few samples reach.

{markdown(ENGINES_HEADER, rows)}
The standard error of a score is that of the held-out samples (bootstrap; for a share p of n samples
it is the square root of p (1 - p) / n) and of the draws.

## Ours less the others

Scores in hundredths. Both engines answer the same samples, so that the standard error of their
difference is far smaller than that of either score. "Right by one alone" counts the samples that
only ours : only the other one gets right. Beyond two standard errors a difference is more than
noise.

{markdown(PAIRS_HEADER, map(pair_row, pairs))}"""


if __name__ == "__main__":
    main()
