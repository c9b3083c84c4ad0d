import math
from statistics import NormalDist

import numpy as np
import pytest

from tests.fakes import graphs
from tflitekit.graph import Model, run_passes, write_model
from tflitekit.graph.passes import PASSES, compose_missing
from tflitekit.graph.passes.compositions import FORMULAS

EULER = 0.5772156649015329


def digamma(x):
    """By the sum of its definition, with the tail of the harmonic series."""
    terms = 200_000
    k = np.arange(terms)
    return -EULER + float((1 / (k + 1) - 1 / (k + x)).sum()) + (x - 1) / terms


EXACT = {
    "Acos": (math.acos, -0.999, 0.999),
    "Acosh": (math.acosh, 1.0, 20.0),
    "Asin": (math.asin, -1.0, 1.0),
    "Asinh": (math.asinh, -30.0, 30.0),
    "Atan": (math.atan, -30.0, 30.0),
    "Atanh": (math.atanh, -0.99, 0.99),
    "Cosh": (math.cosh, -4.0, 4.0),
    "Digamma": (digamma, -2.9, 9.0),
    "Erf": (math.erf, -4.0, 4.0),
    "Erfc": (math.erfc, -4.0, 4.0),
    "Erfinv": (lambda x: NormalDist().inv_cdf((x + 1) / 2) / math.sqrt(2), -0.9999, 0.9999),
    "Ndtri": (NormalDist().inv_cdf, 0.0001, 0.9999),
    "Sinh": (math.sinh, -4.0, 4.0),
    "Tan": (math.tan, -1.4, 1.4),
}


def model_of(name, shape=(7, 11)):
    model = Model()
    graph = model.add_subgraph("main")
    x = graphs.tensor(graph, "x", shape)
    graph.inputs = [x]
    graph.outputs = [graphs.op(graph, name, [x], shape, custom=True)]
    return model


@pytest.mark.parametrize("name", sorted(FORMULAS))
def test_a_formula_is_the_function(name):
    function, low, high = EXACT[name]
    model = model_of(name)
    assert run_passes(model, PASSES)["compose_missing"] == 1
    assert not any(op.custom for op in model.ops())
    x = np.linspace(low, high, 77, dtype=np.float32).reshape(7, 11)
    (y,) = graphs.run(write_model(model), x)
    wanted = np.vectorize(function)(x.astype(np.float64))
    np.testing.assert_allclose(y, wanted, rtol=2e-5, atol=2e-6)


def test_zero_has_a_value():
    model = model_of("Erf")
    compose_missing(model)
    (y,) = graphs.run(write_model(model), np.zeros((7, 11), np.float32))
    assert (y == 0).all()


def test_other_custom_ops_stay():
    model = model_of("Betainc")
    assert compose_missing(model) == 0
    assert [op.name for op in model.ops()] == ["Betainc"]


def test_the_name_of_the_output_stays():
    model = model_of("Tan")
    (before,) = model.main.outputs
    name = before.name
    assert compose_missing(model) == 1
    assert compose_missing(model) == 0
    assert model.main.outputs == [before]
    assert before.name == name
