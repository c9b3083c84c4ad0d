"""The table of causes on graphs built in memory: each check fires, and does not."""

from dataclasses import replace

import numpy as np
import pytest

from tests.fakes.graphs import op, tensor
from tflitekit.graph.model import Model
from tflitekit.quantize.calibration.stats import observe
from tflitekit.quantize.diagnosis.causes import NONE, cause_of
from tflitekit.quantize.diagnosis.evidence import Evidence, Subject
from tflitekit.quantize.diagnosis.layer_groups import layer_groups
from tflitekit.quantize.diagnosis.op_noise import OwnNoise, TensorNoise
from tflitekit.quantize.planning.op_rules import OP_RULES
from tflitekit.quantize.planning.plan import make_plan
from tflitekit.quantize.recipe import Recipe

RNG = np.random.default_rng(0)
FINE = OwnNoise(45.0, 45.0, 0.0, 0.0, 0.0, 0.0)


class Case:
    """A small graph with values for its tensors, and noise that can be set."""

    def __init__(self):
        self.graph = Model().add_subgraph("main")
        self.values, self.noise = {}, {}

    def input(self, name, values):
        one = tensor(self.graph, name, values.shape)
        self.graph.inputs.append(one)
        return self.seen(one, values)

    def add(self, layer, kind, inputs, values, **options):
        one = op(self.graph, kind, inputs, values.shape, options=options)
        one.name = f"net/{layer}/{kind}"
        return self.seen(one, values)

    def constant(self, values):
        return self.graph.constant("constant", np.float32(values))

    def seen(self, one, values):
        self.values[one] = np.float32(values)
        return one

    def noisy(self, one, own=FINE, db=20.0, channel_db=10.0):
        self.noise[one] = TensorNoise(db, channel_db, own)

    def cause(self, layer, precision="int8", outputs=()):
        self.graph.outputs = list(outputs)
        stats = {one: observe(values) for one, values in self.values.items()}
        plan = make_plan(self.graph.model, stats, Recipe(precision, ranges="minmax"))
        evidence = Evidence(self.graph, stats, plan, self.noise)
        groups = {one.layer: one for one in layer_groups(self.graph, plan.ops)}
        if layer is None:
            return cause_of(evidence, Subject.of_inputs(evidence))
        return cause_of(evidence, Subject.of_layer(evidence, groups[layer]))


@pytest.fixture
def case():
    return Case()


def rows(*shape):
    return RNG.uniform(-1, 1, shape).astype(np.float32)


def masked(case, value=-1e9, reader="SOFTMAX", kind="ADD"):
    logits = rows(4, 6)
    x = case.input("x", logits)
    mask = np.zeros((1, 6), np.float32)
    mask[:, 4:] = value
    scores = case.add("mask", kind, [x, case.constant(mask)], logits + mask)
    case.add("weights", reader, [scores], rows(4, 6), beta=1.0)
    return scores


def test_nothing_is_found_in_a_sound_layer(case):
    masked(case, value=-3.0)
    cause = case.cause("mask")
    assert (cause.kind, cause.help) == (NONE, "--int16 mask")


@pytest.mark.parametrize("layer", ["mask", "weights"])
def test_a_mask_is_found_where_it_is_added_and_where_it_is_read(case, layer):
    masked(case)
    cause = case.cause(layer)
    assert cause.kind == "mask constant"
    assert cause.tensor == "net/mask/ADD"
    assert cause.figures["constant"] == -1e9
    assert cause.figures["others_up_to"] == pytest.approx(1, abs=0.2)
    assert f"--allow-float --float {layer}" in cause.help


def test_a_mask_made_by_a_product_is_found(case):
    logits = rows(4, 6)
    x, hidden = case.input("x", logits), case.input("hidden", np.tile([0, 1, 1], (4, 2)))
    mask = case.values[hidden] * np.float32(-3e4)
    product = case.add("hide", "MUL", [hidden, case.constant(-3e4)], mask)
    case.add("mask", "ADD", [x, product], logits + mask)
    assert case.cause("mask").kind == "mask constant"


def test_large_values_that_no_constant_makes_are_no_mask(case):
    values = rows(4, 6)
    values[0, 0] = -1e5
    x = case.input("x", values)
    case.add("size", "ABS", [x], np.abs(values))
    assert case.cause("size").kind != "mask constant"


def test_a_large_constant_among_large_values_is_no_mask(case):
    values = rows(4, 6) * 1e4
    x = case.input("x", values)
    case.add("shift", "ADD", [x, case.constant(5e4)], values + 5e4)
    assert case.cause("shift").kind != "mask constant"


def test_a_mask_by_itself_is_exact(case):
    """Two values, 0 and the mask, are two of the integers."""
    hidden = case.input("hidden", np.tile([0, 1, 1], (4, 2)))
    case.add("hide", "MUL", [hidden, case.constant(-1e9)], case.values[hidden] * -1e9)
    assert case.cause("hide").kind == NONE


def clipped(case, reader="ABS", share=0.9, above=0.9, made_db=12.0):
    x = case.input("x", rows(4, 6))
    y = case.add("sum", "ADD", [x, x], rows(4, 6))
    case.add("next", reader, [y], rows(4, 6), beta=1.0)
    case.noisy(y, replace(FINE, made_db=made_db, beyond=0.01, clipped=share, clipped_above=above))


@pytest.mark.parametrize("layer", ["sum", "next"])
def test_a_clipped_range(case, layer):
    clipped(case)
    cause = case.cause(layer)
    assert cause.kind == "clipped range"
    assert cause.figures["noise_share"] == 0.9
    assert "1.00% of its values" in cause.evidence


def test_little_of_the_noise_or_little_noise_is_no_clipping(case):
    clipped(case, share=0.4)
    assert case.cause("sum").kind == NONE
    other = Case()
    clipped(other, made_db=40.0)
    assert other.cause("sum").kind == NONE


def test_what_is_cut_far_below_a_softmax_s_greatest_does_no_harm(case):
    clipped(case, reader="SOFTMAX", above=0.0)
    assert case.cause("sum").kind == NONE
    other = Case()
    clipped(other, reader="SOFTMAX", above=0.9)
    assert other.cause("sum").kind == "clipped range"


def test_what_others_read_besides_a_softmax_must_not_be_cut(case):
    clipped(case, reader="SOFTMAX", above=0.0)
    y = case.graph.ops[0].outputs[0]
    case.add("other", "EXP", [y], rows(4, 6))
    assert case.cause("sum").kind == "clipped range"


def joined(case, ratio, kind="CONCATENATION"):
    narrow, wide = rows(4, 6), ratio * rows(4, 6)
    one = case.add("narrow", "ABS", [case.input("x", narrow)], narrow)
    other = case.add("wide", "ABS", [case.input("z", wide)], wide)
    both = (
        np.concatenate([narrow, wide], 1) if kind == "CONCATENATION" else np.maximum(narrow, wide)
    )
    y = case.add("both", kind, [one, other], both, axis=1)
    case.add("next", "EXP", [y], both)


@pytest.mark.parametrize("layer", ["both", "narrow", "next"])
def test_mismatched_operands_of_a_shared_scale(case, layer):
    joined(case, 40)
    cause = case.cause(layer)
    assert cause.kind == "shared-scale mismatch"
    assert cause.tensor == "net/narrow/ABS"
    assert cause.figures["ratio"] == pytest.approx(40, rel=0.3)
    assert "--int16 both" in cause.help


def test_the_wide_operand_is_not_to_blame(case):
    joined(case, 40)
    assert case.cause("wide").kind != "shared-scale mismatch"


def test_like_operands_and_int16_are_no_mismatch(case):
    joined(case, 40)
    assert case.cause("both", precision="int16x8").kind != "shared-scale mismatch"
    other = Case()
    joined(other, 4)
    assert other.cause("both").kind != "shared-scale mismatch"


def loud(case, factor, layer="sum", kind="ADD"):
    values = rows(50, 8)
    values[:, 5] *= factor
    x = case.input("x", rows(50, 8))
    return case.add(layer, kind, [x, x], values)


@pytest.mark.parametrize("layer", ["sum", "next"])
def test_an_outlier_channel(case, layer):
    y = loud(case, 50)
    case.add("next", "EXP", [y], rows(50, 8))
    case.noisy(y)
    cause = case.cause(layer)
    assert cause.kind == "outlier channel"
    assert cause.tensor == "net/sum/ADD"
    assert cause.figures["channel"] == 5
    assert cause.figures["ratio"] == pytest.approx(50, rel=0.2)
    assert "--int16 sum" in cause.help


def test_an_outlier_channel_without_noise_is_none(case):
    case.noisy(loud(case, 50), db=60.0, channel_db=50.0)
    assert case.cause("sum").kind == NONE


def test_like_channels_are_none(case):
    case.noisy(loud(case, 5))
    assert case.cause("sum").kind == NONE


def test_channels_that_are_always_0_do_not_make_others_outliers(case):
    values = rows(50, 8) * np.float32([0, 0, 0, 0.1, 1, 1, 1, 7])
    x = case.input("x", rows(50, 8))
    case.noisy(case.add("sum", "ADD", [x, x], values))
    assert case.cause("sum").kind == NONE


def test_an_outlier_channel_of_an_input(case):
    values = rows(50, 8)
    values[:, 2] *= 100
    case.add("next", "EXP", [case.input("x", values)], rows(50, 8))
    cause = case.cause(None)
    assert (cause.kind, cause.figures["channel"]) == ("outlier channel", 2)
    assert "--precision int16x8" in cause.help


def product(case, spread):
    """A dense layer whose weights for loud inputs are smaller the louder these are."""
    sizes = np.geomspace(1, spread, 16).astype(np.float32)
    values = rows(200, 16) * sizes
    weights = rows(8, 16) / sizes
    x = case.input("x", values)
    constants = [case.constant(weights), case.constant(np.zeros(8))]
    return case.add("dense", "FULLY_CONNECTED", [x, *constants], values @ weights.T)


def test_coarse_weights(case):
    product(case, 200)
    case.noisy(case.graph.inputs[0], db=60.0, channel_db=50.0)
    cause = case.cause("dense")
    assert cause.kind == "coarse weights"
    assert cause.figures["weights_db"] < 25
    assert "--allow-float --float dense" in cause.help


def test_weights_of_one_size_are_not_coarse(case):
    product(case, 2)
    assert case.cause("dense").kind == NONE


def test_wider_activations_are_no_help_where_the_weights_are_coarse(case):
    y = product(case, 1000)
    case.noisy(case.graph.inputs[0])
    cause = case.cause("dense")
    assert cause.kind == "outlier channel"
    assert "--int16" not in cause.help
    assert "--allow-float --float dense" in cause.help
    assert y.name.startswith("net/dense")


def test_a_layer_around_others_is_named_as_one(case):
    x = case.input("x", rows(4, 6))
    y = case.add("block", "EXP", [x], rows(4, 6))
    z = case.add("block/inner", "ABS", [y], rows(4, 6))
    case.add("block", "RSQRT", [z], rows(4, 6))
    assert case.cause("block").help == "--int16 block"


def root(case, excess, made_db=20.0):
    x = case.input("x", np.abs(rows(4, 6)))
    y = case.add("root", "SQRT", [x], np.sqrt(case.values[x]))
    case.noisy(y, replace(FINE, excess_db=excess, made_db=made_db))


def test_an_inexact_kernel_with_what_is_known_of_it(case):
    root(case, 5.0)
    cause = case.cause("root")
    assert cause.kind == "inexact kernel"
    assert OP_RULES["SQRT"].inexact in cause.evidence
    assert cause.help == "--int16 root"


@pytest.mark.parametrize(("excess", "made_db"), [(2.0, 20.0), (5.0, 45.0)])
def test_a_kernel_that_is_near_the_ideal_is_no_cause(case, excess, made_db):
    root(case, excess, made_db)
    assert case.cause("root").kind == NONE


@pytest.mark.parametrize(
    ("kind", "help"),
    [("SOFTMAX", "--int16 end"), ("L2_NORMALIZATION", "--allow-float --float end")],
)
def test_a_narrow_fixed_scale(case, kind, help):
    x = case.input("x", rows(4, 6))
    y = case.add("end", kind, [x], rows(4, 6))
    case.noisy(y, replace(FINE, exact_db=15.0, made_db=15.0))
    cause = case.cause("end")
    assert cause.kind == "narrow fixed scale"
    assert cause.help == help


def test_a_coarse_scale_that_is_not_prescribed_is_no_fixed_one(case):
    x = case.input("x", rows(4, 6))
    case.noisy(case.add("end", "EXP", [x], rows(4, 6)), replace(FINE, exact_db=15.0, made_db=15.0))
    assert case.cause("end").kind == NONE


def test_a_mask_is_told_before_what_it_implies(case):
    scores = masked(case)
    case.noisy(scores, replace(FINE, made_db=0.0, clipped=1.0, clipped_above=1.0))
    assert case.cause("mask").kind == "mask constant"
