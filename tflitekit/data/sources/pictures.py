"""Picture files into arrays."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.data.recipe import FILE_NAME
from tflitekit.data.sources.base import Request
from tflitekit.errors import DataError

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
_DEEP = ("I", "F")


def decode(picture: Path | bytes, channels: int, where: str) -> NDArray[np.uint8]:
    """Decode a picture.

    Args:
        picture: a file, or the bytes of one.
        channels: 1 (grey), 3 (red, green, blue) or 4 (and opacity); others are converted. The
            orientation that a camera noted is not applied, as TensorFlow's decoders do not.
        where: the sample, for messages.

    Returns:
        uint8 [height, width, channels].

    Raises:
        DataError: it is no picture, is damaged, or has more than 8 bits a channel; or no
            picture has that many channels.
    """
    if channels not in _MODES:
        raise DataError(
            f"the input has {channels} channels, and pictures have 1, 3 or 4",
            where=where,
            hint="Is the layout NCHW? Then say so in dataset.toml",
        )
    return _decode(picture, _MODES[channels], where)


def note_pixel_range(request: Request, name: str) -> None:
    """Tell that pixels keep their range, where a float input might want another one."""
    steps = request.recipe.steps(name)
    dtype = next(one.dtype for one in request.inputs if one.name == name)
    if dtype.startswith("float") and steps.scale is None and steps.std is None:
        request.progress.note(
            f"input {name!r} gets pixels from 0 to 255; "
            f"if the model wants another range, write a scale in {FILE_NAME}"
        )


def _decode(picture: Path | bytes, mode: str, where: str) -> NDArray[np.uint8]:
    from PIL import Image

    file: Any = io.BytesIO(picture) if isinstance(picture, bytes) else picture
    try:
        with Image.open(file) as image:
            if image.mode.startswith(_DEEP):
                raise DataError(
                    "has more than 8 bits a channel",
                    where=where,
                    hint="Store it with 8 bits, or the values in an .npz",
                )
            values = np.asarray(image.convert(mode))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"is no picture that can be read ({error})", where=where) from error
    return values[..., np.newaxis] if values.ndim == 2 else values
