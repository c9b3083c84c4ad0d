import pytest

from tests.fakes.graphs import dense, op, tensor
from tflitekit.bench.profile import OpProfile, Profile
from tflitekit.bench.roofline import Roof, best_seen, bytes_ratio, model_point, op_points, point
from tflitekit.graph import Model


def test_a_point_lies_under_the_roof_of_its_intensity():
    memory = Roof(gbps=20.0, gmacs=100.0)
    low = point("low", macs=2_000_000, bytes=1_000_000, us=100.0, roof=memory)
    assert (low.intensity, low.gmacs, low.gbps) == (2.0, 20.0, 10.0)
    assert (low.roof_gmacs, low.bound, low.share) == (40.0, "memory", 0.5)
    high = point("high", macs=50_000_000, bytes=1_000_000, us=1000.0, roof=memory)
    assert (high.roof_gmacs, high.bound, high.share) == (100.0, "compute", 0.5)


def test_without_a_peak_there_is_no_roof():
    lost = point("lost", 10, 10, 1.0, Roof(gbps=None))
    assert (lost.roof_gmacs, lost.bound, lost.share) == (None, None, None)
    assert point("open", 10**9, 1, 1.0, Roof(gbps=2.0)).bound == "memory"


def test_work_without_products_or_bytes():
    moves = point("moves", 0, 1000, 1.0, Roof(gbps=2.0))
    assert (moves.intensity, moves.gbps, moves.share) == (0.0, 1.0, None)
    assert point("view", 0, 0, 1.0, Roof(gbps=2.0)).intensity == 0.0


def test_the_point_of_a_model():
    # dense: 12 products; 4 + 12 + 3 + 3 floats.
    assert model_point(dense(), 1.0, Roof(gbps=1.0)).intensity == pytest.approx(12 / 88)


def profile(*times):
    ops = tuple(
        OpProfile(i, "CONV_2D", "y", 0, us, bytes=1000, macs=macs)
        for i, (us, macs) in enumerate(times)
    )
    return Profile(ops, (), 1.0, 0.0, 1.0)


def test_ops_without_a_time_have_no_point():
    points = op_points(profile((2.0, 4000), (None, 4000), (0.0, 4000)), Roof(gbps=1.0))
    assert [(one.index, one.gmacs) for one in points] == [(0, 2.0)]


def test_the_fastest_op_bounds_the_arithmetic_from_below():
    assert best_seen(profile((2.0, 4000), (1.0, 3000), (1.0, 0))) == 3.0
    assert best_seen(profile((None, 4000))) is None


def adds(dtype):
    model = Model()
    graph = model.add_subgraph("main")
    x = tensor(graph, "x", (100,), dtype)
    op(graph, "ADD", [x, x], (100,), dtype)
    return model


def test_int8_moves_a_quarter_of_float32():
    assert bytes_ratio(adds("int8"), adds("float32")) == 0.25
    assert bytes_ratio(adds("int8"), Model([Model().add_subgraph("main")])) is None
