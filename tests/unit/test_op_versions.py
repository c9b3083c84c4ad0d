"""Which version an op needs, and which release has it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.fakes.graphs import op, tensor
from tflitekit.graph.min_runtime import parse_release
from tflitekit.graph.model import Model, Op
from tflitekit.graph.op_versions import VERSIONS, version_of
from tflitekit.graph.ops import OPS
from tflitekit.graph.quantization import Quantization
from tflitekit.graph.runtime_versions import RELEASES, UNRELEASED, release_of
from tflitekit.graph.storage import SparseDimension, Sparsity

SHAPE = (1, 4, 4, 8)
SMALL, LARGE = Quantization.affine(0.1, 0), Quantization.affine(10.0, 0)
EACH_OF_8 = Quantization.affine(np.ones(8), np.zeros(8, int))


def make(name: str, types: str, result: str, options: dict[str, Any] | None = None) -> Op:
    """An op on tensors of 1x4x4x8, of a type each; "-" for an operand that is left out."""
    graph = Model().add_subgraph()
    operands = [
        None if dtype == "-" else tensor(graph, f"x{index}", SHAPE, dtype)
        for index, dtype in enumerate(types.split())
    ]
    op(graph, name, operands, SHAPE, result, options=options)
    return graph.ops[-1]


@pytest.mark.parametrize(
    ("name", "types", "result", "options", "version"),
    [
        ("ADD", "float32 float32", "float32", {}, 1),
        ("ADD", "int8 int8", "int8", {}, 2),
        ("ADD", "int64 int64", "int64", {}, 4),
        ("BATCH_MATMUL", "int8 int8", "int8", {}, 2),
        ("BATCH_MATMUL", "int16 int16", "int16", {}, 3),
        ("BATCH_MATMUL", "float32 int8", "float32", {"asymmetric_quantize_inputs": True}, 4),
        ("BATCH_MATMUL", "float32 int8", "float32", {}, 1),
        ("BROADCAST_TO", "float32 int32", "float32", {}, 2),
        ("BROADCAST_TO", "int8 int32", "int8", {}, 3),
        ("CAST", "bool", "float32", {}, 1),
        ("CAST", "float32", "int8", {}, 3),
        ("CONV_2D", "int8 int8 int32", "int8", {}, 3),
        ("CONV_2D", "int8 int4 int32", "int8", {}, 7),
        ("CONV_2D", "int16 int8 int64", "int16", {}, 4),
        ("CONV_2D", "int16 int8 int32", "int16", {}, 8),
        ("CONV_2D", "float32 int8 float32", "float32", {}, 2),
        ("DEPTHWISE_CONV_2D", "float32 float32", "float32", {"dilation_h_factor": 2}, 2),
        ("DEPTHWISE_CONV_2D", "float32 float32", "float32", {"dilation_h_factor": 1}, 1),
        ("FULLY_CONNECTED", "float32 float32 float32", "float32", {}, 1),
        ("FULLY_CONNECTED", "float32 float32 -", "float32", {}, 1),
        ("FULLY_CONNECTED", "float32 float32", "float32", {}, 6),
        ("FULLY_CONNECTED", "int8 int8 int32", "int8", {}, 4),
        ("FULLY_CONNECTED", "int8 int8 int32", "int8", {"keep_num_dims": True}, 5),
        ("FULLY_CONNECTED", "int8 int4 int32", "int8", {}, 10),
        ("FULLY_CONNECTED", "int16 int8 int64", "int16", {}, 7),
        ("FULLY_CONNECTED", "int16 int8 int32", "int16", {}, 11),
        ("GATHER", "int8 int32", "int8", {"batch_dims": 1}, 5),
        ("GELU", "int8", "int8", {}, 2),
        ("LOGISTIC", "int16", "int16", {}, 3),
        ("LSTM", "float32 float32 int8", "float32", {"kernel_type": 0}, 3),
        ("NEG", "float32", "float32", {}, 1),
        ("QUANTIZE", "float32", "int8", {}, 1),
        ("QUANTIZE", "float32", "int16", {}, 2),
        ("RESIZE_BILINEAR", "int8 int32", "int8", {"half_pixel_centers": True}, 3),
        ("TRANSPOSE_CONV", "int32 int8 int8", "int8", {}, 2),
        ("TRANSPOSE_CONV", "int32 int8 int8 int32", "int8", {}, 3),
        (
            "TRANSPOSE_CONV",
            "int32 float32 float32",
            "float32",
            {"fused_activation_function": "RELU"},
            4,
        ),
        (
            "TRANSPOSE_CONV",
            "int32 float32 float32",
            "float32",
            {"fused_activation_function": "NONE"},
            1,
        ),
        ("WHERE", "bool", "int64", {}, 1),
        ("WHERE", "float32", "int64", {}, 2),
    ],
)
def test_types_and_options_give_the_version(name, types, result, options, version) -> None:
    assert version_of(make(name, types, result, options)) == version


def test_the_filter_of_a_group_needs_a_later_convolution() -> None:
    conv = make("CONV_2D", "float32 float32 float32", "float32", {})
    assert version_of(conv) == 1
    conv.inputs[1].shape = (8, 3, 3, 4)
    assert version_of(conv) == 6


@pytest.mark.parametrize(
    ("name", "axis", "per_tensor", "per_channel"),
    [("CONV_2D", 0, 2, 5), ("DEPTHWISE_CONV_2D", 3, 4, 6), ("FULLY_CONNECTED", 0, 3, 12)],
)
def test_a_scale_a_channel_needs_a_later_hybrid_kernel(name, axis, per_tensor, per_channel):
    hybrid = make(name, "float32 int8 float32", "float32", {})
    weights = hybrid.inputs[1]
    weights.shape, weights.quantization = (8, 3, 3, 8), SMALL
    assert version_of(hybrid) == per_tensor
    weights.quantization = Quantization.affine(np.ones(8), np.zeros(8, int), axis)
    assert version_of(hybrid) == per_channel


def test_a_scale_a_channel_in_dequantize_and_quantize() -> None:
    widen, narrow = make("DEQUANTIZE", "int8", "float32"), make("QUANTIZE", "float32", "int8")
    for tensor_, one, before, after in (
        (widen.inputs[0], widen, 2, 5),
        (narrow.outputs[0], narrow, 1, 3),
    ):
        assert version_of(one) == before
        tensor_.quantization = Quantization.affine(np.ones(8), np.zeros(8, int), 3)
        assert version_of(one) == after


def test_integers_that_are_just_numbers_need_another_version() -> None:
    for name, numbers, steps in (("ABS", 4, 3), ("MUL", 7, 4)):
        one = make(name, "int16 int16", "int16", {})
        assert version_of(one) == numbers
        one.inputs[0].quantization = SMALL
        assert version_of(one) == steps
    total = make("ADD", "int16 int16", "int16", {"pot_scale_int16": False})
    assert version_of(total) == 5
    total.inputs[0].quantization = SMALL
    assert version_of(total) == 3


def test_a_product_whose_scale_reaches_one() -> None:
    product = make("MUL", "int8 int8", "int8", {})
    one, other, out = product.inputs[0], product.inputs[1], product.outputs[0]
    one.quantization, other.quantization, out.quantization = SMALL, SMALL, SMALL
    assert version_of(product) == 2
    one.quantization = LARGE
    assert version_of(product) == 3


def test_rank_and_broadcasting() -> None:
    turned = make("TRANSPOSE", "int8 int32", "int8", {})
    assert version_of(turned) == 2
    turned.inputs[0].shape = (1,) * 5
    assert version_of(turned) == 4
    turned.inputs[0].shape = (1,) * 6
    assert version_of(turned) == 6
    difference = make("SUB", "float32 float32", "float32", {})
    difference.inputs[0].shape = difference.inputs[1].shape = (1, 2, 3, 4, 5)
    assert version_of(difference) == 1
    difference.inputs[1].shape = (5,)
    assert version_of(difference) == 3


def test_sparse_weights() -> None:
    product = make("FULLY_CONNECTED", "float32 float32 float32", "float32", {})
    product.inputs[1].sparsity = Sparsity((0,), (), (SparseDimension(0, 8, None, None),))
    assert version_of(product) == 8


def test_what_a_file_says_is_not_lowered_and_custom_ops_are_left() -> None:
    known = make("ADD", "int8 int8", "int8", {})
    known.version = 7
    assert version_of(known) == 7
    custom = make("ADD", "int8 int8", "int8")
    custom.custom = True
    assert version_of(custom) == 1


def test_every_op_and_version_of_the_rules_has_a_release() -> None:
    assert set(VERSIONS) <= set(OPS)
    for name, rules in VERSIONS.items():
        versions = [version for version, _ in rules]
        assert len(set(versions)) == len(versions), name
        assert all(release_of(name, version) for version in versions), name


def test_releases_are_of_known_ops_and_in_order() -> None:
    assert set(RELEASES) <= set(OPS)
    for name, releases in RELEASES.items():
        known = [parse_release(one) for one in releases.split() if one != UNRELEASED]
        assert known == sorted(known), name


def test_what_no_release_has() -> None:
    assert release_of("ADD", 2) == "1.14.0"
    assert release_of("BROADCAST_TO", 2) == "2.5.0"
    assert release_of("BROADCAST_TO", 1) is None
    assert release_of("ADD", 0) is None
    assert release_of("ADD", 99) is None
    assert release_of("STABLEHLO_SORT", 1) is None
