import numpy as np
import pytest

from tests.fakes.graphs import dense, op, tensor
from tflitekit.bench.profile import OpProfile, Profile
from tflitekit.bench.roofline import (
    Roof,
    arithmetic,
    bytes_ratio,
    macs_by_type,
    model_point,
    op_points,
    point,
)
from tflitekit.graph import Model

BOTH = Roof(gbps=20.0, gmacs={"float32": 100.0, "int8": 400.0})


def test_a_point_lies_under_the_roof_of_its_intensity():
    low = point("low", {"float32": 2_000_000}, bytes=1_000_000, us=100.0, roof=BOTH)
    assert (low.intensity, low.gmacs, low.gbps) == (2.0, 20.0, 10.0)
    assert (low.roof_gmacs, low.bound, low.share) == (40.0, "memory", 0.5)
    high = point("high", {"float32": 50_000_000}, bytes=1_000_000, us=1000.0, roof=BOTH)
    assert (high.roof_gmacs, high.bound, high.share) == (100.0, "compute", 0.5)


def test_each_type_has_its_own_roof_and_ridge():
    """10 MACs a byte: the memory allows 200 GMAC/s, float arithmetic 100, int8 400."""
    work = {"bytes": 1_000_000, "us": 1000.0, "roof": BOTH}
    as_float = point("float", {"float32": 10_000_000}, **work)
    assert (as_float.roof_gmacs, as_float.bound) == (100.0, "compute")
    as_int8 = point("int8", {"int8": 10_000_000}, **work)
    assert (as_int8.roof_gmacs, as_int8.bound) == (200.0, "memory")


def test_work_of_several_types_takes_turns():
    """A second of float and a quarter of a second of int8, at their peaks."""
    assert BOTH.compute_gmacs({"float32": 100, "int8": 100}) == pytest.approx(160.0)
    assert BOTH.compute_gmacs({"float32": 100, "other": 1}) is None
    assert BOTH.compute_gmacs({}) is None


def test_without_a_peak_there_is_no_roof_and_no_bound():
    lost = point("lost", {"int8": 10}, 10, 1.0, Roof(None, {"int8": 1.0}))
    assert (lost.roof_gmacs, lost.bound, lost.share) == (None, None, None)
    open_above = point("open", {"int8": 10**9}, 10**9, 1.0, Roof(gbps=2.0))
    assert (open_above.roof_gmacs, open_above.bound) == (2.0, None)


def test_work_without_products_or_bytes():
    moves = point("moves", {}, 1000, 1.0, BOTH)
    assert (moves.intensity, moves.gbps, moves.share) == (0.0, 1.0, None)
    assert point("view", {}, 0, 1.0, BOTH).intensity == 0.0


def test_the_point_of_a_model():
    # dense: 12 products; 4 + 12 + 3 + 3 floats.
    found = model_point(dense(), 1.0, Roof(gbps=1.0, gmacs={"float32": 0.1}))
    assert found.intensity == pytest.approx(12 / 88)
    assert found.bound == "compute"


def product(activation, weights, state=None):
    """A FULLY_CONNECTED of 4 to 3, with another operand where `state` is its type."""
    graph = Model().add_subgraph("main")
    x = tensor(graph, "x", (1, 4), activation)
    w = graph.constant("w", np.zeros((3, 4), weights))
    more = [tensor(graph, "state", (1, 3), state)] if state else []
    op(graph, "FULLY_CONNECTED", [x, w, *more], (1, 3), activation)
    return graph.ops[-1]


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (("float32", "float32"), "float32"),
        (("int8", "int8"), "int8"),
        (("uint8", "uint8"), "int8"),
        (("int8", "int8", "int16"), "int8"),
        (("float32", "int8"), "int8"),
        (("int16", "int8"), "other"),
        (("float16", "float16"), "other"),
    ],
)
def test_the_type_of_the_products(types, expected):
    assert arithmetic(product(*types)) == expected
    assert macs_by_type([product(*types)]) == {expected: 12}


def profile(*times):
    ops = tuple(
        OpProfile(i, "FULLY_CONNECTED", "y", 0, us, bytes=1000, macs=macs)
        for i, (us, macs) in enumerate(times)
    )
    return Profile(ops, (), 1.0, 0.0, 1.0)


def test_ops_without_a_time_have_no_point():
    graph = dense()
    (found,) = op_points(graph, profile((2.0, 12)), BOTH)
    assert (found.index, found.gmacs, found.bound) == (0, 0.006, "memory")
    assert op_points(graph, profile((None, 12)), BOTH) == ()
    assert op_points(graph, profile((0.0, 12)), BOTH) == ()


def adds(dtype):
    model = Model()
    graph = model.add_subgraph("main")
    x = tensor(graph, "x", (100,), dtype)
    op(graph, "ADD", [x, x], (100,), dtype)
    return model


def test_int8_moves_a_quarter_of_float32():
    assert bytes_ratio(adds("int8"), adds("float32")) == 0.25
    assert bytes_ratio(adds("int8"), Model([Model().add_subgraph("main")])) is None
