"""The files that a bench names, as one stream of bytes: for a machine that does not have them."""

from __future__ import annotations

import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

from tflitekit.bench.metrics import METRICS
from tflitekit.data.locate import locate
from tflitekit.data.recipe import FILE_NAME
from tflitekit.data.sources.user_module import is_module_spec
from tflitekit.errors import DataError, OutputError, UsageError

_CODE_STAYS = "is code of this machine, which is not sent to others"


class Writable(Protocol):
    """What a parcel is written to."""

    def write(self, data: bytes, /) -> object: ...


class Readable(Protocol):
    """What it is read from."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Parcel:
    """What is sent, and how a request names it.

    Attributes:
        members: files and folders of this machine, by their names in the parcel.
        names: the name in the parcel of what a request names, such as a model's path.
    """

    members: Mapping[str, Path] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


def parcel_of(asked: Mapping[str, Any]) -> Parcel:
    """Everything that a request needs of this machine.

    Args:
        asked: a `BenchRequest` as JSON.

    Raises:
        UsageError: the metric or the data are code of the user's, which is not sent.
        DataError: there are no such data, or they lie outside their folder.
    """
    members: dict[str, Path] = {}
    names: dict[str, str] = {}
    runtime = asked["runtime"]
    files = filter(None, (*asked["models"], runtime["library"], runtime["runner"]))
    for given in dict.fromkeys(files):
        names[given] = f"{len(names)}/{Path(given).name}"
        members[names[given]] = Path(given)
    _check_metric(asked["metric"])
    if asked["data"] is not None:
        names[asked["data"]], parts = _data(asked["data"], str(len(names)))
        members |= parts
    return Parcel(members, names)


def pack(parcel: Parcel, stream: Writable) -> None:
    """Write it as a tar archive, links as what they point to.

    Raises:
        DataError: a file cannot be read.
    """
    try:
        with tarfile.open(mode="w|", fileobj=cast(Any, stream), dereference=True) as archive:
            for name, path in parcel.members.items():
                archive.add(path, name)
    except OSError as error:
        where = error.filename and str(error.filename)
        raise DataError(f"cannot be read ({error.strerror})", where=where) from error


def unpack(stream: Readable, folder: Path) -> None:
    """Read what `pack` wrote into a folder.

    Raises:
        OutputError: the folder cannot take it.
    """
    try:
        with tarfile.open(mode="r|", fileobj=cast(Any, stream)) as archive:
            # Before Python 3.11.4 there are no filters; all that is sent here was made by `pack`.
            archive.extraction_filter = getattr(tarfile, "data_filter", None)
            archive.extractall(folder)
    except OSError as error:
        raise OutputError(
            f"what was sent cannot be written ({error.strerror})", where=str(folder)
        ) from error


def moved(asked: Mapping[str, Any], names: Mapping[str, str], folder: Path) -> dict[str, Any]:
    """The request with every file where `unpack` put it."""

    def place(given: str | None) -> str | None:
        return None if given is None else str(folder / names[given])

    runtime = asked["runtime"]
    files = {name: place(runtime[name]) for name in ("library", "runner")}
    return {
        **asked,
        "models": [place(path) for path in asked["models"]],
        "data": place(asked["data"]),
        "runtime": {**runtime, **files},
    }


def as_given(told: Any, names: Mapping[str, str], folder: Path) -> Any:
    """A JSON value in which files are named as in the request, and not where they were put."""
    if isinstance(told, str):
        for given, name in names.items():
            told = told.replace(str(folder / name), given)
        return told
    if isinstance(told, Mapping):
        return {key: as_given(value, names, folder) for key, value in told.items()}
    if isinstance(told, list):
        return [as_given(value, names, folder) for value in told]
    return told


def _check_metric(metric: str | None) -> None:
    if metric is not None and is_module_spec(metric):
        hint = f"Use {', '.join(METRICS)}"
        raise UsageError(_CODE_STAYS, where=f"--metric {metric}", hint=hint)


def _data(spec: str, number: str) -> tuple[str, dict[str, Path]]:
    """The name of what `spec` names in the parcel, and its files: of a data set only the split."""
    _, place, recipe = locate(spec, "evaluate")
    if recipe.folder is None:
        if not Path(place).exists():
            hint = "Store the samples in a file, such as an .npz"
            raise UsageError(_CODE_STAYS, where=f"--data {spec}", hint=hint)
        name = f"{number}/{Path(place).resolve().name}"
        return name, {name: Path(place)}
    _check_metric(recipe.metric)
    name = f"{number}/{recipe.folder.resolve().name}"
    inside = _inside(Path(place), recipe.folder)
    if inside == Path():
        return name, {name: recipe.folder}
    return name, {
        f"{name}/{FILE_NAME}": recipe.folder / FILE_NAME,
        f"{name}/{inside}": Path(place),
    }


def _inside(part: Path, folder: Path) -> Path:
    try:
        return part.resolve().relative_to(folder.resolve())
    except ValueError:
        raise DataError(
            "lies outside the folder of its dataset.toml, so that it cannot be sent",
            where=str(part),
        ) from None
