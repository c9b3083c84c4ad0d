"""The kernel of docs/kernels-howto.md is built and used as the guide says."""

import re
from pathlib import Path

import numpy as np
import pytest

from tests.fakes import graphs
from tests.fakes.example_kernel.abs_difference import ABS_DIFFERENCE, pack, reference
from tests.fakes.kernel_cases import KernelCase
from tests.fakes.kernel_cases.quality import measure, quantize
from tests.fakes.more_kernels import copy_with
from tflitekit.devices.registry import open_device
from tflitekit.graph import Model
from tflitekit.graph.passes.compositions import FORMULAS, compose_missing
from tflitekit.graph.passes.formula import exp
from tflitekit.graph.strict import fully_integer
from tflitekit.kernels import BY_NAME, KERNELS
from tflitekit.kernels.patch import patch
from tflitekit.kernels.table import evaluate
from tflitekit.progress import SILENT
from tflitekit.quantize.params import QuantParams
from tflitekit.runtime import build
from tflitekit.runtime.session import open_session
from tools.native_kernels import BUILDS, aligned, missing, opened, versions

pytestmark = pytest.mark.build

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "tests" / "fakes" / "example_kernel"
SHAPE = (1, 9, 7, 5)
SIZES = (0, 1, 7, 8, 9, 15, 16, 17, 251)


@pytest.fixture(scope="module", autouse=True)
def added(tmp_path_factory):
    """The example among the kernels: the files, and a line in each list."""
    native = [path for suffix in ("*.c", "*.h") for path in EXAMPLE.glob(suffix)]
    root = copy_with(tmp_path_factory.mktemp("example"), native, ["abs_difference"])
    with pytest.MonkeyPatch.context() as lists:
        lists.setattr(build, "source_root", lambda: root)
        lists.setitem(BY_NAME, ABS_DIFFERENCE.name, ABS_DIFFERENCE)
        yield


@pytest.mark.parametrize("name", BUILDS)
def test_every_version_gives_the_bits_of_the_reference(name):
    if missing(name):
        pytest.skip(missing(name))
    a, b, y = (QuantParams((s,), (z,), "int8") for s, z in ((0.1, 3), (0.07, -9), (0.05, -128)))
    (packed,) = pack(None, (a, b), (y,))
    rng = np.random.default_rng(0)
    with opened(name) as native:
        assert len(versions(native, "abs_difference")) == 2
        for size in SIZES:
            left, right = (rng.integers(-128, 128, size).astype(np.int8) for _ in range(2))
            expected = reference(left, right, packed)[0]
            for isa in versions(native, "abs_difference"):
                found = np.zeros_like(left)
                inputs = [aligned(left, 1), aligned(right, 2), aligned(packed)]
                assert native.call("abs_difference", inputs, [found], isa) is None
                assert (found == expected).all(), (isa, size)


def _model():
    model = Model()
    graph = model.add_subgraph("main")
    a, b = (graphs.tensor(graph, name, SHAPE) for name in "ab")
    graph.inputs = [a, b]
    difference = graphs.op(graph, "SUB", [a, b], SHAPE)
    graph.outputs = [graphs.op(graph, "ABS", [difference], SHAPE)]
    return model


def _sample(rng):
    return [rng.uniform(-1, 1, SHAPE).astype(np.float32), rng.normal(size=SHAPE).astype(np.float32)]


def test_a_model_that_uses_it_is_integer_and_right():
    case = KernelCase("abs_difference", "SUB, ABS", _model, _sample)
    with open_session(open_device("local"), SILENT) as session:
        made = quantize(case, session, (ABS_DIFFERENCE, *KERNELS))
        assert [op.name for op in made.model.ops() if op.custom] == [ABS_DIFFERENCE.name]
        assert fully_integer(made.model)
        assert measure(case, made, session).is_enough


def test_a_function_is_one_line():
    model = Model()
    graph = model.add_subgraph("main")
    x = graphs.tensor(graph, "x", SHAPE)
    graph.inputs = [x]
    graph.outputs = [graphs.op(graph, "Sech", [x], SHAPE)]
    graph.ops[0].custom = True
    with pytest.MonkeyPatch.context() as line:
        line.setitem(FORMULAS, "Sech", lambda x: 2.0 / (exp(x) + exp(-x)))
        assert compose_missing(model) == 1
    patch(model)
    (op,) = model.ops()
    assert op.name == "tflitekit.table"
    values = np.float32([-2, 0, 3])
    np.testing.assert_allclose(evaluate(op, values), 1 / np.cosh(values), rtol=1e-5)


def test_the_guide_shows_the_example():
    guide = (ROOT / "docs" / "kernels-howto.md").read_text()
    shown = re.findall(r"`tests/fakes/example_kernel/(\S+)`.*?```\w+\n(.*?)```", guide, re.DOTALL)
    assert shown
    for name, code in shown:
        assert code.strip() in (EXAMPLE / name).read_text(), name
