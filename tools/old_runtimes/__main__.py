"""Whether older releases of TensorFlow Lite compute what `min_runtime_version` says that they do.

    python -m tools.old_runtimes PYTHON [PYTHON ...]

A PYTHON is the interpreter of an environment with `tflite-runtime` or `tensorflow`, of any release.
Makes the models of one op that the tests have, in int8 and in int16x8, there also of kernels that
the quantizer avoids, and runs each on that release and on the LiteRT of this environment. Prints
what became of those that the release should compute and does not, and of those that
`graph/unnumbered_kernels.py` says it lacks. Ends with status 1 where there are some
of the first kind.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np

from tests.fakes.one_op import OneOp
from tests.fakes.one_op_models import CASES
from tests.fakes.one_op_quality import CALLS, quantized
from tflitekit.errors import ToolkitError
from tflitekit.graph import Model, write_model
from tflitekit.graph.min_runtime import oldest_runtime, parse_release
from tflitekit.graph.unnumbered_kernels import unnumbered_use
from tflitekit.quantize.planning.boundary import set_io
from tflitekit.quantize.planning.op_rules import OP_RULES
from tflitekit.quantize.recipe import Recipe
from tflitekit.quantize.rule import OpRule

RECIPES = (Recipe(ranges="minmax"), Recipe(precision="int16x8", ranges="minmax"))
ANSWERS = Path(__file__).with_name("answers.py")
TIMEOUT_S = 600

ROUNDING = 0.02
"""Of an output's span: releases may differ by as much, a few steps of int8."""


@dataclass(frozen=True)
class Written:
    """A model, and what the tables say of it.

    Attributes:
        path: of the file.
        demand: the op that asks most, as `inspect` shows it.
        release: that it asks for.
        unnumbered: whether a version alone would not say so.
    """

    path: Path
    demand: str
    release: str
    unnumbered: bool

    def becomes(self, folder: Path, expected: Path) -> str:
        """What was made of it in `folder`; "" where that is what was `expected`."""
        refused = folder / f"{self.path.stem}.error"
        answers = folder / f"{self.path.stem}.npz"
        if refused.exists():
            return f"refused: {' '.join(refused.read_text().split())[:100]}"
        if not answers.exists():
            return "ended the process"
        return "" if _alike(answers, expected / answers.name) else "computed something else"


def main() -> None:
    """Try each release."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pythons", nargs="+", metavar="PYTHON")
    pythons = parser.parse_args().pythons
    with tempfile.TemporaryDirectory(prefix="tflitekit-") as folder:
        models, expected = Path(folder) / "models", Path(folder) / "expected"
        models.mkdir()
        _use_avoided_kernels()
        written = list(_write_models(models))
        _answer(sys.executable, models, expected, "ai_edge_litert")
        unknown = [one for one in written if one.becomes(expected, expected)]
        written = [one for one in written if one not in unknown]
        print(f"{len(unknown)} models that LiteRT does not run are left out")
        wrong = 0
        for number, python in enumerate(pythons):
            there = Path(folder) / str(number)
            release = _answer(python, models, there, "tflite_runtime", "tensorflow")
            wrong += _compare(release, written, there, expected)
    sys.exit(wrong > 0)


def _use_avoided_kernels() -> None:
    """Change the table that the quantizer reads."""
    rules = cast(dict[str, OpRule], OP_RULES)
    for op, rule in OP_RULES.items():
        rules[op] = replace(rule, int16=rule.int16 or rule.fixed is None, reason="")


def _write_models(folder: Path) -> Iterator[Written]:
    for case in CASES:
        for recipe in RECIPES if case.op in OP_RULES else ():
            try:
                model, left_float = quantized(case, recipe)
            except ToolkitError as error:
                sys.exit(f"{case.name}, {recipe.precision}: {error}")
            if not left_float:
                yield _write(folder / f"{case.name} {recipe.precision}.tflite", case, model)


def _write(path: Path, case: OneOp, model: Model) -> Written:
    set_io(model, "float32")
    path.write_bytes(write_model(model))
    calls = zip(*case.samples(CALLS), strict=True)
    np.savez(path.with_suffix(".npz"), *map(np.stack, calls))
    oldest = oldest_runtime(model)
    if oldest is None or oldest.release is None:
        sys.exit(f"{case.name}: no release has {oldest}")
    unnumbered = any(unnumbered_use(op) is not None for op in model.ops())
    return Written(path, str(oldest), oldest.release, unnumbered)


def _answer(python: str, models: Path, answers: Path, *packages: str) -> str:
    """Run all models, in a new process after each that ended one; the release."""
    answers.mkdir()
    command = [python, str(ANSWERS), str(models), str(answers), *packages]
    while True:
        begun = len(list(answers.glob("*.begun")))
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
        if done.returncode == 0:
            return done.stdout.strip()
        if len(list(answers.glob("*.begun"))) == begun:
            sys.exit(f"{python} runs no models: {done.stderr.strip()[-500:]}")


def _compare(release: str, written: list[Written], folder: Path, expected: Path) -> int:
    """Print what the tables and the release differ in; how many models they are too hopeful of."""
    wrong = early = 0
    for one in written:
        became = one.becomes(folder, expected)
        promised = parse_release(one.release) <= parse_release(release)
        if became and (promised or one.unnumbered):
            print(f"{release}: {one.path.stem}, from {one.release} for {one.demand}: {became}")
        wrong += promised and bool(became)
        early += not promised and not became
    print(f"{release}: {len(written)} models, {wrong} not as promised, {early} without promise")
    return wrong


def _alike(one: Path, other: Path) -> bool:
    with np.load(one) as ours, np.load(other) as theirs:
        return all(_close(ours[name], theirs[name]) for name in theirs.files)


def _close(ours: np.ndarray, theirs: np.ndarray) -> bool:
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        return False
    ours, theirs = ours.astype(float), theirs.astype(float)
    return bool(np.abs(ours - theirs).max(initial=0) <= ROUNDING * np.ptp(theirs))


if __name__ == "__main__":
    main()
