"""Mask constants before a softmax: lifted to where a softmax cannot tell, and only there."""

import numpy as np
import pytest

from tests.fakes.graphs import op, tensor
from tflitekit.graph.model import Model
from tflitekit.quantize.calibration.stats import observe
from tflitekit.quantize.planning.masks import MARGIN, cut_below, soften_masks

LOGITS = np.linspace(-4, 6, 8, dtype=np.float32)[None]
KEEP = np.array([[1, 1, 1, 1, 1, 0, 0, 0]], np.float32)


@pytest.fixture
def graph():
    graph = Model().add_subgraph("main")
    graph.inputs = [tensor(graph, "logits", (1, 8)), tensor(graph, "keep", (1, 8))]
    return graph


def softened(graph, values):
    """The statistics after softening where each tensor took the given values."""
    named = {one.name: one for one in graph.tensors}
    with np.errstate(over="ignore"):
        stats = {named[name]: observe(np.float32(one)) for name, one in values.items()}
    return {one.name: seen for one, seen in soften_masks(graph.model, stats).items()}


def attention(graph, masked):
    """A softmax of the output of `masked`, through a RESHAPE."""
    moved = op(graph, "RESHAPE", [masked, graph.constant("shape", np.int32([8]))], (8,))
    graph.outputs = [op(graph, "SOFTMAX", [moved], (8,), options={"beta": 1.0})]
    return moved


@pytest.mark.parametrize("value", [-1e9, -3e4, -3.4e38, -np.inf])
def test_a_selected_constant(graph, value):
    constant = graph.constant("minus", np.float32(value))
    y = op(graph, "SELECT_V2", [graph.inputs[1], graph.inputs[0], constant], (1, 8))
    moved = attention(graph, y)
    values = np.where(KEEP, LOGITS, np.float32(value))
    stats = softened(graph, {"logits": LOGITS, "keep": KEEP, y.name: values, moved.name: values[0]})
    assert float(graph.ops[0].inputs[2].data) == -4 - MARGIN
    for name in (y.name, moved.name):
        assert (stats[name].minimum, stats[name].maximum) == (-4 - MARGIN, LOGITS[0, 4])
        assert stats[name].counts.sum() == 8
        assert stats[name].nonfinite == 0
    assert float(constant.data) == np.float32(value), "the constant itself may have other readers"


def test_an_added_constant(graph):
    mask = np.where(KEEP, 0, -1e9).astype(np.float32)
    y = op(graph, "ADD", [graph.inputs[0], graph.constant("mask", mask)], (1, 8))
    attention(graph, y)
    stats = softened(graph, {"logits": LOGITS, y.name: LOGITS + mask})
    lifted = graph.ops[0].inputs[1].data
    assert lifted.tolist() == np.where(KEEP, 0, -10 - MARGIN).tolist()
    assert stats[y.name].minimum == -4 - MARGIN


def test_a_computed_mask(graph):
    """(1 - keep) * -1e9, as Keras 2 writes it."""
    drop = op(graph, "SUB", [graph.constant("one", np.float32(1)), graph.inputs[1]], (1, 8))
    mask = op(graph, "MUL", [drop, graph.constant("large", np.float32(-1e9))], (1, 8))
    y = op(graph, "ADD", [mask, graph.inputs[0]], (1, 8))
    attention(graph, y)
    values = (1 - KEEP) * np.float32(-1e9)
    stats = softened(
        graph,
        {
            "logits": LOGITS,
            "keep": KEEP,
            drop.name: 1 - KEEP,
            mask.name: values,
            y.name: values + LOGITS,
        },
    )
    assert float(graph.ops[1].inputs[1].data) == -10 - MARGIN
    assert stats[mask.name].minimum == -10 - MARGIN
    assert stats[y.name].minimum == -4 - MARGIN


@pytest.mark.parametrize("value", [-1e9, -np.inf])
def test_a_mask_that_is_moved_before_it_is_added(graph, value):
    """Only the source of what a RESHAPE moves is observed."""
    constants = [graph.constant(str(one), np.float32(one)) for one in (0.0, value)]
    mask = op(graph, "SELECT_V2", [graph.inputs[1], *constants], (1, 8))
    shape = graph.constant("row", np.int32([8]))
    y = op(graph, "ADD", [graph.inputs[0], op(graph, "RESHAPE", [mask, shape], (8,))], (1, 8))
    attention(graph, y)
    values = np.where(KEEP, np.float32(0), np.float32(value))
    stats = softened(graph, {"logits": LOGITS, mask.name: values, y.name: LOGITS + values})
    assert stats[mask.name].minimum == float(graph.ops[0].inputs[2].data) == -10 - MARGIN
    assert stats[y.name].minimum == -4 - MARGIN


def test_a_mask_of_two_softmaxes_reaches_low_enough_for_both(graph):
    mask = graph.constant("mask", np.where(KEEP, 0, -1e9).astype(np.float32))
    other = tensor(graph, "other", (1, 8))
    one, two = (op(graph, "ADD", [x, mask], (1, 8)) for x in (graph.inputs[0], other))
    attention(graph, one)
    attention(graph, two)
    softened(
        graph,
        {
            "logits": LOGITS,
            "other": 3 * LOGITS,
            one.name: LOGITS + mask.data,
            two.name: 3 * LOGITS + mask.data,
        },
    )
    adds = [each for each in graph.ops if each.name == "ADD"]
    assert {float(each.inputs[1].data.min()) for each in adds} == {-30 - MARGIN}


def test_what_something_else_reads_keeps_its_values(graph):
    mask = graph.constant("mask", np.where(KEEP, 0, -1e9).astype(np.float32))
    y = op(graph, "ADD", [graph.inputs[0], mask], (1, 8))
    attention(graph, y)
    op(graph, "ABS", [y], (1, 8))
    op(graph, "ABS", [mask], (1, 8))
    values = LOGITS + mask.data
    stats = softened(graph, {"logits": LOGITS, y.name: values})
    assert graph.ops[0].inputs[1] is mask
    assert stats[y.name].minimum == values.min()


@pytest.mark.parametrize("added", [-3.0, 0.5])
def test_a_bias_of_common_size_is_no_mask(graph, added):
    bias = graph.constant("bias", np.float32(added))
    y = op(graph, "ADD", [graph.inputs[0], bias], (1, 8))
    attention(graph, y)
    stats = softened(graph, {"logits": LOGITS, y.name: LOGITS + np.float32(added)})
    assert graph.ops[0].inputs[1] is bias
    assert stats[y.name].minimum == LOGITS.min() + np.float32(added)


def test_a_cut_is_the_maximum_with_the_floor():
    values = np.float32([-1e9, -7, -2, 0, 3])
    cut = cut_below(observe(values), -5.0)
    expected = observe(np.maximum(values, -5))
    assert (cut.minimum, cut.maximum, cut.counts.sum()) == (-5, 3, 5)
    assert cut.bins.tolist() == expected.bins.tolist()
    assert cut.counts.tolist() == expected.counts.tolist()


@pytest.mark.parametrize(("greatest", "wanted"), [(LOGITS[0, 4], -4), (-1e9, np.float32(-1e9))])
def test_a_maximum_of_what_is_not_masked(graph, greatest, wanted):
    """Lifted no further than to the least of the rest: what is masked is never the greatest. Where
    that was seen to be otherwise, the constant stays."""
    constant = graph.constant("minus", np.float32(-1e9))
    y = op(graph, "SELECT_V2", [graph.inputs[1], graph.inputs[0], constant], (1, 8))
    graph.outputs = [op(graph, "REDUCE_MAX", [y, graph.constant("axis", np.int32([1]))], (1,))]
    values = np.where(KEEP, LOGITS, np.float32(-1e9))
    top = graph.outputs[0].name
    stats = softened(graph, {"logits": LOGITS, "keep": KEEP, y.name: values, top: [greatest]})
    assert float(graph.ops[0].inputs[2].data) == wanted
    assert (stats[y.name].minimum, stats[y.name].maximum) == (wanted, LOGITS[0, 4])
