"""`dataset.toml`: what it may say, and what is done to the values."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tflitekit.data import open_dataset
from tflitekit.data.recipe import read_recipe
from tflitekit.errors import DataError
from tflitekit.graph.spec import TensorSpec

IMAGE = TensorSpec("image", (1, 4, 6, 3), "float32")
RNG = np.random.default_rng(1)


def folder(root: Path, toml: str, **arrays: NDArray[Any]) -> str:
    root.mkdir(parents=True, exist_ok=True)
    (root / "dataset.toml").write_text(toml)
    if arrays:
        np.savez(root / "data.npz", **arrays)  # type: ignore[arg-type]
    return str(root)


def first(spec: str, *inputs: TensorSpec, **options: Any) -> NDArray[Any]:
    sample = next(open_dataset(spec, inputs, **options).stream())
    return sample.inputs[inputs[0].name]


ONLY = '[splits]\ncalibrate = "data.npz"\n'


def test_a_folder_with_a_recipe_is_a_data_set(tmp_path: Path) -> None:
    np.savez(tmp_path / "held.npz", x=np.full((2, 3), 2.0), y=[0, 1])
    spec = folder(
        tmp_path,
        '[dataset]\nname = "mine"\nsource = "here"\nlicence = "CC0-1.0"\nmetric = "auc"\n'
        '[splits]\ncalibrate = "data.npz"\nevaluate = "held.npz"\n',
        x=np.ones((5, 3)),
    )
    vector = TensorSpec("v", (1, 3), "float32")
    calibrate = open_dataset(spec, [vector])
    evaluate = open_dataset(spec, [vector], split="evaluate")
    assert (calibrate.name, calibrate.metric, calibrate.count) == ("mine", "auc", 5)
    assert (evaluate.count, next(evaluate.stream()).inputs["v"][0, 0]) == (2, 2.0)
    assert calibrate.digest() != evaluate.digest()
    assert (evaluate.recipe.source, evaluate.recipe.licence) == ("here", "CC0-1.0")


def test_the_digest_follows_the_recipe_but_not_the_place(tmp_path: Path) -> None:
    vector = TensorSpec("v", (1, 3), "float32")
    data = np.ones((2, 3))
    specs = [
        folder(tmp_path / "one" / "set", ONLY, x=data),
        folder(tmp_path / "two" / "set", ONLY, x=data),
        folder(tmp_path / "three" / "set", ONLY + "[preprocess]\nscale = 2\n", x=data),
    ]
    digests = [open_dataset(spec, [vector]).digest() for spec in specs]
    assert digests[0] == digests[1] != digests[2]


def test_files_are_checked_against_their_sha256(tmp_path: Path) -> None:
    vector = TensorSpec("v", (1, 3), "float32")
    spec = folder(tmp_path, ONLY, x=np.ones((2, 3)))
    digest = hashlib.sha256((tmp_path / "data.npz").read_bytes()).hexdigest()
    folder(tmp_path, f'{ONLY}[dataset.sha256]\n"data.npz" = "{digest}"\n"other" = "00"\n')
    assert open_dataset(spec, [vector]).count == 2
    folder(tmp_path, f'{ONLY}[dataset.sha256]\n"data.npz" = "{digest[::-1]}"\n')
    with pytest.raises(DataError, match=f"sha256 is {digest}"):
        open_dataset(spec, [vector])


def test_scale_mean_and_std_in_that_order(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 256, (2, 4, 6, 3)).astype(np.uint8)
    steps = "[preprocess]\nscale = 0.5\nmean = [1, 2, 3]\nstd = 4\n"
    got = first(folder(tmp_path, ONLY + steps, x=pixels), IMAGE)
    expected = (pixels[0].astype(np.float32) * 0.5 - np.array([1, 2, 3])) / 4
    np.testing.assert_allclose(got[0], expected, rtol=1e-6)
    assert got.dtype == np.float32


def test_dtype_rounds_to_nearest_even_and_saturates(tmp_path: Path) -> None:
    spec = folder(
        tmp_path,
        ONLY + '[preprocess]\ndtype = "int8"\n',
        x=np.array([[0.5, 1.5, -2.5, 300.0, -300.0]]),
    )
    assert first(spec, TensorSpec("v", (1, 5), "int32")).tolist() == [[0, 2, -2, 127, -128]]


def test_dtype_does_not_hide_nan(tmp_path: Path) -> None:
    spec = folder(tmp_path, ONLY + '[preprocess]\ndtype = "uint8"\n', x=np.array([[np.nan]]))
    with pytest.raises(DataError, match="holds NaN"):
        first(spec, TensorSpec("v", (1, 1), "uint8"))


def test_an_input_s_own_table_replaces_the_common_one(tmp_path: Path) -> None:
    ids = TensorSpec("ids", (1, 2), "int32")
    vector = TensorSpec("v", (1, 2), "float32")
    toml = ONLY + "[preprocess]\nscale = 10\n[inputs.ids]\n"
    spec = folder(tmp_path, toml, ids=np.ones((1, 2), np.int32), v=np.ones((1, 2)))
    sample = next(open_dataset(spec, [ids, vector]).stream())
    assert sample.inputs["ids"].tolist() == [[1, 1]]
    assert sample.inputs["v"].tolist() == [[10.0, 10.0]]


def test_keys_rename_inputs_and_labels(tmp_path: Path) -> None:
    toml = ONLY + '[keys]\nimage = "image/encoded"\nlabel = "class"\n'
    arrays = {"image/encoded": np.zeros((2, 4, 6, 3)), "class": np.array([1, 0])}
    dataset = open_dataset(folder(tmp_path, toml, **arrays), [IMAGE])
    labels = dataset.labels()
    assert labels is not None
    assert labels.tolist() == [1, 0]
    assert next(dataset.stream()).inputs["image"].shape == (1, 4, 6, 3)


def gradient(height: int, width: int) -> NDArray[np.uint8]:
    """Each pixel tells its row, its column and nothing."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows, columns, rows * 0], -1).astype(np.uint8)


def resized(tmp_path: Path, toml: str, pixels: NDArray[Any], spec: TensorSpec = IMAGE) -> Any:
    return first(folder(tmp_path, f"{ONLY}[preprocess.resize]\n{toml}\n", x=pixels[None]), spec)[0]


def test_resize_stretches_to_the_model_s_size(tmp_path: Path) -> None:
    got = resized(tmp_path, 'method = "nearest"', gradient(8, 24))
    assert got[:, 0, 0].tolist() == [1, 3, 5, 7]
    assert got[0, :, 1].tolist() == [2, 6, 10, 14, 18, 22]


def test_center_crop_keeps_the_proportions(tmp_path: Path) -> None:
    got = resized(tmp_path, 'method = "box"\ncrop = "center"', gradient(8, 24))
    assert got[:, 0, 0].tolist() == [1.0, 3.0, 5.0, 7.0]  # bytes: 0.5 rounds up
    assert got[0, :, 1].tolist() == [7.0, 9.0, 11.0, 13.0, 15.0, 17.0]


def test_center_crop_with_a_fraction_keeps_the_middle(tmp_path: Path) -> None:
    got = resized(tmp_path, 'method = "nearest"\ncrop = "center"\nfraction = 0.5', gradient(8, 24))
    assert (got[:, 0, 0].min(), got[:, 0, 0].max()) == (2.0, 5.0)
    assert (got[0, :, 1].min(), got[0, :, 1].max()) == (9.0, 14.0)


def test_floats_are_resized_without_rounding(tmp_path: Path) -> None:
    got = resized(tmp_path, 'method = "box"', gradient(8, 6).astype(np.float32))
    assert got[:, 0, 0].tolist() == [0.5, 2.5, 4.5, 6.5]


def test_a_size_of_its_own_must_fit_the_model(tmp_path: Path) -> None:
    free = TensorSpec("image", (1, -1, -1, 3), "float32")
    assert resized(tmp_path, "size = [5, 7]", gradient(8, 24), free).shape == (5, 7, 3)
    with pytest.raises(DataError, match=r"has the shape \[5, 7, 3\]"):
        resized(tmp_path, "size = [5, 7]", gradient(8, 24))


def test_pictures_are_turned_to_nchw_and_arrays_have_it_already(tmp_path: Path) -> None:
    channels_first = TensorSpec("image", (1, 3, 4, 6), "float32")
    steps = '[preprocess]\nlayout = "NCHW"\nmean = [0, 100, 0]\n'
    pixels = gradient(4, 6)
    (tmp_path / "pictures").mkdir()
    Image.fromarray(pixels).save(tmp_path / "pictures" / "a.png")
    picture = first(folder(tmp_path, steps + '[splits]\ncalibrate = "pictures"\n'), channels_first)
    array = first(
        folder(tmp_path, steps + ONLY, x=np.moveaxis(pixels, -1, 0)[None]), channels_first
    )
    expected = np.moveaxis(pixels.astype(np.float32) - [0, 100, 0], -1, 0)
    np.testing.assert_array_equal(picture[0], expected)
    np.testing.assert_array_equal(array[0], expected)


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("[dataset", "cannot be read"),
        ("[preproces]\nscale = 1", "preproces is not a known key. Did you mean preprocess?"),
        ("[preprocess]\nscal = 1", "preprocess.scal is not a known key. Did you mean scale?"),
        ("[dataset]\nlicense = 'x'", "dataset.license is not a known key. Did you mean licence?"),
        ("[splits]\ncalibration = 'x'", "Did you mean calibrate?"),
        ("[preprocess.resize]\nsizes = 4", "preprocess.resize.sizes is not a known key"),
        ("[inputs.image]\nmaen = 1", "inputs.image.maen is not a known key. Did you mean mean?"),
        ("[preprocess]\nscale = '1/255'", "preprocess.scale must be a finite number"),
        ("[preprocess]\nscale = true", "preprocess.scale must be a finite number"),
        ("[preprocess]\nmean = [1, nan]", "preprocess.mean must be a finite number"),
        ("[preprocess]\nstd = [1, 0]", "preprocess.std must not be 0"),
        ("[preprocess]\nlayout = 'CHW'", "preprocess.layout is 'CHW'. Did you mean"),
        ("[preprocess]\ndtype = 'float'", "preprocess.dtype is 'float'"),
        ("[preprocess.resize]\nmethod = 'linear'", "Did you mean bilinear or nearest?"),
        ("[preprocess.resize]\nsize = [4]", "size must be [height, width] in pixels"),
        ("[preprocess.resize]\nsize = [4, 0]", "size must be [height, width] in pixels"),
        ("[preprocess.resize]\nfraction = 1.5", "fraction must be above 0 and at most 1"),
        ("preprocess = 3", "preprocess must be a table"),
        ("[dataset]\nname = 3", "dataset.name must be a text"),
    ],
)
def test_bad_recipes(tmp_path: Path, toml: str, message: str) -> None:
    file = tmp_path / "dataset.toml"
    file.write_text(toml)
    with pytest.raises(DataError) as caught:
        read_recipe(file)
    assert message in str(caught.value)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("[splits]\nevaluate = 'data.npz'", "has no split to calibrate with"),
        ("[splits]\ncalibrate = 'train.npz'", "the split calibrate is missing"),
        (ONLY + "[inputs.imgae]\nscale = 1", "no input 'imgae'. Did you mean image?"),
        (ONLY + "[keys]\nimgae = 'x'", "no input 'imgae'. Did you mean image?"),
        (ONLY + "[keys]\nlabel = 'class'", "holds no 'class' for labels"),
        (ONLY + "[preprocess]\nmean = [1, 2]", "has 3 channels, and mean in dataset.toml has 2"),
        (ONLY + "[dataset.sha256]\n'data.npz' = 'ab'", "is not the file that dataset.toml"),
    ],
)
def test_recipes_that_do_not_fit_the_data(tmp_path: Path, toml: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        first(folder(tmp_path, toml, x=np.zeros((1, 4, 6, 3))), IMAGE)
    assert message in str(caught.value)


def test_a_spatial_step_on_a_vector_says_what_to_do(tmp_path: Path) -> None:
    spec = folder(tmp_path, ONLY + "[preprocess.resize]\n", x=np.zeros((1, 3)))
    with pytest.raises(DataError, match=r"\[inputs.NAME\] table"):
        first(spec, TensorSpec("v", (1, 3), "float32"))
