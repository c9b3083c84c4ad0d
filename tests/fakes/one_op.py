"""One float model an op and a variant of it: what the quantizer and the runtime are tried on.

Every operand has a range of its own, none of them centred on zero where the op allows it, so
that a kernel which mixes up two scales or forgets a zero point shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.fakes import graphs
from tflitekit.graph.model import Model, Op, Tensor
from tflitekit.graph.one_op import output_shapes
from tflitekit.graph.ops import OPS

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Given:
    """An input of the model, with values spread evenly between `low` and `high`."""

    shape: Shape
    low: float = -1.0
    high: float = 3.0
    dtype: str = "float32"

    def sample(self, rng: np.random.Generator) -> NDArray[Any]:
        """Values of one call."""
        if self.dtype == "bool":
            return rng.random(self.shape) < 0.5
        if self.dtype.startswith("int"):
            return rng.integers(int(self.low), int(self.high), self.shape).astype(self.dtype)
        return rng.uniform(self.low, self.high, self.shape).astype(self.dtype)


Operand = Given | NDArray[Any] | None


@dataclass(frozen=True)
class OneOp:
    """A variant of an op.

    Attributes:
        op: the builtin's name.
        variant: what is particular about this one; "" for the plain one.
        operands: inputs of the model, constants, and None for what is left out.
        options: the op's options.
        outputs: the outputs' types.
        version: the op's version.
        shape: the output's shape, where the runtime wants to be told; None asks it.
    """

    op: str
    variant: str
    operands: tuple[Operand, ...]
    options: dict[str, Any] = field(default_factory=dict)
    outputs: tuple[str, ...] = ("float32",)
    version: int = 1
    shape: Shape | None = None

    @property
    def name(self) -> str:
        """Unique in `CASES`."""
        return f"{self.op} {self.variant}".strip()

    def build(self) -> Model:
        """The float model."""
        model = Model()
        graph = model.add_subgraph("main")
        inputs: list[Tensor | None] = []
        for position, operand in enumerate(self.operands):
            if operand is None:
                inputs.append(None)
            elif isinstance(operand, Given):
                x = graphs.tensor(graph, f"x{position}", operand.shape, operand.dtype)
                graph.inputs.append(x)
                inputs.append(x)
            else:
                inputs.append(graph.constant(f"c{position}", operand))
        # Some kernels look at the output's rank; the sizes are the runtime's to tell.
        rank = graph.inputs[0].shape
        outputs = [
            graphs.tensor(graph, f"y{position}", rank, dtype)
            for position, dtype in enumerate(self.outputs)
        ]
        options = dict(self.options) if OPS[self.op].options else None
        op = Op(self.op, inputs, outputs, options, version=self.version)
        graph.ops.append(op)
        shapes = output_shapes(op) if self.shape is None else [self.shape]
        for tensor, shape in zip(outputs, shapes, strict=True):
            tensor.shape = shape or ()
        graph.outputs = list(outputs)
        return model

    def samples(self, count: int, seed: int = 0) -> Iterator[list[NDArray[Any]]]:
        """The model's inputs, `count` times."""
        rng = np.random.default_rng(seed)
        given = [operand for operand in self.operands if isinstance(operand, Given)]
        for _ in range(count):
            yield [operand.sample(rng) for operand in given]


def values(*shape: int, low: float = -1.0, high: float = 1.0) -> NDArray[np.float32]:
    """A constant that is the same in every run."""
    rng = np.random.default_rng(sum(shape) + len(shape))
    return rng.uniform(low, high, shape).astype(np.float32)


def ints(*values: Any) -> NDArray[np.int32]:
    return np.array(values, np.int32)


IMAGE = Given((1, 9, 11, 8), -1.0, 3.0)
ROWS = Given((4, 32), -2.0, 1.0)
BLOCK = Given((2, 6, 8), -1.0, 3.0)
CUBE = Given((2, 6, 8, 4), -1.0, 3.0)
