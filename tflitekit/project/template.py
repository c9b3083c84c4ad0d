"""The settings file that `tflitekit init` writes: what a model is now, with a little room. Pure.

Lines that are commented out are settings, too: what stands behind the # is valid TOML.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from tflitekit.gates.amounts import format_amount
from tflitekit.gates.measurement import Measurement

ROOM = 0.02
"""How much larger than now a model may get, as a share."""

_EXACT = ("count", "version")
_COMMENTS_AT = 40
_NAMELESS = ("model", "saved_model", "")

_HEAD = """\
# What `tflitekit check` holds this project's models to. Paths are relative to this file.
# `tflitekit schema` prints everything that can stand here, as a JSON schema for editors.
"""


@dataclass(frozen=True)
class FirstModel:
    """The model that a file is written for.

    Attributes:
        path: relative to the file's folder.
        data: a SPEC, relative as well; None where none are named.
        measured: what is known of a finished model; None of one that has to be built.
    """

    path: PurePath
    data: str | None = None
    measured: Sequence[Measurement] | None = None


def settings_text(model: FirstModel) -> str:
    """A whole settings file, with comments."""
    tables = _built(model) if model.measured is None else _finished(model, model.measured)
    return "\n".join([_HEAD, *tables, *_DEVICE]) + "\n"


def name_of(path: PurePath) -> str:
    """What to call a model: its file, or its folder where the file has a name that all have."""
    stem = path.stem if path.stem not in _NAMELESS else path.parent.name
    return re.sub(r"\W+", "_", stem, flags=re.ASCII).strip("_") or "model"


def _finished(model: FirstModel, measured: Sequence[Measurement]) -> Iterator[str]:
    name = name_of(model.path)
    yield f"[models.{name}]"
    yield _line("file", model.path.as_posix())
    yield _data(model)
    yield _off('float = "float32.tflite"', "the float model, for agreement and ratios")
    yield ""
    yield _commented(f"[models.{name}.budget]", f"what it is now, with {100 * ROOM:g} % of room")
    for one in measured:
        yield _commented(f"{one.quantity} = {_bound(one)}", one.about.meaning)
    yield from _RUN


def _built(model: FirstModel) -> Iterator[str]:
    name = name_of(model.path)
    yield f"[models.{name}]"
    yield _line("source", model.path.as_posix())
    yield _data(model)
    yield ""
    yield _commented(f"[models.{name}.recipe]", "options of `tflitekit convert`")
    yield from _RECIPE
    yield ""
    yield f"[models.{name}.budget]"
    yield from _BUILT_BUDGET
    yield from _RUN


def _data(model: FirstModel) -> str:
    meaning = "samples: a path, a data set's name or module:callable"
    if model.data is None:
        return _off('data = "digits"', meaning)
    return _commented(_line("data", model.data), meaning)


def _bound(one: Measurement) -> str:
    unit = one.about.unit
    if unit == "count":
        return str(round(one.value))
    value = one.value if unit in _EXACT else _rounded_up(one.value * (1 + ROOM))
    return _quoted(format_amount(value, unit, digits=6))


def _rounded_up(value: float) -> float:
    """The next number with three digits."""
    if value <= 0:
        return value
    step = 10.0 ** max(math.floor(math.log10(value)) - 2, 0)
    return math.ceil(value / step) * step


def _line(key: str, value: str) -> str:
    return f"{key} = {_quoted(value)}"


def _quoted(text: str) -> str:
    """A TOML string; its escapes are those of JSON, and DEL is one more that needs one."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _commented(line: str, comment: str) -> str:
    return f"{line:<{_COMMENTS_AT - 2}}  # {comment}"


def _off(line: str, comment: str) -> str:
    return _commented(f"# {line}", comment)


_RECIPE = (
    _off('effort = "medium"', "how much work corrections may be: low, medium or high"),
    _off('max_drop = "0.5pt"', "search until no more accuracy is lost than that"),
    _off('kernels = "never"', "no custom ops, which an app has to be given"),
)

_BUILT_BUDGET = (
    _commented("float_tensors = 0", "nothing between input and output stays float"),
    _commented('size_ratio = "50 %"', "of the float model's; int8 weights take a quarter"),
    _commented('accuracy_drop = "1 pt"', "what the float model has more of the metric"),
    _off('size = "150 kB"', "at most"),
    _off("custom_ops = 0", "kinds of op that an app has to be given kernels for"),
)

_RUN = (
    _off('accuracy = "98 %"', "at least, on held-out samples; needs data"),
    _off('latency = { limit = "2 ms", regression = "10 %" }', "and at most so above the baseline"),
)

_DEVICE = (
    "",
    _off("[devices.phone]", "what latency and memory are measured on"),
    _off('uri = "adb"', "or local, for this machine"),
    _off("threads = 1", "options of `tflitekit bench`"),
)
