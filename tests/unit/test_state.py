"""What a model carries from run to run: named, noted in the file, and tied in integers."""

from dataclasses import replace

import numpy as np
import pytest

from tests.fakes.graphs import op, tensor
from tests.fakes.stateful import SHAPE, stateful, stateful_int8
from tests.unit.test_plan import planned
from tflitekit.data.sequences import SameLength, in_steps, joined, run_inputs, sample_inputs
from tflitekit.errors import DataError, ModelError, UsageError
from tflitekit.frontend.state import carried_by, shared_with
from tflitekit.graph import Model, TensorSpec, read_model, write_model
from tflitekit.graph.model import Signature
from tflitekit.graph.state import NAME, State, note_state, state_of
from tflitekit.graph.storage import Buffer, Metadata
from tflitekit.graph.verify import verify
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.quantize.planning.apply import apply_plan
from tflitekit.quantize.planning.boundary import set_io
from tflitekit.runtime.carried import carried_ports


def test_a_state_survives_the_file():
    model = read_model(write_model(stateful()))
    assert state_of(model) == State({"memory": "next_memory", "count": "next_count"}, 5)
    assert [spec.name for spec in state_of(model).inputs(model.signature())] == ["x"]
    assert [spec.name for spec in state_of(model).outputs(model.signature())] == ["y"]


def test_a_newer_state_replaces_the_older():
    model = stateful()
    note_state(model, State({"count": "next_count"}, 7))
    assert state_of(model) == State({"count": "next_count"}, 7)
    note_state(model, State())
    assert not state_of(model)
    assert not model.metadata


@pytest.mark.parametrize("text", ["7", "[]", '{"serving_default": {}}', "{"])
def test_a_damaged_state_is_told(text):
    model = stateful()
    model.metadata = [Metadata(NAME, Buffer(np.frombuffer(text.encode(), np.uint8)))]
    with pytest.raises(ModelError, match="damaged"):
        state_of(model)


def test_a_state_of_names_that_are_not_there_is_told():
    model = stateful()
    note_state(model, State({"memory": "nothing"}))
    with pytest.raises(ModelError, match="nothing"):
        state_of(model)


def two_caches():
    model = Model()
    graph = model.add_subgraph("main")
    names = ("x", "keys1", "keys2", "other")
    shapes = (SHAPE, SHAPE, SHAPE, (1, 3))
    graph.inputs = [tensor(graph, name, shape) for name, shape in zip(names, shapes, strict=True)]
    graph.outputs = [
        tensor(graph, f"next_{name}", shape) for name, shape in zip(names, shapes, strict=True)
    ]
    return Signature(
        graph,
        dict(zip(names, graph.inputs, strict=True)),
        {one.name: one for one in graph.outputs},
    )


def test_a_star_stands_for_the_same_text_in_both_names():
    assert carried_by(["keys*=next_keys*", "other=next_other"], two_caches()) == {
        "keys1": "next_keys1",
        "keys2": "next_keys2",
        "other": "next_other",
    }


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (["keys1"], "IN=OUT"),
        (["=next_keys1"], "IN=OUT"),
        (["keys*=next_keys1"], "IN=OUT"),
        (["*keys*=*next*"], "IN=OUT"),
        (["kys1=next_keys1"], "no input 'kys1'.*keys1"),
        (["keys1=nxt_keys1"], "no output 'nxt_keys1'.*next_keys1"),
        (["values*=next_values*"], r"no input 'values\*'.*keys1"),
        (["keys1=next_keys1", "keys1=next_keys2"], "input 'keys1' is carried already"),
        (["keys1=next_keys1", "keys2=next_keys1"], "output 'next_keys1' is carried already"),
        (["keys1=next_other"], r"float32\[1, 4, 2\].*float32\[1, 3\]"),
        (["*=next_*"], "every input"),
    ],
)
def test_what_cannot_be_carried_is_named(pairs, said):
    with pytest.raises(UsageError, match=said):
        carried_by(pairs, two_caches())


@pytest.mark.parametrize("name", ["ADD", "MUL", "MAXIMUM"])
def test_a_carried_tensor_has_one_scale(name):
    model = stateful(name)
    kept = model.signature().outputs["next_memory"]
    plan = planned(model.main, {"x": (-1, 1), "memory": (-3, 3), kept.name: (-3, 3)})
    assert plan.tensors[model.signature().inputs["memory"]] == plan.tensors[kept]
    assert not plan.exits
    apply_plan(model, plan)
    verify(model)
    one, other = state_of(model).tensors(model.signature())[0]
    assert one.dtype == other.dtype == "int8"
    assert one.quantization.scales[0] == other.quantization.scales[0]
    assert one in model.main.uses()
    assert [use.op.name for use in model.main.uses()[one]] == [name]
    assert model.main.producers()[other].name == name


def test_a_prescribed_scale_is_that_of_the_state():
    model = stateful()
    signature = model.signature()
    y, kept = signature.outputs["y"], signature.outputs["next_memory"]
    signature.outputs["next_memory"], signature.outputs["y"] = y, kept
    plan = planned(model.main, {"x": (-1, 1), "memory": (-3, 3), kept.name: (-3, 3)})
    assert plan.tensors[signature.inputs["memory"]] == plan.tensors[y]
    assert plan.tensors[y].scales == (1 / 128,)


@pytest.mark.parametrize("io", ["int8", "float32"])
def test_an_output_that_has_to_have_another_scale_is_requantized(io):
    """A greatest value has the scale of what it is taken of."""
    model = stateful()
    graph, signature = model.main, model.signature()
    kept, memory = signature.outputs["next_memory"], signature.inputs["memory"]
    options = {"keep_dims": True}
    least = op(
        graph, "REDUCE_MAX", [kept, graph.constant("axes", np.int32([0]))], SHAPE, options=options
    )
    graph.outputs = [least if one is kept else one for one in graph.outputs]
    signature.outputs["next_memory"] = least
    ranges = {"x": (-1, 1), "memory": (-3, 3), kept.name: (-3, 3), least.name: (-1, 0.5)}
    plan = planned(graph, ranges)
    assert plan.tensors[least] != plan.tensors[memory] == plan.exits[least]
    apply_plan(model, plan)
    set_io(model, io)
    verify(model)
    one, other = state_of(model).tensors(signature)[0]
    assert other is not least
    assert one.spec().scale == other.spec().scale


@pytest.mark.parametrize("io", ["float32", "uint8", "int8", "int16"])
def test_the_state_stays_int8_whatever_the_face_is(io):
    model = stateful_int8()
    set_io(model, io)
    verify(model)
    signature = model.signature()
    types = {name: one.dtype for name, one in (signature.inputs | signature.outputs).items()}
    assert types == {
        **{"x": io, "y": io, "memory": "int8", "next_memory": "int8"},
        **{"count": "int32", "next_count": "int32"},
    }
    ports = carried_ports(model)
    zero = signature.inputs["memory"].quantization.zero_points[0]
    assert [str(one) for one in ports] == [f"1:1:{zero}:0", "2:2:0:0"]


def test_a_sample_may_have_any_length_where_there_is_a_state():
    model = stateful()
    assert [spec.shape for spec in run_inputs(model)] == [SHAPE]
    assert [spec.shape for spec in sample_inputs(model)] == [(1, -1, 2)]
    note_state(model, State())
    assert sample_inputs(model)[0].shape == SHAPE


def test_a_sequence_is_given_in_parts_and_put_together_again():
    spec = TensorSpec("x", (2, 3, 2), "float32")
    whole = np.arange(2 * 12 * 2, dtype=np.float32).reshape(2, 12, 2)
    parts = in_steps(whole, spec, 4)
    assert parts.shape == (4, 2, 3, 2)
    np.testing.assert_array_equal(parts[1], whole[:, 3:6])
    np.testing.assert_array_equal(joined(parts, 4, along=3)[0], whole)


def test_answers_of_runs_become_a_sequence():
    answers = np.arange(6 * 5).reshape(6, 1, 5)
    assert joined(answers, 3, along=4).shape == (2, 1, 3, 5)
    expected = answers[:, 0].reshape(2, 1, 3, 5)
    np.testing.assert_array_equal(joined(answers, 3, along=4), expected)
    assert joined(answers, 1, along=4) is answers


def test_a_constant_input_is_given_in_each_run():
    lengths = SameLength([TensorSpec("x", (1, 2), "int32"), TensorSpec("style", (3,), "float32")])
    sample = {"x": np.zeros((1, 8), np.int32), "style": np.arange(3, dtype=np.float32)}
    assert lengths.check(sample) == 4
    given = in_steps(sample["style"], TensorSpec("style", (3,), "float32"), 4)
    np.testing.assert_array_equal(given, [[0, 1, 2]] * 4)


def test_a_length_that_leaves_a_rest_is_told():
    with pytest.raises(DataError, match=r"7 long.*2 at a time"):
        SameLength([TensorSpec("x", (1, 2), "int32")]).check({"x": np.zeros((1, 7))})


def test_other_lengths_than_the_first_are_told():
    lengths = SameLength([TensorSpec("x", (1, 2), "int32")])
    lengths.check({"x": np.zeros((1, 8))})
    with pytest.raises(DataError, match=r"2 runs.*4"):
        lengths.check({"x": np.zeros((1, 4))})


def test_a_store_keeps_sequences_in_parts(tmp_path):
    model = stateful()
    sequences = [{"x": np.random.default_rng(i).random((1, 12, 2), np.float32)} for i in range(3)]
    store = SampleStore.for_model(tmp_path, model, sequences)
    assert (store.count, store.steps) == (3, 3)
    for kept in (store, SampleStore.open(tmp_path)):
        for one, other in zip(kept, sequences, strict=True):
            np.testing.assert_array_equal(one["x"], other["x"])


@pytest.fixture
def converted(tmp_path):
    """A file with a state in int8."""
    (tmp_path / "first.tflite").write_bytes(write_model(stateful_int8()))
    return tmp_path / "first.tflite"


def test_a_shared_state_has_the_scales_of_the_other_model(converted):
    model = stateful()
    signature, state = model.signature(), state_of(model)
    shared = shared_with(converted, signature, state.carried)
    assert shared.keys() == {"memory"}
    note_state(model, replace(state, shared=shared))
    model = read_model(write_model(model))
    kept = model.signature().outputs["next_memory"]
    plan = planned(model.main, {"x": (-1, 1), "memory": (-1, 1), kept.name: (-1, 1)})
    first = read_model(converted).signature().inputs["memory"].spec()
    assert not plan.exits
    for one in (model.signature().inputs["memory"], kept):
        assert plan.tensors[one].scales == (first.scale,)
        assert plan.tensors[one].zero_points == (first.zero_point,)


def test_only_a_model_of_the_same_state_can_share_it(converted, tmp_path):
    signature = two_caches()
    with pytest.raises(UsageError, match="no state 'keys1'"):
        shared_with(converted, signature, ["keys1"])
    (tmp_path / "float.tflite").write_bytes(write_model(stateful()))
    with pytest.raises(UsageError, match="no state in integers"):
        shared_with(tmp_path / "float.tflite", stateful().signature(), ["memory"])
    narrow = stateful()
    narrow.signature().inputs["memory"].shape = (1, 4, 1)
    with pytest.raises(UsageError, match=r"\[1, 4, 2\] for 'memory'.*\[1, 4, 1\]"):
        shared_with(converted, narrow.signature(), ["memory"])
