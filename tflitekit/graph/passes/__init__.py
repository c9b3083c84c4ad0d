"""The rewrites of a graph: one file a pass, one ordered tuple.

A pass is a function `(Model) -> int` that changes the model in place and tells how many changes
it made; on its own result it makes none.
"""

from __future__ import annotations

from tflitekit.graph.passes.choices import (
    choose_for_casts,
    multiply_for_zeros,
)
from tflitekit.graph.passes.compositions import compose_missing
from tflitekit.graph.passes.constant_folding import fold_constants
from tflitekit.graph.passes.dead_code import remove_dead_code
from tflitekit.graph.passes.identities import remove_identities
from tflitekit.graph.passes.negations import multiply_for_negations
from tflitekit.graph.passes.placements import (
    multiply_for_diagonals,
    multiply_for_running_sums,
    multiply_for_scatters,
    multiply_for_segment_sums,
)
from tflitekit.graph.passes.powers import multiply_for_powers, multiply_for_squares
from tflitekit.graph.passes.quotients import multiply_for_quotients
from tflitekit.graph.passes.run import Pass, run_passes
from tflitekit.graph.passes.shared_constants import share_equal_constants
from tflitekit.graph.passes.static_shapes import fix_inputs, propagate_shapes
from tflitekit.graph.passes.sums import chain_sums

PASSES: tuple[Pass, ...] = (
    compose_missing,
    propagate_shapes,
    fold_constants,
    remove_identities,
    remove_dead_code,
    share_equal_constants,
)
"""The passes that every conversion runs, in this order, until none changes anything."""

INTEGER_FORMS: tuple[Pass, ...] = (
    multiply_for_negations,
    multiply_for_squares,
    multiply_for_powers,
    multiply_for_quotients,
    chain_sums,
    choose_for_casts,
    multiply_for_zeros,
    multiply_for_diagonals,
    multiply_for_scatters,
    multiply_for_running_sums,
    multiply_for_segment_sums,
    remove_dead_code,
)
"""The passes that a float model runs before it is calibrated: ops that LiteRT cannot compute
right in int8 become ops that it can, the same in real numbers."""

__all__ = [
    "INTEGER_FORMS",
    "PASSES",
    "Pass",
    "chain_sums",
    "choose_for_casts",
    "compose_missing",
    "fix_inputs",
    "fold_constants",
    "multiply_for_diagonals",
    "multiply_for_negations",
    "multiply_for_powers",
    "multiply_for_quotients",
    "multiply_for_running_sums",
    "multiply_for_scatters",
    "multiply_for_segment_sums",
    "multiply_for_squares",
    "multiply_for_zeros",
    "propagate_shapes",
    "remove_dead_code",
    "remove_identities",
    "run_passes",
    "share_equal_constants",
]
