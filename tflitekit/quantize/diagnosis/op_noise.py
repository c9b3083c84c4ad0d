"""How much noise each tensor of an integer model carries, and how much of it its own op makes.

Both models run on the real runtime with their activations exposed, a few samples at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.data import Sample
from tflitekit.graph import Model
from tflitekit.graph.model import Tensor
from tflitekit.progress import Progress
from tflitekit.quantize.diagnosis.expose_all import Key, computed, expose_only, run_on
from tflitekit.quantize.diagnosis.float_twins import add_float_twins
from tflitekit.quantize.diagnosis.noise import ChannelNoise, ratio_db
from tflitekit.quantize.params import QuantParams
from tflitekit.quantize.tensor_params import params_of_tensor
from tflitekit.runtime.session import Session

_BATCH_BYTES = 256 << 20
_ELEMENT_BYTES = 16
"""Of an activation in both models, in its twin, and while two of them are compared."""


@dataclass(frozen=True)
class OwnNoise:
    """What an op adds to what came in, over all elements of one of its outputs.

    Attributes:
        exact_db: the signal to the noise of rounding the exact result to the output's integers:
            no kernel can do better.
        made_db: the signal to the noise that the op makes.
        excess_db: how much more noise the kernel makes than that; 0 where it makes no more.
        beyond: the share of elements whose exact value no integer of the output reaches.
        clipped: the share of the op's noise that these elements make.
        clipped_above: the part of `clipped` that values above the range make.
    """

    exact_db: float
    made_db: float
    excess_db: float
    beyond: float
    clipped: float
    clipped_above: float


@dataclass(frozen=True)
class TensorNoise:
    """The noise of one activation within the integer model.

    Attributes:
        sqnr_db: against the float model, with all that the ops before it have added.
        channel_sqnr_db: the same, the median over the channels along the last axis.
        own: what its op adds; None for an op that computes nothing or has no float twin.
    """

    sqnr_db: float
    channel_sqnr_db: float
    own: OwnNoise | None


def measure_noise(
    session: Session,
    float_model: Model,
    integer_model: Model,
    samples: Sequence[Sample],
    progress: Progress,
) -> dict[Tensor, TensorNoise]:
    """The noise of every float32 activation that both models compute.

    Args:
        session: of this machine.
        float_model: not changed.
        integer_model: gets other outputs, and float twins of its ops.
        samples: for both models; run in batches, so that memory does not grow with them.
        progress: hears of the samples.

    Returns:
        By tensor of `float_model`.

    Raises:
        DeviceError, RunError: a model does not run with its activations exposed.
    """
    probe = _Probe(float_model.copy()[0], integer_model)
    with progress.bar("Comparing activations", len(samples)) as advance:
        for batch in _batches(samples, probe.batch):
            probe.add(
                run_on(session, probe.float_model, batch), run_on(session, probe.model, batch)
            )
            advance(len(batch))
    originals = computed(float_model)
    return {originals[key]: watch.result() for key, watch in probe.watches.items()}


class _Probe:
    """The two models with everything exposed, and what was seen so far."""

    def __init__(self, float_model: Model, integer_model: Model) -> None:
        self.float_model, self.model = float_model, integer_model
        exact, rounded = computed(float_model), _before_leaving(integer_model)
        keys = [key for key, one in exact.items() if one.dtype == "float32" and key in rounded]
        twins = add_float_twins(integer_model)
        self.watches = {key: _Watch(rounded[key], twins.get(rounded[key])) for key in keys}
        expose_only(float_model, {f"t{i}": exact[key] for i, key in enumerate(keys)})
        shown = {f"t{i}": rounded[key] for i, key in enumerate(keys)}
        shown |= {
            f"twin{i}": watch.twin
            for i, watch in enumerate(self.watches.values())
            if watch.twin is not None
        }
        expose_only(integer_model, shown)
        elements = sum(exact[key].size for key in keys)
        self.batch = max(1, _BATCH_BYTES // max(1, elements * _ELEMENT_BYTES))

    def add(self, exact: Mapping[str, NDArray[Any]], rounded: Mapping[str, NDArray[Any]]) -> None:
        for i, watch in enumerate(self.watches.values()):
            watch.add(exact[f"t{i}"], rounded[f"t{i}"], rounded.get(f"twin{i}"))


class _Watch:
    """What was seen of one tensor."""

    def __init__(self, tensor: Tensor, twin: Tensor | None) -> None:
        self.twin = twin
        self._params = params_of_tensor(tensor)
        self._whole = ChannelNoise()
        self._own = _OwnSums()

    def add(self, exact: NDArray[Any], rounded: NDArray[Any], twin: NDArray[Any] | None) -> None:
        self._whole.add(exact, rounded)
        if twin is not None and self._params is not None:
            self._own.add(twin, rounded, self._params)

    def result(self) -> TensorNoise:
        own = self._own.result() if self._own.count else None
        return TensorNoise(self._whole.db, self._whole.median_channel_db, own)


class _OwnSums:
    """Sums over the elements of one output."""

    def __init__(self) -> None:
        self.count = 0
        self.beyond = 0
        self.signal = self.ideal = self.noise = self.uniform = 0.0
        self.below = self.above = 0.0

    def add(self, exact: NDArray[Any], rounded: NDArray[Any], params: QuantParams) -> None:
        """Take values of `[N, *shape]`: of the float twin, and of the integer op."""
        wanted = exact[np.isfinite(exact)].astype(np.float64)
        given = rounded[np.isfinite(exact)].astype(np.float64)
        error = np.square(given - wanted)
        low, high = reach(params)
        below, above = wanted < low - params.scales[0] / 2, wanted > high + params.scales[0] / 2
        ideal = params.dequantize(params.quantize(wanted.astype(np.float32)))
        self.count += wanted.size
        self.beyond += int((below | above).sum())
        self.signal += float(np.square(wanted).sum())
        self.ideal += float(np.square(ideal - wanted).sum())
        self.noise += float(error.sum())
        self.below += float(error[below].sum())
        self.above += float(error[above].sum())
        self.uniform += wanted.size * params.scales[0] ** 2 / 12

    def result(self) -> OwnNoise:
        # Where most values are 0 exactly, rounding makes almost no noise; a kernel that makes as
        # much as it does elsewhere is still a right one.
        least = max(self.ideal, self.uniform)
        return OwnNoise(
            exact_db=ratio_db(self.signal, self.ideal),
            made_db=ratio_db(self.signal, self.noise),
            excess_db=max(0.0, ratio_db(self.noise, least)) if self.noise else 0.0,
            beyond=self.beyond / self.count,
            clipped=(self.below + self.above) / self.noise if self.noise else 0.0,
            clipped_above=self.above / self.noise if self.noise else 0.0,
        )


def reach(params: QuantParams) -> tuple[float, float]:
    """The least and the greatest real value that the integers of a tensor stand for."""
    limits = np.iinfo(params.dtype)
    scale, zero_point = params.scales[0], params.zero_points[0]
    return (limits.min - zero_point) * scale, (limits.max - zero_point) * scale


def _before_leaving(model: Model) -> dict[Key, Tensor]:
    """What ops compute; what is only dequantized for the caller as the integers that it was."""
    producers = model.main.producers()
    found = computed(model)
    for key, tensor in found.items():
        op = producers[tensor]
        source = op.inputs[0] if op.name == "DEQUANTIZE" else None
        if source is not None and source in producers:
            found[key] = source
    return found


def _batches(samples: Sequence[Sample], size: int) -> Iterator[Sequence[Sample]]:
    return (samples[start : start + size] for start in range(0, len(samples), size))
