"""A folder of pictures: classes, colours, sizes, and files that are no pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tflitekit.data import open_dataset
from tflitekit.errors import DataError
from tflitekit.graph.spec import TensorSpec
from tflitekit.progress import Silent

COLOUR = TensorSpec("image", (1, 4, 6, 3), "float32")
RED, GREEN = (255, 0, 0), (0, 255, 0)


class Listener(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, text: str) -> None:
        self.said.append(text)

    warn = note


def picture(
    file: Path, colour: Any = RED, size: tuple[int, int] = (6, 4), mode: str = "RGB"
) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(file)


def classes(folder: Path) -> str:
    picture(folder / "dog" / "b.png", RED)
    picture(folder / "dog" / "a.jpg", RED)
    picture(folder / "cat" / "z.PNG", GREEN, size=(12, 8))
    (folder / "dog" / ".hidden.png").write_text("not read")
    return str(folder)


def test_labels_are_the_places_of_the_sorted_folder_names(tmp_path: Path) -> None:
    dataset = open_dataset(classes(tmp_path), [COLOUR])
    labels = dataset.labels()
    assert labels is not None
    assert labels.tolist() == [0, 1, 1]
    assert dataset.class_names == ("cat", "dog")
    assert (dataset.count, dataset.metric) == (3, "top1")
    samples = list(dataset.stream())
    assert [int(sample.label) for sample in samples] == [0, 1, 1]  # type: ignore[arg-type]
    for sample, colour in zip(samples, (GREEN, RED, RED), strict=True):
        values = sample.inputs["image"]
        assert (values.shape, values.dtype.name) == ((1, 4, 6, 3), "float32")
        np.testing.assert_allclose(values, np.broadcast_to(colour, (1, 4, 6, 3)), atol=3)
    assert next(dataset.stream([2])).index == 2


@pytest.mark.parametrize(
    ("channels", "pixel"), [(1, [76]), (3, [255, 0, 0]), (4, [255, 0, 0, 255])]
)
def test_the_input_decides_the_channels(tmp_path: Path, channels: int, pixel: list[int]) -> None:
    picture(tmp_path / "a.png")
    spec = TensorSpec("image", (1, 4, 6, channels), "uint8")
    (sample,) = open_dataset(str(tmp_path), [spec]).stream()
    assert sample.inputs["image"][0, 0, 0].tolist() == pixel
    assert sample.label is None


def test_a_palette_picture_is_decoded_to_colours(tmp_path: Path) -> None:
    Image.new("RGB", (6, 4), GREEN).convert("P").save(tmp_path / "a.gif")
    (sample,) = open_dataset(str(tmp_path), [COLOUR]).stream()
    assert sample.inputs["image"][0, 3, 5].tolist() == list(GREEN)


def test_pixel_range_and_other_files_are_told_of(tmp_path: Path) -> None:
    listener = Listener()
    spec = classes(tmp_path)
    (tmp_path / "cat" / "notes.txt").write_text("x")
    (tmp_path / "bird").mkdir()
    open_dataset(spec, [COLOUR], progress=listener)
    assert "1 files that are no pictures" in listener.said[0] + listener.said[1]
    assert any("'bird' has no pictures" in text for text in listener.said)
    assert any("pixels from 0 to 255" in text for text in listener.said)


def test_the_digest_follows_names_and_contents(tmp_path: Path) -> None:
    first = open_dataset(classes(tmp_path / "one"), [COLOUR]).digest()
    assert open_dataset(classes(tmp_path / "two"), [COLOUR]).digest() == first
    (tmp_path / "two" / "dog" / "b.png").rename(tmp_path / "two" / "cat" / "b.png")
    assert open_dataset(str(tmp_path / "two"), [COLOUR]).digest() != first


def refused(folder: Path, *inputs: TensorSpec) -> str:
    with pytest.raises(DataError) as caught:
        list(open_dataset(str(folder), inputs or [COLOUR]).stream())
    return str(caught.value)


def test_broken_pictures_are_named(tmp_path: Path) -> None:
    picture(tmp_path / "cat" / "a.png", size=(64, 64))
    whole = (tmp_path / "cat" / "a.png").read_bytes()
    for content in (b"", b"no picture", whole[:60]):
        (tmp_path / "cat" / "a.png").write_bytes(content)
        message = refused(tmp_path)
        assert "cat/a.png: is no picture that can be read" in message


def test_pictures_of_16_bits_are_refused(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 6), 40000, np.uint16)).save(tmp_path / "a.png")
    assert "more than 8 bits" in refused(tmp_path)


def test_folders_without_pictures_or_with_loose_ones(tmp_path: Path) -> None:
    assert "holds no pictures" in refused(tmp_path)
    (tmp_path / "cat").mkdir()
    assert "holds no pictures" in refused(tmp_path)
    picture(tmp_path / "cat" / "a.png")
    picture(tmp_path / "b.png")
    assert "'b.png' is one beside" in refused(tmp_path)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([TensorSpec("v", (1, 10), "float32")], "takes [1, 10], which is no picture"),
        ([TensorSpec("v", (1, 4, 4, 7), "float32")], "the input has 7 channels"),
        ([TensorSpec("v", (1, 3, 4, 6), "float32")], "Is the layout NCHW?"),
        ([TensorSpec("v", (1, -1, -1, 3), "float32")], "the model's size is not fixed"),
        ([COLOUR, COLOUR], "feeds one input, and the model has 2"),
    ],
)
def test_inputs_that_take_no_pictures(
    tmp_path: Path, inputs: list[TensorSpec], message: str
) -> None:
    picture(tmp_path / "a.png")
    assert message in refused(tmp_path, *inputs)
