"""The table of transformers in every form."""

import pytest

from tflitekit.bench.metrics import METRICS
from tools.compare_transformers.forms import FLOAT, FORMS, OURS
from tools.compare_transformers.measure import Compared, Made
from tools.compare_transformers.page import HEADER, page, rows

EXACT = Made(4000, False, 5.0, float("inf"), (2000.0, 3000.0, 4000.0))
QUANTIZED = Made(1000, True, 5.5, 31.26, (1000.0, 900.0, 800.0))
COMPARED = Compared(
    "gpt", METRICS["perplexity"], {FLOAT: EXACT, OURS: QUANTIZED, "stock int8": "no op for Erf"}
)


def cells(form, compared=COMPARED):
    (row,) = (row for row in rows(compared) if row[1] == form)
    assert len(row) == len(HEADER)
    return row[2:]


def test_ratios_are_against_float_and_of_the_same_round():
    assert cells(OURS) == (
        *("yes", "1 kB", "0.250", "0.9 ms", "0.30"),
        *("perplexity 5.5", "1.100", "31.3"),
    )
    assert cells(FLOAT)[::3] == ("-", "3 ms", "1.000")


def test_a_failure_is_told_with_its_reason():
    assert cells("stock int8") == ("fails: no op for Erf", *"-------")


def test_a_model_with_random_weights_has_no_score():
    bare = Made(1000, True, None, 31.26, (1.0,))
    compared = Compared("gpt", None, {FLOAT: bare, OURS: bare})
    assert cells(OURS, compared)[5:7] == ("-", "-")


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_the_page_says_what_a_form_is(form):
    text = page([COMPARED], 200, 1.0, "numpy 2", "a processor")
    assert f"| {form.name} | {form.meaning} |" in text
    assert "| gpt | stock int8 | fails: no op for Erf |" in text
