"""LiteRT's own LSTM becomes our float op where it is Keras's."""

import numpy as np
import pytest

from tests.fakes.builtin_lstm import UNITS, builtin_lstm
from tflitekit.graph import write_model
from tflitekit.graph.verify import verify
from tflitekit.kernels.patch import patch


def test_it_becomes_ours_without_a_body():
    model = builtin_lstm()
    weights = [np.asarray(tensor.data) for tensor in model.main.ops[0].inputs[1:5]]
    assert patch(model) == 1
    (op,) = model.main.ops
    assert (op.name, op.custom, op.body) == ("tflitekit.lstm", True, None)
    assert len(op.inputs) == 7
    kernel = np.asarray(op.inputs[3].data)
    for gate, rows in enumerate(weights):
        assert (kernel[:, gate * UNITS : (gate + 1) * UNITS] == rows.T).all()
    assert not any(tensor.is_variable for tensor in model.main.tensors)
    verify(model)
    write_model(model)


@pytest.mark.parametrize(
    "options",
    [
        {"time_major": True},
        {"cell_clip": 3.0},
        {"fused_activation_function": "RELU"},
        {"diagonal_recurrent_tensors": True},
    ],
)
def test_what_keras_has_not_stays(options):
    model = builtin_lstm(**options)
    assert patch(model) == 0


@pytest.mark.parametrize("place", [9, 16, 20])
def test_peepholes_projections_and_normalized_gates_stay(place):
    model = builtin_lstm()
    op = model.main.ops[0]
    op.inputs[place] = model.main.constant("more", np.ones(UNITS, np.float32))
    assert patch(model) == 0


@pytest.mark.parametrize("place", [1, 2, 5, 12])
def test_missing_or_computed_weights_stay(place):
    model = builtin_lstm()
    model.main.ops[0].inputs[place] = None
    assert patch(model) == 0
