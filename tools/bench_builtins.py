"""How long LiteRT's int8 kernels of builtin ops take beside its float ones, in one run.

    python -m tools.bench_builtins [--only ABS ...] [--rounds 5] [--seconds 0.2]

The source of `slow` in tflitekit/quantize/planning/op_rules.py. One op a model, of some 100,000
elements, on one thread; float and int8 take turns, and the figure is the median of the rounds'
ratios. An op is marked where its kernel is much slower than float and the table does not say so, or
where what the table says is off by more than a half.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tests.fakes.one_op import Given, OneOp, Operand, ints, values
from tests.fakes.one_op_models import CASES
from tests.fakes.one_op_quality import quantized
from tflitekit.console import Console, print_table
from tflitekit.devices.registry import open_device
from tflitekit.graph.writer import write_model
from tflitekit.progress import SILENT
from tflitekit.quantize.planning.op_rules import OP_RULES
from tflitekit.quantize.recipe import Recipe
from tflitekit.runtime.protocol import RunSpec
from tflitekit.runtime.session import Session, open_session, scratch
from tools.taking_turns import Times, ratio_of, times_of

HEADER = ("op", "float32", "int8", "ratio", "in the table", "")
ELEMENTS = 100_000
MUCH, OFF = 2.0, 1.5
"""Times as long as float, and as much as the table says, from which on an op is marked."""

_POOL = {
    **{"padding": "SAME", "stride_w": 2, "stride_h": 2, "filter_width": 3, "filter_height": 3},
    "fused_activation_function": "NONE",
}
_IMAGE = Given((1, 56, 56, 32), -1.0, 3.0)
OWN = {
    case.op: case
    for case in (
        OneOp(
            "BATCH_MATMUL",
            "",
            (Given((8, 128, 64)), Given((8, 64, 128), -4.0, 2.0)),
            {"adj_x": False, "adj_y": False},
        ),
        OneOp("SOFTMAX", "", (Given((800, 128), -9.0, 3.0),), {"beta": 1.0}),
        OneOp("PRELU", "", (_IMAGE, values(1, 1, 32, low=-0.1, high=0.5))),
        OneOp("AVERAGE_POOL_2D", "", (_IMAGE,), _POOL),
        OneOp("PADV2", "", (_IMAGE, ints((0, 0), (1, 1), (1, 1), (0, 0)), np.float32(1.3))),
        OneOp("L2_NORMALIZATION", "", (Given((800, 128), -4.0, 3.0),)),
    )
}
"""Where more of a small one is not what models have."""

FIXED = ("SPARSE_TO_DENSE",)
"""What has a place in another operand for each row."""

SCALED = ("float32", "bool")
"""Types of what grows with the batch; integers are places."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", help="names of ops; all that are measurable otherwise")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.2)
    options = parser.parse_args()
    cases = [case for case in large_cases() if options.only is None or case.op in options.only]
    spec = RunSpec(seconds=options.seconds, warmup_seconds=options.seconds / 2)
    with (
        open_session(open_device("local"), SILENT) as session,
        Console().bar("Measuring", len(cases)) as advance,
    ):
        rows = []
        for case in cases:
            rows.append(_row(case.op, _times(case, session, spec, options.rounds)))
            advance(1)
    print_table("int8 beside float32, one thread", HEADER, rows)


def large_cases() -> Iterator[OneOp]:
    """One case of every op that is computed in int8, not only moved, and whose batch may be any."""
    seen = set()
    for case in CASES:
        rule = OP_RULES.get(case.op)
        if case.op in (*seen, *FIXED) or rule is None or rule.reason:
            continue
        seen.add(case.op)
        if rule.sharing == "output-follows-input" and not rule.slow:
            continue
        large = OWN.get(case.op) or _enlarged(case)
        if large is not None:
            yield large


def _enlarged(case: OneOp) -> OneOp | None:
    """As many times the batch as give enough elements; None where the case has a fixed shape."""
    given = [one for one in case.operands if isinstance(one, Given) and one.dtype in SCALED]
    batches = {one.shape[:1] for one in given}
    if case.shape is not None or len(batches) != 1 or () in batches:
        return None
    most = max(math.prod(one.shape) for one in given)
    times = -(-ELEMENTS // most)
    return replace(case, operands=tuple(_repeated(one, times) for one in case.operands))


def _repeated(operand: Operand, times: int) -> Operand:
    if not isinstance(operand, Given) or operand.dtype not in SCALED:
        return operand
    return replace(operand, shape=(times * operand.shape[0], *operand.shape[1:]))


def _times(case: OneOp, session: Session, spec: RunSpec, rounds: int) -> Times:
    with scratch() as folder:
        files = {name: folder / f"{name}.tflite" for name in ("float32", "int8")}
        files["float32"].write_bytes(write_model(case.build()))
        files["int8"].write_bytes(write_model(quantized(case, Recipe())[0]))
        return times_of(files, session, spec, rounds)


def _row(op: str, times: Times) -> tuple[str, ...]:
    ratio, said = ratio_of(times, "int8", "float32"), OP_RULES[op].slow
    is_off = not said / OFF <= ratio <= said * OFF if said else ratio > MUCH
    each = (f"{statistics.median(times[name]):.1f} us" for name in ("float32", "int8"))
    return (op, *each, f"{ratio:.2f}", f"{said:g}" if said else "", "OFF" if is_off else "")


if __name__ == "__main__":
    main()
