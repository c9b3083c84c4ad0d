"""What the values of some keys are chosen from: the tables that options of commands read, too.

Each is imported when somebody names a choice: that takes time that nobody spends who keeps the
defaults.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, get_args

from tflitekit.project.values import OneOf, checked


def _precisions() -> Iterable[str]:
    from tflitekit.quantize.recipe import PRECISIONS

    return PRECISIONS


def _ranges() -> Iterable[str]:
    from tflitekit.quantize.calibration.ranges import METHODS

    return METHODS


def _efforts() -> Iterable[str]:
    from tflitekit.quantize.corrections.efforts import EFFORTS

    return EFFORTS


def _engines() -> Iterable[str]:
    from tflitekit.quantize.engines.registry import ENGINES

    return ENGINES


def _uses_of_kernels() -> Iterable[str]:
    from tflitekit.quantize.recipe import KERNELS

    return KERNELS


def _io_types() -> Iterable[str]:
    from tflitekit.quantize.job import IoType

    return get_args(IoType)


def _accelerators() -> Iterable[str]:
    from tflitekit.runtime.accelerator import ACCELERATORS

    return ACCELERATORS


def _tags() -> Iterable[str]:
    from tflitekit.bench.conditions import TAGS

    return TAGS


def _check_metric(name: str) -> None:
    from tflitekit.bench.metrics import metric_named
    from tflitekit.data.sources.user_module import is_module_spec

    if not is_module_spec(name):  # to look that up would run code of the user's
        metric_named(name)


def _check_loss(text: str) -> None:
    from tflitekit.quantize.accuracy.target import parse_target

    parse_target(text)


def _check_uri(uri: str) -> None:
    from tflitekit.devices.registry import SCHEMES

    scheme, colon, rest = uri.partition(":")
    if scheme not in SCHEMES or (scheme == "local" and colon) or (colon and not rest):
        raise ValueError("must be local, adb or adb:SERIAL")


def _check_cores(text: str) -> None:
    from tflitekit.devices.cores import NAMES
    from tflitekit.devices.observation import cores_in

    if text and text not in NAMES and not cores_in(text):
        raise ValueError(f"must be {', '.join(NAMES)}, or numbers such as 4-7")


Precision = Annotated[str, OneOf(_precisions)]
Ranges = Annotated[str, OneOf(_ranges)]
Effort = Annotated[str, OneOf(_efforts)]
EngineName = Annotated[str, OneOf(_engines)]
UseOfKernels = Annotated[str, OneOf(_uses_of_kernels)]
Io = Annotated[str, OneOf(_io_types)]
AcceleratorName = Annotated[str, OneOf(_accelerators)]
Tag = Annotated[str, OneOf(_tags)]
MetricName = Annotated[str, checked(_check_metric)]
Loss = Annotated[str, checked(_check_loss)]
Uri = Annotated[str, checked(_check_uri)]
Cores = Annotated[str, checked(_check_cores)]
