"""Metrics of what the runner answers: by name, by a function of one's own, and in parts."""

import json

import numpy as np
import pytest
from sklearn.metrics import f1_score

from tests.commands import ANYWAY, succeed, tflitekit
from tests.conftest import ROOT
from tflitekit.bench.accuracy import measure_accuracy, plan_evaluation
from tflitekit.devices.local import LocalDevice
from tflitekit.graph import read_model
from tflitekit.progress import SILENT
from tflitekit.runtime import parts
from tflitekit.runtime.session import open_session

pytestmark = [pytest.mark.convert, pytest.mark.build]

TEST = ROOT / "datasets" / "digits" / "test.npz"
QUICK = ("--seconds", "0.1", "--json", *ANYWAY)
MINE = """
def right(outputs, expected):
    (scores,) = outputs.values()
    print("to stderr")
    return (scores.reshape(len(scores), -1).argmax(axis=1) == expected).mean()

def missed(outputs, expected):
    return 1 - right(outputs, expected)

missed.greater_is_better = False
"""


def accuracy(folder, *words):
    done = succeed("bench", "int8.tflite", "--data", "digits", *words, *QUICK, cwd=folder)
    return json.loads(done)["results"][0]["accuracy"]


@pytest.fixture(scope="module")
def folder(digits, tmp_path_factory):
    place = tmp_path_factory.mktemp("metrics")
    (place / "int8.tflite").symlink_to(digits / "int8.tflite")
    (place / "mine.py").write_text(MINE)
    return place


def test_a_function_of_ones_own_counts_as_the_runner_does(folder):
    top1 = accuracy(folder)
    mine = accuracy(folder, "--metric", "mine:right")
    assert top1["metric"] == "top1"
    assert mine == {**top1, "metric": "mine:right", "value": pytest.approx(top1["value"])}


def test_a_function_of_ones_own_may_be_better_where_it_is_less(folder):
    missed = accuracy(folder, "--metric", "mine:missed")
    assert missed["rises"] is False
    assert missed["value"] == pytest.approx(1 - accuracy(folder)["value"])


def test_f1_is_that_of_the_answers_as_run_gives_them(folder):
    given = dict(np.load(TEST))
    labels = given.pop("y")
    scaled = {name: (values * 0.0625).astype(np.float32) for name, values in given.items()}
    np.savez(folder / "in.npz", **scaled)  # as dataset.toml says
    words = ("--inputs", "in.npz", "--outputs", "out.npz")
    succeed("run", "int8.tflite", *words, cwd=folder)
    (scores,) = np.load(folder / "out.npz").values()
    wanted = f1_score(labels, scores.reshape(len(labels), -1).argmax(axis=1), average="macro")
    assert accuracy(folder, "--metric", "f1")["value"] == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["--data", "digits", "--metric", "f7"], 2, "there is no such metric"),
        (["--data", "digits", "--metric", "mine:left"], 3, "has no 'left'"),
        (["--data", "digits", "--metric", "agreement"], 3, "compares with the float model"),
        (["--metric", "top1"], 2, "needs --data"),
    ],
)
def test_what_cannot_judge_is_refused_in_one_line(folder, words, status, told):
    done = tflitekit("bench", "int8.tflite", *words, cwd=folder)
    assert done.returncode == status
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_convert_reaches_a_target_of_ones_own(folder, digits):
    words = ("--data", "digits", "--max-drop", "5%", "--metric", "mine:missed")
    done = tflitekit("convert", digits / "float32.tflite", *words, "-o", "o.tflite", cwd=folder)
    assert done.returncode in (0, 7), done.stderr
    assert "mine:missed" in done.stderr


@pytest.mark.parametrize("metric", [None, "f1"])
def test_parts_count_as_the_whole(digits, monkeypatch, metric):
    path = digits / "int8.tflite"
    graph = read_model(path)
    plan = plan_evaluation(graph, "digits", samples=50, seed=0, progress=SILENT, metric=metric)
    with open_session(LocalDevice(60), SILENT) as session:
        whole = measure_accuracy(session, path, graph, plan, threads=1)
        monkeypatch.setattr(parts.in_parts, "__defaults__", (4000,))
        started = []
        run = type(session).run
        monkeypatch.setattr(
            type(session), "run", lambda *words, **more: started.append(1) or run(*words, **more)
        )
        assert measure_accuracy(session, path, graph, plan, threads=1) == whole
    assert whole.n == 50
    assert len(started) > 3
