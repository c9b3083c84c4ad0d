"""Between arrays and the runner's files in*.bin, out*.bin and labels.bin."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from tflitekit.data import Sample
from tflitekit.data.sequences import SameLength, in_steps
from tflitekit.errors import DataError, RunError
from tflitekit.graph.spec import TensorSpec
from tflitekit.quantize.params import QuantParams
from tflitekit.runtime.protocol import PortRecord

LABELS = "labels.bin"


@dataclass(frozen=True)
class Written:
    """Samples as files.

    Attributes:
        files: by the plain names that the runner reads.
        count: how many samples.
        steps: in how many runs each is given; 1 for a model without a state.
    """

    files: dict[str, Path]
    count: int
    steps: int


def write_samples(
    folder: Path,
    specs: Sequence[TensorSpec],
    samples: Iterable[Sample],
    *,
    carried: Collection[str] = (),
    labels: bool = False,
) -> Written:
    """Write samples for the runner, quantized where the input is.

    Args:
        folder: gets the files.
        specs: the model's inputs in the order of its signature.
        samples: real values, one array of the full shape an input, or for a model with a state
            of sequences of one length; taken one at a time.
        carried: the names of inputs that are the model's state, and in no sample.
        labels: also write labels.bin, one class index a sample.

    Raises:
        DataError: there are no samples, they are of different lengths, or a label that is needed
            is missing.
    """
    given = {f"in{i}.bin": spec for i, spec in enumerate(specs) if spec.name not in carried}
    paths = {name: folder / name for name in [*given, *([LABELS] if labels else [])]}
    lengths = SameLength(list(given.values()) if carried else [])
    count = 0
    with ExitStack() as stack:
        files = [stack.enter_context(path.open("wb")) for path in paths.values()]
        for sample in samples:
            steps = lengths.check(sample.inputs)
            for spec, file in zip(given.values(), files, strict=False):
                values = _to_model(sample.inputs[spec.name], spec)
                file.write(in_steps(values, spec, steps).tobytes())
            if labels:
                files[-1].write(_class_of(sample).tobytes())
            count += 1
    if count == 0:
        raise DataError("the data set is empty")
    return Written(paths, count, lengths.steps)


def read_outputs(
    folder: Path, specs: Sequence[TensorSpec], ports: Sequence[PortRecord]
) -> dict[str, NDArray[Any]]:
    """The runner's outputs by signature name, each `[N, *shape]`, dequantized where `specs` are
    quantized; those that were left as files.

    Raises:
        RunError: the runner's outputs are not those of the model's signature.
    """
    check_ports(specs, ports)
    arrays = {}
    for i, (spec, port) in enumerate(zip(specs, ports, strict=True)):
        if not (folder / f"out{i}.bin").exists():
            continue
        values = np.fromfile(folder / f"out{i}.bin", port.dtype).reshape(-1, *port.shape)
        params = _params(spec)
        arrays[spec.name] = values if params is None else params.dequantize(values)
    return arrays


def check_ports(specs: Sequence[TensorSpec], ports: Sequence[PortRecord]) -> None:
    """Compare the order of a signature in the file with the order that LiteRT goes by.

    Raises:
        RunError: they differ, so that files would be taken for other tensors.
    """
    expected, actual = [spec.name for spec in specs], [port.name for port in ports]
    if expected != actual:
        raise RunError(f"the runner has the tensors {actual} where the model has {expected}")


def save_npz(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays as .npz, whole or not at all.

    Raises:
        OutputError: the file cannot be written.
    """
    from tflitekit.files import whole_file

    with whole_file(path) as part, part.open("wb") as file:
        _write_npz(file, arrays)


def progressing(samples: Iterable[Sample], advance: Any) -> Iterator[Sample]:
    """The same samples, telling a progress bar of each."""
    for sample in samples:
        yield sample
        advance(1)


def _write_npz(file: BinaryIO, arrays: Mapping[str, NDArray[Any]]) -> None:
    np.savez(file, **dict(arrays))  # type: ignore[arg-type]


def _to_model(values: NDArray[Any], spec: TensorSpec) -> NDArray[Any]:
    params = _params(spec)
    if params is not None and values.dtype.kind == "f":
        return params.quantize(values)
    return values.astype(spec.dtype, copy=False)


def _params(spec: TensorSpec) -> QuantParams | None:
    if spec.scale is None or spec.zero_point is None:
        return None
    return QuantParams((spec.scale,), (spec.zero_point,), spec.dtype)


def _class_of(sample: Sample) -> NDArray[np.int32]:
    if sample.label is None or np.size(sample.label) != 1:
        raise DataError(
            "has no class as its label",
            where=f"sample {sample.index}",
            hint="Accuracy needs one integer label a sample",
        )
    return np.asarray(sample.label, np.int32).reshape(())
