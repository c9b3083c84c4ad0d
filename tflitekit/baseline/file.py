"""The file of a baseline: sorted JSON with a value a line, so that a diff shows what changed.

What is the same every time is written exactly, so that nothing is worse than itself; a timed value
to six digits, which are more than any that mean something. What the settings of all values of a
device have in common is written once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tflitekit.baseline.baseline import Baseline, Key
from tflitekit.files import write_whole
from tflitekit.gates.measurement import Measurement
from tflitekit.gates.quantities import QUANTITIES
from tflitekit.json_document import read_document

SCHEMA = "tflitekit.baseline/1"

_TIMED_DIGITS = 6


@dataclass(frozen=True)
class BaselineValue:
    """What was measured of a quantity.

    Attributes:
        value: bytes, microseconds, steps, or a share from 0 to 1.
        low, high: its confidence interval; neither where it is the same every time.
        setting: what it was measured with and the others of its group were not.
    """

    value: float
    low: float | None = None
    high: float | None = None
    setting: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class BaselineGroup:
    """What was measured on one device, or of the file.

    Attributes:
        values: by quantity.
        setting: what all of them were measured with.
    """

    values: Mapping[str, BaselineValue]
    setting: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for quantity in self.values:
            if quantity not in QUANTITIES:
                raise ValueError(f"there is no quantity {quantity}")


@dataclass(frozen=True)
class BaselineModel:
    """What a model is held to.

    Attributes:
        file: what its file tells.
        devices: by their names in the settings.
    """

    file: BaselineGroup = field(default_factory=lambda: BaselineGroup({}))
    devices: Mapping[str, BaselineGroup] = field(default_factory=dict)


@dataclass(frozen=True)
class BaselineDocument:
    """Measurements that somebody accepted, for gates that are relative to them.

    Attributes:
        schema: the form of this file.
        models: by their names in the settings.
    """

    schema: str
    models: Mapping[str, BaselineModel]


def read_baseline(path: Path) -> Baseline:
    """A baseline file.

    Raises:
        UsageError: it cannot be read, or is broken; the line is told.
    """
    document = read_document(path, BaselineDocument, SCHEMA, "baseline of tflitekit")
    return Baseline(dict(_measurements(document)))


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write a baseline file, whole or not at all; the same baseline gives the same bytes.

    Raises:
        OutputError: it cannot be written.
    """
    write_whole(path, baseline_text(baseline).encode())


def baseline_text(baseline: Baseline) -> str:
    """What stands in the file."""
    return json.dumps(baseline_json(baseline), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def baseline_json(baseline: Baseline) -> dict[str, Any]:
    """A baseline for programs."""
    groups: dict[tuple[str, str | None], list[Measurement]] = {}
    for (model, device, _), found in baseline.measurements.items():
        groups.setdefault((model, device), []).append(found)
    models: dict[str, Any] = {}
    for (model, device), group in groups.items():
        entry = models.setdefault(model, {})
        if device is None:
            entry["file"] = _group_json(group)
        else:
            entry.setdefault("devices", {})[device] = _group_json(group)
    return {"schema": SCHEMA, "models": models}


def _measurements(document: BaselineDocument) -> Iterator[tuple[Key, Measurement]]:
    for model, entry in document.models.items():
        for device, group in ((None, entry.file), *entry.devices.items()):
            for quantity, one in group.values.items():
                setting = {**group.setting, **one.setting}
                found = Measurement(quantity, one.value, one.low, one.high, device, setting)
                yield (model, device, quantity), found


def _group_json(group: Sequence[Measurement]) -> dict[str, Any]:
    first, *others = (one.setting.items() for one in group)
    common = dict(sorted(set(first).intersection(*others)))
    values = {one.quantity: _value_json(one, common) for one in group}
    return {"setting": common, "values": values} if common else {"values": values}


def _value_json(found: Measurement, common: Mapping[str, str]) -> dict[str, Any]:
    digits = None if found.about.deterministic else _TIMED_DIGITS
    value: dict[str, Any] = {"value": _rounded(found.value, digits)}
    if found.interval is not None:
        value["low"], value["high"] = (_rounded(end, digits) for end in found.interval)
    own = dict(sorted(found.setting.items() - common.items()))
    if own:
        value["setting"] = own
    return value


def _rounded(value: float, digits: int | None) -> float:
    rounded = value if digits is None else float(f"{value:.{digits}g}")
    return int(rounded) if rounded == int(rounded) else rounded
