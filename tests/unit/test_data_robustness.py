"""Damaged files of every kind: an error that names the file, never another exception."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tflitekit.data import open_dataset
from tflitekit.data.sources.example_proto import _example_class
from tflitekit.data.sources.tfrecord_framing import masked_crc
from tflitekit.errors import DataError
from tflitekit.graph.spec import TensorSpec

SPEC = TensorSpec("image", (1, 4, 6, 3), "float32")
ROUNDS = 100
PIXELS = np.random.default_rng(0).integers(0, 256, (3, 4, 6, 3)).astype(np.uint8)


def _npz(file: Path) -> None:
    np.savez(file, x=PIXELS, y=np.arange(3))


def _packed(file: Path) -> None:
    np.savez_compressed(file, x=PIXELS, y=np.arange(3))


def _npy(file: Path) -> None:
    np.save(file, PIXELS)


def _picture(file: Path) -> None:
    Image.fromarray(PIXELS[0]).save(file)


def _csv(file: Path) -> None:
    lines = [",".join(map(str, range(72))) + ",0"] * 3
    file.write_text("\n".join([",".join(f"x_{n}" for n in range(72)) + ",y", *lines]))


def _tfrecord(file: Path) -> None:
    example = _example_class()()
    entry = example.features.feature.add(key="image")
    entry.value.float_list.value.extend(PIXELS[0].ravel().tolist())
    record = example.SerializeToString()
    length = len(record).to_bytes(8, "little")
    checks = [masked_crc(part).to_bytes(4, "little") for part in (length, record)]
    file.write_bytes((length + checks[0] + record + checks[1]) * 3)


def _recipe(file: Path) -> None:
    _npz(file.with_name("data.npz"))
    file.write_text(
        '[dataset]\nname = "a"\n[splits]\ncalibrate = "data.npz"\n[preprocess]\nscale = 1\n'
    )


MAKERS: dict[str, Callable[[Path], None]] = {
    "a.npz": _npz,
    "packed.npz": _packed,
    "a.npy": _npy,
    "folder/a.png": _picture,
    "folder/a.jpg": _picture,
    "a.csv": _csv,
    "a.tfrecord": _tfrecord,
    "folder/dataset.toml": _recipe,
}


def complaint(spec: str) -> str | None:
    try:
        dataset = open_dataset(spec, [SPEC])
        dataset.labels()
        for _ in dataset.stream():
            pass
    except DataError as error:
        return str(error)
    return None


@pytest.mark.parametrize("name", MAKERS)
def test_damage_is_always_a_data_error(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    MAKERS[name](file)
    whole = file.read_bytes()
    spec = str(file.parent if name.startswith("folder") else file)
    assert complaint(spec) is None
    rng = np.random.default_rng(len(name))
    for _ in range(ROUNDS):
        damaged = bytearray(whole)
        for at in rng.integers(0, len(whole), int(rng.integers(1, 4))):
            damaged[at] = rng.integers(0, 256)
        cut = rng.integers(0, len(whole) + 1) if rng.random() < 0.3 else len(whole)
        file.write_bytes(damaged[:cut])
        message = complaint(spec)
        assert message is None or str(tmp_path) in message
