"""Test a device's verdicts: one model against itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tflitekit.bench.conditions import Condition, conditions_of
from tflitekit.bench.records import Repeat, samples_of
from tflitekit.bench.selftest import STARTS_A_REPEAT, SelfTest, self_test
from tflitekit.bench.stats import medians
from tflitekit.devices.cores import cores_named
from tflitekit.devices.registry import open_device
from tflitekit.errors import UsageError
from tflitekit.pipeline.measure import timing_of
from tflitekit.pipeline.requests import BenchRequest
from tflitekit.pipeline.subjects import subjects_of
from tflitekit.pipeline.timing import time_in_turns
from tflitekit.progress import Progress
from tflitekit.runtime.session import open_session


@dataclass(frozen=True)
class DeviceTest:
    """A self-test and what it was made of.

    Attributes:
        model: the path as the user gave it.
        found: what came of it.
        repeats: the cold starts, in order.
        warnings: conditions that make it less than it looks.
    """

    model: str
    found: SelfTest
    repeats: tuple[Repeat, ...]
    warnings: tuple[Condition, ...]


def check_device(request: BenchRequest, progress: Progress) -> DeviceTest:
    """Start one model so often that many comparisons of it with itself can be made, each as `bench`
    would compare two models under the same request.

    Raises:
        UsageError: there are several models.
        ModelError, DeviceError, RunError: as `benchmark`.
    """
    request.check()
    subjects = [one for path in request.models for one in subjects_of(path)]
    if len(subjects) > 1:
        raise UsageError("is for one model", where="--selftest")
    with (
        open_session(open_device(request.device), progress, request.runtime) as session,
        session.device.fixed_performance(),
    ):
        cores = cores_named(request.cores, session.device.observe())
        one = timing_of(request, 2, cores)
        starts = STARTS_A_REPEAT * one.repeats
        timing = replace(one, repeats=starts, seconds=STARTS_A_REPEAT * one.seconds)
        (repeats,) = time_in_turns(session, subjects, timing)
        info, runtime = session.device.info, session.bundle.runtime
    return DeviceTest(
        model=subjects[0].named(str(subjects[0].path)),
        found=self_test(medians(samples_of(repeats)), one.repeats),
        repeats=repeats,
        warnings=conditions_of(
            info, repeats, threads=request.threads, cores=cores, runtime=runtime
        ),
    )
