"""Tells what a model path holds, from its contents and not from its name."""

from __future__ import annotations

import enum
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tflitekit.errors import ModelError

_HEAD = 4096
_ACCEPTED = "Give a .keras file, an .h5 file, a SavedModel folder or a float .tflite file"


class ModelFormat(enum.Enum):
    """The kinds of source that can be converted."""

    KERAS = "keras"
    H5 = "h5"
    SAVED_MODEL = "saved_model"
    TFLITE = "tflite"


@dataclass(frozen=True)
class _Foreign:
    """A kind of file that people try, and what to tell them.

    Attributes:
        magic: the bytes that tell it.
        offset: where they stand.
        is_a: completes "is ...".
        hint: what to do instead.
    """

    magic: bytes
    offset: int
    is_a: str
    hint: str = _ACCEPTED


_FOREIGN = (
    _Foreign(
        b"version https://git-lfs", 0, "a Git LFS pointer, not the model", "Run: git lfs pull"
    ),
    _Foreign(b"GGUF", 0, "a GGUF file"),
    _Foreign(b'{"', 8, "a safetensors file, which holds weights and no model"),
    _Foreign(b"\x80\x02\x8a\x0al\xfc\x9c\x46\xf9", 0, "a PyTorch checkpoint"),
    _Foreign(b"\x80\x02", 0, "a Python pickle, which is not a Keras model"),
    _Foreign(b"\x80\x03", 0, "a Python pickle, which is not a Keras model"),
    _Foreign(b"\x80\x04", 0, "a Python pickle, which is not a Keras model"),
    _Foreign(b"\x80\x05", 0, "a Python pickle, which is not a Keras model"),
    _Foreign(b"\x93NUMPY", 0, "a NumPy array"),
    _Foreign(b"\x1f\x8b", 0, "a gzip archive", "Unpack it and give the model in it"),
    _Foreign(b"ustar", 257, "a tar archive", "Unpack it and give the model in it"),
    _Foreign(
        b"\x08\x01\x12",
        0,
        "the inner file of a SavedModel",
        "Give the folder that holds saved_model.pb and variables/",
    ),
)


def detect(path: Path) -> ModelFormat:
    """What `path` holds.

    Raises:
        ModelError: there is nothing there, or it is nothing that can be converted; the message
            says what it is instead, where that can be told.
    """
    try:
        if path.is_dir():
            return _detect_folder(path)
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except FileNotFoundError as error:
        raise ModelError("does not exist", where=str(path), hint="Check the path") from error
    except OSError as error:
        raise ModelError(f"cannot be read ({error.strerror})", where=str(path)) from error
    return _detect_file(path, head)


def _detect_folder(path: Path) -> ModelFormat:
    if (path / "saved_model.pb").is_file():
        return ModelFormat.SAVED_MODEL
    raise ModelError(
        "is a folder without saved_model.pb, so it is no SavedModel",
        where=str(path),
        hint=_ACCEPTED,
    )


def _detect_file(path: Path, head: bytes) -> ModelFormat:
    if not head:
        raise ModelError("is empty", where=str(path))
    if head.startswith(b"PK\x03\x04"):
        return _detect_zip(path)
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return _detect_hdf5(path)
    if head[4:8] == b"TFL3":
        return ModelFormat.TFLITE
    for kind in _FOREIGN:
        if head[kind.offset :].startswith(kind.magic):
            raise ModelError(f"is {kind.is_a}", where=str(path), hint=kind.hint)
    raise _unknown(path, head)


def _detect_zip(path: Path) -> ModelFormat:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise ModelError(
            "is a damaged zip archive, perhaps cut short", where=str(path), hint="Copy it again"
        ) from error
    if "config.json" in names:
        return ModelFormat.KERAS
    if any(name.endswith("data.pkl") for name in names):
        raise ModelError("is a PyTorch file", where=str(path), hint=_ACCEPTED)
    if all(name.endswith(".npy") for name in names):
        raise ModelError("is a NumPy archive (.npz)", where=str(path), hint=_ACCEPTED)
    raise ModelError(
        "is a zip archive without config.json, so it is no Keras model",
        where=str(path),
        hint=_ACCEPTED,
    )


def _detect_hdf5(path: Path) -> ModelFormat:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            whole = "model_config" in file.attrs
    except OSError as error:
        raise ModelError(
            "is a damaged HDF5 file, perhaps cut short", where=str(path), hint="Copy it again"
        ) from error
    if whole:
        return ModelFormat.H5
    raise ModelError(
        "holds weights and no model",
        where=str(path),
        hint="Build the model in Python, load the weights and save it whole: model.save('m.keras')",
    )


def _unknown(path: Path, head: bytes) -> ModelError:
    if path.suffix == ".onnx" or (head[0] == 8 and (b"onnx" in head or b"pytorch" in head)):
        return ModelError("is an ONNX model", where=str(path), hint=_ACCEPTED)
    if path.suffix == ".pb":
        return ModelError(
            "is a frozen TensorFlow 1 graph or another protobuf, which names no inputs and outputs",
            where=str(path),
            hint="Export it as a SavedModel folder",
        )
    if _is_text(head):
        return ModelError("is a text file, not a model", where=str(path), hint=_ACCEPTED)
    return ModelError("is of no known model format", where=str(path), hint=_ACCEPTED)


def _is_text(head: bytes) -> bool:
    if any(byte < 32 and byte not in b"\t\n\r\f" for byte in head):
        return False
    try:
        head[: _HEAD - 3].decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True
