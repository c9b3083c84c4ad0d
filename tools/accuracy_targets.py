"""Ask for an accuracy on every trained model, and tell where it is reached and at what price.

    python -m tools.accuracy_targets FOLDER [NAME ...] [--max-drop 1%] [--markdown FILE]

FOLDER is what `python -m tools.trained_models --out FOLDER` wrote.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tflitekit.bench.metrics import shown_score
from tflitekit.console import Console, print_error, print_table, print_text
from tflitekit.errors import GateError, ToolkitError
from tflitekit.files import write_whole
from tflitekit.frontend.source import ModelSource
from tflitekit.pipeline.build import build_artifact
from tflitekit.pipeline.requests import ConvertRequest
from tflitekit.progress import Progress
from tflitekit.quantize.accuracy.target import Target, parse_target
from tools.trained_models.table import Entry, chosen

HEADER = ("model", "kind", "float", "int8", "measured", "MACs in int8", "taken", "reached")


def main() -> None:
    """Convert and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="with the trained models")
    parser.add_argument("names", nargs="*", metavar="NAME", help="all where none is named")
    parser.add_argument("--max-drop", default="1%")
    parser.add_argument("--markdown", type=Path, help="also write the table here")
    options = parser.parse_args()
    try:
        target, progress = parse_target(options.max_drop), Console()
        rows = [_row(options.folder, entry, target, progress) for entry in chosen(options.names)]
    except ToolkitError as error:
        print_error(error, as_json=False)
        sys.exit(error.exit_code)
    reached = f"{sum(row[-1] == 'yes' for row in rows)} of {len(rows)} reach their target"
    print_table("", HEADER, rows, numbers=False)
    print_text(reached)
    if options.markdown:
        write_whole(options.markdown, _document(options.max_drop, rows, reached).encode())


def _row(folder: Path, entry: Entry, target: Target, progress: Progress) -> tuple[str, ...]:
    progress.step(entry.name)
    with tempfile.TemporaryDirectory(prefix="tflitekit-") as scratch:
        request = ConvertRequest(
            ModelSource(folder / entry.file_name),
            str(folder / entry.name),
            Path(scratch) / "int8.tflite",
            target=target,
            metric=entry.metric,
        )
        try:
            facts = build_artifact(request, progress).manifest["quantization"]
        except GateError as error:
            return entry.name, entry.kind, "", "", "", "", error.what, "no"
    return (entry.name, entry.kind, *_cells(facts), "yes")


def _cells(facts: dict[str, Any]) -> Iterable[str]:
    accuracy = facts["accuracy"]
    for name in ("float_score", "score"):
        yield shown_score(accuracy["metric"], accuracy[name])
    yield str(len(accuracy["steps"]))
    yield f"{100 * facts['int8_macs']:.1f} %"
    wide = ", ".join(facts["int16"])
    yield f"{facts['ranges']}, {facts['effort']} effort" + (f", int16: {wide}" if wide else "")


def _document(max_drop: str, rows: Sequence[Sequence[str]], reached: str) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in (HEADER, ["---"] * len(HEADER), *rows)]
    return "\n".join(
        [
            "# An accuracy that is asked for",
            "",
            f"`--max-drop {max_drop}` on small trained models, by `tools.accuracy_targets`:",
            f"{reached}, each within 30 measured candidates. `measured` is how many it took.",
            "",
            *lines,
            "",
        ]
    )


if __name__ == "__main__":
    main()
