"""The runner's protocol on the host: arguments out, records in. See android_bench/PROTOCOL.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Any, Literal, NamedTuple

from tflitekit.errors import RunError
from tflitekit.runtime.run_record import PortRecord, RunRecord, assemble

__all__ = ["CarriedPort", "PortRecord", "RecordReader", "RunRecord", "RunSpec"]

PROTOCOL = 1
_NOISE_KEPT = 20


Mode = Literal[
    "bench", "run", "eval", "calibrate", "bandwidth", "compute", "memory", "profile", "counters"
]


class CarriedPort(NamedTuple):
    """An output that is an input of the next run.

    Attributes:
        input, output: their positions.
        zero: the integer that stands for 0.0.
        written: whether the output is left as a file, too.
    """

    input: int
    output: int
    zero: int = 0
    written: bool = False

    def __str__(self) -> str:
        return f"{self.input}:{self.output}:{self.zero}:{self.written:d}"


@dataclass(frozen=True)
class RunSpec:
    """What is asked of one start of the runner. The defaults are the runner's own.

    Attributes:
        mode: one of `Mode`.
        threads: of LiteRT's CPU kernels and of the modes that measure a peak.
        cores: processors to bind to, such as "4-7"; empty for all.
        count: samples in the input files; 0 lets the runner make inputs up.
        steps: runs of one sample.
        state: what is carried from run to run.
        signature: the model's signature; empty for its first.
        metric: "top1" or "top5", for mode "eval".
        seed: of made-up inputs.
        min_runs, max_runs: bounds on the number of timed inferences.
        stride: time one inference of so many; the others are run all the same.
        seconds, max_seconds: how long to time, at least and at most.
        warmup_seconds: when to give up waiting for a steady time.
        weight_cache: whether XNNPACK's packed weights come from a file, which a process of its own
            wrote before.
        hold_seconds: how long to stay at each moment of mode "memory".
    """

    mode: Mode = "bench"
    threads: int = 1
    cores: str = ""
    count: int = 0
    steps: int = 1
    state: tuple[CarriedPort, ...] = ()
    signature: str = ""
    metric: str = ""
    seed: int = 0
    min_runs: int = 50
    max_runs: int = 100_000
    stride: int = 1
    seconds: float = 2.0
    max_seconds: float = 60.0
    warmup_seconds: float = 5.0
    weight_cache: bool = False
    hold_seconds: float = 0.0

    def result_files(self, num_outputs: int) -> list[str]:
        """What the runner leaves in its folder for a model with `num_outputs` outputs."""
        if self.mode == "calibrate":
            return ["stats.bin"]
        if self.mode in ("run", "eval"):
            hidden = {one.output for one in self.state if not one.written}
            return [f"out{i}.bin" for i in range(num_outputs) if i not in hidden]
        return []

    def words(self) -> list[str]:
        """`key=value` for everything that differs from the default."""
        return [
            f"{option.name}={_word(getattr(self, option.name))}"
            for option in fields(self)
            if getattr(self, option.name) != option.default
        ]


class RecordReader:
    """Takes the runner's lines one by one and gives the record at the end.

    Args:
        on_progress: called with the number of samples done, as the runner tells it.
    """

    def __init__(self, on_progress: Callable[[int], None] = lambda done: None) -> None:
        self._on_progress = on_progress
        self._by_type: dict[str, list[dict[str, Any]]] = {}
        self._noise: list[str] = []

    def feed(self, line: str) -> None:
        """Take one line of stdout; what is not a record is kept as noise."""
        record = _parse(line)
        if record is None:
            self._noise = [*self._noise, line.rstrip("\n")][-_NOISE_KEPT:]
        elif record["t"] == "progress":
            self._on_progress(int(record["done"]))
        else:
            self._by_type.setdefault(record["t"], []).append(record)

    def feed_all(self, lines: Iterable[str]) -> None:
        """Take every line."""
        for line in lines:
            self.feed(line)

    @property
    def error(self) -> str | None:
        """What the runner gave as the reason of its failure, "kind: message"."""
        record = self._last("error")
        return f"{record['kind']}: {record['message']}" if record else None

    def record(self) -> RunRecord:
        """The finished run.

        Raises:
            RunError: the runner reported an error, spoke another protocol, or ended without
                saying that it was done.
        """
        if self.error:
            raise RunError(f"the runner failed ({self.error})")
        hello, done = self._last("hello"), self._last("done")
        if not hello or not done:
            said = "\n".join(self._noise) or "it said nothing that could be read"
            raise RunError(f"the runner ended before it was done:\n{said}")
        if hello["protocol"] != PROTOCOL:
            raise RunError(
                f"the runner speaks protocol {hello['protocol']}, this is protocol {PROTOCOL}"
            )
        return assemble(self._by_type, tuple(self._noise))

    def _last(self, kind: str) -> dict[str, Any]:
        return self._by_type.get(kind, [{}])[-1]


def _word(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _parse(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        record = json.loads(line)
    except json.JSONDecodeError:
        return None
    return record if isinstance(record, dict) and isinstance(record.get("t"), str) else None
