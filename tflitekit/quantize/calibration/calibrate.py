"""Run the float model over samples on this machine, and learn what values its tensors take."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from tflitekit.devices.local import LocalDevice
from tflitekit.graph import Model, save_model
from tflitekit.graph.model import Signature, Tensor
from tflitekit.graph.state import state_of
from tflitekit.progress import Progress
from tflitekit.quantize.calibration.expose import Exposed, expose
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.quantize.calibration.stats import TensorStats
from tflitekit.quantize.calibration.stats_bin import FILE, PortKey, parse_stats
from tflitekit.runtime.carried import carried_ports
from tflitekit.runtime.inference import run_samples
from tflitekit.runtime.protocol import PortRecord, RunSpec
from tflitekit.runtime.session import open_session, scratch
from tflitekit.runtime.tensors import check_ports

_MODEL = "exposed.tflite"
_NAMED = 3
_PATIENCE_S = 3600.0  # a bench on this machine must not be disturbed, so it is waited for


def calibrate(
    float_model: Model,
    samples: SampleStore,
    progress: Progress,
    *,
    threads: int = 1,
    tensors: Collection[Tensor] | None = None,
) -> dict[Tensor, TensorStats]:
    """The statistics of float32 activations of the subgraph that the first signature calls.

    The model runs once over all samples on LiteRT's float kernels, in the runner's mode
    "calibrate"; memory does not grow with the number of samples.

    Args:
        float_model: with static shapes; not changed.
        samples: the inputs bear the signature's names.
        progress: hears of each sample, and of NaN and infinities.
        threads: of LiteRT's kernels.
        tensors: what to learn of, such as `observed.observed_tensors` tells; None for all. The
            model's inputs are learnt of in any case.

    Returns:
        Statistics by tensor of `float_model`: float32 inputs and outputs of ops, in the order
        they are computed. Other types and empty tensors are left out.

    Raises:
        DeviceError: this machine is not supported, or a bench keeps it too long.
        RunError: the model cannot run in float.
    """
    carried = [output for _, output in state_of(float_model).tensors(float_model.signature())]
    exposed = expose(float_model, None if tensors is None else [*tensors, *carried])
    with scratch() as folder:
        save_model(exposed.model, folder / _MODEL)
        signature = exposed.model.signature()
        files = _input_files(signature, samples) | {_MODEL: folder / _MODEL}
        spec = RunSpec(
            mode="calibrate",
            count=samples.count,
            steps=samples.steps,
            state=carried_ports(exposed.model),
            threads=threads,
        )
        with open_session(LocalDevice(_PATIENCE_S, progress), progress) as session:
            record = run_samples(session, spec, _MODEL, files, folder, title="Calibrating")
        check_ports(signature.input_specs(), record.inputs)
        stats = parse_stats((folder / FILE).read_bytes())
    found = _by_tensor(exposed, stats, record.outputs)
    _warn_of_nonfinite(found, progress)
    return _with_state(float_model, found)


def _input_files(signature: Signature, samples: SampleStore) -> dict[str, Path]:
    """The store's own files under the names that the runner reads."""
    stored = {one.name: samples.folder / one.file for one in samples.inputs}
    given = enumerate(signature.inputs)
    return {f"in{i}.bin": stored[name] for i, name in given if name in stored}


def _by_tensor(
    exposed: Exposed, stats: Mapping[PortKey, TensorStats], outputs: tuple[PortRecord, ...]
) -> dict[Tensor, TensorStats]:
    tensors: dict[PortKey, Tensor] = {
        ("input", i): tensor for i, tensor in enumerate(exposed.inputs)
    }
    tensors |= {("output", i): exposed.outputs[port.name] for i, port in enumerate(outputs)}
    known = {tensors[key]: found for key, found in stats.items()}
    order = [*exposed.inputs, *exposed.outputs.values()]
    return {tensor: known[tensor] for tensor in order if tensor in known}


def _with_state(model: Model, found: dict[Tensor, TensorStats]) -> dict[Tensor, TensorStats]:
    """A carried input takes the values of its output, and zeros."""
    carried = state_of(model).tensors(model.signature())
    inputs = {one: found[output] for one, output in carried if output in found}
    return inputs | found


def _warn_of_nonfinite(stats: Mapping[Tensor, TensorStats], progress: Progress) -> None:
    """The first tensors in the order of the ops are where it begins; the others follow."""
    affected = [(tensor, one) for tensor, one in stats.items() if one.nonfinite]
    for tensor, one in affected[:_NAMED]:
        progress.warn(
            f"{tensor.name}: {one.nonfinite} of {one.count} values are NaN or infinite; "
            "its range leaves them out"
        )
    if len(affected) > _NAMED:
        progress.warn(f"NaN or infinite values also in {len(affected) - _NAMED} later tensors")
