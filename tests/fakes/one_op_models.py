"""Every op that can be in a float model and that has, or might have, an int8 kernel."""

from __future__ import annotations

from tests.fakes.one_op import OneOp
from tests.fakes.one_op_elementwise import binary_ops, unary_ops
from tests.fakes.one_op_movements import choices, movements, stablehlo_ops
from tests.fakes.one_op_products import products, reductions

CASES: tuple[OneOp, ...] = (
    *binary_ops(),
    *unary_ops(),
    *products(),
    *reductions(),
    *movements(),
    *choices(),
    *stablehlo_ops(),
)
"""Several variants of each where the kernels differ by them."""
