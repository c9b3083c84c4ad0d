"""What the quantizer is asked to do, as data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tflitekit.errors import UsageError
from tflitekit.graph.layers import layer_of
from tflitekit.graph.model import Op, Tensor
from tflitekit.quantize.calibration.ranges import METHODS
from tflitekit.quantize.corrections.efforts import EFFORTS

PRECISIONS = {
    "int8": "int8 weights and activations",
    "int16x8": "int8 weights, int16 activations",
    "float16": "float16 weights, float activations",
    "dynamic": "int8 weights, float activations that kernels quantize while they run",
    "weight8": "int8 weights, float activations",
    "weight4": "int4 weights, float activations",
}
"""Every precision, and what it means."""

KERNELS = {
    "auto": "where LiteRT has no right int8 kernel for an op of the model, or its slow ones matter",
    "always": "wherever one fits",
    "never": "nowhere: the model has builtin ops only",
}
"""When our own kernels are used, and what that means."""

INTEGER_PRECISIONS = ("int8", "int16x8")
"""Those that leave nothing in float; the others are for comparison."""


@dataclass(frozen=True)
class Recipe:
    """The choices of one quantization.

    Attributes:
        precision: a name of `PRECISIONS`.
        ranges: a name of `ranges.METHODS`.
        effort: a name of `corrections.efforts.EFFORTS`.
        int16: layers or tensors whose ops compute with int16 activations where the others have
            int8. An op without a right int16 kernel keeps int8.
        float32: layers or tensors whose ops stay in float.
        kernels: a name of `KERNELS`.
    """

    precision: str = "int8"
    ranges: str = "auto"
    effort: str = "low"
    int16: tuple[str, ...] = ()
    float32: tuple[str, ...] = ()
    kernels: str = "auto"

    def check(self) -> None:
        """Refuse a choice that does not exist.

        Raises:
            UsageError: there is no such precision, effort, way to choose ranges or use of kernels.
        """
        _known("--precision", self.precision, PRECISIONS)
        _known("--ranges", self.ranges, METHODS)
        _known("--effort", self.effort, EFFORTS)
        _known("--kernels", self.kernels, KERNELS)

    @property
    def is_integer(self) -> bool:
        """Whether the activations become integers."""
        return self.precision in INTEGER_PRECISIONS

    @property
    def uses_kernels(self) -> bool:
        """Whether our own kernels may be used."""
        return self.is_integer and self.kernels != "never"

    @property
    def activations(self) -> str:
        """The type of the activations that are not named."""
        return {"int8": "int8", "int16x8": "int16"}.get(self.precision, "float32")


def is_named(op: Op, names: Iterable[str]) -> bool:
    """Whether one of `names` means the op."""
    wanted = set(names)
    return bool(wanted) and not wanted.isdisjoint(names_of(op))


def names_of(op: Op) -> set[str]:
    """What can mean an op: what can mean one of its outputs."""
    return {name for tensor in op.outputs for name in names_of_tensor(tensor)}


def names_of_tensor(tensor: Tensor) -> set[str]:
    """What can mean a tensor: its name, its Keras layer, and the layers around that."""
    layer = layer_of(tensor.name)
    if not layer:
        return {tensor.name}
    around = {layer[:end] for end, char in enumerate(layer) if char == "/"}
    return {tensor.name, layer} | around


def _known(option: str, name: str, known: Iterable[str]) -> None:
    if name not in known:
        raise UsageError(
            "there is no such choice", where=f"{option} {name}", hint=f"Use {', '.join(known)}"
        )
