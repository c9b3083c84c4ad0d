"""Models in one file: each under its signature, equal constants once, one state."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tests.fakes.graphs import dense, run
from tests.fakes.stateful import stateful
from tflitekit.errors import ModelError
from tflitekit.graph import read_model, write_model
from tflitekit.graph.merge import alone, callable_keys, merged
from tflitekit.graph.quantization import Quantization
from tflitekit.graph.replaced import Replaced, note_replaced, replacements
from tflitekit.graph.state import State, note_state, state_of
from tflitekit.graph.verify import verify


def test_each_model_computes_what_it_did():
    one, other = dense(), dense(batch=2)
    whole = read_model(write_model(merged({"one": one, "other": other})))
    verify(whole)
    assert list(whole.signatures) == callable_keys(whole) == ["one", "other"]
    x = np.random.default_rng(0).normal(size=(2, 4)).astype(np.float32)
    for key, given, before in (("one", x[:1], one), ("other", x, other)):
        part = alone(whole, key)
        verify(part)
        assert part.default_key == key
        assert_array_equal(run(write_model(part), given)[0], run(write_model(before), given)[0])


def test_equal_constants_are_in_the_file_once():
    whole = merged({"one": dense(), "other": dense(batch=2)})
    buffers = {id(tensor.buffer) for tensor in _constants(whole)}
    assert (len(list(_constants(whole))), len(buffers)) == (4, 2)


def test_the_given_models_stay_as_they_are():
    one = dense()
    before = write_model(one)
    merged({"one": one, "other": dense()})
    assert write_model(one) == before


def test_each_signature_keeps_its_state():
    one, other = stateful(steps=3), stateful(steps=9)
    whole = read_model(write_model(merged({"one": one, "other": other, "plain": dense()})))
    assert (state_of(whole, "one").steps, state_of(whole, "other").steps) == (3, 9)
    assert not state_of(whole, "plain")
    assert state_of(alone(whole, "other")).steps == 9


def test_another_state_of_the_same_name_is_refused():
    one, other = stateful(), stateful()
    for model, scale in ((one, 0.5), (other, 0.25)):
        memory = model.signature().inputs["memory"]
        memory.dtype, memory.quantization = "int8", Quantization.affine((scale,), (0,))
    with pytest.raises(ModelError, match=r"'memory'.*scale 0.25.*scale 0.5.*--state-from"):
        merged({"one": one, "other": other})
    note_state(other, State())
    merged({"one": one, "other": other})


def test_what_was_replaced_is_told_of_all():
    one, other = dense(), dense()
    note_replaced(one, [Replaced("tflitekit.table", ("GELU",))])
    note_replaced(other, [Replaced("tflitekit.table", ("GELU",))] * 2)
    whole = merged({"one": one, "other": other})
    (told,) = replacements(whole)
    assert told["count"] == 3


def test_a_default_signature_needs_no_choice():
    model = merged({"serving_default": dense(), "other": dense()})
    assert callable_keys(model) == []
    assert callable_keys(dense()) == []


def _constants(model):
    return (one for graph in model.subgraphs for one in graph.tensors if one.is_constant)
