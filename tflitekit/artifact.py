"""What the build pipeline hands over: a flatbuffer, and a manifest of where it came from."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from tflitekit import files

SCHEMA = "tflitekit.manifest/1"

_PACKAGES = (
    "tflitekit",
    "ai-edge-litert",
    "flatbuffers",
    "keras",
    "litert-quantizer",
    "numpy",
    "tensorflow",
    "tf-keras",
)


@dataclass(frozen=True)
class Artifact:
    """A written model.

    Attributes:
        model: the flatbuffer.
        manifest: what is in `manifest_path(model)`.
    """

    model: Path
    manifest: dict[str, Any]


def manifest_path(model: Path) -> Path:
    """Where the manifest of `model` is: digits.tflite has digits.manifest.json beside it."""
    return model.with_suffix(".manifest.json")


def write_artifact(
    model: Path,
    flatbuffer: bytes,
    manifest: dict[str, Any],
    others: Mapping[Path, bytes | Path] | None = None,
) -> Artifact:
    """Write the flatbuffer, its manifest and what else belongs to the result, or nothing.

    Args:
        model: where the flatbuffer goes.
        flatbuffer: its bytes.
        manifest: a JSON object.
        others: more files, as `files.write_all` takes them.

    Raises:
        OutputError: one of them cannot be written.
    """
    text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    # JSON has an escape for the bytes of a file name that are no UTF-8.
    manifest_text = text.encode(errors="backslashreplace")
    contents: dict[Path, bytes | Path] = {
        model: flatbuffer,
        manifest_path(model): manifest_text,
        **(others or {}),
    }
    files.write_all(contents)
    return Artifact(model, manifest)


def versions() -> dict[str, str]:
    """The versions that decide what a conversion gives."""
    return {"python": platform.python_version()} | dict(_installed(_PACKAGES))


def _installed(packages: Iterable[str]) -> Iterable[tuple[str, str]]:
    for package in packages:
        try:
            yield package, metadata.version(package)
        except metadata.PackageNotFoundError:
            yield package, "not installed"
