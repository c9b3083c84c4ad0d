"""Convolutions, matrix products and reductions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.fakes.one_op import BLOCK, IMAGE, ROWS, Given, OneOp, ints, values


def products() -> Iterator[OneOp]:
    bias = values(12, low=-2.0, high=2.0)
    filter_ = values(12, 3, 3, 8) * np.linspace(0.1, 2, 12, dtype=np.float32)[:, None, None, None]

    def conv(padding: str, stride: int = 1, dilation: int = 1, act: str = "NONE") -> dict[str, Any]:
        return {
            "padding": padding,
            "stride_w": stride,
            "stride_h": stride,
            "dilation_w_factor": dilation,
            "dilation_h_factor": dilation,
            "fused_activation_function": act,
        }

    same = conv("SAME")
    yield OneOp("CONV_2D", "", (IMAGE, filter_, bias), same)
    yield OneOp("CONV_2D", "stride 2", (IMAGE, filter_, bias), conv("SAME", 2))
    yield OneOp("CONV_2D", "valid", (IMAGE, filter_, bias), conv("VALID"))
    yield OneOp("CONV_2D", "dilated", (IMAGE, filter_, bias), conv("SAME", 1, 2))
    yield OneOp("CONV_2D", "RELU", (IMAGE, filter_, bias), conv("SAME", act="RELU"))
    yield OneOp("CONV_2D", "RELU6", (IMAGE, filter_, bias), conv("SAME", act="RELU6"))
    yield OneOp("CONV_2D", "pointwise", (IMAGE, values(12, 1, 1, 8), bias), same)
    yield OneOp("CONV_2D", "grouped", (IMAGE, values(12, 3, 3, 4), bias), same)
    yield OneOp("CONV_2D", "computed filter", (IMAGE, Given((12, 3, 3, 8), -1.0, 1.0), bias), same)
    yield OneOp("CONV_2D", "batch 2", (Given((2, 5, 5, 8)), filter_, bias), same)

    depth = values(1, 3, 3, 8) * np.linspace(0.1, 2, 8, dtype=np.float32)
    double = values(1, 3, 3, 16) * np.linspace(0.1, 2, 16, dtype=np.float32)
    eight, sixteen = values(8, low=-2.0, high=2.0), values(16, low=-2.0, high=2.0)
    for variant, options in {
        "": same,
        "stride 2": conv("SAME", 2),
        "valid": conv("VALID"),
        "dilated": conv("SAME", 1, 2),
        "RELU6": conv("SAME", act="RELU6"),
    }.items():
        one = {"depth_multiplier": 1}
        yield OneOp("DEPTHWISE_CONV_2D", variant, (IMAGE, depth, eight), options | one)
    two = same | {"depth_multiplier": 2}
    yield OneOp("DEPTHWISE_CONV_2D", "multiplier 2", (IMAGE, double, sixteen), two)

    for variant, padding, stride, size in (
        ("", "SAME", 2, (1, 18, 22, 12)),
        ("valid", "VALID", 2, (1, 19, 23, 12)),
        ("stride 1", "SAME", 1, (1, 9, 11, 12)),
    ):
        options = {"padding": padding, "stride_w": stride, "stride_h": stride}
        yield OneOp("TRANSPOSE_CONV", variant, (ints(*size), filter_, IMAGE, bias), options)
    options = {"padding": "SAME", "stride_w": 2, "stride_h": 2}
    size = ints(1, 18, 22, 12)
    yield OneOp("TRANSPOSE_CONV", "no bias", (size, filter_, IMAGE), options)
    fused = options | {"fused_activation_function": "RELU"}
    yield OneOp("TRANSPOSE_CONV", "RELU", (size, filter_, IMAGE, bias), fused)

    weights = values(24, 32) * np.linspace(0.1, 2, 24, dtype=np.float32)[:, None]
    offsets = values(24, low=-2.0, high=2.0)
    yield OneOp("FULLY_CONNECTED", "", (ROWS, weights, offsets))
    yield OneOp("FULLY_CONNECTED", "no bias", (ROWS, weights, None))
    yield OneOp(
        "FULLY_CONNECTED", "RELU", (ROWS, weights, offsets), {"fused_activation_function": "RELU"}
    )
    alike = weights / np.abs(weights).max(axis=1, keepdims=True)
    yield OneOp("FULLY_CONNECTED", "alike channels", (ROWS, alike, offsets))
    deep = Given((2, 5, 32), -2.0, 1.0)
    yield OneOp("FULLY_CONNECTED", "rank 3", (deep, weights, offsets), {"keep_num_dims": True})
    yield OneOp("FULLY_CONNECTED", "computed weights", (ROWS, Given((24, 32), -1.0, 2.0), None))
    yield OneOp("FULLY_CONNECTED", "computed bias", (ROWS, weights, Given((24,), -1.0, 2.0)))

    for x, y, adj_x, adj_y in (
        ((2, 5, 16), (2, 16, 7), False, False),
        ((2, 5, 16), (2, 7, 16), False, True),
        ((2, 16, 5), (2, 16, 7), True, False),
        ((2, 16, 5), (2, 7, 16), True, True),
        ((2, 3, 5, 16), (1, 1, 16, 7), False, False),
    ):
        variant = f"adj_x={adj_x} adj_y={adj_y}" if len(x) == 3 else "broadcast"
        adj = {"adj_x": adj_x, "adj_y": adj_y}
        yield OneOp("BATCH_MATMUL", variant, (Given(x), Given(y, -4.0, 2.0)), adj)
    right = values(2, 16, 7)
    adj = {"adj_x": False, "adj_y": False}
    yield OneOp("BATCH_MATMUL", "constant right", (Given((2, 5, 16)), right), adj)
    yield OneOp("BATCH_MATMUL", "constant flat right", (Given((2, 5, 16)), right[0]), adj)
    yield OneOp("BATCH_MATMUL", "constant left", (values(2, 5, 16), Given((2, 16, 7))), adj)
    solid = Given((1, 5, 5, 5, 4))
    cube = {"padding": "SAME", "stride_d": 1, "stride_w": 1, "stride_h": 1}
    yield OneOp("CONV_3D", "", (solid, values(3, 3, 3, 4, 6), values(6)), cube)
    shape = ints(1, 5, 5, 5, 6)
    filter3 = values(3, 3, 3, 6, 4)
    yield OneOp("CONV_3D_TRANSPOSE", "", (shape, filter3, solid, values(6)), cube)


def reductions() -> Iterator[OneOp]:
    def pool(padding: str, stride: int, act: str = "NONE") -> dict[str, Any]:
        return {
            "padding": padding,
            "stride_w": stride,
            "stride_h": stride,
            "filter_width": 3,
            "filter_height": 3,
            "fused_activation_function": act,
        }

    for op in ("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D"):
        yield OneOp(op, "", (IMAGE,), pool("VALID", 2))
        yield OneOp(op, "same", (IMAGE,), pool("SAME", 1))
        yield OneOp(op, "RELU", (IMAGE,), pool("VALID", 1, "RELU"))
    for op in ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD"):
        x = Given((4, 9, 5, 8)) if op != "REDUCE_PROD" else Given((4, 3, 2, 8), 0.5, 2.0)
        for variant, axes in (("", (1, 2)), ("last axis", (3,)), ("all", (0, 1, 2, 3))):
            wide = variant == "all"
            given = Given((16, 3, 2, 8), 0.5, 1.5) if wide and op == "REDUCE_PROD" else x
            yield OneOp(op, variant, (given, ints(*axes)), {"keep_dims": False})
        yield OneOp(op, "keep_dims", (x, ints(1, 2)), {"keep_dims": True})
        yield OneOp(op, "first axis", (x, ints(0)), {"keep_dims": False})
    yield OneOp("CUMSUM", "", (BLOCK, np.int32(1)))
    for op in ("ARG_MAX", "ARG_MIN"):
        kind = {"output_type": "int32"}
        yield OneOp(op, "", (BLOCK, np.int32(-1)), kind, outputs=("int32",))
        yield OneOp(op, "middle axis", (BLOCK, np.int32(1)), kind, outputs=("int32",))
    yield OneOp("TOPK_V2", "", (Given((4, 32)), np.int32(5)), outputs=("float32", "int32"))
    segments = ints(0, 0, 1, 1)
    yield OneOp("SEGMENT_SUM", "", (Given((4, 32)), segments))
    for op in ("SUM", "PROD", "MAX", "MIN"):
        operands = (Given((4, 32), 0.5, 2.0), segments, np.int32(2))
        yield OneOp(f"UNSORTED_SEGMENT_{op}", "", operands)
    window = (
        Given((8, 6)),
        np.float32(0),
        *(np.array(v, np.int64) for v in ([2, 2], [1, 1], [1, 1])),
    )
    yield OneOp("REDUCE_WINDOW", "", window, {"reduce_function": 1})
