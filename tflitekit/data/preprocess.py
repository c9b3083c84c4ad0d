"""What `dataset.toml` asks to be done to the values of one input, and to pictures without it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.data.recipe import Preprocess, Resize
from tflitekit.errors import DataError
from tflitekit.graph.spec import TensorSpec


def picture_shape(spec: TensorSpec, layout: str) -> tuple[int, int, int]:
    """(height, width, channels) of the pictures that an input takes; -1 where it is free.

    Raises:
        DataError: the input has no four axes, so it takes no pictures.
    """
    if len(spec.shape) != 4:
        raise DataError(
            f"takes {list(spec.shape)}, which is no picture",
            where=f"the model's input {spec.name!r}",
            hint="Pictures need an input of four axes, batch, height, width and channels",
        )
    _, first, second, third = spec.shape
    return (second, third, first) if layout == "NCHW" else (first, second, third)


def preprocess(
    values: NDArray[Any], steps: Preprocess, spec: TensorSpec, *, picture: bool, where: str
) -> NDArray[Any]:
    """Do the steps in the order in which `Preprocess` lists them.

    Args:
        values: one sample. Where it is resized or laid out NCHW, [height, width, channels] of a
            picture, or an array in the model's layout; a leading batch of 1 is taken off.
        steps: what to do.
        spec: the input.
        picture: whether `values` were decoded from a picture, so that they take the model's
            size without being told.
        where: the sample and the input, for messages.

    Raises:
        DataError: the values are not of a shape or type that the steps can work on.
    """
    channels_first = steps.layout == "NCHW"
    if steps.resize is not None or channels_first or picture:
        values = _one_picture(values, spec, where)
    if channels_first and not picture:
        values = np.moveaxis(values, 0, -1)
    if steps.resize is not None or picture:
        values = _resized(values, steps.resize or Resize(), steps, spec, where)
    values = _normalized(values, steps, where)
    if channels_first:
        values = np.moveaxis(values, -1, 0)
    return values if steps.dtype is None else _cast(values, steps.dtype)


def _one_picture(values: NDArray[Any], spec: TensorSpec, where: str) -> NDArray[Any]:
    if values.ndim == 4 and values.shape[0] == 1 and len(spec.shape) == 4:
        values = values[0]
    if values.ndim != 3:
        raise DataError(
            f"has the shape {list(values.shape)}; dataset.toml asks for steps "
            "that need one of three axes",
            where=where,
            hint="Give inputs that are no pictures an [inputs.NAME] table of their own",
        )
    return values


def _resized(
    values: NDArray[Any], resize: Resize, steps: Preprocess, spec: TensorSpec, where: str
) -> NDArray[Any]:
    height, width = resize.size or picture_shape(spec, steps.layout)[:2]
    if min(height, width) < 1:
        raise DataError(
            f"the model's size is not fixed, {list(spec.shape)}",
            where=where,
            hint="Set preprocess.resize.size in dataset.toml",
        )
    if values.dtype.kind not in "fiub" or 0 in values.shape:
        raise DataError(f"cannot be resized: {values.dtype} {list(values.shape)}", where=where)
    box = _kept(values.shape[0], values.shape[1], height, width, resize)
    if values.shape[:2] == (height, width) and box == (0.0, 0.0, float(width), float(height)):
        return values
    return _resample(values, height, width, resize.method, box)


def _kept(
    rows: int, columns: int, height: int, width: int, resize: Resize
) -> tuple[float, float, float, float]:
    """The (left, top, right, bottom) of what is kept, in pixels of the source."""
    if resize.crop == "none":
        return 0.0, 0.0, float(columns), float(rows)
    step = min(rows / height, columns / width) * resize.fraction
    kept_width, kept_height = width * step, height * step
    left, top = (columns - kept_width) / 2, (rows - kept_height) / 2
    return left, top, left + kept_width, top + kept_height


def _resample(
    values: NDArray[Any],
    height: int,
    width: int,
    method: str,
    box: tuple[float, float, float, float],
) -> NDArray[Any]:
    """Resize each channel: bytes stay bytes, everything else becomes float32."""
    from PIL import Image

    stored = values if values.dtype == np.uint8 else values.astype(np.float32)
    channels = [
        Image.fromarray(np.ascontiguousarray(stored[..., channel])).resize(
            (width, height), Image.Resampling[method.upper()], box=box
        )
        for channel in range(stored.shape[-1])
    ]
    return np.stack([np.asarray(channel) for channel in channels], axis=-1)


def _normalized(values: NDArray[Any], steps: Preprocess, where: str) -> NDArray[Any]:
    if steps.scale is None and steps.mean is None and steps.std is None:
        return values
    if values.dtype.kind not in "fiub":
        raise DataError(f"holds {values.dtype} values, which cannot be scaled", where=where)
    result = values.astype(np.float32)
    if steps.scale is not None:
        result *= np.float32(steps.scale)
    if steps.mean is not None:
        result -= _by_channel(steps.mean, values, "mean", where)
    if steps.std is not None:
        result /= _by_channel(steps.std, values, "std", where)
    return result


def _by_channel(
    numbers: tuple[float, ...], values: NDArray[Any], name: str, where: str
) -> NDArray[np.float32]:
    channels = values.shape[-1] if values.ndim else 1
    if len(numbers) not in (1, channels):
        raise DataError(
            f"has {channels} channels, and {name} in dataset.toml has {len(numbers)} numbers",
            where=where,
        )
    return np.asarray(numbers if len(numbers) > 1 else numbers[0], np.float32)


def _cast(values: NDArray[Any], dtype: str) -> NDArray[Any]:
    """Cast, rounding to nearest even and saturating; NaN and infinity are left to be refused."""
    target = np.dtype(dtype)
    if values.dtype.kind not in "fiub" or (target.kind != "f" and not np.isfinite(values).all()):
        return values
    if target.kind in "iu":
        limits = np.iinfo(target)
        values = np.clip(np.rint(values), limits.min, limits.max)
    return np.asarray(values, target)
