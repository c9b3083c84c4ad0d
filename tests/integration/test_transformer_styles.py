"""Transformers in every style that we know: what is recognised in them, and how exact they are."""

import pytest

from tests.fakes.transformer_styles import STYLES
from tests.fakes.transformer_styles.quality import measure
from tflitekit.graph.strict import fully_integer

pytestmark = [pytest.mark.build, pytest.mark.convert]

NEEDED_DB, UNDER_IDEAL_DB = 30.0, 2.0
"""Of small random models, rounding to int8 alone leaves some below 30 dB."""

SHAPE_OPS = {"SHAPE", "RANK", "PACK", "RANGE", "FILL", "BROADCAST_ARGS", "REDUCE_PROD"}
"""Ops that only computed shapes need."""


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_all_of_it_is_recognised(style, tmp_path):
    result = measure(style, tmp_path)
    assert fully_integer(result.model)
    assert (result.kernels, result.left) == (style.kernels, style.left)
    assert SHAPE_OPS.isdisjoint(result.left)
    assert result.measured >= min(NEEDED_DB, result.ideal - UNDER_IDEAL_DB), result.ideal
