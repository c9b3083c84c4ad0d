import pytest

from tflitekit.errors import ModelError, UsageError
from tflitekit.frontend.shapes import InputSpec, static_shapes


def shapes(*declared, batch=1, **given):
    specs = [InputSpec(name, shape, "float32") for name, shape in declared]
    return static_shapes(specs, batch=batch, given=given, where="m.keras")


def test_the_batch_fills_the_first_axis():
    assert shapes(("a", (None, 3)), ("b", (None,)), batch=4) == [(4, 3), (4,)]


def test_fixed_shapes_and_scalars_stay():
    assert shapes(("a", (8, 3)), ("b", ())) == [(8, 3), ()]


def test_a_given_shape_fills_the_rest():
    assert shapes(("a", (None, None, 3)), ("b", None), a=(2, 5, 3), b=(1, 7)) == [(2, 5, 3), (1, 7)]


def test_an_open_axis_is_named_with_the_option():
    with pytest.raises(ModelError, match="axis 1") as caught:
        shapes(("a", (None, None, 3)))
    assert "--input-shape a=1,N,3" in caught.value.hint
    assert "'a'" in caught.value.where
    with pytest.raises(ModelError, match="number of axes"):
        shapes(("a", None))


@pytest.mark.parametrize("given", [(1, 5), (1, 5, 4), (1, 0, 3), (1, -1, 3), (1, 5, 3, 1)])
def test_a_contradiction_is_an_error(given):
    with pytest.raises(UsageError, match="does not fit"):
        shapes(("a", (None, None, 3)), a=given)


def test_an_unknown_input_is_an_error():
    with pytest.raises(UsageError, match="no input 'z'"):
        shapes(("a", (1, 2)), z=(1, 2))


def test_a_batch_that_contradicts_or_is_none():
    with pytest.raises(UsageError, match="--batch 4"):
        shapes(("a", (8, 3)), batch=4)
    with pytest.raises(UsageError, match="below 1"):
        shapes(("a", (None, 3)), batch=0)
