"""What holds for every form of a check's report."""

import pytest

from tests.fakes.check_reports import (
    every_outcome,
)
from tflitekit.report.formats import FORMATS


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_takes_every_report(name, any_report):
    assert FORMATS[name].encode(any_report).decode("utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_report_gives_the_same_bytes(name):
    assert FORMATS[name].encode(every_outcome()) == FORMATS[name].encode(every_outcome())
