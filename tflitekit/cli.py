"""The command line: parse, call the pipeline, show. No logic, and no heavy import at the top."""

from __future__ import annotations

import io
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tflitekit import __version__, cli_kernels
from tflitekit.bench.schedule import COMPARED_REPEATS, REPEATS
from tflitekit.cli_options import (
    ACCURACY,
    AcceleratorOption,
    AllowFloatOption,
    BatchOption,
    CustomObjectsOption,
    DataOption,
    DeviceOption,
    EffortOption,
    EvalDataOption,
    FloatOption,
    InputShapeOption,
    Int16Option,
    Io,
    JsonOption,
    KernelsOption,
    MetricOption,
    ModelArgument,
    PrecisionOption,
    RangesOption,
    RunnerOption,
    RuntimeOption,
    SamplesOption,
    SeedOption,
    StateFromOption,
    StateOption,
    StatsOption,
    TrustOption,
)
from tflitekit.errors import ToolkitError, UsageError

_INTERRUPTED = 130  # as a shell reports Ctrl-C

app = typer.Typer(
    name="tflitekit",
    help="Convert Keras models to full-integer TensorFlow Lite and measure them on real devices.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(cli_kernels.app, name="kernels")


@app.command()
def convert(
    model: ModelArgument,
    data: DataOption,
    out: Annotated[
        Path, typer.Option("--out", "-o", readable=False, help="The .tflite file to write.")
    ],
    io: Annotated[
        Io | None,
        typer.Option(help="Type of the inputs and outputs; that of the activations if not given."),
    ] = None,
    samples: SamplesOption = 200,
    seed: SeedOption = 0,
    engine: Annotated[
        str, typer.Option(help="The quantizer: tflitekit, stock, litert-quantizer or best.")
    ] = "tflitekit",
    precision: PrecisionOption = "int8",
    ranges: RangesOption = "auto",
    effort: EffortOption = "low",
    int16: Int16Option = None,
    float32: FloatOption = None,
    kernels: KernelsOption = "auto",
    stats: StatsOption = None,
    max_drop: Annotated[
        str | None,
        typer.Option(
            metavar="LOSS",
            help="Search until at most this much accuracy is lost: 1% of the float model's, or "
            "0.3pt for points.",
            rich_help_panel=ACCURACY,
        ),
    ] = None,
    metric: MetricOption = None,
    eval_data: EvalDataOption = None,
    eval_samples: Annotated[
        int, typer.Option(min=1, help="How many held-out samples.", rich_help_panel=ACCURACY)
    ] = 1000,
    budget: Annotated[
        int,
        typer.Option(
            min=1, help="How many candidates --max-drop measures.", rich_help_panel=ACCURACY
        ),
    ] = 30,
    allow_float: AllowFloatOption = False,
    batch: BatchOption = 1,
    input_shape: InputShapeOption = None,
    state: StateOption = None,
    state_from: StateFromOption = None,
    trust: TrustOption = False,
    custom_objects: CustomObjectsOption = None,
    float_out: Annotated[
        Path | None,
        typer.Option(readable=False, help="Also keep the float .tflite here, for comparison."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Convert a model to int8 weights and activations, and prove that nothing stayed float."""
    from tflitekit import console, pipeline
    from tflitekit.cost import Stopwatch
    from tflitekit.frontend.source import ModelSource
    from tflitekit.quantize.accuracy.target import parse_target
    from tflitekit.quantize.recipe import Recipe
    from tflitekit.report.model_table import cost_facts, model_facts, quantization_facts

    stopwatch = Stopwatch()
    request = pipeline.ConvertRequest(
        source=ModelSource(
            model,
            batch,
            _shapes(input_shape or []),
            trust,
            custom_objects,
            state=tuple(state or ()),
            state_from=state_from,
        ),
        data=data,
        out=out,
        io=io.value if io else None,
        samples=samples,
        seed=seed,
        engine=engine,
        allow_float=allow_float,
        float_out=float_out,
        recipe=Recipe(precision, ranges, effort, tuple(int16 or ()), tuple(float32 or ()), kernels),
        stats=stats,
        target=parse_target(max_drop, budget) if max_drop else None,
        metric=metric,
        eval_data=eval_data,
        eval_samples=eval_samples,
    )
    manifest = pipeline.build_artifact(request, console.Console()).manifest
    cost = stopwatch.cost()
    if json:
        # Not in the manifest, which the same inputs give to the byte.
        console.print_json(manifest | {"cost": asdict(cost)})
    else:
        facts = model_facts(manifest["model"]) + quantization_facts(manifest["quantization"])
        console.print_facts(str(out), facts + cost_facts(cost))


@app.command()
def diagnose(
    model: ModelArgument,
    data: DataOption,
    samples: SamplesOption = 200,
    seed: SeedOption = 0,
    precision: PrecisionOption = "int8",
    ranges: RangesOption = "auto",
    effort: EffortOption = "low",
    int16: Int16Option = None,
    float32: FloatOption = None,
    kernels: KernelsOption = "auto",
    stats: StatsOption = None,
    eval_data: EvalDataOption = None,
    eval_samples: Annotated[
        int,
        typer.Option(
            min=1,
            max=1000,
            help="How many held-out samples to measure on.",
            rich_help_panel=ACCURACY,
        ),
    ] = 12,
    layers: Annotated[int, typer.Option(min=1, help="How many layers to show.")] = 20,
    node_data: Annotated[
        Path | None,
        typer.Option(
            readable=False, metavar="FILE", help="Also write this, to be loaded in Model Explorer."
        ),
    ] = None,
    batch: BatchOption = 1,
    input_shape: InputShapeOption = None,
    state: StateOption = None,
    trust: TrustOption = False,
    custom_objects: CustomObjectsOption = None,
    json: JsonOption = False,
) -> None:
    """Measure where quantization loses accuracy: each layer's noise, its cause, and what helps."""
    from tflitekit import console, files, pipeline
    from tflitekit.frontend.source import ModelSource
    from tflitekit.quantize.recipe import Recipe
    from tflitekit.report.diagnosis_table import HEADER, diagnosis_rows, diagnosis_title
    from tflitekit.report.node_data import node_data as as_node_data

    if node_data is not None:
        files.check_writable(node_data, sources=(model, Path(data)))
    request = pipeline.DiagnoseRequest(
        ModelSource(
            model,
            batch,
            _shapes(input_shape or []),
            trust,
            custom_objects,
            state=tuple(state or ()),
        ),
        pipeline.SampleChoice(data, samples, seed, eval_data, eval_samples),
        Recipe(precision, ranges, effort, tuple(int16 or ()), tuple(float32 or ()), kernels),
        stats,
    )
    diagnosis = pipeline.diagnose_model(request, console.Console())
    if node_data is not None:
        files.write_whole(node_data, console.as_json(as_node_data(diagnosis)).encode())
    if json:
        console.print_json(diagnosis.as_dict())
    else:
        rows = diagnosis_rows(diagnosis, layers)
        console.print_table(diagnosis_title(diagnosis), HEADER, rows, numbers=False)


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(readable=False, help="A .tflite file.")],
    json: JsonOption = False,
) -> None:
    """Show what is in a model: ops, types, sizes, MACs, and every float tensor."""
    from tflitekit import console, pipeline
    from tflitekit.report.model_table import OP_HEADER, model_facts, op_rows

    summary = pipeline.inspect_model(file)
    if json:
        console.print_json(summary)
        return
    console.print_facts(str(file), model_facts(summary))
    console.print_table("", OP_HEADER, op_rows(summary))


@app.command()
def merge(
    files: Annotated[
        list[str],
        typer.Argument(help=".tflite files, each FILE or KEY=FILE; the key is FILE's name."),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", readable=False, help="The .tflite file to write.")
    ],
    json: JsonOption = False,
) -> None:
    """Put models into one file, a signature each; equal weights are in it once."""
    from tflitekit import console, pipeline
    from tflitekit.report.model_table import model_facts

    pipeline.merge_models(files, out)
    summary = pipeline.inspect_model(out)
    if json:
        console.print_json(summary)
    else:
        console.print_facts(str(out), model_facts(summary))


@app.command()
def run(
    file: Annotated[Path, typer.Argument(readable=False, help="A .tflite file.")],
    inputs: Annotated[Path, typer.Option(readable=False, help="An .npz with one array an input.")],
    outputs: Annotated[
        Path, typer.Option(readable=False, help="The .npz to write, one array an output.")
    ],
    device: DeviceOption = "local",
    raw: Annotated[
        bool, typer.Option("--raw", help="Neither quantize inputs nor dequantize outputs.")
    ] = False,
    runtime: RuntimeOption = None,
    runner: RunnerOption = None,
    accelerator: AcceleratorOption = "cpu",
    json: JsonOption = False,
) -> None:
    """Send samples through a model on a device and keep what comes out."""
    from tflitekit import console, pipeline

    choice = pipeline.RuntimeChoice(runtime, runner, accelerator)
    shapes = pipeline.run_model(file, inputs, outputs, device, raw, console.Console(), choice)
    if json:
        console.print_json({"outputs": {name: list(shape) for name, shape in shapes.items()}})
    else:
        console.print_table(
            str(outputs),
            ("output", "shape"),
            [(name, " x ".join(map(str, shape))) for name, shape in shapes.items()],
        )


@app.command()
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
    json: JsonOption = False,
) -> None:
    """Measure latency, memory, bandwidth and accuracy on a device; compare models."""
    from tflitekit import cli_bench, pipeline
    from tflitekit.bench.sustained import parse_duration

    devices, counts = device or ["local"], threads or [1]
    request = pipeline.BenchRequest(
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
        runtime=pipeline.RuntimeChoice(runtime, runner, accelerator),
        profile=profile,
    )
    if len(devices) + len(counts) > 2 or devices == [pipeline.ALL] or results is not None:
        matrix = pipeline.MatrixRequest(request, devices, counts, results)
        cli_bench.show_matrix(matrix, json)
    elif selftest:
        cli_bench.show_selftest(request, json)
    else:
        cli_bench.show_benchmark(request, json)


@app.command()
def devices(json: JsonOption = False) -> None:
    """List this machine and every device that adb knows, with what keeps one from being used."""
    from tflitekit import console
    from tflitekit.devices.registry import list_devices
    from tflitekit.report.device_table import HEADER, device_json, device_rows

    entries = list_devices()
    if json:
        console.print_json({"devices": [device_json(entry) for entry in entries]})
    else:
        console.print_table("", HEADER, device_rows(entries), numbers=False)


@app.command()
def doctor(json: JsonOption = False) -> None:
    """Check what the toolkit needs on this machine, and say how to get what is missing."""
    from tflitekit import console
    from tflitekit.doctor import examine

    findings = examine(console.Console())
    if json:
        console.print_json({"checks": [finding.as_dict() for finding in findings]})
    else:
        header = ("check", "", "found", "what to do")
        console.print_table("", header, [finding.row() for finding in findings], numbers=False)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    if version:
        from tflitekit import console

        console.print_text(__version__)
        raise typer.Exit


def _shapes(options: list[str]) -> dict[str, tuple[int, ...]]:
    shapes = {}
    for option in options:
        name, _, sizes = option.rpartition("=")
        try:
            shapes[name] = tuple(int(size) for size in sizes.split(","))
        except ValueError:
            name = ""
        if not name:
            raise UsageError(f"{option} is not of the form name=1,224,224,3", where="--input-shape")
    return shapes


def main() -> None:
    """Run the command line; a `ToolkitError` becomes one clear line and its exit code."""
    # So that a polite kill, too, releases devices and removes what is half done.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # A file's name may be no text at all, and must not end the command that names it.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except ToolkitError as error:
        from tflitekit import console

        console.print_error(error, as_json="--json" in sys.argv)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
