"""What the quantizer is asked to do, as data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tflitekit.errors import UsageError
from tflitekit.graph.layers import layer_of
from tflitekit.graph.model import Op
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
        kernels: whether our own kernels are used where LiteRT has none that is right and fast.
    """

    precision: str = "int8"
    ranges: str = "auto"
    effort: str = "low"
    int16: tuple[str, ...] = ()
    float32: tuple[str, ...] = ()
    kernels: bool = True

    def check(self) -> None:
        """Refuse a choice that does not exist.

        Raises:
            UsageError: there is no such precision, effort or way to choose ranges.
        """
        _known("--precision", self.precision, PRECISIONS)
        _known("--ranges", self.ranges, METHODS)
        _known("--effort", self.effort, EFFORTS)

    @property
    def is_integer(self) -> bool:
        """Whether the activations become integers."""
        return self.precision in INTEGER_PRECISIONS

    @property
    def activations(self) -> str:
        """The type of the activations that are not named."""
        return {"int8": "int8", "int16x8": "int16"}.get(self.precision, "float32")


def is_named(op: Op, names: Iterable[str]) -> bool:
    """Whether one of `names` means the op."""
    wanted = set(names)
    return bool(wanted) and not wanted.isdisjoint(names_of(op))


def names_of(op: Op) -> set[str]:
    """What can mean an op: its outputs, its Keras layer, and the layers around that."""
    outputs = {tensor.name for tensor in op.outputs}
    layers = {layer for name in outputs if (layer := layer_of(name))}
    around = {layer[:end] for layer in layers for end, char in enumerate(layer) if char == "/"}
    return outputs | layers | around


def _known(option: str, name: str, known: Iterable[str]) -> None:
    if name not in known:
        raise UsageError(
            "there is no such choice", where=f"{option} {name}", hint=f"Use {', '.join(known)}"
        )
