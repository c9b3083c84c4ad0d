"""A value in a subgraph."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tflitekit.graph import packing
from tflitekit.graph.dtypes import BY_NAME, is_float
from tflitekit.graph.quantization import Quantization
from tflitekit.graph.spec import TensorSpec
from tflitekit.graph.storage import Buffer, ExternalBuffer, Sparsity, VariantSubtype

if TYPE_CHECKING:
    from tflitekit.graph.model import Op, Subgraph


class Use(NamedTuple):
    """The operand `op.inputs[position]`."""

    op: Op
    position: int


@dataclass(eq=False, repr=False)
class Tensor:
    """A value in a subgraph.

    Attributes:
        name: for people; not always unique.
        shape: sizes by axis, 1 where a size is not fixed.
        dtype: a name of `dtypes.DTYPES`.
        buffer: the constant value; None where an op, the caller or nobody gives it.
        quantization: what the integers stand for; None where they are just numbers.
        shape_signature: `shape` with -1 where a size is not fixed; None where all are.
        is_variable: whether it keeps its value between runs.
        has_rank: the schema's flag of this name.
        sparsity: how a sparse constant is laid out.
        variants: the types inside a variant tensor.
        external: where the constant lies in another file.
        subgraph: the one that lists it; kept by `Subgraph`.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    buffer: Buffer | None = None
    quantization: Quantization[Tensor] | None = None
    shape_signature: tuple[int, ...] | None = None
    is_variable: bool = False
    has_rank: bool = False
    sparsity: Sparsity | None = None
    variants: tuple[VariantSubtype, ...] = ()
    external: ExternalBuffer | None = None
    subgraph: Subgraph | None = None

    def __repr__(self) -> str:
        return f"Tensor({self.name!r}, {self.dtype}{list(self.dynamic_shape)})"

    @property
    def is_quantized(self) -> bool:
        """Whether the integers stand for real numbers."""
        params = self.quantization
        return params is not None and (len(params.scales) > 0 or params.details is not None)

    @property
    def is_constant(self) -> bool:
        """Whether the file holds the value."""
        return self.buffer is not None or self.external is not None

    @property
    def is_float(self) -> bool:
        """Whether the elements are floating-point or complex numbers."""
        return is_float(self.dtype)

    @property
    def dynamic_shape(self) -> tuple[int, ...]:
        """Sizes by axis, -1 where one is not fixed."""
        return self.shape if self.shape_signature is None else self.shape_signature

    @property
    def is_static(self) -> bool:
        """Whether every size is fixed."""
        return -1 not in self.dynamic_shape

    @property
    def size(self) -> int:
        """The number of elements of `shape`."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of the value: those of the buffer, or of `shape` where there is none."""
        if self.buffer is not None:
            return self.buffer.data.size
        return BY_NAME[self.dtype].nbytes(self.size)

    @property
    def raw(self) -> NDArray[np.uint8] | None:
        """The bytes of the constant as they are in the file; None where there are none."""
        return None if self.buffer is None else self.buffer.data

    @property
    def data(self) -> NDArray[Any] | None:
        """The constant as a read-only array of `shape` (see `packing.decode`), or None.

        Assigning an array gives the tensor a buffer of its own and changes no other tensor;
        `shape` follows the array.

        Raises:
            ValueError: the buffer is sparse or does not hold `shape` elements.
        """
        if self.buffer is None:
            return None
        if self.sparsity is not None:
            raise ValueError(f"the sparse constant {self.name} has no dense array")
        return packing.decode(self.buffer.data, self.dtype, self.shape)

    @data.setter
    def data(self, values: ArrayLike) -> None:
        array = np.asarray(values)
        self.buffer = Buffer(packing.encode(array, self.dtype))
        self.shape, self.shape_signature = array.shape, None

    @property
    def producer(self) -> Op | None:
        """The op that computes the tensor. Looks through the subgraph's ops."""
        return next((op for op in self._ops() if any(out is self for out in op.outputs)), None)

    def uses(self) -> list[Use]:
        """The operands that are this tensor. Looks through the subgraph's ops."""
        return [
            Use(op, index)
            for op in self._ops()
            for index, operand in enumerate(op.inputs)
            if operand is self
        ]

    def spec(self, name: str | None = None) -> TensorSpec:
        """What the world sees, under `name` or the tensor's own."""
        scale, zero_point = self._per_tensor()
        return TensorSpec(
            name=self.name if name is None else name,
            shape=self.dynamic_shape,
            dtype=self.dtype,
            scale=scale,
            zero_point=zero_point,
        )

    def _per_tensor(self) -> tuple[float, int] | tuple[None, None]:
        params = self.quantization
        if params is None or len(params.scales) != 1:
            return None, None
        zero_point = int(params.zero_points[0]) if len(params.zero_points) else 0
        return float(params.scales[0]), zero_point

    def _ops(self) -> list[Op]:
        return [] if self.subgraph is None else self.subgraph.ops
