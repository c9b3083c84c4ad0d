"""The command `bench`: what it shows, and how it ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tflitekit.bench.schedule import COMPARED_REPEATS, REPEATS
from tflitekit.cli.ending import end_with
from tflitekit.cli.options import (
    AcceleratorOption,
    ClusterOption,
    HtmlOption,
    JsonOption,
    MetricOption,
    RunnerOption,
    RuntimeOption,
    SeedOption,
)
from tflitekit.errors import InconclusiveError, UsageError

if TYPE_CHECKING:
    from tflitekit.bench.conditions import Condition
    from tflitekit.pipeline.matrix import MatrixRequest
    from tflitekit.pipeline.requests import BenchRequest


def bench(
    files: Annotated[
        list[Path], typer.Argument(readable=False, help=".tflite files, compared with the first.")
    ],
    data: Annotated[
        str | None, typer.Option(help="Data to measure accuracy and agreement on, as in `convert`.")
    ] = None,
    device: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URI",
            help="local, adb, adb:SERIAL, or all of them; may be repeated. local if not given.",
        ),
    ] = None,
    threads: Annotated[
        list[int] | None,
        typer.Option(min=1, help="Threads of the CPU kernels; may be repeated. 1 if not given."),
    ] = None,
    cores: Annotated[str, typer.Option(help="Processors: big, little, all, or such as 4-7.")] = "",
    seconds: Annotated[
        float,
        typer.Option(min=0.1, max=86400, help="How long to time each model, over all repeats."),
    ] = 2.0,
    repeats: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1000,
            help=f"Cold starts of each model; {REPEATS} if not given, {COMPARED_REPEATS} where "
            "models are compared.",
        ),
    ] = None,
    sustained: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION",
            help="Time each model for so long in one start, such as 10m, and tell every minute.",
        ),
    ] = None,
    selftest: Annotated[
        bool,
        typer.Option(
            "--selftest",
            help="Compare one model with itself, to learn what can be seen on the device.",
        ),
    ] = False,
    profile: Annotated[
        bool,
        typer.Option("--profile", help="Time each op, too, in a start of its own."),
    ] = False,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TAG",
            help="Accept numbers in spite of a condition, such as EMULATOR; may be repeated.",
        ),
    ] = None,
    samples: Annotated[
        int | None, typer.Option(min=1, help="Samples for the accuracy; all if not given.")
    ] = None,
    metric: MetricOption = None,
    seed: SeedOption = 0,
    runtime: RuntimeOption = None,
    runner: RunnerOption = None,
    accelerator: AcceleratorOption = "cpu",
    results: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            metavar="FOLDER",
            help="Keep what each device found here, and do not measure again what is here.",
        ),
    ] = None,
    cluster: ClusterOption = None,
    html: HtmlOption = None,
    json: JsonOption = False,
) -> None:
    """Measure latency, memory, bandwidth and accuracy on a device; compare models."""
    from tflitekit.bench.sustained import parse_duration
    from tflitekit.files import check_writable
    from tflitekit.pipeline.cluster import hosts_at
    from tflitekit.pipeline.hosts import ALL
    from tflitekit.pipeline.matrix import MatrixRequest
    from tflitekit.pipeline.requests import BenchRequest
    from tflitekit.runtime.choice import RuntimeChoice

    if html is not None:
        if selftest:
            raise UsageError("a self-test has no page", where="--html")
        check_writable(html, sources=files)
    devices = device or ["local" if cluster is None else ALL]
    counts = threads or [1]
    request = BenchRequest(
        models=files,
        data=data,
        device=devices[0],
        threads=counts[0],
        cores=cores,
        seconds=seconds,
        repeats=repeats,
        sustained=parse_duration(sustained) if sustained is not None else None,
        selftest=selftest,
        allow=tuple(allow or ()),
        samples=samples,
        seed=seed,
        metric=metric,
        runtime=RuntimeChoice(runtime, runner, accelerator),
        profile=profile,
    )
    hosts = hosts_at(cluster)
    many = len(devices) + len(counts) > 2 or devices == [ALL]
    if many or results is not None or cluster is not None:
        matrix = MatrixRequest(request, devices, counts, results, hosts)
        show_matrix(matrix, json, html)
    elif selftest:
        show_selftest(request, json)
    else:
        show_benchmark(request, json, html)


def show_benchmark(request: BenchRequest, json: bool, html: Path | None = None) -> None:
    """Measure, show, and fail where conditions void the numbers.

    Args:
        request: what to measure.
        json: whether to show it as JSON.
        html: a page to write.

    Raises:
        typer.Exit: conditions were not allowed.
    """
    from tflitekit import console
    from tflitekit.pipeline.measure import benchmark
    from tflitekit.report.agreement_table import HEADER, agreement_rows
    from tflitekit.report.bench_json import bench_json
    from tflitekit.report.bench_table import bench_tables

    progress = console.Console()
    results = benchmark(request, progress)
    voided = voided_by((one for result in results for one in result.warnings), request.allow)
    document = bench_json(results) | {"error": voided.as_dict() if voided else None}
    if html is not None:
        write_page(document, request.models, html)
    if json:
        console.print_json(document)
    else:
        for title, header, rows in bench_tables(results):
            console.print_table(title, header, rows)
        if agreements := list(agreement_rows(results)):
            console.print_table("Agreement of the answers", HEADER, agreements)
    for result in results:
        for cause in result.causes:
            progress.note(f"{result.model}: {cause.tag}: {cause.text}")
        for warning in result.warnings:
            progress.warn(f"{result.model}: {warning.tag}: {warning.text}")
    end_with(voided)


def show_matrix(request: MatrixRequest, json: bool, html: Path | None = None) -> None:
    """The same on several devices, or with several numbers of threads.

    Raises:
        typer.Exit: a cell failed, or conditions were not allowed.
    """
    from tflitekit import console
    from tflitekit.pipeline.matrix import run_matrix
    from tflitekit.report.matrix_table import HEADER, matrix_json, matrix_rows

    progress = console.Console()
    cells = run_matrix(request, progress)
    if html is not None:
        write_page(matrix_json(cells), request.base.models, html)
    if json:
        console.print_json(matrix_json(cells))
    else:
        console.print_table("", HEADER, list(matrix_rows(cells)))
    failed = [cell.error for cell in cells if cell.error is not None]
    if failed:
        progress.warn(f"{len(failed)} of {len(cells)} cells failed; the others are above")
        raise typer.Exit(int(failed[0]["exit_code"] or 1))
    end_with(voided_by((one for cell in cells for one in cell.conditions), request.base.allow))


def show_selftest(request: BenchRequest, json: bool) -> None:
    """The same for a model against itself."""
    from tflitekit import console
    from tflitekit.pipeline.selftest import check_device
    from tflitekit.report.selftest_text import selftest_json, selftest_rows, selftest_sentences

    progress = console.Console()
    tested = check_device(request, progress)
    voided = voided_by(tested.warnings, request.allow)
    if json:
        report = selftest_json(tested.model, tested.found, tested.repeats, tested.warnings)
        console.print_json(report | {"error": voided.as_dict() if voided else None})
    else:
        for sentence in selftest_sentences(tested.found):
            console.print_text(sentence)
        console.print_table("", ("slowdown", "found in"), selftest_rows(tested.found))
    for warning in tested.warnings:
        progress.warn(f"{tested.model}: {warning.tag}: {warning.text}")
    end_with(voided)


def write_page(document: Mapping[str, Any], files: Sequence[Path], target: Path) -> None:
    """What was measured, and what is in the files, as one page.

    Raises:
        OutputError: as `files.write_whole`.
    """
    from datetime import UTC, datetime

    from tflitekit.files import write_whole
    from tflitekit.pipeline.inspecting import inspect_model
    from tflitekit.report.html.bench_report import bench_report
    from tflitekit.report.html.page import page

    summaries = {str(file): inspect_model(file) for file in files}
    time = datetime.now(UTC).isoformat(timespec="seconds")
    write_whole(target, page(bench_report(document, summaries, time)).encode("utf-8", "replace"))


def voided_by(conditions: Iterable[Condition], allowed: Iterable[str]) -> InconclusiveError | None:
    """The error of numbers that were taken under conditions that nobody allowed."""
    from tflitekit.bench.conditions import not_allowed

    tags = list(dict.fromkeys(one.tag for one in not_allowed(tuple(conditions), tuple(allowed))))
    if not tags:
        return None
    options = " ".join(f"--allow {tag}" for tag in tags)
    return InconclusiveError(
        f"conditions void the numbers above: {', '.join(tags)}",
        hint=f"Change them, or accept the numbers with {options}",
    )
