"""What several files of unit tests share."""

import pytest

from tests.fakes.check_reports import REPORTS


@pytest.fixture(params=REPORTS)
def any_report(request):
    """A check's report, of each kind that there is."""
    return REPORTS[request.param]
