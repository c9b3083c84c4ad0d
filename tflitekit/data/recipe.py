"""`dataset.toml`: where a data set comes from and what is done to its values.

```toml
[dataset]
name = "digits"
source = "https://..."
licence = "CC-BY-4.0"
metric = "top1"                 # what `labels` are scored by

[dataset.sha256]                # checked whenever the file is opened
"train.npz" = "..."

[splits]                        # files or folders, relative to this one
calibrate = "train.npz"
evaluate = "test.npz"

[keys]                          # what the data call an input, or "label", where names differ
image = "image/encoded"

[preprocess]                    # for every input that has no table of its own
scale = 0.0625

[inputs.image]                  # the same keys as [preprocess], for one input
scale = 0.003921568627451
mean = [0.485, 0.456, 0.406]
range = [0.0, 1.0]              # what the model was trained on; anything outside is an error
```

Every key is optional. A key that is not known is an error.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tflitekit.data.toml_table import Table
from tflitekit.errors import DataError

FILE_NAME = "dataset.toml"
Split = Literal["calibrate", "evaluate"]
SPLITS: tuple[Split, ...] = ("calibrate", "evaluate")
METHODS = ("nearest", "bilinear", "bicubic", "box", "lanczos")
CROPS = ("none", "center")
LAYOUTS = ("NHWC", "NCHW")
DTYPES = ("float32", "uint8", "int8", "int16", "int32", "int64", "bool")


@dataclass(frozen=True)
class Resize:
    """How pictures get their size.

    Attributes:
        size: (height, width) in pixels; None takes the model's.
        method: one of `METHODS`, as Pillow names its filters.
        crop: "none" stretches; "center" keeps the proportions and cuts out the middle.
        fraction: with "center", the part of the shorter side that is kept, in (0, 1].
    """

    size: tuple[int, int] | None = None
    method: str = "bilinear"
    crop: str = "none"
    fraction: float = 1.0


@dataclass(frozen=True)
class Preprocess:
    """What is done to the values of one input, in the order of the attributes.

    Attributes:
        resize: None leaves arrays alone; pictures then take the model's size, stretched.
        scale: factor on the stored values; None leaves them alone.
        mean: subtracted after scaling, one number or one a channel.
        std: divides after that, one number or one a channel.
        layout: the model's, "NHWC" or "NCHW": pictures are turned to it; arrays have it already.
            Channels are the last axis unless it is "NCHW".
        dtype: a NumPy type to cast to, rounding to nearest even and saturating; None keeps.
        range: the least and greatest value that the model was trained on; the results of the
            above are held to it. None where it is not known.
    """

    resize: Resize | None = None
    scale: float | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    layout: str = "NHWC"
    dtype: str | None = None
    range: tuple[float, float] | None = None


@dataclass(frozen=True)
class Recipe:
    """The content of one `dataset.toml`, or what holds without one.

    Attributes:
        folder: where the file is; None without a file.
        name: the set's name; empty without a file.
        source: where the data come from.
        licence: under what licence, an SPDX identifier where there is one.
        metric: what accuracy is measured by; None leaves it to the labels.
        sha256: hexadecimal digests by path relative to `folder`.
        splits: paths relative to `folder`; empty means that the folder itself is the data.
        keys: what the data call an input, or "label".
        preprocess: for the inputs that `inputs` does not name.
        inputs: by input name.
    """

    folder: Path | None = None
    name: str = ""
    source: str = ""
    licence: str = ""
    metric: str | None = None
    sha256: Mapping[str, str] = field(default_factory=dict)
    splits: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    preprocess: Preprocess = Preprocess()
    inputs: Mapping[str, Preprocess] = field(default_factory=dict)

    def steps(self, name: str) -> Preprocess:
        """What is done to the values of the input `name`."""
        return self.inputs.get(name, self.preprocess)


def read_recipe(file: Path) -> Recipe:
    """Read a `dataset.toml`.

    Raises:
        DataError: it cannot be read, is no TOML, or holds a key or value that makes no sense.
    """
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"cannot be read ({error})", where=str(file)) from error
    return _recipe(Table(content, str(file)), file.parent)


def _recipe(root: Table, folder: Path) -> Recipe:
    about = root.table("dataset")
    splits = root.table("splits")
    inputs = root.table("inputs")
    recipe = Recipe(
        folder=folder,
        name=about.text("name") or folder.resolve().name,
        source=about.text("source") or "",
        licence=about.text("licence") or "",
        metric=about.text("metric"),
        sha256=about.table("sha256").texts(),
        splits={split: path for split in SPLITS if (path := splits.text(split))},
        keys=root.table("keys").texts(),
        preprocess=_preprocess(root.table("preprocess")),
        inputs={name: _preprocess(inputs.table(name)) for name in inputs.names()},
    )
    for table in (about, splits, root):
        table.refuse_others()
    return recipe


def _preprocess(table: Table) -> Preprocess:
    steps = Preprocess(
        resize=_resize(table.table("resize")) if "resize" in table.names() else None,
        scale=table.number("scale"),
        mean=table.numbers("mean"),
        std=table.numbers("std"),
        layout=table.choice("layout", LAYOUTS) or "NHWC",
        dtype=table.choice("dtype", DTYPES),
        range=_range(table),
    )
    table.refuse_others()
    if steps.std is not None and 0.0 in steps.std:
        raise table.error("std", "must not be 0")
    return steps


def _range(table: Table) -> tuple[float, float] | None:
    numbers = table.numbers("range")
    if numbers is None:
        return None
    if len(numbers) != 2 or numbers[0] >= numbers[1]:
        raise table.error("range", "must be [least, greatest]")
    return numbers[0], numbers[1]


def _resize(table: Table) -> Resize:
    default = Resize()
    fraction = table.number("fraction")
    resize = Resize(
        size=_size(table),
        method=table.choice("method", METHODS) or default.method,
        crop=table.choice("crop", CROPS) or default.crop,
        fraction=default.fraction if fraction is None else fraction,
    )
    table.refuse_others()
    if not 0.0 < resize.fraction <= 1.0:
        raise table.error("fraction", "must be above 0 and at most 1")
    return resize


def _size(table: Table) -> tuple[int, int] | None:
    value: Any = table.take("size")
    if value is None:
        return None
    whole = isinstance(value, list) and len(value) == 2 and all(type(n) is int for n in value)
    if not whole or min(value) < 1:
        raise table.error("size", "must be [height, width] in pixels")
    return value[0], value[1]
