"""KerasHub's transformers in strict int8: what becomes of their ops, and how exact they are.

pip install keras-hub
python -m tools.kerashub [--only NAME ...] [--markdown docs/kerashub.md]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import numpy as np

from tflitekit.console import Console, print_table
from tflitekit.files import write_whole
from tflitekit.graph import read_model
from tools.compare_engines.judge import sqnr_db
from tools.compare_engines.report import markdown
from tools.kerashub.backbones import BACKBONES

HEADER = ("backbone", "float ops", "int8 ops", "products", "ours", "other ops", "float", "SQNR dB")
_TFLITEKIT = (sys.executable, "-c", "from tflitekit.cli import main; main()")
_PRODUCTS = ("FULLY_CONNECTED", "CONV_2D")
_OURS = "tflitekit."


def main() -> None:
    """Convert, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=list(BACKBONES), choices=BACKBONES)
    parser.add_argument("--markdown", type=Path, help="a file to write the table to")
    options = parser.parse_args()
    rows = []
    console = Console()
    with console.bar("Converting", len(options.only)) as advance:
        for name in options.only:
            with tempfile.TemporaryDirectory(prefix="tflitekit-") as folder:
                rows.append(_row(Path(folder), name))
            advance(1)
    print_table("", HEADER, rows)
    if options.markdown:
        write_whole(options.markdown, page(rows).encode())


def page(rows: Iterable[tuple[str, ...]]) -> str:
    """The document."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("keras-hub", "keras", "tensorflow"))
    return f"""# KerasHub's transformers in int8

Made by `python -m tools.kerashub --markdown docs/kerashub.md`, with {packages}.

Each is a backbone as `keras_hub.models` makes it, of two blocks, 64 wide, with random weights (the
recognition of its ops does not depend on sizes), converted by `tflitekit convert` without options.
"Products" are FULLY_CONNECTED and CONV_2D, "ours" are custom ops that stand for a normalization, an
attention, a rotation or a function whole, "other ops" are LiteRT's, "float" counts tensors that are
left in float. SQNR is that of each output against the float model's, on samples that it was
not calibrated with. Rounding alone leaves a random network of this width some 35 dB.

{markdown(HEADER, rows)}"""


def _row(folder: Path, name: str) -> tuple[str, ...]:
    made = _said(sys.executable, "-m", "tools.kerashub.backbones", str(folder), name)
    shapes = [word for shape in made.splitlines() for word in ("--input-shape", shape)]
    files = {form: folder / f"{form}.tflite" for form in ("float", "int8")}
    told = json.loads(
        _said(
            *(*_TFLITEKIT, "convert", str(folder / f"{name}.keras"), *shapes, "--json"),
            *("--data", str(folder / "calibrate.npz"), "-o", str(files["int8"])),
            *("--float-out", str(files["float"])),
        )
    )
    counts = {
        form: Counter(op.name for op in read_model(file).ops()) for form, file in files.items()
    }
    exact, rounded = (_outputs(folder, file) for file in files.values())
    noise = [f"{sqnr_db(exact[one], rounded[one]):.1f}" for one in exact]
    return (
        *(name, str(counts["float"].total()), str(counts["int8"].total())),
        *_kinds(counts["int8"]),
        *(str(told["model"]["float_tensors"]), ", ".join(noise)),
    )


def _kinds(counts: Counter[str]) -> tuple[str, str, str]:
    products = sum(counts[name] for name in _PRODUCTS)
    ours = {name.removeprefix(_OURS): n for name, n in counts.items() if name.startswith(_OURS)}
    rest = {name: n for name, n in counts.items() if name not in _PRODUCTS and _OURS not in name}
    return str(products), _listed(ours), _listed(rest)


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))


def _outputs(folder: Path, file: Path) -> dict[str, np.ndarray]:
    answers = file.with_suffix(".npz")
    _said(
        *(*_TFLITEKIT, "run", str(file), "--inputs", str(folder / "held_out.npz")),
        *("--outputs", str(answers)),
    )
    with np.load(answers) as arrays:
        return dict(arrays)


def _said(*argv: str) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(argv)} failed:\n{done.stderr[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    main()
