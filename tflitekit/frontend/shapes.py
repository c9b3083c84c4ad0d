"""Makes the shapes of a model's inputs static."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tflitekit.errors import ModelError, UsageError


@dataclass(frozen=True)
class InputSpec:
    """An input as a model declares it.

    Attributes:
        name: as the user knows it.
        shape: sizes by axis, None where open; None where even their number is open.
        dtype: a NumPy type name.
    """

    name: str
    shape: tuple[int | None, ...] | None
    dtype: str


def static_shapes(
    inputs: Iterable[InputSpec], *, batch: int, given: Mapping[str, tuple[int, ...]], where: str
) -> list[tuple[int, ...]]:
    """The shape of each input with nothing open.

    Args:
        inputs: what the model declares.
        batch: the size of first axes that are open.
        given: whole shapes by input name.
        where: the model, for errors.

    Raises:
        UsageError: `given` names an input that is not there or contradicts a declared size, or
            `batch` is below 1 or contradicts one.
        ModelError: a size is open and not given.
    """
    inputs = list(inputs)
    if batch < 1:
        raise UsageError(f"a batch of {batch} is below 1", hint="Use --batch 1")
    names = [spec.name for spec in inputs]
    for name in given:
        if name not in names:
            raise UsageError(
                f"the model has no input {name!r}", where=where, hint=f"It has: {', '.join(names)}"
            )
    return [
        _checked(spec, given[spec.name], where)
        if spec.name in given
        else _filled(spec, batch, where)
        for spec in inputs
    ]


def _checked(spec: InputSpec, shape: tuple[int, ...], where: str) -> tuple[int, ...]:
    declared = spec.shape
    fits = declared is None or (
        len(shape) == len(declared)
        and all(open_ is None or open_ == size for open_, size in zip(declared, shape, strict=True))
    )
    if not fits or any(size < 1 for size in shape):
        raise UsageError(
            f"--input-shape {_option(spec.name, shape)} does not fit the declared "
            f"{_text(declared)}",
            where=f"{where}, input {spec.name!r}",
            hint="Give every axis; only open ones (?) can be chosen",
        )
    return shape


def _filled(spec: InputSpec, batch: int, where: str) -> tuple[int, ...]:
    if spec.shape is None:
        raise ModelError(
            "has an open number of axes",
            where=f"{where}, input {spec.name!r}",
            hint=f"Give its shape: --input-shape {spec.name}=1,...",
        )
    if spec.shape and spec.shape[0] is not None and batch not in (1, spec.shape[0]):
        raise UsageError(
            f"--batch {batch} does not fit the declared {_text(spec.shape)}",
            where=f"{where}, input {spec.name!r}",
        )
    shape = (batch, *spec.shape[1:]) if spec.shape and spec.shape[0] is None else spec.shape
    for axis, size in enumerate(shape):
        if size is None:
            example = (n if n is not None else "N" for n in shape)
            raise ModelError(
                f"axis {axis} of {_text(spec.shape)} is open",
                where=f"{where}, input {spec.name!r}",
                hint=f"Give its shape: --input-shape {_option(spec.name, example)}",
            )
    return tuple(size for size in shape if size is not None)


def _option(name: str, shape: Iterable[object]) -> str:
    return f"{name}={','.join(map(str, shape))}"


def _text(shape: tuple[int | None, ...] | None) -> str:
    if shape is None:
        return "unknown shape"
    return "[" + ", ".join("?" if size is None else str(size) for size in shape) + "]"
