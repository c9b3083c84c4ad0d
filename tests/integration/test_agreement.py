"""How far int8 agrees with float, with answers that the runner gave."""

import json

import numpy as np
import pytest

from tests.commands import ANYWAY, succeed, tflitekit
from tests.fakes.graphs import op, tensor
from tflitekit.bench.agreement_runs import HOST, Answerer, measure_agreement
from tflitekit.data import open_dataset
from tflitekit.devices.local import LocalDevice
from tflitekit.graph import Model, read_model, write_model
from tflitekit.progress import SILENT
from tflitekit.runtime.session import open_session

pytestmark = [pytest.mark.convert, pytest.mark.build]

QUICK = ("--seconds", "0.1", *ANYWAY)


def test_agreement_with_the_float_model_is_that_of_the_answers(digits, tmp_path):
    x = np.random.default_rng(0).random((30, 8, 8, 1), np.float32)
    spec = read_model(digits / "float32.tflite").signature().input_specs()[0]
    np.savez(tmp_path / "in.npz", **{spec.name: x.reshape(30, *spec.shape[1:])})  # no labels
    models = (digits / "float32.tflite", digits / "int8.tflite")
    words = ("bench", *models, "--data", "in.npz", *QUICK)
    first, second = json.loads(succeed(*words, "--json", cwd=tmp_path))["results"]
    assert (first["accuracy"], first["agreement"], second["accuracy"]) == (None, [], None)
    (found,) = second["agreement"]
    assert (found["against"], found["samples"]) == ("float", 30)
    answers = []
    for model in models:
        words = ("--inputs", "in.npz", "--outputs", "out.npz")
        succeed("run", model, *words, cwd=tmp_path)
        answers.extend(np.load(tmp_path / "out.npz").values())
    scale = read_model(models[1]).signature().output_specs()[0].scale
    apart = np.abs(answers[0].astype(float) - answers[1]) / scale
    (output,) = found["outputs"]
    assert output["unit"] == "steps"
    assert output["largest"] == pytest.approx(apart.max(), rel=1e-4)
    assert output["mean"] == pytest.approx(apart.mean(), rel=1e-4)
    assert output["exact"] == pytest.approx((apart < 0.5).mean(), abs=0.01)
    same = answers[0].argmax(axis=-1) == answers[1].argmax(axis=-1)
    assert output["same_top1"] == pytest.approx(same.mean())
    text = succeed(*("bench", *models, "--data", "in.npz", *QUICK), cwd=tmp_path)
    assert "same top-1" in text


def test_a_model_agrees_with_itself(digits):
    path = digits / "int8.tflite"
    graph = read_model(path)
    data = open_dataset("digits", graph.signature().input_specs(), split="evaluate")
    with open_session(LocalDevice(60), SILENT) as session:
        own = Answerer(session, path, graph)
        (found,) = measure_agreement(own, {HOST: own}, data.stream(range(20)), threads=1)
    (output,) = found.outputs
    assert (output.exact, output.largest, output.mean, output.same_top1) == (1, 0, 0, 1)


def scaled(factor, name, count=1):
    graph = Model().add_subgraph("main")
    x = tensor(graph, name, (1, 4))
    times = graph.constant("factor", np.full(4, factor, np.float32))
    graph.inputs = [x]
    graph.outputs = [op(graph, "MUL", [x, times], (1, 4), options={}) for _ in range(count)]
    return write_model(graph.model)


@pytest.fixture
def pair(tmp_path):
    """JSON results of two models on one sample, and what was said."""

    def bench(first, second):
        (tmp_path / "one.tflite").write_bytes(first)
        (tmp_path / "two.tflite").write_bytes(second)
        np.save(tmp_path / "in.npy", np.float32([[1, 2, 3, 4]]))
        words = ("--data", "in.npy", *QUICK, "--json")
        done = tflitekit("bench", "one.tflite", "two.tflite", *words, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["results"], done.stderr

    return bench


def test_other_names_are_matched_by_position(pair):
    (_, second), _ = pair(scaled(1, "x"), scaled(1.5, "z"))
    (output,) = second["agreement"][0]["outputs"]
    assert (output["unit"], output["exact"], output["largest"]) == ("values", 0, 2)


def test_other_outputs_are_not_compared_and_that_is_told(pair):
    (_, second), said = pair(scaled(1, "x"), scaled(1, "x", count=2))
    assert second["agreement"] == []
    assert "are not compared: they have other outputs" in said


def test_data_without_labels_are_refused_where_nothing_can_be_compared(tmp_path):
    (tmp_path / "one.tflite").write_bytes(scaled(1, "x"))
    np.savez(tmp_path / "in.npz", x=np.float32([[1, 2, 3, 4]]))
    done = tflitekit("bench", "one.tflite", "--data", "in.npz", *QUICK, cwd=tmp_path)
    assert done.returncode == 3
    assert "accuracy needs labels" in done.stderr
