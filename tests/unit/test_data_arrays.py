"""`.npz` and `.npy`: layouts, names, streaming, and everything that can be wrong with them."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tflitekit.data import open_dataset
from tflitekit.errors import DataError
from tflitekit.graph.spec import TensorSpec

IMAGE = TensorSpec("image", (1, 4, 3, 2), "float32")
IDS = TensorSpec("ids", (1, 5), "int32")
RNG = np.random.default_rng(0)
PICTURES = RNG.normal(size=(10, 4, 3, 2)).astype(np.float32)
LABELS = np.arange(10, dtype=np.uint8) % 3


def save(file: Path, *, compressed: bool = False, **arrays: NDArray[Any]) -> str:
    (np.savez_compressed if compressed else np.savez)(file, **arrays)  # type: ignore[arg-type]
    return str(file)


def values(spec: str, *inputs: TensorSpec, indices: Any = None) -> list[NDArray[Any]]:
    dataset = open_dataset(spec, inputs)
    return [sample.inputs[inputs[0].name] for sample in dataset.stream(indices)]


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("name", ["image", "x"])
@pytest.mark.parametrize("batch_axis", [False, True])
def test_every_layout_gives_the_input_s_full_shape(
    tmp_path: Path, compressed: bool, name: str, batch_axis: bool
) -> None:
    stored = PICTURES[:, np.newaxis] if batch_axis else PICTURES
    spec = save(tmp_path / "a.npz", compressed=compressed, y=LABELS, **{name: stored})
    dataset = open_dataset(spec, [IMAGE])
    samples = list(dataset.stream())
    assert dataset.count == 10
    assert dataset.metric == "top1"
    assert [int(sample.label) for sample in samples] == LABELS.tolist()  # type: ignore[arg-type]
    assert [sample.index for sample in samples] == list(range(10))
    for sample, picture in zip(samples, PICTURES, strict=True):
        assert sample.inputs["image"].dtype == np.float32
        np.testing.assert_array_equal(sample.inputs["image"], picture[np.newaxis])


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("indices", [None, (0,), (9,), (1, 2, 7), range(10), ()])
def test_packed_unpacked_and_npy_agree(tmp_path: Path, order: Any, indices: Any) -> None:
    stored = np.asarray(PICTURES, order=order)
    np.save(tmp_path / "a.npy", stored)
    wanted = PICTURES[list(range(10) if indices is None else indices)]
    for spec in (
        save(tmp_path / "plain.npz", x=stored),
        save(tmp_path / "packed.npz", compressed=True, x=stored),
        str(tmp_path / "a.npy"),
    ):
        got = values(spec, IMAGE, indices=indices)
        np.testing.assert_array_equal(np.reshape(got, wanted.shape), wanted)


def test_a_member_with_an_extra_field_in_its_local_header_is_read_in_place(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", PICTURES)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        info = zipfile.ZipInfo("x.npy")
        info.extra = b"\x99\x99\x04\x00abcd"
        archive.writestr(info, (tmp_path / "x.npy").read_bytes())
    np.testing.assert_array_equal(np.concatenate(values(str(tmp_path / "a.npz"), IMAGE)), PICTURES)


def test_several_inputs_by_name_and_types_are_cast_where_nothing_is_lost(tmp_path: Path) -> None:
    ids = np.arange(50, dtype=np.uint8).reshape(10, 5)
    spec = save(tmp_path / "a.npz", image=PICTURES.astype(">f8"), ids=ids)
    dataset = open_dataset(spec, [IMAGE, IDS])
    sample = next(dataset.stream([3]))
    assert {name: (one.shape, one.dtype.name) for name, one in sample.inputs.items()} == {
        "image": ((1, 4, 3, 2), "float32"),
        "ids": ((1, 5), "int32"),
    }
    assert sample.label is None
    assert dataset.labels() is None
    assert dataset.metric is None
    np.testing.assert_array_equal(sample.inputs["ids"], ids[3:4])


def test_scalars_fill_an_input_of_one_value_and_free_sizes_fit(tmp_path: Path) -> None:
    spec = save(tmp_path / "a.npz", x=np.arange(3, dtype=np.float32))
    assert [one.shape for one in values(spec, TensorSpec("t", (1,), "float32"))] == [(1,)] * 3
    assert [one.shape for one in values(spec, TensorSpec("t", (), "float32"))] == [()] * 3
    spec = save(tmp_path / "b.npz", x=np.zeros((3, 7), np.float32))
    assert values(spec, TensorSpec("t", (-1, -1), "float32"))[0].shape == (1, 7)


def test_an_input_called_y_is_no_label(tmp_path: Path) -> None:
    spec = save(tmp_path / "a.npz", x=np.zeros((3, 2), np.float32), y=np.ones((3, 2), np.float32))
    inputs = [TensorSpec("x", (1, 2), "float32"), TensorSpec("y", (1, 2), "float32")]
    dataset = open_dataset(spec, inputs)
    assert dataset.labels() is None
    assert next(dataset.stream()).inputs["y"].tolist() == [[1.0, 1.0]]


def test_a_quantized_input_takes_real_values(tmp_path: Path) -> None:
    spec = save(tmp_path / "a.npz", x=PICTURES)
    quantized = TensorSpec("image", IMAGE.shape, "int8", 0.5, -3)
    np.testing.assert_array_equal(values(spec, quantized)[0][0], PICTURES[0])


def test_labels_that_are_no_classes_have_no_metric(tmp_path: Path) -> None:
    spec = save(tmp_path / "a.npz", x=PICTURES, y=RNG.normal(size=10))
    assert open_dataset(spec, [IMAGE]).metric is None
    spec = save(tmp_path / "b.npz", x=PICTURES, y=np.eye(10, dtype=np.int32))
    assert open_dataset(spec, [IMAGE]).metric is None


def test_the_digest_is_that_of_the_content_alone(tmp_path: Path) -> None:
    first = save(tmp_path / "a.npz", x=PICTURES)
    again = save(tmp_path / "b.npz", x=PICTURES)
    other = save(tmp_path / "c.npz", x=PICTURES + 1)
    digests = [open_dataset(spec, [IMAGE]).digest() for spec in (first, again, other)]
    assert digests[0] == digests[1] != digests[2]
    assert len(digests[0]) == 64


def refused(spec: str, *inputs: TensorSpec) -> str:
    with pytest.raises(DataError) as caught:
        list(open_dataset(spec, inputs or [IMAGE]).stream())
    assert caught.value.exit_code == 3
    return str(caught.value)


def bad_picture(index: int, number: float) -> NDArray[np.float32]:
    pictures = PICTURES.copy()
    pictures[index, 1, 2, 0] = number
    return pictures


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": bad_picture(7, np.nan)}, "sample 7, input 'image': holds NaN at [0, 1, 2, 0]"),
        ({"x": bad_picture(4, -np.inf)}, "sample 4, input 'image': holds infinity"),
        ({"x": np.full((2, 4, 3, 2), 1e300)}, "sample 0, input 'image': in float32 holds infinity"),
        ({"x": PICTURES[:, :3]}, "has the shape [3, 3, 2], and the input takes [1, 4, 3, 2]"),
        ({"x": PICTURES[:, np.newaxis, np.newaxis]}, "has the shape [1, 1, 4, 3, 2]"),
        ({"x": PICTURES.astype(np.complex64)}, "sample 0, input 'image': holds complex numbers"),
        ({"x": np.full((10, 4, 3, 2), "a")}, "sample 0, input 'image': holds text"),
        ({"pictures": PICTURES}, "holds no 'image' for the input 'image'. There are: pictures"),
        ({"imagee": PICTURES}, "Did you mean imagee?"),
        ({"x": PICTURES, "z": LABELS}, "'z' is no input of the model"),
        ({"x": PICTURES, "y": LABELS[:9]}, "number of samples: x 10, y 9"),
        ({"x": PICTURES[:0]}, "the data set is empty"),
        ({"x": np.float32(1)}, "array 'x': is a single number"),
        ({"x": PICTURES, "y": np.full(10, np.nan)}, "sample 0: the label holds NaN"),
        ({"x": PICTURES, "y": np.full(10, "cat")}, "sample 0: the label holds text"),
    ],
)
def test_bad_arrays(
    tmp_path: Path, compressed: bool, arrays: dict[str, NDArray[Any]], message: str
) -> None:
    assert message in refused(save(tmp_path / "a.npz", compressed=compressed, **arrays))


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (np.zeros((2, 5), np.float32), "holds float32 values, and the input takes int32"),
        (np.full((2, 5), 2**40), "holds values from 1099511627776 to 1099511627776"),
        (np.full((2, 5), 2**63, np.uint64), "goes from -2147483648 to 2147483647"),
    ],
)
def test_integers_are_never_cut(tmp_path: Path, ids: NDArray[Any], message: str) -> None:
    assert message in refused(save(tmp_path / "a.npz", ids=ids), IDS)


def test_a_batch_is_not_made_of_single_samples(tmp_path: Path) -> None:
    batched = TensorSpec("image", (4, 4, 3, 2), "float32")
    message = refused(save(tmp_path / "a.npz", x=PICTURES), batched)
    assert "is one sample of shape [4, 3, 2], and the input takes 4 at a time" in message
    whole = save(tmp_path / "b.npz", x=np.stack([PICTURES[:4], PICTURES[4:8]]))
    assert [one.shape for one in values(whole, batched)] == [(4, 4, 3, 2)] * 2


def test_a_text_input_takes_no_data(tmp_path: Path) -> None:
    spec = save(tmp_path / "a.npz", x=PICTURES)
    assert "takes string values" in refused(spec, TensorSpec("text", (1,), "string"))


@pytest.mark.parametrize("compressed", [False, True])
def test_pickled_arrays_are_refused_without_being_loaded(tmp_path: Path, compressed: bool) -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "exploded",))

    spec = save(tmp_path / "a.npz", compressed=compressed, x=np.array([Bomb()], dtype=object))
    np.save(tmp_path / "a.npy", np.array([Bomb()], dtype=object), allow_pickle=True)
    assert "holds pickled Python objects" in refused(spec)
    assert "holds pickled Python objects" in refused(str(tmp_path / "a.npy"))
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("suffix", [".npz", ".npy"])
@pytest.mark.parametrize("content", [b"", b"only text", b"PK\x03\x04 half of a zip"])
def test_files_that_are_something_else(tmp_path: Path, suffix: str, content: bytes) -> None:
    file = tmp_path / f"a{suffix}"
    file.write_bytes(content)
    assert "cannot be read" in refused(str(file))


def test_truncated_and_corrupted_files(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", PICTURES)
    whole = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "short.npy").write_bytes(whole[:-1])
    with pytest.raises(DataError, match="it ends early"):
        open_dataset(str(tmp_path / "short.npy"), [IMAGE])  # before anything is drawn
    packed = Path(save(tmp_path / "packed.npz", compressed=True, x=PICTURES)).read_bytes()
    (tmp_path / "short.npz").write_bytes(packed[:-40])
    assert "cannot be read" in refused(str(tmp_path / "short.npz"))
    damaged = bytearray(packed)
    damaged[len(packed) // 2] ^= 0xFF
    (tmp_path / "damaged.npz").write_bytes(damaged)
    assert "damaged.npz, array 'x': cannot be read" in refused(str(tmp_path / "damaged.npz"))


def test_a_header_that_makes_no_sense(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", PICTURES)
    whole = (tmp_path / "a.npy").read_bytes()
    for damaged in (whole.replace(b"(10,", b"(-1,"), whole.replace(b"(10, 4", b"((((((")):
        (tmp_path / "a.npy").write_bytes(damaged)
        assert "a.npy: cannot be read" in refused(str(tmp_path / "a.npy"))


def test_archives_with_other_things_or_nothing_in_them(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "holds 'readme.txt', which is no array" in refused(str(tmp_path / "a.npz"))
    with zipfile.ZipFile(tmp_path / "b.npz", "w"):
        pass
    assert "holds no array" in refused(str(tmp_path / "b.npz"))


def test_an_npy_feeds_one_input(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", PICTURES)
    assert "the model has 2 inputs, image, ids" in refused(str(tmp_path / "a.npy"), IMAGE, IDS)


@pytest.mark.parametrize("indices", [(3, 3), (4, 1), (-1, 2), (10,), range(5, 0, -1)])
def test_indices_must_increase_and_exist(tmp_path: Path, indices: Any) -> None:
    dataset = open_dataset(save(tmp_path / "a.npz", x=PICTURES), [IMAGE])
    with pytest.raises(ValueError, match="indices"):
        list(dataset.stream(indices))
