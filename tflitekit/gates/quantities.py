"""What a budget can limit: one table, which settings, gates, reports and documents read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tflitekit.bench.resolution import RESOLUTION

Unit = Literal["bytes", "count", "macs", "us", "share", "score", "points", "number", "version"]
Source = Literal["file", "float file", "runner", "data", "timing"]
"""What has to be at hand to measure it: the file alone; the float model's file besides; a run; runs
over the data set; runs that are timed. All but the last give the same number every time, but for
some pages of memory."""


@dataclass(frozen=True)
class Quantity:
    """One thing that can be measured of a model.

    Attributes:
        name: in settings and reports.
        unit: of its value. A share, a score and points are fractions, a version is major * 10^6 +
            minor * 10^3 + patch.
        better: which way is good; so which side of a limit is bad.
        source: what it is measured on.
        meaning: a phrase for people.
    """

    name: str
    unit: Unit
    better: Literal["lower", "higher"]
    source: Source
    meaning: str

    @property
    def deterministic(self) -> bool:
        """Whether the same model always gives the same value."""
        return self.source != "timing"

    @property
    def resolution(self) -> float:
        """A share of the value that two runs of one model may differ by: of what is timed, and of a
        process's pages.
        """
        return RESOLUTION if self.source == "timing" or self.name == "memory" else 0.0


_TABLE = (
    Quantity("size", "bytes", "lower", "file", "the file"),
    Quantity("compressed_size", "bytes", "lower", "file", "the file, deflated as in an APK"),
    Quantity("float_tensors", "count", "lower", "file", "float tensors between input and output"),
    Quantity("custom_ops", "count", "lower", "file", "kinds of op that an app gets kernels for"),
    Quantity("runtime", "version", "lower", "file", "the oldest runtime that knows all its ops"),
    Quantity("macs", "macs", "lower", "file", "multiply-accumulates of one inference"),
    Quantity("bytes_moved", "bytes", "lower", "file", "bytes that one inference must move"),
    Quantity("size_ratio", "share", "lower", "float file", "the file, of the float model's"),
    Quantity("arena", "bytes", "lower", "runner", "memory of the activations"),
    Quantity("memory", "bytes", "lower", "runner", "the process's memory (PSS) at its peak"),
    Quantity("accuracy", "score", "higher", "data", "a metric where more is better, held-out data"),
    Quantity("accuracy_drop", "points", "lower", "data", "what the float model has more of it"),
    Quantity("error", "number", "lower", "data", "a metric where less is better, as perplexity"),
    Quantity("error_ratio", "share", "lower", "data", "the same, of the float model's"),
    Quantity("agreement", "share", "higher", "data", "samples with the float model's top-1"),
    Quantity("latency", "us", "lower", "timing", "the median inference"),
    Quantity("latency_p90", "us", "lower", "timing", "what 9 in 10 inferences take at most"),
    Quantity("latency_ratio", "share", "lower", "timing", "the median, of the float model's"),
    Quantity("cold_start", "us", "lower", "timing", "from no process to the first answer"),
)

QUANTITIES: Mapping[str, Quantity] = {one.name: one for one in _TABLE}
