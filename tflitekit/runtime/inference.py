"""Send a data set through a model on a device."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from tflitekit.data import Sample
from tflitekit.data.sequences import joined, length_of
from tflitekit.errors import RunError
from tflitekit.graph import Model
from tflitekit.graph.spec import TensorSpec
from tflitekit.graph.state import state_of
from tflitekit.runtime import tensors
from tflitekit.runtime.carried import carried_ports
from tflitekit.runtime.protocol import RunRecord, RunSpec
from tflitekit.runtime.session import Session, scratch

_MODEL = "model.tflite"


def infer(
    session: Session,
    path: Path,
    graph: Model,
    samples: Iterable[Sample],
    *,
    raw: bool = False,
    as_stored: bool = False,
    title: str | None = None,
    keep: bool = True,
    carried: Collection[str] = (),
    threads: int = 1,
) -> dict[str, NDArray[Any]]:
    """What the model answers to every sample, by output name, each `[N, *shape]`.

    A model with a state is given sequences part by part; the answers are in one as `joined` puts
    them. Its state is no answer.

    Args:
        path: the flatbuffer that `graph` was read from.
        samples: real values by the names of the model's inputs.
        raw: neither quantize the samples nor dequantize the answers.
        as_stored: quantize the samples, but leave the answers in the model's own types.
        title: of the progress bar; None names the model.
        keep: whether the device keeps the model for the next time.
        carried: the names of outputs that are answers although they are carried.
        threads: of the CPU kernels.

    Raises:
        DataError: the samples do not fit the model.
        DeviceError, RunError: as `Session.run`.
    """
    signature, state = graph.signature(), state_of(graph)
    inputs, outputs = signature.input_specs(), signature.output_specs()
    if raw:
        inputs = raw_specs(inputs)
    if raw or as_stored:
        outputs = raw_specs(outputs)
    with scratch() as folder:
        written = tensors.write_samples(folder, inputs, samples, carried=state.carried)
        if written.steps > state.steps:
            session.progress.warn(
                f"{path.name}: samples are given in {written.steps} runs each; it was calibrated "
                f"over {state.steps}"
            )
        spec = RunSpec(
            mode="run",
            threads=threads,
            count=written.count,
            steps=written.steps,
            state=carried_ports(graph, carried),
            signature=graph.default_key or "",
        )
        model = path if keep else _MODEL
        files = written.files | ({} if keep else {_MODEL: path})
        record = run_samples(session, spec, model, files, folder, title or f"Running {path.name}")
        tensors.check_ports(inputs, record.inputs)
        found = tensors.read_outputs(folder, outputs, record.outputs)
    length = length_of(state.inputs(signature))
    return {name: joined(values, written.steps, length) for name, values in found.items()}


def run_samples(
    session: Session,
    spec: RunSpec,
    model: Path | str,
    files: Mapping[str, Path],
    outputs: Path | None = None,
    title: str | None = None,
) -> RunRecord:
    """Run the written samples with a progress bar.

    Args:
        model: as `Session.run`.
        files: what `tensors.write_samples` wrote.
        outputs: a local folder for the results; None leaves them on the device.
        title: of the progress bar; None names the model.

    Raises:
        DeviceError, RunError: as `Session.run`.
    """
    with session.progress.bar(title or f"Running {Path(model).name}", spec.count) as advance:
        told = 0

        def on_progress(done: int) -> None:
            nonlocal told
            advance(done - told)
            told = done

        try:
            return session.run(spec, model, files, outputs, on_progress)
        except RunError as error:
            if spec.steps == 1 or error.hint:
                raise
            hint = (
                f"Each sample is given in {spec.steps} runs, which may be more than fit the state"
            )
            raise RunError(error.what, where=error.where, hint=hint, log=error.log) from error


def raw_specs(specs: Sequence[TensorSpec]) -> list[TensorSpec]:
    """The same tensors with the quantization taken off: integers are then just integers."""
    return [replace(spec, scale=None, zero_point=None) for spec in specs]
