"""A metric that is a function of the user's own."""

import numpy as np
import pytest

from tflitekit.bench.metrics import measure, metric_named, shown
from tflitekit.errors import DataError

ANSWERS = {"a": np.array([[1.0], [2.0]]), "b": np.array([[5.0], [7.0]])}


@pytest.fixture
def metric(tmp_path):
    """The metric whose code is given."""

    def load(code, name="f"):
        (tmp_path / "mine.py").write_text(f"import numpy as np\n{code}")
        return metric_named(f"{tmp_path / 'mine.py'}:{name}")

    return load


def test_it_gets_every_output_and_the_labels(metric):
    mine = metric("def f(outputs, expected): return (outputs['b'][:, 0] - expected).sum()")
    assert measure(mine, ANSWERS, np.array([1, 2])) == 9
    assert mine.rises


def test_it_gets_the_float_outputs_where_there_are_no_labels(metric):
    mine = metric("def f(outputs, expected): return (outputs['a'] == expected['a']).mean()")
    assert measure(mine, ANSWERS, {"a": np.array([[1.0], [3.0]]), "b": ANSWERS["b"]}) == 0.5


def test_it_gets_all_parts_at_once(metric):
    mine = metric("def f(outputs, expected): return 10 * len(outputs['a']) + len(expected)")
    tally = mine.tally()
    for count in (2, 3):
        tally.add({"a": np.zeros((count, 1))}, np.zeros(count))
    assert tally.value() == 55


def test_less_may_be_better(metric):
    mine = metric("def f(outputs, expected): return 2\nf.greater_is_better = False")
    assert mine.score(2) == -2
    assert mine.show(2.5) == f"{mine.name} 2.5" == shown(mine.name, 2.5)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("def f(outputs, expected): return 1 / 0", "raised ZeroDivisionError at mine.py:2"),
        ("def f(outputs, expected): return 'good'", "gave str, no number"),
        ("def f(outputs, expected): return None", "gave NoneType, no number"),
        ("def f(outputs, expected): return np.ones(2)", "gave ndarray, no number"),
        ("def f(outputs, expected): return float('nan')", "gave nan"),
        ("def f(outputs): return 1", "raised TypeError"),
    ],
)
def test_what_goes_wrong_in_it_is_told(metric, code, told):
    with pytest.raises(DataError) as caught:
        measure(metric(code), ANSWERS, np.zeros(2))
    assert told in str(caught.value)
    assert "samples" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("f = 3", "is int, no function"),
        ("g = 3", "the module has no 'f'"),
        ("raise RuntimeError('no')", "raised RuntimeError"),
        ("def f(", "raised SyntaxError"),
    ],
)
def test_what_cannot_be_loaded_is_told(metric, code, told):
    with pytest.raises(DataError) as caught:
        metric(code)
    assert told in str(caught.value)
    assert "samples" not in str(caught.value)


def test_a_module_that_is_not_there_is_told():
    with pytest.raises(DataError, match="there is no module 'nowhere'"):
        metric_named("nowhere:f")
