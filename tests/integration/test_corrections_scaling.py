"""Equalization and smoothing: the same float function, and less noise where channels differ."""

import numpy as np
import pytest

from tests.fakes import graphs
from tests.fakes.imbalanced import (
    CHANNELS,
    RATIO,
    chain,
    normalized,
    observed,
    outputs,
    planned,
    quantized,
    samples,
)
from tests.fakes.one_op_quality import sqnr_db
from tflitekit.quantize.corrections.equalize import equalize
from tflitekit.quantize.corrections.smooth import smooth

EXACT_DB = 110
"""What float32 rounding leaves."""

GAMMAS = np.where(np.arange(32) == 5, 60.0, 1.0)


def noise_db(model, inputs):
    expected = outputs(model, inputs)
    return sqnr_db(expected, outputs(quantized(model, planned(model, inputs)), inputs))


def corrected(build, correction, inputs):
    """The float model after `correction`, and how many activations that changed."""
    model = build()
    before = outputs(model, inputs)
    changed = correction(model, observed(model, inputs))
    return model, changed, sqnr_db(before, outputs(model, inputs))


@pytest.mark.parametrize("between", ["NONE", "RELU", "RELU6", "LEAKY_RELU", "PRELU"])
@pytest.mark.parametrize("more", [{}, {"pad": True}, {"pooled": True}], ids=str)
def test_equalized_channels_compute_the_same_and_lose_less(between, more):
    inputs = samples(chain())
    model, changed, kept = corrected(lambda: chain(between, **more), equalize, inputs)
    assert changed == 2
    assert kept > EXACT_DB
    assert noise_db(model, inputs) > noise_db(chain(between, **more), inputs) + 6


def test_a_channel_that_relu6_clips_is_not_divided_and_none_comes_to_be_clipped():
    inputs = samples(chain())
    model, _, _ = corrected(lambda: chain("RELU6"), equalize, inputs)
    before, after = observed(chain("RELU6"), inputs), observed(model, inputs)
    first, second = (
        next(one for t, one in seen.items() if t.name == "CONV_2D_0") for seen in (before, after)
    )
    clipped = first.channel_max == 6
    assert 0 < clipped.sum() < CHANNELS
    assert (second.channel_max[clipped] == 6).all()
    assert second.channel_max[~clipped].max() < 6
    assert second.channel_max.min() > 10 * first.channel_max.min()


@pytest.mark.parametrize("op", [None, "ABS"])
def test_what_somebody_else_reads_stays(op):
    def build():
        model = chain()
        read = model.main.ops[0].outputs[0]
        model.main.outputs.append(graphs.op(model.main, op, [read], read.shape) if op else read)
        return model

    model, changed, _ = corrected(build, equalize, samples(chain()))
    assert changed == 1
    assert np.array_equal(model.main.ops[0].inputs[1].data, build().main.ops[0].inputs[1].data)


def test_shared_weights_stay():
    def build():
        model = chain()
        first, depthwise = model.main.ops[:2]
        depthwise.inputs[2] = first.inputs[2]
        model.main.ops[2].inputs[2].data = np.ones(8, np.float32)
        return model

    inputs = samples(chain())
    model, changed, kept = corrected(build, equalize, inputs)
    assert changed == 2
    assert kept > EXACT_DB
    first, depthwise = model.main.ops[:2]
    assert first.inputs[2] is not depthwise.inputs[2]


def test_weights_of_two_products_are_not_changed_for_one():
    def build():
        model = chain()
        graph = model.main
        pointwise = graph.ops[2]
        other = type(pointwise)(
            "CONV_2D", list(pointwise.inputs), [graph.add(copied(pointwise))], pointwise.options
        )
        other.inputs[0] = graph.ops[0].outputs[0]
        graph.ops.append(other)
        graph.outputs.append(other.outputs[0])
        return model

    _, changed, kept = corrected(build, equalize, samples(chain()))
    assert changed == 0
    assert kept == float("inf")


def copied(op):
    output = op.outputs[0]
    return type(output)("other", output.shape, output.dtype)


def test_outlier_channels_of_a_normalization_move_into_all_its_readers():
    inputs = samples(normalized(GAMMAS))
    model, changed, kept = corrected(lambda: normalized(GAMMAS), smooth, inputs)
    assert changed == 1
    assert kept > EXACT_DB
    assert noise_db(model, inputs) > noise_db(normalized(GAMMAS), inputs) + 6
    (gamma,) = (one for one in model.main.tensors if one.name == "gamma")
    assert np.abs(gamma.data).max() < 10 * np.abs(np.median(gamma.data))


def test_a_normalization_that_something_but_products_reads_stays():
    def build():
        model = normalized(GAMMAS)
        model.main.outputs.append(model.main.ops[-4].outputs[0])
        return model

    _, changed, kept = corrected(build, smooth, samples(normalized(GAMMAS)))
    assert changed == 0
    assert kept == float("inf")


def test_each_correction_leaves_the_other_s_activations():
    inputs = samples(chain())
    assert corrected(chain, smooth, inputs)[1] == 0
    inputs = samples(normalized(GAMMAS))
    assert corrected(lambda: normalized(GAMMAS), equalize, inputs)[1] == 0


def test_channels_without_a_signal_do_no_harm():
    def build():
        model = chain()
        for position, axis in ((1, 0), (2, 0)):
            constant = model.main.ops[0].inputs[position]
            values = np.array(constant.data)
            np.moveaxis(values, axis, 0)[3] = 0
            constant.data = values
        return model

    inputs = samples(chain())
    model, changed, kept = corrected(build, equalize, inputs)
    assert changed == 2
    assert kept > EXACT_DB
    assert noise_db(model, inputs) > noise_db(build(), inputs) + 6


def test_the_planted_imbalance_is_what_costs():
    inputs = samples(chain())
    assert noise_db(chain(imbalance=1.0), inputs) > noise_db(chain(imbalance=RATIO), inputs) + 10
