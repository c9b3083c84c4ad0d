"""What a model tells of the ops that custom ops replaced."""

import numpy as np
import pytest

from tests.fakes import graphs
from tflitekit.errors import ModelError
from tflitekit.graph import read_model, write_model
from tflitekit.graph.replaced import NAME, Replaced, note_replaced, replacements
from tflitekit.graph.storage import Buffer, Metadata


def test_it_is_written_with_the_model():
    model = graphs.dense()
    pair = Replaced("tflitekit.batch_matmul", ("MUL", "BATCH_MATMUL"))
    note_replaced(model, [pair, Replaced("tflitekit.lstm", ()), pair])
    assert replacements(read_model(write_model(model))) == [
        {
            "kernel": "tflitekit.batch_matmul",
            "instead_of": ["MUL", "BATCH_MATMUL"],
            "count": 2,
        },
        {"kernel": "tflitekit.lstm", "instead_of": [], "count": 1},
    ]


def test_a_model_without_custom_ops_gets_no_metadata():
    model = graphs.dense()
    note_replaced(model, [])
    assert model.metadata == []
    assert replacements(model) == []


def test_what_earlier_files_tell_besides_is_passed_over():
    model = graphs.dense()
    data = np.frombuffer(b'[["tflitekit.lstm",["LSTM"],2,100]]', np.uint8)
    model.metadata.append(Metadata(NAME, Buffer(data)))
    (told,) = replacements(model)
    assert told == {"kernel": "tflitekit.lstm", "instead_of": ["LSTM"], "count": 2}


@pytest.mark.parametrize("data", [b"", b"no json", b"[1]", b'[["a"]]', b'{"a": 1}'])
def test_damaged_metadata_are_told(data):
    model = graphs.dense()
    model.metadata.append(Metadata(NAME, Buffer(np.frombuffer(data, np.uint8))))
    with pytest.raises(ModelError, match="damaged"):
        replacements(model)
