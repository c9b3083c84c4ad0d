"""Small weights and float activations on the real runtime: near the float model, and smaller."""

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from tests.fakes.graphs import run, tensor
from tests.fakes.one_op import Given, OneOp, ints, values
from tests.fakes.one_op_quality import run_on_runner, sqnr_db
from tflitekit.devices.registry import open_device
from tflitekit.frontend.lower import lower
from tflitekit.frontend.source import ModelSource
from tflitekit.graph import Model, read_model, write_model
from tflitekit.graph.model import Op
from tflitekit.progress import SILENT
from tflitekit.quantize.engines.litert_quantizer import quantize_dynamic
from tflitekit.quantize.weights.rules import WEIGHT_RULES
from tflitekit.quantize.weights.weight_only import WEIGHT_TYPES, quantize_weights
from tflitekit.runtime.session import open_session

pytestmark = pytest.mark.build

FLOORS_DB = {"float16": 70.0, "weight8": 45.0, "dynamic": 40.0, "weight4": 18.0}
"""Of one op whose channels differ 40-fold in range."""

IMAGE = Given((1, 9, 11, 16), -1.0, 3.0)
SAME = {"padding": "SAME", "stride_w": 1, "stride_h": 1}
DILATION = {"dilation_w_factor": 1, "dilation_h_factor": 1}
PLAIN = {"adj_x": False, "adj_y": False}


def uneven(*shape, axis):
    """Weights whose channels have ranges of their own."""
    along = [-1 if one == axis % len(shape) else 1 for one in range(len(shape))]
    return values(*shape) * np.geomspace(0.05, 2, shape[axis], dtype=np.float32).reshape(along)


CASES = (
    OneOp("CONV_2D", "", (IMAGE, uneven(16, 3, 3, 16, axis=0), values(16)), SAME | DILATION),
    OneOp(
        "CONV_2D", "pointwise", (IMAGE, uneven(64, 1, 1, 16, axis=0), values(64)), SAME | DILATION
    ),
    OneOp("CONV_2D", "grouped", (IMAGE, uneven(32, 3, 3, 4, axis=0), values(32)), SAME | DILATION),
    OneOp(
        "DEPTHWISE_CONV_2D",
        "",
        (Given((1, 9, 11, 128), -1.0, 3.0), uneven(1, 3, 3, 128, axis=3), values(128)),
        SAME | DILATION | {"depth_multiplier": 1},
    ),
    OneOp(
        "TRANSPOSE_CONV",
        "",
        (ints(1, 9, 11, 16), uneven(16, 3, 3, 16, axis=0), IMAGE, values(16)),
        SAME,
    ),
    OneOp("FULLY_CONNECTED", "", (Given((3, 33)), uneven(40, 33, axis=0), values(40))),
    OneOp("FULLY_CONNECTED", "no bias", (Given((1, 2000)), uneven(1, 2000, axis=0), None)),
    OneOp("BATCH_MATMUL", "", (Given((2, 5, 32)), uneven(2, 32, 24, axis=2)), PLAIN),
    OneOp("BATCH_MATMUL", "flat", (Given((4, 5, 32)), uneven(32, 40, axis=1)), PLAIN),
    OneOp(
        "BATCH_MATMUL",
        "adjoint",
        (Given((2, 5, 32)), uneven(2, 24, 32, axis=1)),
        PLAIN | {"adj_y": True},
    ),
    OneOp("BATCH_MATMUL", "two batch axes", (Given((2, 3, 5, 32)), values(2, 3, 32, 24)), PLAIN),
    OneOp("BATCH_MATMUL", "left", (values(2, 20, 32), Given((2, 32, 7))), PLAIN),
    OneOp(
        "EMBEDDING_LOOKUP",
        "",
        (Given((5,), 0, 40, "int32"), uneven(40, 32, axis=0)),
    ),
    OneOp(
        "GATHER",
        "",
        (uneven(40, 32, axis=0), Given((2, 5), 0, 40, "int32")),
        {"axis": 0, "batch_dims": 0},
    ),
    OneOp(
        "CONV_3D",
        "",
        (Given((1, 5, 5, 5, 8)), uneven(3, 3, 3, 8, 8, axis=4), values(8)),
        SAME | {"stride_d": 1},
    ),
    OneOp(
        "CONV_3D_TRANSPOSE",
        "",
        (ints(1, 5, 5, 5, 8), uneven(3, 3, 3, 8, 8, axis=3), Given((1, 5, 5, 5, 8)), values(8)),
        SAME | {"stride_d": 1},
    ),
    OneOp("ADD", "a table of positions", (Given((1, 32, 40)), uneven(1, 32, 40, axis=1))),
)


@pytest.fixture(scope="module")
def session():
    with open_session(open_device("local"), SILENT) as session:
        yield session


def without_xnnpack(content, call):
    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(model_content=content, experimental_op_resolver_type=kernels)
    interpreter.allocate_tensors()
    for detail, x in zip(interpreter.get_input_details(), call, strict=True):
        interpreter.set_tensor(detail["index"], x)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


@pytest.mark.parametrize("precision", WEIGHT_TYPES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_op_comes_near_its_float_form(case, precision, session):
    model, calls = case.build(), list(case.samples(3))
    content = write_model(model)
    wanted = np.stack([run(content, *call)[0] for call in calls])
    assert quantize_weights(model, precision) == 1
    (got,) = run_on_runner(model, calls, session)
    assert sqnr_db(wanted, got) > FLOORS_DB[precision]
    narrow = write_model(model)
    got = np.stack([without_xnnpack(narrow, call) for call in calls])
    assert sqnr_db(wanted, got) > FLOORS_DB[precision]


def test_every_row_is_tried():
    assert {case.op for case in CASES} >= set(WEIGHT_RULES)


def lstm():
    """A fused LSTM of 32 units over 4 steps of 32 features."""
    model = Model()
    graph = model.add_subgraph()
    x = tensor(graph, "x", (2, 4, 32))
    weights = [graph.constant(f"w{i}", values(32, 32, low=-0.3, high=0.3)) for i in range(8)]
    biases = [graph.constant(f"b{i}", values(32)) for i in range(4)]
    states = [tensor(graph, name, (2, 32), is_variable=True) for name in ("output", "cell")]
    y = tensor(graph, "y", (2, 4, 32))
    options = {"fused_activation_function": "TANH", "time_major": False}
    inputs = [x, *weights, None, None, None, *biases, None, None, *states, *[None] * 4]
    graph.ops.append(Op("UNIDIRECTIONAL_SEQUENCE_LSTM", inputs, [y], options))
    graph.inputs, graph.outputs = [x], [y]
    return model


@pytest.mark.parametrize("precision", WEIGHT_TYPES)
def test_a_recurrent_cell_comes_near_its_float_form(precision):
    # On the interpreter: the runner's API takes no variables.
    model, calls = lstm(), [values(2, 4, 32)]
    wanted = run(write_model(model), *calls)[0]
    assert quantize_weights(model, precision) == 8
    got = run(write_model(model), *calls)[0]
    assert sqnr_db(wanted, got) > (60 if precision == "float16" else 35)


@pytest.fixture(scope="module")
def kws(worker, shared_data, tmp_path_factory):
    """A keyword spotter as a float flatbuffer, and some of its inputs."""
    folder = shared_data / "kws01"
    path = tmp_path_factory.mktemp("kws") / "float.tflite"
    lower(ModelSource(folder / "float32.tflite"), path, worker, SILENT)
    return path, [[x[None].astype(np.float32)] for x in np.load(folder / "eval.npz")["x"][::20]]


def weight_bytes(model):
    return sum(one.nbytes for one in model.main.tensors if one.is_constant)


@pytest.mark.convert
@pytest.mark.parametrize(
    ("precision", "floor", "share"),
    [("float16", 60, 0.6), ("weight8", 30, 0.4), ("dynamic", 25, 0.4), ("weight4", 10, 0.3)],
)
def test_a_trained_model_stays_close_and_gets_smaller(precision, floor, share, kws, session):
    """A sixth of its weights are in constants too small to change."""
    path, calls = kws
    model = read_model(path)
    before = weight_bytes(model)
    (wanted,) = run_on_runner(model, calls, session)
    assert quantize_weights(model, precision) > 0
    (got,) = run_on_runner(model, calls, session)
    assert sqnr_db(wanted, got) > floor
    assert weight_bytes(model) < share * before


@pytest.mark.convert
def test_dynamic_is_no_worse_than_litert_quantizer(kws, worker, session):
    path, calls = kws
    model, peer = read_model(path), quantize_dynamic(path, worker, SILENT)
    (wanted,) = run_on_runner(model, calls, session)
    quantize_weights(model, "dynamic")
    mine, theirs = (
        sqnr_db(wanted, run_on_runner(one, calls, session)[0]) for one in (model, read_model(peer))
    )
    assert mine > theirs - 1
    assert len(write_model(model)) < 1.25 * len(peer)  # the peer changes small constants too
