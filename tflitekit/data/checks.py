"""What a sample must be before a model sees it: the right shape, type and finite values.

The stock converter accepts NaN and wrong shapes without a word and crashes on infinities, so
everything is checked here, as the samples pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.errors import DataError
from tflitekit.graph.spec import TensorSpec

FLOATS = ("float16", "float32", "float64")
INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool")
_KINDS = {"c": "complex numbers", "O": "Python objects", "U": "text", "S": "bytes", "V": "records"}


def float_inputs(inputs: Sequence[TensorSpec]) -> tuple[TensorSpec, ...]:
    """The inputs as the float model has them: a quantized one takes float32.

    Raises:
        DataError: an input's type is one that data cannot be made for.
    """
    plain = tuple(
        replace(spec, dtype="float32", scale=None, zero_point=None)
        if spec.scale is not None
        else spec
        for spec in inputs
    )
    for spec in plain:
        if spec.dtype not in FLOATS + INTEGERS:
            raise DataError(
                f"takes {spec.dtype} values, which no data set can give",
                where=f"the model's input {spec.name!r}",
                hint="Convert a model that takes numbers",
            )
    return plain


def conform(values: NDArray[Any], spec: TensorSpec, where: str) -> NDArray[Any]:
    """`values` as the input takes them.

    Args:
        values: of the input's full shape, or without the leading axis where that is 1.
        spec: the input.
        where: the sample and the input, for messages.

    Returns:
        A contiguous array of the input's full shape and type.

    Raises:
        DataError: the shape is another, the values cannot be had in that type without loss of
            range (fractions and numbers out of range for an integer, objects, text, complex),
            or one of them is NaN or infinite.
    """
    return _typed(_shaped(values, spec, where), spec, where)


def check_label(label: NDArray[Any], where: str) -> None:
    """Refuse a label that is no number.

    Raises:
        DataError: it is an object, text, complex, NaN or infinite.
    """
    if label.dtype.kind not in "fiub":
        raise DataError(f"the label holds {_what(label)}, not numbers", where=where)
    _check_finite(label, where, "the label ")


def _shaped(values: NDArray[Any], spec: TensorSpec, where: str) -> NDArray[Any]:
    if _fits(values.shape, spec.shape):
        return values
    one_sample = bool(spec.shape) and _fits(values.shape, spec.shape[1:])
    if one_sample and spec.shape[0] in (1, -1):
        return values[np.newaxis]
    if one_sample:
        raise DataError(
            f"is one sample of shape {list(values.shape)}, and the input takes "
            f"{spec.shape[0]} at a time, {list(spec.shape)}",
            where=where,
            hint="Store whole batches, or give the model a batch of 1",
        )
    raise DataError(
        f"has the shape {list(values.shape)}, and the input takes {list(spec.shape)}", where=where
    )


def _fits(shape: Sequence[int], wanted: Sequence[int]) -> bool:
    return len(shape) == len(wanted) and all(
        size == want or want == -1 for size, want in zip(shape, wanted, strict=True)
    )


def _typed(values: NDArray[Any], spec: TensorSpec, where: str) -> NDArray[Any]:
    if values.dtype.kind not in "fiub":
        raise DataError(f"holds {_what(values)}, and the input takes {spec.dtype}", where=where)
    _check_finite(values, where)
    if spec.dtype in FLOATS:
        with np.errstate(over="ignore"):
            cast = np.asarray(values, spec.dtype, order="C")
        _check_finite(cast, where, f"in {spec.dtype} ")
        return cast
    _check_integers(values, spec, where)
    return np.asarray(values, spec.dtype, order="C")


def _check_integers(values: NDArray[Any], spec: TensorSpec, where: str) -> None:
    if values.dtype.kind == "f":
        raise DataError(
            f"holds {values.dtype} values, and the input takes {spec.dtype}",
            where=where,
            hint=f"Store them as {spec.dtype}, or set `dtype` in dataset.toml to round them",
        )
    low, high = (0, 1) if spec.dtype == "bool" else _limits(spec.dtype)
    if values.size and (int(values.min()) < low or int(values.max()) > high):
        raise DataError(
            f"holds values from {values.min()} to {values.max()}, "
            f"and {spec.dtype} goes from {low} to {high}",
            where=where,
        )


def _limits(dtype: str) -> tuple[int, int]:
    limits = np.iinfo(dtype)
    return int(limits.min), int(limits.max)


def _check_finite(values: NDArray[Any], where: str, prefix: str = "") -> None:
    finite = np.isfinite(values)
    if finite.all():
        return
    position = np.unravel_index(int(np.argmin(finite)), values.shape)
    what = "NaN" if np.isnan(values[position]) else "infinity"
    at = f" at {[int(axis) for axis in position]}" if position else ""
    raise DataError(
        f"{prefix}holds {what}{at}", where=where, hint="Correct the sample or leave it out"
    )


def _what(values: NDArray[Any]) -> str:
    return _KINDS.get(values.dtype.kind, f"{values.dtype} values")
