"""TFRecord: framing, checksums, features. The bytes are written here by hand from the format."""

from __future__ import annotations

import gzip
import io
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np
import pytest
from PIL import Image

from tflitekit.data import open_dataset
from tflitekit.errors import DataError
from tflitekit.graph.spec import TensorSpec

VECTOR = TensorSpec("v", (1, 2, 3), "float32")
IMAGE = TensorSpec("image", (1, 4, 6, 3), "float32")


def varint(number: int) -> bytes:
    number &= 2**64 - 1
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def feature(value: Any) -> bytes:
    if isinstance(value, bytes):
        return field(1, field(1, value))
    if isinstance(value[0], float):
        return field(2, field(1, struct.pack(f"<{len(value)}f", *value)))
    return field(3, field(1, b"".join(varint(one) for one in value)))


def example(features: Mapping[str, Any]) -> bytes:
    entries = (
        field(1, field(1, name.encode()) + field(2, feature(value)))
        for name, value in features.items()
    )
    return field(1, b"".join(entries))


def masked(data: bytes) -> bytes:
    crc = google_crc32c.value(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def framed(records: Sequence[bytes]) -> bytes:
    out = b""
    for record in records:
        length = struct.pack("<Q", len(record))
        out += length + masked(length) + record + masked(record)
    return out


def write(file: Path, *samples: Mapping[str, Any]) -> str:
    data = framed([example(sample) for sample in samples])
    file.write_bytes(gzip.compress(data) if file.suffix == ".gz" else data)
    return str(file)


def numbers(index: int) -> dict[str, Any]:
    return {"v": [index + place / 8 for place in range(6)], "y": [index % 2], "id": b"x"}


def png(colour: tuple[int, int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (12, 8), colour).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "name", ["a.tfrecord", "a.tfrecords", "a.tfrec", "a.tfrecord-00000-of-00002", "a.tfrecord.gz"]
)
@pytest.mark.parametrize("indices", [None, (0,), (2,), (1, 3), (), range(5)])
def test_number_features_take_the_input_s_shape(tmp_path: Path, name: str, indices: Any) -> None:
    spec = write(tmp_path / name, *(numbers(index) for index in range(5)))
    dataset = open_dataset(spec, [VECTOR])
    assert (dataset.count, dataset.metric) == (5, "top1")
    samples = list(dataset.stream(indices))
    assert [sample.index for sample in samples] == list(range(5) if indices is None else indices)
    for sample in samples:
        assert sample.inputs["v"].shape == (1, 2, 3)
        assert sample.inputs["v"].dtype == np.float32
        assert sample.inputs["v"].ravel().tolist() == numbers(sample.index)["v"]
        assert sample.label is not None
        assert sample.label.shape == ()
        assert int(sample.label) == sample.index % 2
    labels = dataset.labels()
    assert labels is not None
    assert labels.tolist() == [0, 1, 0, 1, 0]


def test_pictures_are_decoded_and_take_the_input_s_size(tmp_path: Path) -> None:
    spec = write(tmp_path / "a.tfrecord", {"image": png((9, 8, 7)), "label": [-3]})
    (sample,) = open_dataset(spec, [IMAGE]).stream()
    assert sample.inputs["image"].shape == (1, 4, 6, 3)
    assert sample.inputs["image"][0, 2, 2].tolist() == [9.0, 8.0, 7.0]
    assert sample.label is not None
    assert int(sample.label) == -3


def test_integers_and_several_inputs(tmp_path: Path) -> None:
    ids = TensorSpec("ids", (1, 2), "int32")
    spec = write(tmp_path / "a.tfrecord", {**numbers(0), "ids": [-5, 7]})
    (sample,) = open_dataset(spec, [VECTOR, ids]).stream()
    assert sample.inputs["ids"].tolist() == [[-5, 7]]


def refused(spec: str, *inputs: TensorSpec) -> str:
    with pytest.raises(DataError) as caught:
        list(open_dataset(spec, inputs or [VECTOR]).stream())
    return str(caught.value)


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        ({"w": [1.0]}, "record 1: holds no 'v' for the input 'v'. There are: w"),
        ({"v": [1.0] * 5}, "record 1, input 'v': holds 5 values, and the input takes [1, 2, 3]"),
        ({"v": [1.0] * 5 + [float("nan")]}, "sample 1, input 'v': holds NaN at [0, 1, 2]"),
        ({"v": b"raw bytes"}, "input 'v': takes [1, 2, 3], which is no picture"),
        ({"v": [1.0] * 6, "y": b"cat"}, "record 1: the label 'y' is no number"),
    ],
)
def test_bad_features(tmp_path: Path, sample: dict[str, Any], message: str) -> None:
    assert message in refused(write(tmp_path / "a.tfrecord", numbers(0), sample))


def test_bad_pictures(tmp_path: Path) -> None:
    spec = write(tmp_path / "a.tfrecord", {"image": b"no picture"})
    assert "record 0, input 'image': is no picture that can be read" in refused(spec, IMAGE)


TWO = framed([example(numbers(0))] * 2)
HALF = len(TWO) // 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (TWO[:-1], "record 1: cannot be read (it ends early)"),
        (TWO[: HALF + 5], "record 1: cannot be read (it ends early)"),
        (TWO[: HALF + 30], "record 1: cannot be read (it ends early)"),
        (b"\x01" + TWO[1:], "record 0: cannot be read (the checksum of its length"),
        (TWO[:20] + b"!" + TWO[21:], "record 0: cannot be read (the checksum of its content"),
        (TWO[:-4] + b"....", "record 1: cannot be read (the checksum of its content"),
        (b"only text", "record 0: cannot be read"),
        (b"", "the data set is empty"),
        (framed([b"\xff\xff no message"]), "record 0: is no tf.train.Example"),
    ],
)
def test_damage_is_found(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.tfrecord").write_bytes(content)
    assert message in refused(str(tmp_path / "a.tfrecord"))


def test_a_cut_file_is_found_before_anything_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "a.tfrecord").write_bytes(TWO[:-1])
    with pytest.raises(DataError, match="record 1: cannot be read"):
        open_dataset(str(tmp_path / "a.tfrecord"), [VECTOR])


def test_damaged_packing_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.tfrecord.gz").write_bytes(gzip.compress(TWO)[:-12])
    assert "cannot be read" in refused(str(tmp_path / "a.tfrecord.gz"))
