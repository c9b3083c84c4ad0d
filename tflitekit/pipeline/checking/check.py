"""Hold models to their budgets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tflitekit import __version__
from tflitekit.baseline.baseline import Baseline, of_measurements
from tflitekit.baseline.file import read_baseline
from tflitekit.commit import commit_of
from tflitekit.errors import ToolkitError
from tflitekit.gates.confirmation import confirmed, red_times
from tflitekit.gates.measurement import Measurement
from tflitekit.gates.report import SCHEMA, CheckedModel, CheckReport
from tflitekit.gates.verdict import Verdict
from tflitekit.pipeline.checking.judging import (
    OF_FILES,
    Limits,
    judge_all,
    limits_of_files,
    limits_of_runs,
    not_built,
)
from tflitekit.pipeline.checking.making import FOLDER, Made, make_or_take
from tflitekit.pipeline.checking.measuring import Measured, measure_devices, measure_file
from tflitekit.pipeline.checking.request import CheckRequest, chosen
from tflitekit.pipeline.inspecting import inspect_model
from tflitekit.progress import Labelled, Progress
from tflitekit.project.read import read_settings

if TYPE_CHECKING:
    from tflitekit.project.settings import DeviceSettings, ModelSettings, Settings


@dataclass(frozen=True)
class _Run:
    """What all models of one check have in common.

    Attributes:
        request: what was asked for.
        devices: to measure on, by name.
        always: whether to measure and time on them even if no limit needs it.
        baseline: what regressions are relative to.
    """

    request: CheckRequest
    devices: Mapping[str, DeviceSettings]
    always: bool
    baseline: Baseline

    @property
    def folder(self) -> Path:
        """Where what is built goes."""
        return self.request.settings.parent / FOLDER

    def baseline_for(self, model: str, measurements: Iterable[Measurement]) -> Baseline:
        """The baseline; what it lacks and is saved now is as good as itself."""
        if not self.request.save_baseline:
            return self.baseline
        new, _ = of_measurements((model, one) for one in measurements)
        return new.merged(self.baseline)


@dataclass(frozen=True)
class _Subject:
    """One model of a check.

    Attributes:
        name: in the settings.
        model: what these say of it.
        limits: that it is held to.
        progress: labelled with its name.
    """

    name: str
    model: ModelSettings
    limits: Limits
    progress: Progress


def check(request: CheckRequest, progress: Progress) -> CheckReport:
    """Build or take every model, measure what its budget needs, and judge.

    A model that cannot be built fails its limits, and a device that cannot be used leaves its own
    open; neither ends the check.

    Raises:
        UsageError: the settings or the baseline make no sense, or have no such model or device.
    """
    request.check()
    settings = read_settings(request.settings)
    models = chosen(request.models, settings.models, "--model")
    run = _Run(
        request,
        _devices(settings, models.values(), request),
        always=bool(settings.devices),
        baseline=read_baseline(settings.baseline) if settings.baseline.exists() else Baseline(),
    )
    report = CheckReport(
        schema=SCHEMA,
        version=__version__,
        settings=str(request.settings),
        commit=commit_of(request.settings.absolute().parent, progress),
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        models=tuple(
            _checked(name, model, run, Labelled(progress, name)) for name, model in models.items()
        ),
    )
    _keep(report, settings, request, progress)
    return report


def _devices(
    settings: Settings, models: Iterable[ModelSettings], request: CheckRequest
) -> dict[str, DeviceSettings]:
    """Those of the settings; where they have none, this machine, if something has to run."""
    if request.static:
        return {}
    if settings.devices or request.devices:
        return chosen(request.devices, settings.devices, "--device")
    if not (request.profile or any(limits_of_runs(model, "") for model in models)):
        return {}
    from tflitekit.project.settings import DeviceSettings

    return {"local": DeviceSettings(uri="local")}


def _keep(
    report: CheckReport, settings: Settings, request: CheckRequest, progress: Progress
) -> None:
    if request.record:
        from tflitekit.history.record import record

        record(settings.history, report)
    if request.save_baseline:
        from tflitekit.baseline.store import save

        for one in save(settings.baseline, [report])[1]:
            quantity = one.measurement.quantity
            progress.warn(f"{one.model}: {quantity} is not in the baseline, for {one.reason}")


def _checked(name: str, model: ModelSettings, run: _Run, progress: Progress) -> CheckedModel:
    limits: Limits = [
        (None, limits_of_files(model)),
        *((device, limits_of_runs(model, device)) for device in run.devices),
    ]
    subject = _Subject(name, model, limits, progress)
    try:
        made = make_or_take(name, model, run.folder, progress)
        summary = inspect_model(made.file)
        float_summary = inspect_model(made.float_file) if made.float_file else None
        measured = _measured(subject, made, (summary, float_summary), run)
        verdicts = _verdicts(subject, made, measured, run)
        diagnosis = _diagnosis(model, progress) if run.request.diagnose else None
    except ToolkitError as error:
        progress.warn(str(error))
        return _not_built(subject, str(error))
    return CheckedModel(
        name=name,
        file=str(made.file),
        sha256=summary["sha256"],
        model=summary,
        float_model=float_summary,
        quantization=made.quantization,
        benches=measured.benches,
        diagnosis=diagnosis,
        measurements=tuple(measured.measurements),
        verdicts=verdicts,
        manifest=made.manifest,
    )


def _measured(
    subject: _Subject,
    made: Made,
    summaries: tuple[Mapping[str, Any], Mapping[str, Any] | None],
    run: _Run,
) -> Measured:
    wanted = [limit.about for _, ones in subject.limits for limit in ones]
    deflate = "compressed_size" in {one.name for one in wanted}
    of_files = list(measure_file(made, *summaries, deflate=deflate))
    needed = any(one.source not in OF_FILES for one in wanted)
    if not (needed or run.always or run.request.profile):
        return Measured(of_files)
    sources = {one.source for one in wanted}
    found = measure_devices(
        made,
        subject.model,
        run.devices,
        subject.progress,
        timed=run.always or "timing" in sources,
        with_data="data" in sources,
        profile=run.request.profile,
    )
    return Measured(of_files + found.measurements, found.benches, found.errors)


def _verdicts(subject: _Subject, made: Made, measured: Measured, run: _Run) -> tuple[Verdict, ...]:
    """Of each limit; a time that fails is measured once more."""
    baseline = run.baseline_for(subject.name, measured.measurements)
    first = tuple(judge_all(subject.name, subject.limits, measured, baseline))
    red = {verdict.device for verdict in red_times(first)}
    if not red:
        return first
    subject.progress.step("A time fails its limit: measuring once more")
    again = measure_devices(
        made,
        subject.model,
        {name: device for name, device in run.devices.items() if name in red},
        subject.progress,
        timed=True,
        with_data=False,
        profile=False,
    )
    return tuple(confirmed(first, judge_all(subject.name, subject.limits, again, baseline)))


def _diagnosis(model: ModelSettings, progress: Progress) -> Mapping[str, Any] | None:
    """Each layer's noise; None of a finished file, which has no source."""
    if model.source is None:
        return None
    from tflitekit.pipeline.checking.requests import diagnose_request
    from tflitekit.pipeline.diagnose import diagnose_model

    return diagnose_model(diagnose_request(model), progress).as_dict()


def _not_built(subject: _Subject, error: str) -> CheckedModel:
    return CheckedModel(
        name=subject.name,
        file=str(subject.model.file or subject.model.source),
        sha256="",
        model=None,
        float_model=None,
        quantization=None,
        benches={},
        diagnosis=None,
        measurements=(),
        verdicts=tuple(not_built(subject.name, subject.limits, error)),
        warnings=(error,),
    )
