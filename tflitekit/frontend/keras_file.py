"""Reads the configuration of a .keras or .h5 file as plain JSON, without Keras."""

from __future__ import annotations

import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from tflitekit.errors import ModelError
from tflitekit.frontend.detect import ModelFormat
from tflitekit.zip_member import StoredMember

_CONFIG_LIMIT = 256 << 20
_PLAUSIBLE_SIZE = 64 << 20
_PLAUSIBLE_RATIO = 100


@dataclass(frozen=True)
class KerasFile:
    """A Keras model file, unopened by Keras.

    Attributes:
        config: the model's architecture, as JSON gives it.
        version: the Keras version that wrote it, or "" where it does not say.
    """

    config: dict[str, Any]
    version: str


def read_keras_file(path: Path, kind: ModelFormat) -> KerasFile:
    """The configuration inside a file of format KERAS or H5.

    Raises:
        ModelError: the file is damaged, or is built to do harm when unpacked.
    """
    try:
        config, version = _read_zip(path) if kind is ModelFormat.KERAS else _read_hdf5(path)
        decoded = json.loads(config)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise ModelError(f"is damaged ({error})", where=str(path), hint="Copy it again") from error
    except (ValueError, RecursionError) as error:
        raise ModelError("holds a configuration that is no JSON", where=str(path)) from error
    if not isinstance(decoded, dict):
        raise ModelError("holds a configuration that is no JSON object", where=str(path))
    return KerasFile(decoded, version)


def _read_zip(path: Path) -> tuple[bytes, str]:
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        _check_archive(path, entries)
        for entry in entries:
            if PurePosixPath(entry.filename).suffix == ".h5":
                _check_weights(path, archive, entry)
        config = archive.read("config.json")
        if "metadata.json" not in archive.namelist():
            return config, ""
        metadata = json.loads(archive.read("metadata.json"))
    return config, str(metadata.get("keras_version", "")) if isinstance(metadata, dict) else ""


def _check_archive(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    for entry in entries:
        name = PurePosixPath(entry.filename)
        if name.is_absolute() or ".." in name.parts or "\\" in entry.filename:
            raise ModelError(
                f"holds an entry {entry.filename!r} that points outside of it", where=str(path)
            )
        if name.suffix == ".json" and entry.file_size > _CONFIG_LIMIT:
            raise ModelError(
                f"unpacks {entry.filename} to {entry.file_size} bytes", where=str(path)
            )
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > _PLAUSIBLE_SIZE + _PLAUSIBLE_RATIO * path.stat().st_size:
        raise ModelError(f"unpacks to {unpacked} bytes, which no model does", where=str(path))


def _read_hdf5(path: Path) -> tuple[bytes | str, str]:
    import h5py

    with h5py.File(path, "r") as file:
        version = file.attrs.get("keras_version", "")
        config = file.attrs["model_config"]
        _check_inside(path, file)
    if not isinstance(config, str | bytes):
        raise ModelError("holds a configuration that is no text", where=str(path))
    return config, version.decode() if isinstance(version, bytes) else str(version)


def _check_weights(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    import h5py

    stored = entry.compress_type == zipfile.ZIP_STORED
    opened = StoredMember(path, entry) if stored else archive.open(entry)
    with opened as member, h5py.File(member, "r") as file:
        _check_inside(path, file)


def _check_inside(path: Path, file: Any) -> None:
    if file.visititems(_lies_outside) or file.visititems_links(_leads_outside):
        raise ModelError("holds weights that lie in another file", where=str(path))


def _lies_outside(name: str, node: Any) -> bool | None:
    """Whether a dataset's values are read from wherever the file says; tf_keras would."""
    found = bool(getattr(node, "external", None) or getattr(node, "is_virtual", False))
    return found or None


def _leads_outside(name: str, link: Any) -> bool | None:
    import h5py

    return isinstance(link, h5py.ExternalLink) or None
