"""The documents of `bench` as the page shows them: models with a short name and a colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from tflitekit.gates.report import CheckedModel

ACCENT = 1
"""The colour of what the page is about; 0 is that of what it is compared with."""


@dataclass(frozen=True)
class Subject:
    """One model of a bench.

    Attributes:
        label: "float" and such where that tells models apart, else the name of the file.
        series: the number of its colour and shape.
        result: its part of the document.
    """

    label: str
    series: int
    result: Mapping[str, Any]


@dataclass(frozen=True)
class Bench:
    """What one device found.

    Attributes:
        device: its name.
        subjects: the models, the first of which the others are compared with.
        order: the index of the model of each cold start.
    """

    device: str
    subjects: tuple[Subject, ...]
    order: tuple[int, ...]


def benches_of(model: CheckedModel) -> tuple[Bench, ...]:
    """Those of all devices."""
    return tuple(
        _bench(model, device, document)
        for device, document in model.benches.items()
        if document.get("results")
    )


def form(model: CheckedModel) -> str:
    """What the model is in one word, beside "float"."""
    precision = (model.quantization or {}).get("precision")
    if precision:
        return str(precision)
    return "int8" if (model.model or {}).get("fully_integer") else "model"


def short_names(paths: Sequence[str]) -> list[str]:
    """Names of files, as whole paths where the names alone are equal."""
    names = [PurePath(path).stem or path for path in paths]
    return names if len(set(names)) == len(names) else list(paths)


def _bench(model: CheckedModel, device: str, document: Mapping[str, Any]) -> Bench:
    results = document["results"]
    if model.float_model is not None and len(results) == 2:
        labels = ["float", form(model)]
    elif len(results) == 1:
        labels = [form(model)]
    else:
        labels = short_names([result["model"] for result in results])
    first = ACCENT if len(results) == 1 else 0
    subjects = (
        Subject(label, first + number, result)
        for number, (label, result) in enumerate(zip(labels, results, strict=True))
    )
    return Bench(device, tuple(subjects), tuple(document.get("order", ())))
