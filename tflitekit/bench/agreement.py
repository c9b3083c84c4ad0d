"""How far the answers of a model agree with those of another run, or of the float model. Pure.

The same integer model may answer differently on another processor, for LiteRT has other kernels
there; and it answers differently from the float model that it was made of. Both are told in steps
of the output's scale, the smallest difference that there can be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.spec import TensorSpec
from tflitekit.quantize.params import QuantParams


@dataclass(frozen=True)
class OutputAgreement:
    """One output.

    Attributes:
        output: its name.
        elements: how many were compared.
        exact: share of elements that are the same to the bit; of a quantized output against a float
            one, that are the float value rounded to the output's steps.
        unit: "steps" of the output's scale, or "values" where it has none.
        largest, mean: absolute difference in that unit; None where one is not a number.
        same_top1: share of samples in which every row of scores has the same largest one, the
            first of equals; None where a row is a single number.
    """

    output: str
    elements: int
    exact: float
    unit: str
    largest: float | None
    mean: float | None
    same_top1: float | None


@dataclass(frozen=True)
class Agreement:
    """All outputs of a model against others.

    Attributes:
        against: "host" for the same file on the host, "float" for a float model on the same device.
        model: the file that the other answers are of.
        samples: how many were compared.
        outputs: in the order of the signature.
    """

    against: str
    model: str
    samples: int
    outputs: tuple[OutputAgreement, ...]


class AgreementTally:
    """Takes answers part by part.

    Args:
        specs: the outputs of the model that is judged, as it stores them.
    """

    def __init__(self, specs: Iterable[TensorSpec]) -> None:
        self._outputs = {spec.name: _OutputTally(spec) for spec in specs}

    def add(self, answers: Mapping[str, NDArray[Any]], others: Mapping[str, NDArray[Any]]) -> None:
        """Take the next part.

        Args:
            answers: by output name, each [N, ...], in the model's own types.
            others: of the same shapes; integers are in the same steps, floats are real values.
        """
        for name, values in answers.items():
            self._outputs[name].add(values, others[name])

    def outputs(self) -> tuple[OutputAgreement, ...]:
        """What was found of those outputs that there were answers of."""
        return tuple(one.found() for one in self._outputs.values() if one.seen)


class _OutputTally:
    def __init__(self, spec: TensorSpec) -> None:
        self._name = spec.name
        self._params: QuantParams | None = None
        if spec.scale is not None and spec.zero_point is not None:
            self._params = QuantParams((spec.scale,), (spec.zero_point,), spec.dtype)
        self.seen = self._exact = self._samples = self._same = 0
        self._largest = self._sum = 0.0
        self._scores = False

    def add(self, values: NDArray[Any], others: NDArray[Any]) -> None:
        equal = self._equal(values, others)
        with np.errstate(invalid="ignore"):  # of infinities that are equal
            apart = np.abs(self._in_units(values) - self._in_units(others))
        if self._params is None:
            apart = np.where(equal, 0.0, apart)
        self.seen += values.size
        self._exact += int(equal.sum())
        self._sum += float(apart.sum())
        self._largest = float(np.maximum(self._largest, apart.max(initial=0.0)))
        self._scores = values.ndim > 1 and values.shape[-1] > 1
        if self._scores:
            same = values.argmax(axis=-1) == others.argmax(axis=-1)
            self._same += int(same.reshape(len(same), -1).all(axis=1).sum())
        self._samples += len(values)

    def found(self) -> OutputAgreement:
        finite = np.isfinite(self._sum)
        return OutputAgreement(
            output=self._name,
            elements=self.seen,
            exact=self._exact / self.seen,
            unit="values" if self._params is None else "steps",
            largest=self._largest if finite else None,
            mean=self._sum / self.seen if finite else None,
            same_top1=self._same / self._samples if self._scores else None,
        )

    def _equal(self, values: NDArray[Any], others: NDArray[Any]) -> NDArray[np.bool_]:
        """Element by element; real values are first rounded as this output would store them."""
        equal: NDArray[np.bool_]
        if others.dtype.kind != "f":
            equal = values == others
        elif self._params is None:
            equal = (values == others) | (np.isnan(values) & np.isnan(others))
        else:
            rounded = self._params.quantize(np.nan_to_num(others))
            equal = (values == rounded) & ~np.isnan(others)
        return equal

    def _in_units(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """As multiples of the output's step, 0 being the zero point; as they are without one."""
        numbers = values.astype(np.float64)
        if self._params is None:
            return numbers
        if values.dtype.kind == "f":
            return numbers / self._params.scales[0]
        return numbers - self._params.zero_points[0]
