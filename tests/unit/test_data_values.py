"""What is wrong with the values of a set, told by what the model makes of them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fakes.graphs import op, tensor
from tests.fakes.watched_samples import PICTURE, random, reading
from tflitekit.data.evidence import expectations
from tflitekit.data.firewall import Firewall
from tflitekit.data.recipe import Preprocess, Recipe
from tflitekit.data.samples import Sample
from tflitekit.data.value_stats import ValueStats
from tflitekit.graph import Model
from tflitekit.graph.quantization import Quantization


def judged(model, *arrays, recipe=None):
    """The findings about the range of the input x."""
    firewall = Firewall(["x"], expectations(model, recipe or Recipe()))
    for number, values in enumerate(arrays):
        firewall.see(Sample(number, {"x": np.asarray(values)}, None))
    return [finding for finding in firewall.findings() if finding.tag == "RANGE"]


BYTES = np.arange(48, dtype=np.float32).reshape(PICTURE) * 5
UNIT = BYTES / 255
RESCALING = ("MUL", 1 / 255)
TO_ONES = (("MUL", 1 / 127.5), ("ADD", -1.0))
MEANS = [[[[123.7, 116.3, 103.5]]]]
BY_CHANNEL = (("SUB", MEANS), ("DIV", [58.4, 57.1, 57.4]))
UNIT_BY_CHANNEL = (("SUB", [0.485, 0.456, 0.406]), ("DIV", [0.229, 0.224, 0.225]))


@pytest.mark.parametrize(
    ("steps", "right", "wrong"),
    [
        ((), UNIT, BYTES),
        ((RESCALING,), BYTES, UNIT),
        (TO_ONES, BYTES, UNIT),
        (BY_CHANNEL, BYTES, UNIT),
        (UNIT_BY_CHANNEL, UNIT, BYTES),
        ((("RESIZE_BILINEAR",), RESCALING), BYTES, UNIT),
    ],
)
def test_pixels_of_the_wrong_range_are_suspicious(steps, right, wrong):
    model = reading(PICTURE, *steps)
    assert judged(model, right) == []
    (finding,) = judged(model, wrong)
    assert (finding.tag, finding.severity) == ("RANGE", "warning")
    assert "'x'" in finding.text


FOLDED = 0.3 / 255
"""The size of weights that hold a Rescaling(1/255)."""


def test_the_size_of_the_first_weights_tells_a_folded_rescaling():
    model = reading(PICTURE, ("PAD", np.zeros((4, 2))), gain=FOLDED)
    assert judged(model, BYTES) == []
    (finding,) = judged(model, UNIT)
    assert "CONV_2D" in finding.text
    assert "as if made for 0 to 255" in finding.text
    assert judged(reading(PICTURE, gain=0.02), BYTES) == [], "in between nothing is known"
    assert judged(reading(PICTURE, gain=0.02), UNIT) == []


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (TO_ONES, "(MUL, ADD) turn into -1 to -0.993"),
        (BY_CHANNEL, "(SUB, DIV) turn into -2.12 to -1.79"),
    ],
)
def test_it_tells_what_the_first_ops_make_of_the_values(steps, words):
    (finding,) = judged(reading(PICTURE, *steps), UNIT)
    assert words in finding.text


@pytest.mark.parametrize(
    "values",
    [
        random(PICTURE, high=90.0),
        random(PICTURE, low=-120.0, high=130.0),
        random(PICTURE, high=1000.0),
    ],
    ids=["dark", "mean subtracted", "not bytes"],
)
def test_only_what_looks_like_bytes_is_taken_for_them(values):
    assert judged(reading(PICTURE), values) == []


def test_only_pictures_are_taken_for_pixels():
    assert judged(reading((1, 8)), random((1, 8), high=200.0)) == []
    assert judged(reading((1, 4, 4, 7)), random((1, 4, 4, 7), high=200.0)) == []


def test_channels_first_is_told_by_the_recipe_and_its_scaling_is_seen():
    shape = (1, 3, 6, 6)
    recipe = Recipe(preprocess=Preprocess(layout="NCHW"))
    assert len(judged(reading(shape), random(shape, high=250.0), recipe=recipe)) == 1
    model = reading(shape, ("SUB", np.full((1, 3, 1, 1), 120.0)))
    assert judged(model, random(shape, high=250.0), recipe=recipe) == []


def test_columns_of_different_units_are_judged_each_by_its_own():
    model = reading((1, 2), ("SUB", [[40.0, 5e4]]), ("MUL", [[0.05, 2e-5]]))
    rows = [[[20.0, 1e4]], [[70.0, 2e5]]]
    assert judged(model, *rows) == []
    assert len(judged(model, *[[row[0][::-1]] for row in rows])) == 1


def test_a_factor_alone_that_enlarges_is_no_normalization():
    assert judged(reading((1, 8), ("MUL", 16.0)), random((1, 8), high=50.0)) == []


def test_a_declared_range_is_certain():
    recipe = Recipe(inputs={"x": Preprocess(range=(0.0, 1.0))})
    model = reading(PICTURE, RESCALING)
    assert judged(model, UNIT, recipe=recipe) == []
    assert judged(model, UNIT / UNIT.max() + 5e-4, recipe=recipe) == [], "that is rounding"
    (finding,) = judged(model, BYTES, recipe=recipe)
    assert (finding.severity, finding.tag) == ("error", "RANGE")
    assert "0 to 235, outside of what dataset.toml declares, from 0 to 1" in finding.text
    (finding,) = judged(model, UNIT / 255, recipe=recipe)
    assert finding.severity == "warning"


def test_a_range_that_the_file_records_is_a_suspicion():
    model = reading((1, 5))
    x = model.main.inputs[0]
    x.quantization = Quantization(minimum=np.float32([-2]), maximum=np.float32([2]))
    assert judged(model, random((1, 5))) == []
    (finding,) = judged(model, random((1, 5), high=9.0))
    assert (finding.tag, finding.severity) == ("RANGE", "warning")


def looking_up(cast=False, rows=10):
    """ids into a table."""
    model = Model()
    graph = model.add_subgraph()
    x = ids = tensor(graph, "x", (1, 4), "float32" if cast else "int32")
    if cast:
        ids = op(graph, "CAST", [ids], (1, 4), "int32")
    table = graph.constant("table", np.zeros((rows, 3), np.float32))
    y = op(graph, "GATHER", [table, ids], (1, 4, 3), options={"axis": 0, "batch_dims": 0})
    graph.inputs, graph.outputs = [x], [y]
    return model


@pytest.mark.parametrize("cast", [False, True])
@pytest.mark.parametrize(("values", "severity"), [([0, 9], None), ([0, 10], 1), ([-1, 3], 1)])
def test_indices_outside_of_their_table_are_certain(cast, values, severity):
    found = judged(looking_up(cast), [values])
    assert [finding.severity for finding in found] == ["error"] * (severity or 0)
    if found:
        assert "the 10 rows of the table that GATHER reads" in found[0].text


def test_no_tolerance_is_given_to_an_index():
    assert judged(looking_up(rows=30_000), [[0, 29_999]]) == []
    assert len(judged(looking_up(rows=30_000), [[0, 30_000]])) == 1


def test_scaling_twice_is_suspicious():
    recipe = Recipe(preprocess=Preprocess(scale=1 / 255))
    assert judged(reading(PICTURE), UNIT, recipe=recipe) == []
    (finding,) = judged(reading(PICTURE), UNIT / 255, recipe=recipe)
    assert "scaled twice" in finding.text


def test_statistics_are_by_channel_and_of_all_samples():
    stats = ValueStats()
    first = stats.see(np.array([[[1, -2], [3, 4]]], np.float32))
    again = stats.see(np.array([[[1, -2], [3, 4]]], np.float32))
    assert first == again
    assert not stats.varies
    assert stats.see(np.array([[[0.5, 9], [3, 4]]], np.float32)) != first
    assert (stats.low.tolist(), stats.high.tolist()) == ([0.5, -2], [3, 9])
    assert (stats.minimum, stats.maximum, stats.count) == (-2, 9, 3)
    assert stats.varies
    assert not stats.whole


@pytest.mark.parametrize("values", [np.int64(3), np.zeros((2, 0), np.float32), np.array([True])])
def test_any_array_can_be_seen(values):
    stats = ValueStats()
    stats.see(np.asarray(values))
    assert stats.whole
