"""Ops that move elements, choose among them or compare them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tests.fakes.one_op import BLOCK, CUBE, IMAGE, Given, OneOp, ints, values


def movements() -> Iterator[OneOp]:
    low, high = Given((2, 6, 8), -1.0, 3.0), Given((2, 6, 8), -4.0, 2.0)
    for axis in (1, -1):
        options = {"axis": axis}
        yield OneOp("CONCATENATION", f"axis {axis}", (low, high), options)
    yield OneOp("CONCATENATION", "with a constant", (low, values(2, 6, 8)), {"axis": 1})
    yield OneOp("CONCATENATION", "of three", (low, high, Given((2, 6, 8), 0.0, 0.2)), {"axis": 0})
    yield OneOp("PACK", "", (low, high), {"values_count": 2, "axis": 1})
    yield OneOp("PACK", "with a constant", (low, values(2, 6, 8)), {"values_count": 2, "axis": 0})
    two, three = ("float32",) * 2, ("float32",) * 3
    yield OneOp("UNPACK", "", (BLOCK,), {"num": 2, "axis": 0}, two)
    yield OneOp("SPLIT", "", (np.int32(2), BLOCK), {"num_splits": 2}, two)
    yield OneOp("SPLIT_V", "", (BLOCK, ints(1, 2, 3), np.int32(1)), {"num_splits": 3}, three)
    yield OneOp("SLICE", "", (BLOCK, ints(0, 1, 2), ints(2, 3, 4)), shape=(2, 3, 4))
    yield OneOp("STRIDED_SLICE", "", (BLOCK, ints(0, 1, 7), ints(2, 6, 0), ints(1, 2, -3)))
    shrunk = {"shrink_axis_mask": 2, "begin_mask": 1, "end_mask": 1}
    yield OneOp(
        "STRIDED_SLICE", "shrunk", (BLOCK, ints(0, 1, 2), ints(0, 2, 6), ints(1, 1, 1)), shrunk
    )
    yield OneOp("GATHER", "", (BLOCK, ints(3, 0, 5, 5)), {"axis": 1})
    yield OneOp("GATHER", "indices given", (BLOCK, Given((3,), 0, 6, "int32")), {"axis": 1})
    pairs = ints([0, 1], [1, 0])
    yield OneOp("GATHER", "batched", (BLOCK, pairs), {"axis": 1, "batch_dims": 1})
    yield OneOp("GATHER", "a constant table", (values(20, 8), Given((9,), 0, 20, "int32")))
    yield OneOp("GATHER_ND", "", (BLOCK, ints([0, 1], [1, 5])))
    yield OneOp("EMBEDDING_LOOKUP", "", (Given((9,), 0, 20, "int32"), values(20, 8)))
    edges = ints([0, 0], [1, 2], [3, 0])
    yield OneOp("PAD", "", (BLOCK, edges))
    yield OneOp("PAD", "away from zero", (Given((2, 6, 8), 2.0, 3.0), edges))
    yield OneOp("PADV2", "", (BLOCK, edges, np.float32(1.3)))
    yield OneOp("PADV2", "beyond the range", (BLOCK, edges, np.float32(-6.0)))
    yield OneOp("MIRROR_PAD", "reflect", (BLOCK, edges), {"mode": 0})
    yield OneOp("MIRROR_PAD", "symmetric", (BLOCK, edges), {"mode": 1})
    yield OneOp("RESHAPE", "", (BLOCK, ints(12, 8)), {"new_shape": [12, 8]})
    yield OneOp("SQUEEZE", "", (Given((2, 1, 8)),), {"squeeze_dims": [1]})
    yield OneOp("EXPAND_DIMS", "", (BLOCK, np.int32(1)))
    yield OneOp("TRANSPOSE", "", (BLOCK, ints(0, 2, 1)))
    yield OneOp("TRANSPOSE", "rank 5", (Given((2, 2, 3, 4, 5)), ints(4, 0, 3, 1, 2)))
    for variant, corners, centers in (("", 0, 0), ("corners", 1, 0), ("centers", 0, 1)):
        options = {"align_corners": bool(corners), "half_pixel_centers": bool(centers)}
        yield OneOp("RESIZE_BILINEAR", variant, (IMAGE, ints(20, 15)), options)
        yield OneOp("RESIZE_NEAREST_NEIGHBOR", variant, (IMAGE, ints(20, 15)), options)
    half = {"align_corners": False, "half_pixel_centers": True}
    yield OneOp("RESIZE_BILINEAR", "smaller", (IMAGE, ints(4, 5)), half)
    yield OneOp("SPACE_TO_DEPTH", "", (CUBE,), {"block_size": 2})
    yield OneOp("DEPTH_TO_SPACE", "", (CUBE,), {"block_size": 2})
    crops = ints([0, 0], [0, 0])
    yield OneOp("SPACE_TO_BATCH_ND", "", (CUBE, ints(2, 2), crops))
    yield OneOp("SPACE_TO_BATCH_ND", "padded", (CUBE, ints(2, 2), ints([1, 1], [0, 2])))
    yield OneOp("BATCH_TO_SPACE_ND", "", (Given((4, 3, 4, 8)), ints(2, 2), crops))
    yield OneOp("TILE", "", (BLOCK, ints(1, 2, 2)))
    yield OneOp("BROADCAST_TO", "", (Given((1, 6, 8)), ints(3, 6, 8)), version=2)
    yield OneOp("REVERSE_V2", "", (BLOCK, ints(1)))
    batch = {"seq_dim": 1, "batch_dim": 0}
    yield OneOp("REVERSE_SEQUENCE", "", (BLOCK, ints(2, 5)), batch)
    yield OneOp("FILL", "", (ints(2, 3), Given((), 1.0, 3.0)))
    start = Given((3,), 0, 2, "int32")
    yield OneOp("DYNAMIC_UPDATE_SLICE", "", (BLOCK, Given((2, 2, 8), -4.0, 2.0), start))
    yield OneOp("DILATE", "", (Given((6, 5)), ints(2, 2), np.float32(0)))


def choices() -> Iterator[OneOp]:
    low, high = Given((2, 6, 8), -1.0, 3.0), Given((2, 6, 8), -4.0, 2.0)
    mask = Given((2, 6, 8), dtype="bool")
    for op in ("SELECT", "SELECT_V2"):
        yield OneOp(op, "", (mask, low, high))
        yield OneOp(op, "a constant", (mask, low, values(2, 6, 8)))
    flags = Given((1, 6, 1), dtype="bool")
    yield OneOp("SELECT_V2", "broadcast", (flags, low, Given((1,), -4.0, 2.0)))
    yield OneOp("SELECT_V2", "broadcast a constant", (mask, low, np.full((1,), -5.0, np.float32)))
    for op in ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"):
        yield OneOp(op, "", (low, high), outputs=("bool",))
        yield OneOp(op, "with a constant", (low, np.float32(0.7)), outputs=("bool",))
        yield OneOp(op, "with zero", (low, np.float32(0)), outputs=("bool",))
        wide = Given((2, 6, 8), 0.0, 700.0)
        yield OneOp(op, "of large steps", (wide, np.float32(90.2)), outputs=("bool",))
    indices = Given((2, 5), 0, 6, "int32")
    on, off = np.float32(2.5), np.float32(-1.0)
    yield OneOp("ONE_HOT", "", (indices, np.int32(6), on, off), {"axis": -1})
    places = ints([1], [3], [0])
    yield OneOp("SCATTER_ND", "", (places, Given((3, 8)), ints(5, 8)))
    yield OneOp("SCATTER_ND", "repeated", (ints([1], [3], [1]), Given((3, 8)), ints(5, 8)))
    yield OneOp("MATRIX_DIAG", "", (Given((3, 6)),))
    yield OneOp("MATRIX_SET_DIAG", "", (Given((3, 6, 6)), Given((3, 6), -4.0, 2.0)))
    yield OneOp("SPARSE_TO_DENSE", "", (places, ints(5), Given((3,)), np.float32(0)))
    yield OneOp("SHAPE", "", (BLOCK,), {"out_type": "int32"}, outputs=("int32",))
    yield OneOp("RANK", "", (BLOCK,), outputs=("int32",))
    for dtype in ("int32", "bool"):
        kinds = {"in_data_type": "float32", "out_data_type": dtype}
        yield OneOp("CAST", f"to {dtype}", (Given((2, 8), -9.0, 5.0),), kinds, outputs=(dtype,))
    kinds = {"in_data_type": "int32", "out_data_type": "float32"}
    yield OneOp("CAST", "from int32", (Given((2, 8), -9, 5, "int32"),), kinds)
    kinds = {"in_data_type": "bool", "out_data_type": "float32"}
    yield OneOp("CAST", "from bool", (Given((2, 8), dtype="bool"),), kinds)


def stablehlo_ops() -> Iterator[OneOp]:
    low, high = Given((2, 6, 8), -1.0, 3.0), Given((2, 6, 8), -4.0, 2.0)
    for op in ("STABLEHLO_ADD", "STABLEHLO_MULTIPLY", "STABLEHLO_MAXIMUM", "STABLEHLO_MINIMUM"):
        yield OneOp(op, "", (low, high))
    edges = {
        "edge_padding_low": [1, 0, 0],
        "edge_padding_high": [0, 1, 2],
        "interior_padding": [0, 0, 1],
    }
    yield OneOp("STABLEHLO_PAD", "", (low, np.float32(0.5)), edges)
    rows = {
        "offset_dims": [1, 2],
        "collapsed_slice_dims": [0],
        "start_index_map": [0],
        "index_vector_dim": 1,
        "slice_sizes": [1, 6, 8],
    }
    yield OneOp("STABLEHLO_GATHER", "", (low, ints([1], [0], [1])), rows)
