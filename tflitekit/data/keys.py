"""Which of the names in the data is which input of the model."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tflitekit.errors import DataError
from tflitekit.graph.spec import TensorSpec
from tflitekit.suggest import did_you_mean

LABEL = "label"
SINGLE_INPUT = "x"
LABELS = ("y", LABEL)


@dataclass(frozen=True)
class Keys:
    """Names in the data.

    Attributes:
        inputs: by the model's input name.
        label: the name of the labels, or None.
    """

    inputs: Mapping[str, str]
    label: str | None


def match_keys(
    found: Collection[str],
    inputs: Sequence[TensorSpec],
    renamed: Mapping[str, str],
    *,
    where: str,
    extra: bool = False,
) -> Keys:
    """Find each input, and the labels, among the names that the data have.

    An input is called by its own name, or as `renamed` says, or `x` where it is the model's only
    one. Labels are called `y` or `label`, or as `renamed["label"]` says.

    Args:
        found: the names in the data.
        inputs: the model's inputs.
        renamed: names in the data, by input name or "label".
        where: the data, for messages.
        extra: whether names that stand for nothing are let pass.

    Raises:
        DataError: an input is missing, or a name stands for nothing.
    """
    taken = {spec.name: _key_of(spec.name, found, inputs, renamed, where) for spec in inputs}
    options = (renamed[LABEL],) if LABEL in renamed else LABELS
    label = next((key for key in options if key in found and key not in taken.values()), None)
    if label is None and LABEL in renamed:
        raise _missing(renamed[LABEL], "labels", found, where)
    unknown = sorted(set(found) - {*taken.values(), label})
    if unknown and not extra:
        names = [spec.name for spec in inputs]
        raise DataError(
            f"{unknown[0]!r} is no input of the model",
            where=where,
            hint=did_you_mean(unknown[0], [*names, *LABELS]),
        )
    return Keys(taken, label)


def _key_of(
    name: str,
    found: Collection[str],
    inputs: Sequence[TensorSpec],
    renamed: Mapping[str, str],
    where: str,
) -> str:
    options = [renamed.get(name, name)]
    if len(inputs) == 1 and name not in renamed:
        options.append(SINGLE_INPUT)
    for key in options:
        if key in found:
            return key
    raise _missing(options[0], f"the input {name!r}", found, where)


def _missing(key: str, what: str, found: Collection[str], where: str) -> DataError:
    return DataError(f"holds no {key!r} for {what}", where=where, hint=did_you_mean(key, found))
