"""Every build of the native kernels, for tests that take `native`."""

import pytest

from tools.native_kernels import BUILDS, missing, opened


@pytest.fixture(scope="session", params=BUILDS)
def native(request):
    """The kernels on this machine, emulated on arm64, and with sanitizers: `NativeKernels`."""
    reason = missing(request.param)
    if reason:
        pytest.skip(reason)
    with opened(request.param) as native:
        yield native
