"""Which residual sums and normalizations become one op, and in which types it gives them."""

import numpy as np
import pytest

from tests.fakes import graphs
from tests.unit.test_normalize_match import GAIN, OFFSET, SHAPE, Graph
from tflitekit.graph.model import Op
from tflitekit.graph.region import Surroundings, unfuse
from tflitekit.kernels.add_norm import ADD_NORM, match
from tflitekit.kernels.patch import patch
from tflitekit.quantize.calibration.stats import observe
from tflitekit.quantize.planning.apply import apply_plan
from tflitekit.quantize.planning.plan import make_plan
from tflitekit.quantize.recipe import Recipe


class Residual(Graph):
    """x and another operand, and what is made of their sum."""

    def __init__(self, other=SHAPE, shape=SHAPE):
        super().__init__(shape)
        self.other = graphs.tensor(self.graph, "other", other)
        self.graph.inputs.append(self.other)

    def norm(self, x):
        """RMSNorm."""
        root = self.RSQRT(self.ADD(self.MEAN(self.MUL(x, x), axes=(-1,)), 1e-3))
        return self.ADD(self.MUL(self.MUL(x, root), GAIN), OFFSET)


def post_norm():
    g = Residual()
    return g.ends_in(g.norm(g.ADD(g.x, g.other)))


def pre_norm():
    """The sum goes on beside its normalization."""
    g = Residual()
    total = g.ADD(g.x, g.other)
    return g.ends_in(g.ADD(total, g.EXP(g.norm(total))))


def found_in(made):
    """The regions, that of the last op first, as `patch` looks for them."""
    around = Surroundings(made.graph)
    return [found for op in reversed(made.graph.ops) if (found := match(around, op)) is not None]


def test_a_sum_that_only_the_normalization_reads_is_no_output():
    made = post_norm()
    found, *_ = found_in(made)
    assert list(found.inputs) == [made.x, made.other]
    assert list(found.outputs) == made.graph.outputs
    assert set(found.ops) == set(made.graph.ops)


def test_a_sum_that_others_read_is_the_first_output():
    made = pre_norm()
    found, *_ = found_in(made)
    total, y = found.outputs
    assert total is made.graph.ops[0].outputs[0]
    assert y is made.graph.ops[-3].outputs[0]
    assert patch(made.model, [ADD_NORM]) == 1
    assert [op.name for op in made.graph.ops] == ["tflitekit.add_norm", "EXP", "ADD"]
    assert made.graph.ops[2].inputs[0] is made.graph.ops[0].outputs[0]


def test_a_sum_that_the_caller_gets():
    made = post_norm()
    made.graph.outputs.insert(0, made.graph.ops[0].outputs[0])
    found, *_ = found_in(made)
    assert list(found.outputs) == made.graph.outputs


def test_the_body_is_what_was_there():
    made = pre_norm()
    before = [op.name for op in made.graph.ops]
    patch(made.model, [ADD_NORM])
    unfuse(made.model)
    assert [op.name for op in made.graph.ops] == before


def test_axes_of_1_in_front_do_not_matter():
    g = Residual(SHAPE[1:])
    found, *_ = found_in(g.ends_in(g.norm(g.ADD(g.x, g.other))))
    assert list(found.inputs) == [g.x, g.other]


def read_before_the_end():
    g = Residual()
    total = g.ADD(g.x, g.other)
    root = g.RSQRT(g.ADD(g.MEAN(g.MUL(total, total), axes=(-1,)), 1e-3))
    early = g.EXP(total)
    return g.ends_in(g.MUL(total, root), early)


def broadcast():
    g = Residual((1, 1, 8))
    return g.ends_in(g.norm(g.ADD(g.x, g.other)))


def of_a_constant_for_all_rows():
    g = Residual()
    return g.ends_in(g.norm(g.ADD(g.x, np.ones((1, 1, 8), np.float32))))


def with_an_activation():
    g = Residual()
    return g.ends_in(g.norm(g.ADD(g.x, g.other, fused_activation_function="RELU")))


def of_a_difference():
    g = Residual()
    return g.ends_in(g.norm(g.SUB(g.x, g.other)))


FACTORS = np.linspace(0.1, 3, 8, dtype=np.float32)


def test_a_constant_of_the_same_shape_is_an_operand():
    """As learnt offsets for every place are."""
    g = Residual()
    found, *_ = found_in(g.ends_in(g.norm(g.ADD(g.x, np.ones(SHAPE, np.float32)))))
    assert found.inputs[0] is g.x
    assert found.inputs[1].is_constant


def test_operands_that_are_scaled_by_column():
    g = Residual()
    scaled = g.MUL(FACTORS[None, None], g.other)
    found, *_ = found_in(g.ends_in(g.norm(g.ADD(g.x, scaled))))
    assert list(found.inputs) == [g.x, g.other]
    none, factors = found.options["scales"]
    assert none is None
    assert (factors == FACTORS).all()
    assert set(found.ops) == set(g.graph.ops)


@pytest.mark.parametrize("factors", [np.float32(2), FACTORS[:, None][:6], FACTORS], ids=np.shape)
def test_what_is_scaled_otherwise_or_read_by_others_stays_outside(factors):
    g = Residual()
    scaled = g.MUL(g.other, factors)
    others = [scaled] if factors is FACTORS else []
    found, *_ = found_in(g.ends_in(g.norm(g.ADD(g.x, scaled)), *others))
    assert list(found.inputs) == [g.x, scaled]
    assert found.options["scales"] == (None, None)


def test_factors_of_rows_stay_outside():
    """As many as there are columns."""
    g = Residual((1, 8, 8), shape=(1, 8, 8))
    scaled = g.MUL(g.other, FACTORS[:, None])
    found, *_ = found_in(g.ends_in(g.norm(g.ADD(g.x, scaled))))
    assert list(found.inputs) == [g.x, scaled]


def twice():
    """The normalized rows go on, and with another gain to a product."""
    g = Residual()
    y = g.norm(g.ADD(g.x, g.other))
    again = g.MUL(y, FACTORS)
    return g.ends_in(g.ADD(y, g.EXP(again)))


def test_rows_with_two_gains_are_one_op():
    made = twice()
    found, *_ = found_in(made)
    y, again = found.outputs
    one, other = found.options["forms"]
    assert (one.gain == GAIN).all()
    assert other.gain == pytest.approx(GAIN * FACTORS)
    assert other.offset == pytest.approx(OFFSET * FACTORS)
    assert patch(made.model, [ADD_NORM]) == 1
    assert [op.name for op in made.graph.ops] == ["tflitekit.add_norm", "EXP", "ADD"]
    assert made.graph.ops[1].inputs == [again]
    assert made.graph.ops[2].inputs[0] is y


def test_a_gain_that_nobody_else_needs_is_part_of_the_first():
    g = Residual()
    found, *_ = found_in(g.ends_in(g.MUL(g.norm(g.ADD(g.x, g.other)), FACTORS)))
    (form,) = found.options["forms"]
    assert form.gain == pytest.approx(GAIN * FACTORS)


def test_rows_that_are_read_before_the_second_gain_are_given_once():
    g = Residual()
    y = g.norm(g.ADD(g.x, g.other))
    early = g.EXP(y)
    made = g.ends_in(g.MUL(y, FACTORS), early)
    assert {len(found.options["forms"]) for found in found_in(made)} == {1}


@pytest.mark.parametrize(
    "make",
    [
        read_before_the_end,
        broadcast,
        of_a_constant_for_all_rows,
        with_an_activation,
        of_a_difference,
    ],
)
def test_what_is_left_to_other_kernels(make):
    assert found_in(make()) == []


def test_every_output_has_the_type_that_is_asked_for_by_name():
    made = pre_norm()
    patch(made.model, [ADD_NORM])
    op = made.graph.ops[0]
    total, y = op.outputs
    plan, stats = None, statistics(made)
    for names, types in (
        ((), ("int8", "int8")),
        ((total.name,), ("int16", "int8")),
        ((y.name,), ("int8", "int16")),
        ((total.name, y.name), ("int16", "int16")),
    ):
        plan = make_plan(made.model, stats, Recipe(ranges="minmax", int16=names))
        assert (plan.tensors[total].dtype, plan.tensors[y].dtype) == types
        assert plan.kept_int8 == []
    apply_plan(made.model, plan)
    assert [(one.name, types_of(one)) for one in made.graph.ops if "add_norm" in one.name] == [
        ("tflitekit.add_norm", ["int8", "int8", "int8", "int16", "int16"])
    ]


def statistics(made):
    rng = np.random.default_rng(0)
    tensors = {*made.graph.inputs, *(one for each in made.graph.ops for one in each.outputs)}
    return {one: observe(rng.normal(0, 1, one.shape).astype(np.float32)) for one in tensors}


def stream():
    """Two sums in a row; the second is given to the caller."""
    g = Residual()
    total = g.ADD(g.x, g.other)
    branch = g.EXP(g.norm(total))
    last = g.ADD(total, branch)
    return g.ends_in(g.norm(last), last)


def test_what_only_sums_read_is_sixteen_bits():
    made = stream()
    patch(made.model, [ADD_NORM])
    (total, branch), (last, y) = (op.outputs for op in made.graph.ops if op.name == ADD_NORM.name)
    stats, recipe = statistics(made), Recipe(ranges="minmax")
    plan = make_plan(made.model, stats, recipe)
    found = [plan.tensors[one].dtype for one in (total, branch, last, y)]
    assert found == ["int16", "int8", "int8", "int8"]
    assert not plan.exits
    plan = make_plan(made.model, stats, recipe, wide_outputs=True)
    found = [plan.tensors[one].dtype for one in (total, branch, last, y)]
    assert found == ["int16", "int8", "int16", "int16"]
    assert not plan.exits


def types_of(op: Op) -> list[str]:
    return [tensor.dtype for tensor in (*op.operands, *op.outputs)]


def test_an_int16_sum_is_read_as_it_is_by_the_next_and_in_int8_by_the_others():
    """A builtin ADD that nothing normalizes takes its operands in int16."""
    made = pre_norm()
    patch(made.model, [ADD_NORM])
    total, last = made.graph.ops[0].outputs[0], made.graph.outputs[0]
    tensors = {*made.graph.inputs, *(one for each in made.graph.ops for one in each.outputs)}
    rng = np.random.default_rng(0)
    stats = {one: observe(rng.normal(0, 1, one.shape).astype(np.float32)) for one in tensors}
    plan = make_plan(made.model, stats, Recipe(ranges="minmax", int16=(total.name, last.name)))
    apply_plan(made.model, plan)
    assert [(op.name, types_of(op)[-1]) for op in made.graph.ops] == [
        ("tflitekit.add_norm", "int8"),
        ("EXP", "int8"),
        ("QUANTIZE", "int16"),
        ("ADD", "int16"),
        ("tflitekit.rescale", "int8"),
    ]
    assert made.graph.ops[3].inputs[0] is total
