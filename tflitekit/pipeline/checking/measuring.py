"""Everything that is measured of a model: of its files, and on each device."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tflitekit.errors import DeviceError, RunError
from tflitekit.gates.documents import of_bench, of_file
from tflitekit.gates.measurement import Measurement
from tflitekit.gates.quantities import QUANTITIES, Quantity
from tflitekit.pipeline.checking.making import Made
from tflitekit.progress import Labelled, Progress

if TYPE_CHECKING:
    from tflitekit.pipeline.requests import BenchRequest
    from tflitekit.project.settings import DeviceSettings, ModelSettings

_CHUNK = 1 << 20
_RAW_DEFLATE = -15  # a ZIP's entry has neither header nor checksum of its own
_BRIEFLY_S = 0.1


@dataclass(frozen=True)
class Measured:
    """What was found.

    Attributes:
        measurements: all of them.
        benches: by device, the document of `bench`.
        errors: by device, why it was not measured.
    """

    measurements: list[Measurement] = field(default_factory=list)
    benches: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def measure_file(
    made: Made, model: Mapping[str, Any], float_model: Mapping[str, Any] | None, *, deflate: bool
) -> Iterator[Measurement]:
    """What the files tell.

    Args:
        model, float_model: the documents of `inspect`.
        deflate: whether to compress the file, which takes longer than all else here.
    """
    yield from of_file(model, float_model)
    if deflate:
        yield Measurement("compressed_size", _deflated_size(made.file))


def measure_devices(
    made: Made,
    model: ModelSettings,
    devices: Mapping[str, DeviceSettings],
    progress: Progress,
    *,
    timed: bool,
    with_data: bool,
    profile: bool,
) -> Measured:
    """Run the model on each device; one that fails is told and loses no other.

    Args:
        timed: whether times count; else the runs are as short as can be.
        with_data: whether to measure accuracy and agreement.
        profile: whether to time each op, too.

    Raises:
        ModelError, DataError: the model or its data are at fault, so that no device would do.
    """
    from tflitekit.pipeline.checking.requests import bench_request

    files = [path for path in (made.float_file, made.file) if path is not None]
    measured = Measured()
    for name, device in devices.items():
        request = bench_request(model, device, files, with_data=with_data)
        request = replace(request, profile=profile)
        if not timed:
            request = replace(request, seconds=_BRIEFLY_S, repeats=1)
        try:
            document = _benched(request, Labelled(progress, name))
        except (DeviceError, RunError) as error:
            progress.warn(f"{name}: {error}")
            measured.errors[name] = str(error)
            continue
        measured.benches[name] = document
        measured.measurements.extend(_found(document, made, model, name, device, timed))
    return measured


def _benched(request: BenchRequest, progress: Progress) -> Mapping[str, Any]:
    from tflitekit.pipeline.measure import benchmark
    from tflitekit.report.bench_json import bench_json

    return bench_json(benchmark(request, progress))


def _found(
    document: Mapping[str, Any],
    made: Made,
    model: ModelSettings,
    name: str,
    device: DeviceSettings,
    timed: bool,
) -> Iterator[Measurement]:
    from tflitekit.bench.conditions import VOIDING

    found = of_bench(
        document,
        str(made.file),
        name,
        allowed=device.allow,
        voiding=VOIDING,
        data=_data_setting(model),
    )
    return (one for one in found if timed or not _is_timed(QUANTITIES[one.quantity]))


def _is_timed(quantity: Quantity) -> bool:
    return quantity.source == "timing"


def _data_setting(model: ModelSettings) -> dict[str, str]:
    """What accuracies need in common; a path's last part, for the rest is of the machine."""
    return {
        "data": Path(model.eval_data or model.data or "").name,
        "samples": str(model.eval_samples or "all"),
        "seed": str(model.seed),
    }


def _deflated_size(file: Path) -> int:
    """Bytes of the file as a deflated entry of an APK, which is a ZIP archive."""
    deflate = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, _RAW_DEFLATE)
    size = 0
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            size += len(deflate.compress(chunk))
    return size + len(deflate.flush())
