import numpy as np
import pytest

from tflitekit.data import dataset, open_dataset
from tflitekit.errors import DataError
from tflitekit.graph.spec import TensorSpec


def test_data_that_may_not_be_read_are_told(tmp_path, monkeypatch):
    """As root everything may be read, so the refusal is made up."""

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    np.save(tmp_path / "x.npy", np.zeros((2, 3), np.float32))
    monkeypatch.setattr(dataset, "open_source", refuse)
    with pytest.raises(DataError, match="Permission denied"):
        open_dataset(str(tmp_path / "x.npy"), [TensorSpec("x", (1, 3), "float32")])
