"""How much accuracy may be lost, as people write it."""

import pytest

from tflitekit.errors import UsageError
from tflitekit.quantize.accuracy.target import parse_target


@pytest.mark.parametrize(
    ("text", "score", "floor"),
    [("1%", 0.8, 0.792), ("0.01", 0.8, 0.792), ("0.3pt", 0.8, 0.797), ("0", 0.8, 0.8)],
)
def test_forms(text, score, floor):
    assert parse_target(text).floor(score) == pytest.approx(floor)


def test_an_error_may_grow_by_a_share():
    assert parse_target("10%").floor(-2.0) == pytest.approx(-2.2)


@pytest.mark.parametrize("text", ["", "-1%", "one", "100%", "1 percent", "nan", "1e9"])
def test_nonsense_is_refused(text):
    with pytest.raises(UsageError, match="no loss"):
        parse_target(text)
