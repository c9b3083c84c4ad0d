"""A folder of pictures, one folder a class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.data.preprocess import picture_shape
from tflitekit.data.recipe import FILE_NAME
from tflitekit.data.samples import Row
from tflitekit.data.sources.base import Request, Source, content_digest
from tflitekit.data.sources.pictures import SUFFIXES, decode, note_pixel_range
from tflitekit.errors import DataError


class ImageFolderSource(Source):
    """Pictures for a model with one input, in one folder a class, or in one folder unlabelled.

    The label is the place of the folder's name in the sorted names, from 0. Pixels are 0..255,
    grey or colour as the input has channels, and take the input's size, unless `dataset.toml`
    says otherwise. Hidden entries are left out.
    """

    kind = "a folder of pictures (one folder a class)"

    @classmethod
    def accepts(cls, spec: str) -> bool:
        return Path(spec).is_dir()

    def __init__(self, spec: str, request: Request) -> None:
        if len(request.inputs) != 1:
            raise DataError(
                f"a folder of pictures feeds one input, and the model has {len(request.inputs)}",
                where=spec,
                hint="Use an .npz, or module:callable",
            )
        (self._input,) = request.inputs
        steps = request.recipe.steps(self._input.name)
        self._channels = picture_shape(self._input, steps.layout)[2]
        self._folder = Path(spec)
        self._files, self._labels, self.class_names = _pictures(self._folder, request)
        self.count = len(self._files)
        note_pixel_range(request, self._input.name)

    def labels(self) -> NDArray[Any] | None:
        return self._labels

    def digest(self) -> str:
        return content_digest(self._folder)

    def rows(self, indices: Sequence[int] | None) -> Iterator[Row]:
        for index in range(len(self._files)) if indices is None else indices:
            file = self._files[index]
            origin = file.relative_to(self._folder).as_posix()
            picture = decode(file, self._channels, str(file))
            label = None if self._labels is None else self._labels[index : index + 1].reshape(())
            name = self._input.name
            yield Row(index, {name: picture}, label, origin, frozenset([name]))


def _pictures(
    folder: Path, request: Request
) -> tuple[list[Path], NDArray[np.int64] | None, tuple[str, ...] | None]:
    """The files in order, their labels, and the names of the classes."""
    loose = _visible(folder, files=True)
    classes = _visible(folder, files=False)
    members = [_visible(one, files=True) for one in classes]
    chosen = [[file for file in group if _is_picture(file)] for group in (loose, *members)]
    flat, labelled = chosen[0], chosen[1:]
    if flat and any(labelled):
        raise DataError(
            f"holds pictures both beside and in folders, {flat[0].name!r} is one beside",
            where=str(folder),
            hint="Put each picture into the folder of its class",
        )
    _tell_about_others(folder, loose, members, chosen, request)
    if flat:
        return flat, None, None
    if not any(labelled):
        raise DataError(
            "holds no pictures, neither itself nor in its folders",
            where=str(folder),
            hint=f"Pictures end in {' '.join(SUFFIXES)}; give the folder that holds the classes",
        )
    for one, group in zip(classes, labelled, strict=True):
        if not group:
            request.progress.warn(f"{one}: the class {one.name!r} has no pictures")
    labels = np.repeat(np.arange(len(classes)), [len(group) for group in labelled])
    return [file for group in labelled for file in group], labels, tuple(c.name for c in classes)


def _tell_about_others(
    folder: Path,
    loose: list[Path],
    members: list[list[Path]],
    chosen: list[list[Path]],
    request: Request,
) -> None:
    everything = len(loose) + sum(map(len, members)) - (folder / FILE_NAME in loose)
    left_out = everything - sum(map(len, chosen))
    if left_out:
        request.progress.note(f"{folder}: {left_out} files that are no pictures are left out")


def _visible(folder: Path, *, files: bool) -> list[Path]:
    try:
        entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        raise DataError(f"cannot be read ({error.strerror})", where=str(folder)) from error
    return [entry for entry in entries if entry.is_file() == files and entry.is_dir() != files]


def _is_picture(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES
