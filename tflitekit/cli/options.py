"""The options that several commands have: one definition each, so that they mean the same."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated, Any

import typer

from tflitekit.errors import UsageError


class Io(enum.StrEnum):
    """Types of a converted model's inputs and outputs."""

    INT8 = "int8"
    UINT8 = "uint8"
    INT16 = "int16"
    FLOAT32 = "float32"


# `readable=False` everywhere: whoever opens a file says what is wrong with it.
JsonOption = Annotated[bool, typer.Option("--json", help="Write the result as JSON.")]
DeviceOption = Annotated[str, typer.Option(help="local, adb or adb:SERIAL.", metavar="URI")]
ClusterOption = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT",
        help="The devices are those of a Ray cluster's nodes: NODE/URI, or all, the default.",
    ),
]
SeedOption = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed of every random choice.")]

RUNTIME = "The runtime"
RuntimeOption = Annotated[
    Path | None,
    typer.Option(
        readable=False,
        metavar="FILE",
        help="An app's own libLiteRt.so, or the APK or AAR that it is in; it need not be one that "
        "was tested.",
        rich_help_panel=RUNTIME,
    ),
]
RunnerOption = Annotated[
    Path | None,
    typer.Option(
        readable=False,
        metavar="FILE",
        help="A runner that you compiled from android_bench/ with the NDK, as an Android build of "
        "LiteRT needs.",
        rich_help_panel=RUNTIME,
    ),
]
AcceleratorOption = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="What models run on: cpu, gpu or npu, where the runtime has a library for it.",
        rich_help_panel=RUNTIME,
    ),
]
SOURCE = "How the model is read"
QUANTIZER = "The tflitekit engine"
ACCURACY = "Accuracy"

ModelArgument = Annotated[
    Path,
    typer.Argument(readable=False, help="A .keras or .h5 file, a SavedModel, or a float .tflite."),
]
DataOption = Annotated[
    str, typer.Option(help="Calibration data: a path, a datasets/ name or module:callable.")
]
SamplesOption = Annotated[int, typer.Option(min=1, help="How many samples to calibrate with.")]
AllowFloatOption = Annotated[
    bool, typer.Option("--allow-float", help="Report float tensors instead of refusing them.")
]
PrecisionOption = Annotated[
    str,
    typer.Option(
        help="int8, int16x8, and for comparison float16, dynamic, weight8, weight4.",
        rich_help_panel=QUANTIZER,
    ),
]
RangesOption = Annotated[
    str,
    typer.Option(
        help="How to clip: auto, minmax, percentile, mse or entropy.", rich_help_panel=QUANTIZER
    ),
]
EffortOption = Annotated[
    str,
    typer.Option(
        help="How much work corrections may be: low, medium or high.", rich_help_panel=QUANTIZER
    ),
]
Int16Option = Annotated[
    list[str] | None,
    typer.Option(
        "--int16",
        metavar="LAYER",
        help="A layer or tensor to compute with int16 activations; may be repeated.",
        rich_help_panel=QUANTIZER,
    ),
]
FloatOption = Annotated[
    list[str] | None,
    typer.Option(
        "--float",
        metavar="LAYER",
        help="A layer or tensor to leave in float, with --allow-float; may be repeated.",
        rich_help_panel=QUANTIZER,
    ),
]
KernelsOption = Annotated[
    str,
    typer.Option(
        help="When to use int8 kernels of ours, which an app gets by `tflitekit kernels export`: "
        "auto (LiteRT's are missing, wrong or much slower), always or never.",
        rich_help_panel=QUANTIZER,
    ),
]
StatsOption = Annotated[
    Path | None,
    typer.Option(
        help="Calibration statistics: read where the file is there, else written.",
        rich_help_panel=QUANTIZER,
    ),
]
MetricOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="What accuracy is measured by: top1, top5, binary, f1, auc, agreement, r2, pearson, "
        "spearman, mse, mae, perplexity, or module:function of your own.",
        rich_help_panel=ACCURACY,
    ),
]
EvalDataOption = Annotated[
    str | None,
    typer.Option(
        metavar="SPEC",
        help="Held-out samples; if not given, those of --data that did not calibrate.",
        rich_help_panel=ACCURACY,
    ),
]
BatchOption = Annotated[
    int, typer.Option(min=1, help="Size of an open batch axis.", rich_help_panel=SOURCE)
]
InputShapeOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=N,H,W,C",
        help="Whole shape of an input; may be repeated.",
        rich_help_panel=SOURCE,
    ),
]
StateOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="IN=OUT",
        help="An output that is an input of the next run, such as a cache; may be repeated. "
        "keys*=next_keys* is all of a kind.",
        rich_help_panel=SOURCE,
    ),
]
StateFromOption = Annotated[
    Path | None,
    typer.Option(
        readable=False,
        metavar="FILE",
        help="A converted model that works on the same state, so that its scales are taken.",
        rich_help_panel=SOURCE,
    ),
]
REPORTS = "Reports"


def _form(what: str, *names: str) -> Any:
    """The option of a file that a report is written to."""
    return typer.Option(*names, readable=False, metavar="FILE", help=what, rich_help_panel=REPORTS)


ReportOption = Annotated[
    Path | None,
    _form("Keep everything as JSON; `tflitekit report` makes the other forms of it.", "--report"),
]
JunitOption = Annotated[
    Path | None, _form("Write JUnit XML, a test case for each model, device and quantity.")
]
MarkdownOption = Annotated[Path | None, _form("Write Markdown for a pull request.")]
GitlabOption = Annotated[Path | None, _form("Write OpenMetrics text for GitLab's metrics report.")]
HtmlOption = Annotated[Path | None, _form("Write one self-contained HTML page.")]
GithubOption = Annotated[
    bool,
    typer.Option(
        "--github",
        help="Annotate the settings in GitHub's log, and add to the step's summary.",
        rich_help_panel=REPORTS,
    ),
]
TrustOption = Annotated[
    bool,
    typer.Option(
        "--trust", help="Run code that the model file brings along.", rich_help_panel=SOURCE
    ),
]
CustomObjectsOption = Annotated[
    str | None,
    typer.Option(
        metavar="MODULE", help="Your module with the model's classes.", rich_help_panel=SOURCE
    ),
]


def shapes_of(options: list[str]) -> dict[str, tuple[int, ...]]:
    """What `InputShapeOption` says.

    Raises:
        UsageError: one is not of its form.
    """
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
