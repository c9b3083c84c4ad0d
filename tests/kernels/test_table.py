import numpy as np
import pytest

from tests.fakes import graphs
from tflitekit.graph import Model
from tflitekit.graph.region import Surroundings, fuse
from tflitekit.kernels.elementwise import match
from tflitekit.kernels.table import STEPS, pack, reference
from tflitekit.quantize.params import QuantParams

X, Y = QuantParams((0.1,), (5,), "int8"), QuantParams((0.2,), (-3,), "int8")


def fused(*names):
    """A table of builtin ops, one after the other."""
    graph = Model().add_subgraph("main")
    graph.inputs = [x] = [graphs.tensor(graph, "x", (2, 3))]
    for name in names:
        x = graphs.op(graph, name, [x], (2, 3))
    graph.outputs = [x]
    return fuse(graph, match(Surroundings(graph), graph.ops[-1]), "tflitekit.table")


def table_of(*names, x=X, y=Y):
    (table,) = pack(fused(*names), [x], [y])
    return table


@pytest.mark.parametrize(("names", "function"), [(("SIN",), np.sin), (("ABS", "NEG"), None)])
def test_each_entry_is_the_function_of_its_step_rounded(names, function):
    x = X.dequantize(STEPS)
    wanted = Y.quantize(-np.abs(x) if function is None else function(x))
    table = table_of(*names)
    assert table.dtype == np.int8
    assert table.shape == (256,)
    assert (table == wanted).all()


def test_outside_of_its_domain_a_function_has_its_nearest_value():
    y = QuantParams((0.05,), (0,), "int8")
    table = table_of("LOG", "NEG", x=X, y=y)
    first = 5 + 1 + 128  # the step of 0.1; that of 0.0 gives infinity
    assert table[first] == round(-np.log(0.1) / 0.05)
    assert (table[:first] == 127).all()


def test_any_shape():
    table = np.arange(127, -129, -1).astype(np.int8)
    (result,) = reference(np.zeros((0, 3), np.int8), table)
    assert result.shape == (0, 3)
    assert reference(np.int8([[-128, 127]]), table)[0].tolist() == [[127, -128]]
