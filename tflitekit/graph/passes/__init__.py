"""The rewrites of a graph: one file a pass, one ordered tuple.

A pass is a function `(Model) -> int` that changes the model in place and tells how many changes
it made; on its own result it makes none.
"""

from __future__ import annotations

from tflitekit.graph.passes.constant_folding import fold_constants
from tflitekit.graph.passes.dead_code import remove_dead_code
from tflitekit.graph.passes.run import Pass, run_passes
from tflitekit.graph.passes.static_shapes import fix_inputs, propagate_shapes

PASSES: tuple[Pass, ...] = (propagate_shapes, fold_constants, remove_dead_code)
"""The passes that every conversion runs, in this order, until none changes anything."""

__all__ = [
    "PASSES",
    "Pass",
    "fix_inputs",
    "fold_constants",
    "propagate_shapes",
    "remove_dead_code",
    "run_passes",
]
