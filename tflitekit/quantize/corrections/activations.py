"""The values of float activations for some samples, a few samples at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.devices.local import LocalDevice
from tflitekit.graph import Model, save_model
from tflitekit.graph.model import Tensor
from tflitekit.graph.state import state_of
from tflitekit.progress import Progress
from tflitekit.quantize.calibration.expose import Exposed, expose
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.runtime.carried import carried_ports
from tflitekit.runtime.inference import run_samples
from tflitekit.runtime.protocol import CarriedPort, RunSpec
from tflitekit.runtime.session import Session, open_session, scratch
from tflitekit.runtime.tensors import check_ports

_MODEL = "exposed.tflite"
_PATIENCE_S = 3600.0
_BATCH_BYTES = 1 << 28  # of outputs that one run leaves on disk

Activation = tuple[Tensor, NDArray[Any]]


def stream_activations(
    model: Model, wanted: Collection[Tensor], samples: SampleStore, progress: Progress, limit: int
) -> Iterator[Activation]:
    """What tensors are when the float model runs on this machine's runner.

    Args:
        model: with static shapes; not changed.
        wanted: float32 inputs, and outputs of ops, of the subgraph that the first signature calls.
        samples: the inputs bear the signature's names.
        progress: hears of each sample.
        limit: samples at most, chosen evenly from all.

    Yields:
        A tensor of `wanted` and its values [samples, *shape] for the next few samples; then the
        next tensor for the same samples, and so on. Memory holds one such array. A sequence that
        is given in parts counts as so many samples; what is carried is seen as an output alone.

    Raises:
        DeviceError: this machine is not supported, or a bench keeps it too long.
        RunError: the model cannot run in float.
    """
    exposed = expose(model, wanted)
    chosen = np.unique(np.linspace(0, samples.count - 1, min(limit, samples.count)).astype(int))
    per_sample = samples.steps * sum(tensor.nbytes for tensor in exposed.outputs.values())
    batches = -(-chosen.size * per_sample // _BATCH_BYTES) or 1
    with open_session(LocalDevice(_PATIENCE_S, progress), progress) as session:
        for batch in np.array_split(chosen, min(batches, chosen.size)):
            yield from _run(session, exposed, samples, batch.tolist(), wanted)


def _run(
    session: Session,
    exposed: Exposed,
    samples: SampleStore,
    batch: Sequence[int],
    wanted: Collection[Tensor],
) -> Iterator[Activation]:
    signature = exposed.model.signature()
    with scratch() as folder:
        save_model(exposed.model, folder / _MODEL)
        files = {_MODEL: folder / _MODEL}
        given = {spec.name for spec in state_of(exposed.model).inputs(signature)}
        for number, name in enumerate(signature.inputs):
            if name not in given:
                continue
            files[f"in{number}.bin"] = folder / f"in{number}.bin"
            values = _pick(samples, name, batch)
            files[f"in{number}.bin"].write_bytes(values.tobytes())
            if exposed.inputs[number] in wanted:
                yield exposed.inputs[number], values
        spec = RunSpec(
            mode="run", count=len(batch), steps=samples.steps, state=_carried(exposed, wanted)
        )
        record = run_samples(session, spec, _MODEL, files, folder, title="Looking at activations")
        check_ports(signature.input_specs(), record.inputs)
        for number, port in enumerate(record.outputs):
            tensor = exposed.outputs[port.name]
            if tensor in wanted:
                yield tensor, _read(folder / f"out{number}.bin", port.dtype, port.shape)


def _pick(samples: SampleStore, name: str, batch: Sequence[int]) -> NDArray[Any]:
    """The samples `batch` of one input, read where they lie: [runs, *shape]."""
    stored = next(one for one in samples.inputs if one.name == name)
    shape = (samples.count, samples.steps, *stored.shape)
    values = np.memmap(samples.folder / stored.file, stored.dtype, "r", shape=shape)[batch]
    return values.reshape(-1, *stored.shape)


def _carried(exposed: Exposed, wanted: Collection[Tensor]) -> tuple[CarriedPort, ...]:
    kept = [name for name, tensor in exposed.outputs.items() if tensor in wanted]
    return carried_ports(exposed.model, kept)


def _read(path: Path, dtype: str, shape: tuple[int, ...]) -> NDArray[Any]:
    return np.fromfile(path, dtype).reshape(-1, *shape)
