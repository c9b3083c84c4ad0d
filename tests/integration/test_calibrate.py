"""Calibration in the runner: equal to NumPy, whole, and constant in memory."""

import functools
import math

import numpy as np
import pytest

from tests.fakes import graphs
from tests.fakes.stats import assert_same
from tflitekit.errors import RunError
from tflitekit.graph import write_model
from tflitekit.graph.model import Model, Signature
from tflitekit.progress import SILENT, Silent
from tflitekit.quantize.calibration.calibrate import calibrate
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.quantize.calibration.stats import TensorStats, observe, sorted_bins

pytestmark = pytest.mark.build

COUNTED = 4096


def negation(*shapes, dtype="float32"):
    """One NEG for each input; LiteRT passes every bit of a float but the sign through it."""
    model = Model()
    graph = model.add_subgraph("main")
    graph.inputs = [graphs.tensor(graph, f"x{i}", shape, dtype) for i, shape in enumerate(shapes)]
    graph.outputs = [
        graphs.op(graph, "NEG", [one], one.shape, dtype, options={}) for one in graph.inputs
    ]
    named = {one.name: one for one in graph.inputs}
    model.signatures["s"] = Signature(graph, named, {one.name: one for one in graph.outputs})
    return model


def run(model, folder, *columns, progress=SILENT, **more):
    """Calibrate with the samples of each input, given one array an input."""
    specs = model.signature().input_specs()
    names = [spec.name for spec in specs]
    samples = (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
    return calibrate(model, SampleStore.write(folder, specs, samples), progress, **more)


def observe_all(samples):
    """The statistics of all samples; the histogram thinned as PROTOCOL.md says."""
    return functools.reduce(TensorStats.merged, map(_observe_one, samples, range(len(samples))))


def _observe_one(sample, number):
    whole = observe(sample)
    k = math.ceil(sample.size / COUNTED)
    while k > 1 and math.gcd(k, sample.shape[-1]) != 1:
        k += 1
    seen = sample.ravel()[number % k :: k]
    upper = (seen[np.isfinite(seen)].view(np.uint32) >> 16).astype(np.uint16)
    bins, counts = sorted_bins(upper, np.ones(upper.size, np.uint64))
    return TensorStats(**vars(whole) | {"bins": bins, "counts": counts})


def values_of(shape, count, seed=0):
    """Random numbers of many magnitudes, of both signs."""
    rng = np.random.default_rng(seed)
    magnitudes = np.exp2(rng.integers(-20, 20, (count, *shape)))
    return (rng.normal(size=(count, *shape)) * magnitudes).astype(np.float32)


@pytest.mark.parametrize(
    "shape",
    [
        *((), (1,), (7,), (8,), (63,), (1000003,), (5, 1), (3, 3), (1, 17, 16, 3), (2, 129)),
        *((1, 112, 112, 24), (1, 7, 7, 1280), (999, 64), (8193, 1)),
    ],
)
def test_the_statistics_are_those_of_numpy(tmp_path, shape):
    model, values = negation(shape), values_of(shape, 3)
    stats = run(model, tmp_path, values)
    assert list(stats) == [model.main.inputs[0], model.main.outputs[0]]
    assert_same(stats[model.main.inputs[0]], observe_all(values))
    assert_same(stats[model.main.outputs[0]], observe_all(-values))


SPECIAL = {
    "zeros": [0.0] * 70,
    "negative zeros": [-0.0] * 70,
    "both zeros": [-0.0, 0.0] * 35,
    "constant": [1.5] * 70,
    "denormals": [1e-45, -1e-45, 1e-39, -1.1754942e-38] * 18,
    "largest": [3.4028235e38, -3.4028235e38] * 200,
    "infinities": [1.0, np.inf, -np.inf, 2.0] * 80,
    "nan": [1.0, np.nan, -3.0] * 90,
    "nothing but nan": [np.nan] * 300,
}


@pytest.mark.parametrize("name", SPECIAL)
def test_special_values(tmp_path, name):
    values = np.float32([SPECIAL[name]] * 2)
    model = negation(values.shape[1:])
    assert_same(run(model, tmp_path, values)[model.main.inputs[0]], observe_all(values))


def test_nan_with_a_small_low_half_is_no_number(tmp_path):
    """Its upper half alone reads as an infinity."""
    values = np.uint32([[0x7F800001, 0xFF800001, 0x3F800000]]).view(np.float32)
    model = negation((3,))
    stats = run(model, tmp_path, values)[model.main.inputs[0]]
    assert stats.nonfinite == 2
    assert stats.bins.tolist() == [0x3F80]


def test_nan_is_told_by_the_name_of_the_tensor(tmp_path):
    told = []
    listener = Silent()
    listener.warn = told.append
    values = np.float32([[1, np.nan]])
    run(negation((2,)), tmp_path, values, progress=listener)
    assert told[0].startswith("x0: 1 of 2 values are NaN or infinite")
    assert len(told) == 2


def test_every_position_is_counted_in_time(tmp_path):
    """A large tensor shows another part of itself with each sample."""
    size = 3 * COUNTED
    values = np.broadcast_to(np.arange(size, dtype=np.float32)[:, None] % 128 + 128, (3, size, 1))
    model = negation((size, 1))
    stats = run(model, tmp_path, values)[model.main.inputs[0]]
    assert stats.counts.tolist() == observe(values[0]).counts.tolist()


def test_several_inputs_keep_their_order(tmp_path):
    model = negation((2,), (3,), (4,))
    columns = [values_of(one.shape, 4, i) for i, one in enumerate(model.main.inputs)]
    stats = run(model, tmp_path, *columns)
    for tensor, output, values in zip(model.main.inputs, model.main.outputs, columns, strict=True):
        assert_same(stats[tensor], observe_all(values))
        assert_same(stats[output], observe_all(-values))


def test_other_types_are_left_out(tmp_path):
    model = negation((4,), dtype="int32")
    assert run(model, tmp_path, np.arange(8, dtype=np.int32).reshape(2, 4)) == {}


def test_every_activation_is_seen_and_the_model_left_alone(tmp_path):
    model = negation((6,))
    graph = model.main
    squares = graphs.op(graph, "MUL", [graph.outputs[0]] * 2, (6,), options={})
    unread = graphs.op(graph, "ABS", [squares], (6,), options={})
    graph.outputs = [squares]
    model.signatures["s"].outputs = {"y": squares}
    before, values = write_model(model), values_of((6,), 5)
    stats = run(model, tmp_path, values)
    assert write_model(model) == before
    assert len(stats) == 4
    assert_same(stats[squares], observe_all(values * values))
    assert_same(stats[unread], observe_all(values * values))


def test_only_what_is_asked_for_is_seen(tmp_path):
    model = negation((6,))
    graph = model.main
    middle = graph.outputs[0]
    last = graphs.op(graph, "ABS", [middle], (6,), options={})
    graph.outputs, model.signatures["s"].outputs = [last], {"y": last}
    values = values_of((6,), 5)
    stats = run(model, tmp_path, values, tensors=[middle])
    assert list(stats) == [graph.inputs[0], middle]
    assert_same(stats[middle], observe_all(-values))


def test_parts_merge_to_the_whole(tmp_path):
    model, values = negation((5, 3)), values_of((5, 3), 7)
    whole, first, second = (
        run(model, tmp_path / str(i), part)
        for i, part in enumerate((values, values[:4], values[4:]))
    )
    for tensor, one in whole.items():
        assert_same(first[tensor].merged(second[tensor]), one)


@pytest.mark.parametrize("threads", [1, 2])
def test_two_runs_give_the_same_bits(tmp_path, threads):
    model, values = negation((40, 31)), values_of((40, 31), 6)
    one, other = (run(model, tmp_path / name, values, threads=threads) for name in "ab")
    for tensor, stats in one.items():
        assert stats.channel_sum.tobytes() == other[tensor].channel_sum.tobytes()
        assert stats.channel_sum2.tobytes() == other[tensor].channel_sum2.tobytes()
        assert_same(stats, other[tensor])


@pytest.mark.parametrize("other", ["baseline", "avx2"])
def test_instruction_sets_give_the_same_bits(tmp_path, monkeypatch, other):
    model, values = negation((9, 13, 37)), values_of((9, 13, 37), 4)
    fastest = run(model, tmp_path / "a", values)
    monkeypatch.setenv("TFLITEKIT_ISA", other)
    for tensor, stats in run(model, tmp_path / "b", values).items():
        assert stats.channel_sum.tobytes() == fastest[tensor].channel_sum.tobytes()
        assert stats.channel_sum2.tobytes() == fastest[tensor].channel_sum2.tobytes()
        assert_same(stats, fastest[tensor])


def test_a_model_that_does_not_run_is_told(tmp_path):
    model = negation((2,))
    model.main.ops[0].name, model.main.ops[0].custom = "nobody.knows.it", True
    model.main.ops[0].options = None
    with pytest.raises(RunError, match=r"nobody\.knows\.it"):
        run(model, tmp_path, np.zeros((1, 2), np.float32))
