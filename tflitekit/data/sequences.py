"""Sequences for a model with a state, which takes a part of them at a time.

The axis of time is the second. A sample that is `steps` times as long there as the model's input is
given in so many runs; what has no such axis, or is just as long as the input, is given in each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.errors import DataError
from tflitekit.graph import Model
from tflitekit.graph.spec import TensorSpec
from tflitekit.graph.state import state_of

_TIME = 1


def run_inputs(model: Model) -> list[TensorSpec]:
    """What one run of a model is given: its inputs without those that it carries.

    Raises:
        ModelError: what the file tells of its state is damaged.
    """
    return state_of(model).inputs(model.signature())


def sample_inputs(model: Model) -> list[TensorSpec]:
    """What a sample has to be: the same, for a model with a state of any length.

    Raises:
        ModelError: as `run_inputs`.
    """
    specs = run_inputs(model)
    return [_of_any_length(spec) for spec in specs] if state_of(model) else specs


def steps_of(sample: Mapping[str, NDArray[Any]], specs: Sequence[TensorSpec]) -> int:
    """In how many runs a sample is given.

    Args:
        sample: values by the names of the inputs, each of its input's full shape but for time.
        specs: what one run takes.

    Raises:
        DataError: a sequence ends in the middle of a run, or two are of different lengths.
    """
    steps = {spec.name: _steps(sample[spec.name], spec) for spec in specs}
    several = {count for count in steps.values() if count != 1}
    if len(several) > 1:
        told = ", ".join(f"{name}: {count}" for name, count in steps.items())
        raise DataError(f"has inputs for different numbers of runs ({told})")
    return several.pop() if several else 1


class SameLength:
    """Holds samples to one number of runs.

    Args:
        specs: what one run takes; none for a model without a state, whose samples take one run.

    Attributes:
        steps: runs of each sample so far; 1 before the first.
    """

    def __init__(self, specs: Sequence[TensorSpec]) -> None:
        self._specs = specs
        self._seen = False
        self.steps = 1

    def check(self, sample: Mapping[str, NDArray[Any]]) -> int:
        """The number of runs.

        Raises:
            DataError: it is another than before, or as `steps_of`.
        """
        steps = steps_of(sample, self._specs)
        if self._seen and steps != self.steps:
            raise DataError(
                f"a sample is given in {steps} runs, and the others in {self.steps}",
                hint="Cut the sequences to one length",
            )
        self.steps, self._seen = steps, True
        return steps


def in_steps(values: NDArray[Any], spec: TensorSpec, steps: int) -> NDArray[Any]:
    """A sample as what each run takes, [steps, *shape of the input].

    Args:
        values: of one input.
        spec: what one run takes.
        steps: of `steps_of`.
    """
    if steps == 1 or values.shape == spec.shape:
        return np.broadcast_to(values, (steps, *values.shape))
    parts = values.reshape(spec.shape[0], steps, *spec.shape[_TIME:])
    return parts.swapaxes(0, _TIME)


def joined(values: NDArray[Any], steps: int, along: int | None) -> NDArray[Any]:
    """What several runs gave for each sample, one after the other.

    Args:
        values: of one tensor, [samples * steps, *shape].
        steps: runs of a sample.
        along: how long a part of a sequence is, in the tensors that are one; None for none.

    Returns:
        [samples, batch, steps * length, ...] for a tensor [batch, length, ...] that is a part of a
        sequence, else [samples, batch, steps, ...]. With one step [samples, *shape].
    """
    if steps == 1:
        return values
    samples, shape = len(values) // steps, values.shape[1:] or (1,)
    apart = values.reshape(samples, steps, *shape).swapaxes(1, 2)
    if len(shape) > _TIME and shape[_TIME] == along:
        return apart.reshape(samples, shape[0], steps * shape[_TIME], *shape[2:])
    return apart


def length_of(specs: Sequence[TensorSpec]) -> int | None:
    """How long the part of a sequence is that one run takes; None where no input is one."""
    return next((spec.shape[_TIME] for spec in specs if len(spec.shape) > _TIME), None)


def _of_any_length(spec: TensorSpec) -> TensorSpec:
    if len(spec.shape) <= _TIME:
        return spec
    return replace(spec, shape=(spec.shape[0], -1, *spec.shape[_TIME + 1 :]))


def _steps(values: NDArray[Any], spec: TensorSpec) -> int:
    if len(spec.shape) <= _TIME:
        return 1
    length, part = int(values.shape[_TIME]), spec.shape[_TIME]
    if length == 0 or length % part:
        raise DataError(
            f"is {length} long, and the model takes {part} at a time",
            where=f"input {spec.name!r}",
            hint="Cut or pad the sequences to a multiple of that",
        )
    return length // part
