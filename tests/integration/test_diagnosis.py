"""Planted faults are among the first of the diagnosis, with their cause."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from tests.fakes import graphs, planted
from tflitekit.graph import read_model, write_model
from tflitekit.progress import SILENT
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.quantize.calibration.stats_file import load_stats, save_stats
from tflitekit.quantize.diagnosis.diagnose import diagnose
from tflitekit.quantize.diagnosis.sensitivity import INPUTS, sensitivities
from tflitekit.quantize.job import QuantizeJob
from tflitekit.quantize.planning.op_rules import OP_RULES
from tflitekit.quantize.quantizer import Quantizer
from tflitekit.quantize.recipe import Recipe
from tflitekit.report.node_data import node_data

pytestmark = pytest.mark.build

FIRST = 3
SOUND = {"none found", "none needed"}
BUILTIN = Recipe(kernels="never")
"""Leaves to LiteRT what our own kernels would make right."""


@pytest.fixture
def quantizer(tmp_path):
    """A quantizer of a float model, with samples, and statistics in stats.npz once it is used."""

    def made(model, values=None):
        path = tmp_path / "float.tflite"
        path.write_bytes(write_model(model))
        specs = read_model(path).signature().input_specs()
        if values is None:
            values = np.random.default_rng(1).normal(size=(24, *specs[0].shape))
        rows = ({specs[0].name: np.float32(row).reshape(specs[0].shape)} for row in values)
        store = SampleStore.write(tmp_path / "samples", specs, rows)
        return Quantizer(QuantizeJob(path, store, stats=tmp_path / "stats.npz"), SILENT), store

    return made


@pytest.fixture
def diagnosed(quantizer):
    def made(model, values=None, recipe=None):
        worker, store = quantizer(model, values)
        return diagnose(worker, recipe or Recipe(), store, SILENT)

    return made


@pytest.fixture
def every_cause(monkeypatch):
    """Causes are looked for even where a layer costs next to nothing."""
    monkeypatch.setattr("tflitekit.quantize.diagnosis.diagnose.LITTLE_DB", 1000.0)


@pytest.fixture
def trained(digits):
    """The trained digits model in float, and pictures for it."""
    pictures = np.load("datasets/digits/train.npz")["x"][:48]
    return read_model(digits / "float32.tflite"), np.float32(pictures) / pictures.max()


def named(diagnosis, layer):
    """The rank of a layer from 0, and what is said of it."""
    ranks = {one.layer: rank for rank, one in enumerate(diagnosis.layers)}
    return ranks[layer], diagnosis.layers[ranks[layer]]


def assert_found(diagnosis, layer, kind):
    assert len(diagnosis.layers) >= 8
    rank, found = named(diagnosis, layer)
    assert found.cause.kind == kind
    assert rank < FIRST
    return found


def kinds(diagnosis):
    return {one.cause.kind for one in diagnosis.layers}


def answers(model, seed=5):
    x = np.random.default_rng(seed).normal(size=model.main.inputs[0].shape).astype(np.float32)
    return graphs.run(write_model(model), x)[0]


@pytest.mark.parametrize("place", [1, 4, 8])
@pytest.mark.parametrize("rank", [planted.CHANNELS // 2, planted.CHANNELS - 1])
def test_an_outlier_channel(quantizer, diagnosed, tmp_path, place, rank):
    model = planted.convolutions(seed=place)
    before = answers(model)
    ops = [planted.op_of(model, f"conv{number}") for number in (place, place + 1)]
    channel = by_loudness(quantizer, model, ops[0].outputs[0].name)[rank]
    (tmp_path / "stats.npz").unlink()
    planted.plant_outlier(*ops, channel)
    np.testing.assert_allclose(answers(model), before, rtol=1e-3, atol=1e-5)
    cause = assert_found(diagnosed(model), f"conv{place}", "outlier channel").cause
    assert cause.tensor == ops[0].outputs[0].name
    assert cause.figures["channel"] == channel
    assert 25 < cause.figures["ratio"] < 250


def by_loudness(quantizer, model, name):
    """The channels of a tensor of a sound model, the quietest first."""
    worker, _ = quantizer(model)
    prepared = worker.prepared(Recipe())
    (seen,) = [one for tensor, one in prepared.stats.items() if tensor.name == name]
    return np.argsort(seen.channel_max)


@pytest.mark.parametrize("places", [("stem_relu", "down_relu"), ("wide_relu", "digit")])
def test_an_outlier_channel_of_a_trained_net(diagnosed, trained, places):
    model, pictures = trained
    by_layer = {re.split("[;/]", op.outputs[0].name)[1]: op for op in model.main.ops[:-1]}
    planted.plant_outlier(*(by_layer[place] for place in places), 3)
    cause = assert_found(diagnosed(model, pictures), places[0], "outlier channel").cause
    assert cause.figures["channel"] == 3


@pytest.mark.parametrize("place", [1, 4, 8])
def test_a_clipped_range(quantizer, tmp_path, place):
    model = planted.convolutions(seed=place)
    worker, store = quantizer(model)
    spoil(worker, tmp_path / "stats.npz", planted.op_of(model, f"conv{place}").outputs[0].name)
    spoilt, _ = quantizer(model)
    cause = assert_found(
        diagnose(spoilt, Recipe(), store, SILENT), f"conv{place}", "clipped range"
    ).cause
    assert cause.figures["noise_share"] > 0.8
    assert cause.figures["beyond"] > 0.001
    assert "--ranges minmax" in cause.help


def spoil(worker, file, name):
    """Make the statistics of a tensor, in the file, a quarter as wide."""
    prepared = worker.prepared(Recipe())
    stats = load_stats(file, prepared.model)
    (tensor,) = [one for one in stats if one.name == name]
    save_stats(file, prepared.model, stats | {tensor: planted.shrunk(stats[tensor])})


@pytest.mark.parametrize("place", [1, 4, 8])
def test_mismatched_ranges_in_a_concatenation(diagnosed, place):
    model = planted.branches(place, 100.0, seed=place)
    np.testing.assert_allclose(
        answers(model), answers(planted.branches(place, 1.0, seed=place)), rtol=1e-3, atol=1e-5
    )
    cause = assert_found(diagnosed(model), "concat", "shared-scale mismatch").cause
    assert cause.tensor == planted.op_of(model, "narrow").outputs[0].name
    assert 20 < cause.figures["ratio"] < 500


def test_like_ranges_in_a_concatenation_are_no_fault(diagnosed, every_cause):
    assert kinds(diagnosed(planted.branches(4, 1.0))) <= SOUND


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_mask_before_a_softmax(diagnosed, monkeypatch, place):
    monkeypatch.setattr("tflitekit.quantize.preparation.soften_masks", lambda model, stats: stats)
    found = assert_found(
        diagnosed(planted.attention(place), recipe=BUILTIN), f"mask{place}", "mask constant"
    )
    assert found.cause.figures["constant"] == -1e9
    assert found.cost_db < 20


def test_a_mask_that_the_quantizer_mends_is_no_fault(diagnosed):
    _, found = named(diagnosed(planted.attention(2), recipe=BUILTIN), "mask2")
    assert found.cause.kind in SOUND
    assert found.cost_db > 22


@pytest.mark.parametrize("place", [2, 5, 8])
def test_a_mask_before_a_maximum_and_another_op(diagnosed, place):
    model = planted.masked_maximum(place, seed=place, read_twice=True)
    assert_found(diagnosed(model), "mask", "mask constant")


def test_a_mask_before_a_maximum_alone_is_mended(diagnosed):
    found = named(diagnosed(planted.masked_maximum(5)), "mask")[1]
    assert found.cause.kind != "mask constant"
    assert found.cost_db > 22


def test_a_wrong_kernel(diagnosed, monkeypatch):
    """LiteRT's int8 FLOOR_MOD works on the raw integers; the table of ops avoids it."""
    rule = replace(OP_RULES["FLOOR_MOD"], reason="", inexact="it knows no scale")
    monkeypatch.setitem(OP_RULES, "FLOOR_MOD", rule)
    net = planted.Net((1, 4, 32))
    x = net.image
    for number in range(8):
        x = net.dense(f"dense{number}", x, 32)
        if number == 4:
            x = net.add("rest", "FLOOR_MOD", [x, net.constant("rest", np.float32(0.7))], x.shape)
    found = assert_found(diagnosed(net.finished(x), recipe=BUILTIN), "rest", "inexact kernel")
    assert found.cause.figures["excess_db"] > 10
    assert "it knows no scale" in found.cause.evidence
    assert found.cause.help == "--allow-float --float rest"


def test_a_narrow_fixed_scale(diagnosed):
    net = planted.Net((1, 4, 32))
    x = net.image
    for number in range(8):
        x = net.dense(f"dense{number}", x, 1024 if number == 7 else 32)
    unit = net.add("unit", "L2_NORMALIZATION", [x], x.shape)
    model = net.finished(net.dense("head", unit, 10))
    cause = assert_found(diagnosed(model), "unit", "narrow fixed scale").cause
    assert cause.figures["step"] == 1 / 128
    assert cause.help == "--allow-float --float unit"


def test_in_int16_nothing_is_left_but_the_weights(diagnosed):
    """They stay int8, and those that undo the mismatch are small."""
    model = planted.branches(4, 100.0)
    assert "shared-scale mismatch" in kinds(diagnosed(model))
    diagnosis = diagnosed(model, recipe=Recipe("int16x8"))
    assert kinds(diagnosis) <= SOUND | {"coarse weights"}
    assert named(diagnosis, "conv5")[1].cause.kind == "coarse weights"


@pytest.mark.parametrize("io", ["int8", "uint8", "float32"])
def test_node_data_name_nodes_of_the_quantized_model(quantizer, io):
    worker, store = quantizer(planted.convolutions())
    results = node_data(diagnose(worker, Recipe(), store, SILENT, count=2))["results"]
    ops = read_model(worker.quantize(Recipe(), io).flatbuffer).main.ops
    names = {tensor.name for op in ops for tensor in op.outputs}
    assert results.keys() <= names
    assert len(results) == 12


def test_a_sound_net_has_no_causes(diagnosed, every_cause):
    diagnosis = diagnosed(planted.convolutions())
    assert kinds(diagnosis) <= SOUND
    assert [one.layer for one in diagnosis.layers if one.layer == INPUTS] == [INPUTS]
    costs = [one.cost_db for one in diagnosis.layers]
    assert costs == sorted(costs)
    assert costs[0] > 25
    json.dumps(diagnosis.as_dict(), allow_nan=False)


def test_the_outputs_are_those_of_the_whole_integer_model(quantizer, run_flatbuffer):
    worker, store = quantizer(planted.convolutions())
    diagnosis = diagnose(worker, Recipe(), store, SILENT, count=4)
    whole = worker.quantize(Recipe(), "float32").flatbuffer
    exact = write_model(planted.convolutions())
    samples = [one for i, one in enumerate(store) if i in (0, 6, 12, 18)]
    wanted, given = (
        np.stack([run_flatbuffer(content, one)["y0"] for one in samples]).astype(np.float64)
        for content in (exact, whole)
    )
    noise = 10 * np.log10(np.square(wanted).sum() / np.square(wanted - given).sum())
    assert diagnosis.samples == 4
    assert diagnosis.outputs["net/scores/Softmax"] == pytest.approx(noise, abs=0.5)


@pytest.mark.parametrize(
    "model",
    [planted.branches(4, 100.0), planted.masked_maximum(5, read_twice=True)],
    ids=["concat", "mask"],
)
def test_what_is_said_to_help_does(diagnosed, tmp_path, model):
    diagnosis = diagnosed(model)
    options = re.findall(r"--float ([^; ]+)", diagnosis.layers[0].cause.help)
    (tmp_path / "stats.npz").unlink()
    mended = diagnosed(model, recipe=Recipe(float32=tuple(options)))
    (name,) = diagnosis.outputs
    assert mended.outputs[name] > diagnosis.outputs[name] + 10


def test_samples_one_at_a_time_give_the_same(quantizer, monkeypatch):
    worker, store = quantizer(planted.convolutions())
    at_once = diagnose(worker, Recipe(), store, SILENT, count=5)
    monkeypatch.setattr("tflitekit.quantize.diagnosis.op_noise._BATCH_BYTES", 1)
    one_by_one = diagnose(worker, Recipe(), store, SILENT, count=5)
    for one, other in zip(at_once.layers, one_by_one.layers, strict=True):
        assert one.layer == other.layer
        assert one.sqnr_db == pytest.approx(other.sqnr_db, abs=1e-6)


def test_steps_of_an_unrolled_layer_that_share_a_name_are_all_measured(quantizer):
    net = planted.Net((1, 4, 32))
    x = net.dense("first", net.image, 32)
    for _ in range(3):
        x = net.dense("cell", x, 32)
    worker, store = quantizer(net.finished(net.dense("last", x, 10)))
    (cell,) = [
        one for one in diagnose(worker, Recipe(), store, SILENT).layers if one.layer == "cell"
    ]
    assert [one.name for one in cell.tensors] == ["net/cell/Fully_Connected"] * 3
    assert len({one.sqnr_db for one in cell.tensors}) == 3


def test_a_fault_is_charged_to_its_own_layers_alone(quantizer):
    worker, store = quantizer(planted.branches(4, 100.0))
    found = sensitivities(worker, store, Recipe(), SILENT)
    costs = {one.layer: one.sqnr_db for one in found}
    assert list(costs.values()) == sorted(costs.values())
    assert max(costs.pop("concat"), costs.pop("conv5")) < 25
    assert min(costs.values()) > 35


def test_a_fault_left_in_float_costs_nothing(quantizer):
    worker, store = quantizer(planted.branches(4, 100.0))
    recipe = Recipe(float32=("concat", "conv5"))
    found = sensitivities(worker, store, recipe, SILENT)
    assert min(one.sqnr_db for one in found) > 35


def test_layers_left_in_float_cost_nothing_and_are_not_listed(quantizer):
    worker, store = quantizer(planted.convolutions())
    recipe = Recipe(float32=("conv4", "conv5"))
    layers = {one.layer for one in sensitivities(worker, store, recipe, SILENT)}
    assert layers == {
        INPUTS,
        "pool",
        "head",
        "scores",
        *(f"conv{i}" for i in (1, 2, 3, 6, 7, 8, 9)),
    }


def test_many_layers_are_tried_together(quantizer):
    worker, store = quantizer(planted.convolutions())
    found = [one for one in sensitivities(worker, store, Recipe(), SILENT, limit=4) if one.names]
    assert len(found) == 4
    assert sorted(op for one in found for op in one.ops) == sorted(
        ["CONV_2D"] * 9 + ["MEAN", "FULLY_CONNECTED", "SOFTMAX"]
    )
    assert sum(one.macs_share for one in found) == pytest.approx(1)
