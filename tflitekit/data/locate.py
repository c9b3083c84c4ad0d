"""Where the data named on the command line are.

`SPEC` is, in this order:

1. a path to a file or folder that exists;
2. the name of a data set: a folder of that name with a `dataset.toml`, in `./datasets`, or else
   among those shipped with the toolkit;
3. `module:callable`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from tflitekit.data.recipe import FILE_NAME, Recipe, Split, read_recipe
from tflitekit.data.sources.base import content_digest
from tflitekit.data.sources.user_module import is_module_spec
from tflitekit.errors import DataError
from tflitekit.suggest import did_you_mean

_NAME = re.compile(r"\w[\w.-]*")
_PACKAGE = Path(__file__).resolve().parent.parent
_SHIPPED = (_PACKAGE / "datasets", _PACKAGE.parent / "datasets")
_HERE = Path()


def dataset_folders(root: Path = _HERE) -> tuple[Path, ...]:
    """Where data sets named in the folder `root` are looked for: a checkout has them beside the
    package."""
    return (root / "datasets", *_SHIPPED)


def dataset_names(root: Path = _HERE) -> tuple[str, ...]:
    """The data sets that can be named in the folder `root`, in alphabetical order."""
    return tuple(sorted({folder.name for folder in _named_sets(root)}))


def locate(spec: str, split: Split) -> tuple[str, str, Recipe]:
    """What `spec` names.

    Returns:
        The set's name, the path or `module:callable` of the wanted split, and its recipe.

    Raises:
        DataError: there is no such thing, or its recipe or files are wrong.
    """
    place = _place(spec)
    if place is None:
        return spec, spec, Recipe()
    if place.is_dir() and (place / FILE_NAME).is_file():
        recipe = read_recipe(place / FILE_NAME)
        return recipe.name, str(_part(recipe, place, split)), recipe
    return place.name or str(place), str(place), Recipe()


def spec_from(root: Path, spec: str) -> str:
    """What names here what `spec` names in the folder `root`.

    Only a path and a data set depend on the folder, and `file.py:callable`.

    Raises:
        DataError: there is no such thing.
    """
    place = _place(spec, root)
    if place is not None:
        return spec if place.parent in _SHIPPED else str(place)
    return str(root / spec) if ".py:" in spec else spec


def spec_for(root: Path, spec: str) -> str:
    """What names in the folder `root` what `spec` names here: the opposite of `spec_from`.

    Raises:
        DataError: there is no such thing.
    """
    place = _place(spec)
    if place is None:
        file, py, rest = spec.partition(".py:")
        return f"{os.path.relpath(file, root)}{py}{rest}" if py else spec
    return spec if place.parent in _SHIPPED else os.path.relpath(place, root)


def _place(spec: str, root: Path = _HERE) -> Path | None:
    """The path that `spec` names in the folder `root`, or None for `module:callable`."""
    if not spec:
        raise DataError("no data are named", hint="Name a path, a data set or module:callable")
    try:
        return _find(spec, root)
    except OSError as error:  # a name that is too long, a folder that may not be entered
        raise DataError(f"cannot be looked for ({error.strerror})", where=spec) from error


def _find(spec: str, root: Path) -> Path | None:
    path = root / spec
    if path.exists():
        return path
    for folder in _named_sets(root):
        if folder.name == spec:
            return folder
    if is_module_spec(spec):
        return None
    raise _not_found(spec, root)


def _named_sets(root: Path) -> Iterator[Path]:
    for folder in dataset_folders(root):
        if folder.is_dir():
            yield from sorted(file.parent for file in folder.glob(f"*/{FILE_NAME}"))


def _not_found(spec: str, root: Path) -> DataError:
    path = root / spec
    siblings = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
    if _NAME.fullmatch(spec) and not path.suffix:
        hint = did_you_mean(spec, [*dataset_names(root), *siblings])
        return DataError("is neither a path nor a data set", where=spec, hint=hint)
    hint = did_you_mean(path.name, siblings)
    return DataError("there is no such file or folder", where=spec, hint=hint)


def _part(recipe: Recipe, folder: Path, split: Split) -> Path:
    """The file or folder of the wanted split, its digest checked."""
    if not recipe.splits:
        part = folder
    elif split in recipe.splits:
        part = folder / recipe.splits[split]
    else:
        raise DataError(
            f"has no split to {split} with",
            where=str(folder / FILE_NAME),
            hint=f"Name a file in [splits] {split}",
        )
    if not part.exists():
        raise DataError(f"the split {split} is missing", where=str(part))
    for name, digest in recipe.sha256.items():
        _check_digest(folder / name, digest, part)
    return part


def _check_digest(file: Path, digest: str, part: Path) -> None:
    if file != part and part not in file.parents:
        return
    if not file.is_file():
        raise DataError("is missing, though dataset.toml has its sha256", where=str(file))
    found = content_digest(file)
    if found != digest.lower():
        raise DataError(
            f"is not the file that dataset.toml describes: sha256 is {found}",
            where=str(file),
            hint="Get the file again, or correct dataset.toml",
        )
