"""The ways to write a transformer that we know: one list for the tests."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from tests.fakes.kernel_cases.keras_models import lowered
from tests.fakes.transformer_styles.inputs import sampled
from tests.fakes.transformer_styles.style import Style

_IDS = {"LESS": 1, "ADD": 1, "SELECT": 1}
"""In front of the GATHER of a Keras 3 Embedding: ids below 0 count from the end."""

_PRE_NORM = {"layer_norm": 1, "attention": 2, "add_norm": 4}
"""Two blocks that normalize first: the first norm is of the embedded words, each other one of a
residual sum, the norm behind the last block included."""

_PLACED = {"attention": 2, "add_norm": 5}
"""The same where places are added to the words: then the first norm is of a sum, too."""

_GATED = {"table": 2, "arithmetic": 2}
"""Of two blocks: the function of the gate, and its product with the other half."""


def _style(
    module: str,
    maker: str,
    *arguments: Any,
    kernels: Mapping[str, int],
    left: Mapping[str, int],
) -> Style:
    build = functools.partial(lowered, f"transformer_styles.{module}", maker, *arguments)
    name = " ".join([maker, *map(str, arguments)])
    return Style(name, build, sampled(build), kernels, left)


_KERAS = functools.partial(_style, "keras_layers")
_HUB = functools.partial(_style, "hub_layers")
_TENSORFLOW = functools.partial(_style, "tensorflow_functions")

STYLES: tuple[Style, ...] = (
    _KERAS(
        "encoder_that_normalizes_after",
        "keras",
        kernels=_PLACED | {"table": 3},
        left={"LESS": 2, "ADD": 3, "SELECT": 2, "GATHER": 2, "GREATER": 1, "STRIDED_SLICE": 1},
    ),
    _KERAS(
        "encoder_that_normalizes_after",
        "tf_keras",
        kernels=_PLACED | {"table": 3},
        left={"ADD": 1, "GATHER": 2, "GREATER": 1, "STRIDED_SLICE": 1},
    ),
    _KERAS(
        "encoder_with_implicit_masks",
        "keras",
        kernels=_PRE_NORM | {"add_norm": 3, "cast": 1, "arithmetic": 1},
        left=_IDS | {"ADD": 2, "GATHER": 1, "NOT_EQUAL": 1, "RESHAPE": 1, "SUM": 2, "SELECT_V2": 1},
    ),
    _KERAS(
        "encoder_with_implicit_masks",
        "tf_keras",
        kernels=_PRE_NORM | {"add_norm": 3, "cast": 1, "arithmetic": 2},
        left={"GATHER": 1, "ADD": 1, "NOT_EQUAL": 1, "RESHAPE": 4, "LOGICAL_AND": 4, "SUM": 2},
    ),
    _KERAS(
        "decoder_with_cross_attention",
        "keras",
        kernels=_PLACED | {"attention": 4, "add_norm": 7, "table": 2},
        left=_IDS | {"GATHER": 1},
    ),
    _KERAS(
        "decoder_with_cross_attention",
        "tf_keras",
        kernels=_PLACED | {"attention": 4, "add_norm": 7, "table": 2},
        left={"GATHER": 1},
    ),
    *(
        _KERAS(
            "vision_transformer",
            library,
            kernels=_PLACED | {"table": 2},
            left={"RESHAPE": 1, "PAD": 1, "STRIDED_SLICE": 1},
        )
        for library in ("keras", "tf_keras")
    ),
    _KERAS("grouped_queries", kernels=_PRE_NORM | _GATED, left=_IDS | {"GATHER": 1, "MEAN": 1}),
    _HUB(
        "merged_masks",
        kernels=_PLACED | {"embedding": 1, "table": 2},
        left=_IDS | {"RESHAPE": 1, "MINIMUM": 1, "CAST": 1},
    ),
    _HUB(
        "halves_rotated",
        kernels=_PRE_NORM | _GATED | {"rotary": 4},
        left=_IDS | {"GATHER": 1, "RESHAPE": 6, "MINIMUM": 1, "GREATER": 1},
    ),
    _HUB(
        "halves_rotated",
        30.0,
        kernels=_PRE_NORM | _GATED | {"rotary": 4, "table": 3},
        left=_IDS | {"GATHER": 1, "RESHAPE": 6, "MINIMUM": 1, "GREATER": 1},
    ),
    _HUB(
        "grouped_and_interleaved",
        kernels=_PRE_NORM | _GATED | {"rotary": 4, "table": 3},
        left=_IDS
        | {"GATHER": 1, "RESHAPE": 9, "MINIMUM": 1, "GREATER": 1}
        | {"EQUAL": 1, "REDUCE_ALL": 1, "SELECT_V2": 2},
    ),
    _HUB(
        "parallel_branches",
        kernels={"layer_norm": 4, "add_norm": 1, "attention": 2, "rotary": 4} | _GATED,
        left=_IDS | {"ADD": 2, "GATHER": 1, "RESHAPE": 2, "STRIDED_SLICE": 4},
    ),
    _HUB("relative_biases", kernels=_PRE_NORM, left=_IDS | {"GATHER": 1}),
    _HUB(
        "linear_biases",
        kernels=_PRE_NORM | {"layer_norm": 2, "table": 2},
        left=_IDS | {"GATHER": 1, "RESHAPE": 2, "MINIMUM": 1, "GREATER": 1},
    ),
    _HUB(
        "sine_places_and_pooling",
        kernels={"attention": 2, "add_norm": 4, "table": 3, "arithmetic": 3, "cast": 1},
        left=_IDS
        | {"GATHER": 1, "RESHAPE": 3, "SUM": 2, "CAST": 1}
        | {"GREATER": 1, "SELECT_V2": 1, "REDUCE_MAX": 1},
    ),
    _HUB(
        "memory_with_capped_scores",
        kernels={"layer_norm": 1, "add_norm": 2, "batch_matmul": 4, "softmax": 2, "table": 2},
        left=_IDS | {"GATHER": 1},
    ),
    _TENSORFLOW(
        "bert",
        kernels=_PLACED | {"arithmetic": 1, "table": 3},
        left={"GATHER": 1, "EMBEDDING_LOOKUP": 1, "RESHAPE": 1, "STRIDED_SLICE": 1},
    ),
    _TENSORFLOW("gpt2", kernels=_PLACED | {"embedding": 1, "table": 2}, left={}),
    _TENSORFLOW(
        "masks_and_infinities",
        kernels=_PRE_NORM | {"add_norm": 3, "cast": 1, "arithmetic": 2, "table": 2},
        left={"GATHER": 1, "CAST": 1, "RESHAPE": 1, "SUM": 2, "ADD": 1},
    ),
    _TENSORFLOW(
        "neighbours_rotated",
        kernels=_PRE_NORM | _GATED | {"rotary": 4},
        left={"GATHER": 1, "SPLIT": 2, "RESHAPE": 4},
    ),
)
