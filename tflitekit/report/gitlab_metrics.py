"""What `check` measured as OpenMetrics text, for GitLab's `artifacts:reports:metrics`.

GitLab compares the text of each value with that of the target branch, and tells what changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tflitekit.gates.quantities import QUANTITIES, Unit
from tflitekit.gates.report import CheckedModel, CheckReport
from tflitekit.report.verdict_text import counts

if TYPE_CHECKING:
    from prometheus_client.core import Metric

_US = 1e-6
_DIGITS = ".9g"  # a product by 1e-6 has others of its own
_UNITS: Mapping[Unit, tuple[str, float]] = {
    "bytes": ("bytes", 1.0),
    "count": ("", 1.0),
    "macs": ("", 1.0),
    "us": ("seconds", _US),
    "share": ("ratio", 1.0),
    "score": ("", 1.0),
    "points": ("", 1.0),
    "number": ("", 1.0),
    "version": ("", 1.0),
}
"""The name that OpenMetrics gives a unit, and its size in that."""

_Labels = tuple[tuple[str, str], ...]


def gitlab_metrics(report: CheckReport) -> str:
    """A gauge a quantity, and one with the number of gates of each outcome.

    A value that conditions void is no value, and is left out.
    """
    from prometheus_client import CollectorRegistry
    from prometheus_client.openmetrics.exposition import generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families([*_quantities(report), _gates(report.models)]))
    text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
    return text.decode()


class _Families:
    """What a registry asks for its metrics."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> list[Any]:
        return self._families


def _quantities(report: CheckReport) -> Iterator[Metric]:
    """In the order of the table, with all models that have a value."""
    for quantity in QUANTITIES.values():
        values = {
            _labels(model=model.name, device=one.device): one.value
            for model in report.models
            for one in model.measurements
            if one.quantity == quantity.name and not one.void
        }
        if values:
            unit, size = _UNITS[quantity.unit]
            name = f"tflitekit_{quantity.name}".removesuffix("_ratio")
            scaled = {key: float(f"{value * size:{_DIGITS}}") for key, value in values.items()}
            yield _gauge(name, quantity.meaning, scaled, unit)


def _gates(models: Iterable[CheckedModel]) -> Metric:
    values = {
        _labels(model=model.name, outcome=outcome): float(count)
        for model in models
        for outcome, count in counts(model.verdicts).items()
    }
    return _gauge("tflitekit_gates", "limits by outcome", values)


def _gauge(name: str, meaning: str, values: Mapping[_Labels, float], unit: str = "") -> Metric:
    from prometheus_client.core import Metric

    gauge = Metric(name, meaning, "gauge", unit)
    for labels, value in values.items():
        gauge.add_sample(gauge.name, dict(labels), value)
    return gauge


def _labels(**labels: str | None) -> _Labels:
    """Those that have a value."""
    return tuple((name, _label(text)) for name, text in labels.items() if text is not None)


def _label(text: str) -> str:
    """One line that can be encoded. GitLab cuts a line at its first #, wherever that is."""
    one_line = re.sub(r"[\r\n]", " ", text).replace("#", "\uff03")
    return one_line.encode("utf-8", "replace").decode()
