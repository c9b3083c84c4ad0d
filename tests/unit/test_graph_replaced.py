"""What a model tells of the ops that custom ops replaced."""

import numpy as np
import pytest

from tests.fakes import graphs
from tflitekit.errors import ModelError
from tflitekit.graph import read_model, write_model
from tflitekit.graph.region import Region, fuse
from tflitekit.graph.replaced import NAME, Replaced, note_replaced, replaced_by, replacements
from tflitekit.graph.storage import Buffer, Metadata
from tflitekit.graph.summary import summarize


def test_it_is_written_with_the_model():
    model = graphs.dense()
    pair = Replaced("tflitekit.batch_matmul", ("MUL", "BATCH_MATMUL"), 50)
    note_replaced(model, [pair, Replaced("tflitekit.lstm", (), 0), pair])
    assert replacements(read_model(write_model(model))) == [
        {
            "kernel": "tflitekit.batch_matmul",
            "instead_of": ["MUL", "BATCH_MATMUL"],
            "count": 2,
            "macs": 100,
        },
        {"kernel": "tflitekit.lstm", "instead_of": [], "count": 1, "macs": 0},
    ]


def test_the_steps_of_what_is_gone_are_counted():
    model = graphs.dense()
    graph = model.main
    before = summarize(model, size_bytes=1, sha256="")["macs"]
    (dense,) = graph.ops
    region = Region((dense,), graph.inputs, graph.outputs)
    op = fuse(graph, region, "tflitekit.batch_matmul")
    told = replaced_by(op)
    assert told.macs == before == 12
    op.body = None
    note_replaced(model, [told])
    assert summarize(model, size_bytes=1, sha256="")["macs"] == before


def test_a_model_without_custom_ops_gets_no_metadata():
    model = graphs.dense()
    note_replaced(model, [])
    assert model.metadata == []
    assert replacements(model) == []


@pytest.mark.parametrize("data", [b"", b"no json", b"[1]", b'[["a"]]', b'{"a": 1}'])
def test_damaged_metadata_are_told(data):
    model = graphs.dense()
    model.metadata.append(Metadata(NAME, Buffer(np.frombuffer(data, np.uint8))))
    with pytest.raises(ModelError, match="damaged"):
        replacements(model)
