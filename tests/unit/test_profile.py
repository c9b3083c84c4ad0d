import pytest

from tests.fakes.graphs import op, tensor
from tflitekit.bench.int8_causes import CAUSES, why_not_faster
from tflitekit.bench.kernel_names import pair_kernels
from tflitekit.bench.profile import profile_of
from tflitekit.graph import Model
from tflitekit.graph.partitions import partitions
from tflitekit.runtime.run_record import OpRecord, RunRecord


def chain(*names: str, dtype: str = "int8") -> Model:
    """Ops on one another, each of 100 bytes in and 100 bytes out."""
    model = Model()
    graph = model.add_subgraph("main")
    x = tensor(graph, "x", (100,), dtype)
    graph.inputs = [x]
    for name in names:
        x = op(graph, name, [x], (100,), dtype)
    graph.outputs = [x]
    return model


def record(*ops: tuple[str, int, int | None, float], us: float) -> RunRecord:
    records = tuple(OpRecord(*one) for one in ops)
    rest = us - sum(one.us for one in records)
    return RunRecord("x86_64", (), "b", ops=records, profiled_us=us, rest_us=rest)


def test_partitions_of_a_chain() -> None:
    graph = chain("ADD", "ADD", "SOFTMAX", "ADD").main
    assert partitions(graph, {2}) == [[0, 1], [3]]
    assert partitions(graph, ()) == [[0, 1, 2, 3]]
    assert partitions(graph, range(4)) == []


def test_a_partition_takes_all_that_can_be_computed_without_the_ops_outside() -> None:
    model = chain("ADD", "SOFTMAX", "ADD")
    graph = model.main
    beside = op(graph, "MUL", [graph.inputs[0]], (100,), "int8")
    op(graph, "MUL", [beside, graph.outputs[0]], (100,), "int8")
    assert partitions(graph, {1}) == [[0, 3], [2, 4]]


def test_ops_and_partitions_get_their_times_and_shares() -> None:
    model = chain("TANH", "PAD", "SOFTMAX", "LOGISTIC")
    said = record(
        ("Tanh (NC, QS8)", 0, 0, 30.0),
        ("Constant Pad (ND)", 1, 0, 10.0),
        ("SOFTMAX", 2, None, 40.0),
        ("Sigmoid (NC)", 0, 1, 20.0),
        us=150.0,
    )
    profile = profile_of(model, said, [90.0, 100.0, 120.0])
    assert [(one.us, one.partition) for one in profile.ops] == [
        (30.0, 0),
        (10.0, 0),
        (40.0, None),
        (20.0, 1),
    ]
    assert [(one.us, one.ops) for one in profile.partitions] == [(40.0, (0, 1)), (20.0, (3,))]
    assert profile.partitions[0].kernels[1] == ("Constant Pad (ND)", 10.0)
    assert (profile.ops_us, profile.rest_us, profile.overhead) == (100.0, 50.0, 1.5)
    assert profile.call_us == 0.0
    assert profile.share(profile.partitions[0].us) == 0.4
    assert {one.bytes for one in profile.ops} == {200}


def test_partitions_that_nobody_expected_have_no_ops() -> None:
    said = record(("Tanh", 0, 0, 3.0), ("Tanh", 0, 1, 4.0), us=9.0)
    profile = profile_of(chain("TANH", "TANH"), said, [9.0])
    assert [one.ops for one in profile.partitions] == [None, None]
    assert [one.us for one in profile.ops] == [None, None]
    assert profile.ops_us == 7.0


def test_a_kernel_is_an_op_only_where_it_is_certain() -> None:
    ops = ["CONV_2D", "FULLY_CONNECTED", "ADD", "RESHAPE"]
    whole = ["Convolution (NHWC, QC8) IGEMM", "Static Reshape", "Fully Connected (NC) GEMM"]
    assert pair_kernels(ops, [*whole, "Add (ND)"]) == [(0, 0), (1, 2), (2, 3)]
    assert pair_kernels(ops, [*whole, "Add (ND)", "Add (ND)"]) == [(0, 0), (1, 2)]


VNNI = ("sse4.1", "avx2", "avx512vnni")


def causes(model: Model, said: RunRecord, isa: tuple[str, ...] = VNNI, us: float = 100.0):
    profile = profile_of(model, said, [us])
    return {cause.tag: cause for cause in why_not_faster(profile, model, isa)}


def test_nothing_is_wrong_with_one_partition_of_int8() -> None:
    said = record(("Tanh", 0, 0, 50.0), ("Sigmoid", 1, 0, 45.0), us=100.0)
    assert causes(chain("TANH", "LOGISTIC"), said) == {}


def test_ops_outside_are_named_with_the_slowest_first() -> None:
    model = chain("TANH", "SOFTMAX", "DIV")
    said = record(("Tanh", 0, 0, 20.0), ("SOFTMAX", 1, None, 30.0), ("DIV", 2, None, 50.0), us=100)
    found = causes(model, said)
    assert found["OUTSIDE"].share == 0.8
    assert found["OUTSIDE"].text == (
        "80% of the time is in 2 builtin ops outside XNNPACK: DIV 50 µs, SOFTMAX 30 µs"
    )
    model.main.ops[1].custom = model.main.ops[2].custom = True
    assert "OUTSIDE" not in causes(model, said)


def test_conversions_count_inside_and_outside() -> None:
    model = chain("QUANTIZE", "TANH", "SOFTMAX", "DEQUANTIZE")
    said = record(
        ("Convert (NC, F32, QS8)", 0, 0, 5.0),
        ("Tanh", 1, 0, 85.0),
        ("SOFTMAX", 2, None, 0.0),
        ("DEQUANTIZE", 3, None, 10.0),
        us=100.0,
    )
    assert causes(model, said)["CONVERSIONS"].share == pytest.approx(0.15)


def test_what_computes_in_float_is_named() -> None:
    said = record(("Tanh", 0, 0, 60.0), ("Sigmoid", 1, 0, 40.0), us=100.0)
    found = causes(chain("TANH", "LOGISTIC", dtype="float32"), said)
    assert found["FLOAT"].text == "2 ops compute in float32: TANH, LOGISTIC"


def test_a_model_in_pieces() -> None:
    names = ["TANH", "SOFTMAX"] * 3
    ops = [("SOFTMAX", i, None, 0.0) for i in (1, 3, 5)]
    said = record(*ops, *(("Tanh", 0, i, 33.0) for i in range(3)), us=100.0)
    assert "3 pieces" in causes(chain(*names), said)["SPLIT"].text


def test_a_call_that_costs_more_than_its_ops() -> None:
    said = record(("Tanh", 0, 0, 10.0), us=120.0)
    assert causes(chain("TANH"), said, us=20.0)["RUNTIME"].text.startswith("10 µs of 20 µs")


def test_a_start_that_was_disturbed_is_no_cost_of_the_call() -> None:
    said = record(("Tanh", 0, 0, 950.0), us=1000.0)
    assert "RUNTIME" not in causes(chain("TANH"), said, us=5000.0)


@pytest.mark.parametrize(
    ("isa", "lacking"),
    [
        (("neon",), True),
        (("neon", "dotprod"), False),
        (("neon", "dotprod", "i8mm"), False),
        (("sse4.1", "avx2"), True),
        (VNNI, False),
        ((), False),
    ],
)
def test_processors_without_a_dot_product(isa, lacking) -> None:
    said = record(("Tanh", 0, 0, 95.0), us=100.0)
    assert ("NO_DOT_PRODUCT" in causes(chain("TANH"), said, isa)) is lacking


def test_every_cause_has_its_own_tag() -> None:
    assert len(CAUSES) == len(set(CAUSES.values()))
