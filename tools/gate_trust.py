"""Whether the gates of `check` catch what they are there for, and nothing else.

    python -m tools.gate_trust [--trials 3] [--seconds 2]

Makes a project of the digits classifier with a budget for everything and an accepted baseline. Then
each trial makes the model 3 % larger, one to three points less accurate, less strict by one float
op, and slower by a tenth, one after the other, and checks it; and checks it unchanged. Ends with
status 1 where another gate than the regression's own is red, or that one is not. A time that
noise or a condition left open is told, and is not red; wants an idle machine.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fakes.regressions import REGRESSIONS, TIMED, plant
from tflitekit.console import Console, print_table

ROOT = Path(__file__).resolve().parent.parent
UNCHANGED = "nothing"
SAVES = 5
"""How often a baseline is tried, of which every time is in use."""

SETTINGS = """\
[models.digits]
file = "digits.tflite"
data = "digits"

[models.digits.budget]
size = {{ regression = "2 %" }}
float_tensors = 0
custom_ops = 0
macs = {{ regression = 0 }}
bytes_moved = {{ regression = "2 %" }}
accuracy = {{ regression = "0.5 pt" }}
latency = {{ regression = "5 %" }}

[devices.here]
uri = "local"
repeats = 20
seconds = {seconds}
allow = ["VIRTUAL"]
"""

_TFLITEKIT = (sys.executable, "-c", "from tflitekit.cli import main; main()")


def main() -> None:
    """Run the trials and print which gates were not green."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    options = parser.parse_args()
    rows, right = [], True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        good = _project(folder, options.seconds)
        for trial in range(options.trials):
            for planted in (UNCHANGED, *REGRESSIONS, *TIMED):
                Console().note(f"trial {trial + 1} of {options.trials}: {planted}")
                found = _planted(folder, good, planted)
                wanted = set() if planted == UNCHANGED else {planted}
                as_wanted = {name for name, outcome in found if outcome == "failed"} == wanted
                rows.append((str(trial + 1), planted, _shown(found), _verdict(as_wanted)))
                right = right and as_wanted
    print_table("", ("trial", "made worse", "not passed", ""), rows, numbers=False)
    sys.exit(not right)


def _project(folder: Path, seconds: float) -> Path:
    """The settings, the model and its baseline; gives the good model's file."""
    good = folder / "good.tflite"
    model = ROOT / "datasets" / "digits" / "model.keras"
    convert = ("convert", model, "--data", "digits", "-o", good)
    subprocess.run([*_TFLITEKIT, *map(str, convert)], check=True, capture_output=True)
    text = SETTINGS.format(seconds=seconds)
    (folder / "tflitekit.toml").write_text(text)
    (folder / "digits.tflite").write_bytes(good.read_bytes())
    for _ in range(SAVES):
        found = _check(folder, "--save-baseline")
        if all(outcome == "passed" for _, outcome in found):
            return good
    sys.exit("no baseline without a doubt could be saved: this machine is not idle")


def _planted(folder: Path, good: Path, planted: str) -> set[tuple[str, str]]:
    if planted == UNCHANGED:
        (folder / "digits.tflite").write_bytes(good.read_bytes())
    else:
        plant(planted, good, folder / "digits.tflite")
    return _check(folder)


def _check(folder: Path, *words: str) -> set[tuple[str, str]]:
    """The quantities whose gates did not pass, each with what became of it."""
    command = [*_TFLITEKIT, "check", "--json", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    (model,) = json.loads(done.stdout)["models"]
    verdicts = [one for one in model["verdicts"] if one["outcome"] != "passed"]
    for one in verdicts:
        if one["outcome"] == "inconclusive":
            Console().note(f"{one['quantity']}: {one['reason']}")
    return {(one["quantity"], one["outcome"]) for one in verdicts}


def _shown(found: set[tuple[str, str]]) -> str:
    return ", ".join(f"{quantity} {outcome}" for quantity, outcome in sorted(found)) or "-"


def _verdict(right: bool) -> str:
    return "right" if right else "WRONG"


if __name__ == "__main__":
    main()
