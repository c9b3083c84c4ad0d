"""Statistics that are kept, and whose they are."""

import numpy as np
import pytest

from tests.fakes import graphs
from tests.fakes.stats import assert_same
from tflitekit.errors import DataError, OutputError
from tflitekit.graph import read_model, write_model
from tflitekit.quantize.calibration.stats import observe
from tflitekit.quantize.calibration.stats_file import load_stats, merge_stats, save_stats


def seen(model, seed=0):
    """Statistics of the model's input and output."""
    rng = np.random.default_rng(seed)
    ends = (model.main.inputs[0], model.main.outputs[0])
    return {one: observe(rng.normal(size=(5, one.shape[-1])).astype(np.float32)) for one in ends}


def test_what_is_saved_is_loaded_by_another_process_model(tmp_path):
    model = graphs.dense()
    save_stats(tmp_path / "s.npz", model, seen(model))
    again = read_model(write_model(model))
    loaded = load_stats(tmp_path / "s.npz", again)
    assert list(loaded) == [again.main.inputs[0], again.main.outputs[0]]
    for mine, other in zip(loaded.values(), seen(model).values(), strict=True):
        assert_same(mine, other)


def test_no_statistics_at_all(tmp_path):
    model = graphs.dense()
    save_stats(tmp_path / "s.npz", model, {})
    assert load_stats(tmp_path / "s.npz", model) == {}


def test_other_weights_are_another_model(tmp_path):
    model, other = graphs.dense(), graphs.dense()
    save_stats(tmp_path / "s.npz", model, seen(model))
    next(one for one in other.main.tensors if "bias" in one.name).data = np.zeros(3, np.float32)
    with pytest.raises(DataError, match="another model") as caught:
        load_stats(tmp_path / "s.npz", other)
    assert "s.npz" in caught.value.where


@pytest.mark.parametrize(
    "damage", ["absent", "folder", "text", "cut", "members", "sizes", "format"]
)
def test_a_file_that_is_none(tmp_path, damage):
    model, path = graphs.dense(), tmp_path / "s.npz"
    save_stats(path, model, seen(model))
    with np.load(path) as file:
        arrays = dict(file)
    if damage in ("absent", "folder"):
        path.unlink()
    if damage == "folder":
        path.mkdir()
    elif damage == "text":
        path.write_text("hello")
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:700])
    elif damage == "members":
        np.savez(path, x=np.zeros(3))
    elif damage == "sizes":
        np.savez(path, **arrays | {"num_bins": arrays["num_bins"] + 1})
    elif damage == "format":
        np.savez(path, **arrays | {"format": 99})
    with pytest.raises(DataError, match=r"no readable file|format 99"):
        load_stats(path, model)


def test_a_pickle_is_not_opened(tmp_path):
    np.savez(tmp_path / "s.npz", format=np.array([print], object))
    with pytest.raises(DataError, match="no readable file"):
        load_stats(tmp_path / "s.npz", graphs.dense())


def test_a_folder_that_is_not_there(tmp_path):
    model = graphs.dense()
    with pytest.raises(OutputError):
        save_stats(tmp_path / "no" / "s.npz", model, seen(model))


def test_files_of_one_model_merge():
    model = graphs.dense()
    first, second = seen(model, 1), seen(model, 2)
    second.pop(model.main.outputs[0])
    merged = merge_stats(first, second)
    assert list(merged) == list(first)
    x, y = merged
    assert_same(merged[x], first[x].merged(second[x]))
    assert merged[y] is first[y]
