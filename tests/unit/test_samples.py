import numpy as np
import pytest

from tflitekit.errors import DataError
from tflitekit.graph.spec import TensorSpec
from tflitekit.quantize.calibration.samples import SampleStore

INPUTS = [TensorSpec("a/b", (1, 2), "float32"), TensorSpec("ids", (1,), "int64")]


def sample(number):
    return {
        "ids": np.array([number], np.int64),
        "a/b": np.full((1, 2), number / 2, np.float32),
    }


def test_samples_come_back_in_order(tmp_path):
    written = SampleStore.write(tmp_path / "new", INPUTS, map(sample, range(5)))
    for store in (written, SampleStore.open(tmp_path / "new")):
        assert store.count == 5
        assert [one.name for one in store.inputs] == ["a/b", "ids"]
        for number, read in enumerate(store):
            for name, values in sample(number).items():
                np.testing.assert_array_equal(read[name], values)
                assert read[name].dtype == values.dtype
        assert number == 4


def test_views_and_scalars_are_stored_whole(tmp_path):
    inputs = [TensorSpec("x", (2, 3), "float32"), TensorSpec("s", (), "float32")]
    x = np.arange(6, dtype=np.float32).reshape(3, 2).T
    store = SampleStore.write(tmp_path, inputs, [{"x": x, "s": np.float32(7).reshape(())}])
    (read,) = store
    np.testing.assert_array_equal(read["x"], x)
    assert read["s"].shape == ()
    assert read["s"] == 7


def test_the_source_is_read_one_at_a_time(tmp_path):
    """The size on disk grows as samples are taken, so none waits in memory."""
    sizes = []

    def source():
        for _ in range(3):
            sizes.append((tmp_path / "0.bin").stat().st_size)
            yield {"x": np.zeros((1, 1 << 16), np.float32)}

    SampleStore.write(tmp_path, [TensorSpec("x", (1, 1 << 16), "float32")], source())
    assert sizes == [0, 1 << 18, 2 << 18]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"a/b": np.zeros((1, 2), np.float32)}, "lacks the input 'ids'"),
        ({**sample(1), "ids": np.zeros(1, np.int32)}, "int32"),
        ({**sample(1), "a/b": np.zeros((2, 2), np.float32)}, r"\[2, 2\]"),
    ],
)
def test_a_sample_that_does_not_fit_is_an_error(tmp_path, broken, said):
    with pytest.raises(DataError, match=said) as caught:
        SampleStore.write(tmp_path, INPUTS, [sample(0), broken])
    assert "sample 1" in caught.value.what


def test_no_sample_is_an_error(tmp_path):
    with pytest.raises(DataError, match="no sample"):
        SampleStore.write(tmp_path, INPUTS, [])
