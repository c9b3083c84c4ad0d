"""Which regions of a graph are an attention, a softmax or a product, however they are spelled."""

import functools
import time

import numpy as np
import pytest

from tests.fakes import graphs
from tflitekit.graph.model import Model
from tflitekit.kernels.attention import ATTENTION
from tflitekit.kernels.batch_matmul import BATCH_MATMUL
from tflitekit.kernels.logits.exponential import LEAST
from tflitekit.kernels.patch import patch
from tflitekit.kernels.softmax import SOFTMAX

HEADS, TOKENS, WIDTH = 2, 5, 4
SCORES = (1, HEADS, TOKENS, TOKENS)
KERNELS = (ATTENTION, SOFTMAX, BATCH_MATMUL)


class Graph:
    """A graph that is written down op by op; numbers and arrays are constants."""

    def __init__(self):
        self.model = Model()
        self.graph = self.model.add_subgraph("main")

    def input(self, shape, dtype="float32"):
        tensor = graphs.tensor(self.graph, f"input_{len(self.graph.inputs)}", shape, dtype)
        self.graph.inputs.append(tensor)
        return tensor

    def op(self, name, *operands, shape=SCORES, dtype="float32", **options):
        given = [self.tensor(one) for one in operands]
        return graphs.op(self.graph, name, given, shape, dtype, options=options)

    def tensor(self, value):
        if isinstance(value, (float, np.ndarray)):
            return self.graph.constant("constant", np.asarray(value, getattr(value, "dtype", "f4")))
        return value

    def heads(self):
        return [self.input((1, HEADS, TOKENS, WIDTH)) for _ in range(3)]

    def attention(self, change=lambda graph, scores: scores):
        q, k, v = self.heads()
        scores = change(self, self.op("BATCH_MATMUL", q, k, adj_y=True))
        p = self.op("SOFTMAX", scores, beta=1.0)
        return self.op("BATCH_MATMUL", p, v, shape=(1, HEADS, TOKENS, WIDTH))

    def patched(self, *outputs):
        """The custom ops that the graph becomes, and the builtin ops that are left."""
        self.graph.outputs = list(outputs)
        patch(self.model, KERNELS)
        custom = [op for op in self.graph.ops if op.custom]
        return custom, [op.name for op in self.graph.ops if not op.custom]


def one_attention(change=lambda graph, scores: scores):
    graph = Graph()
    custom, left = graph.patched(graph.attention(change))
    assert [op.name for op in custom] == ["tflitekit.attention"]
    assert left == []
    return custom[0]


def added(term, given=(0.0, 1.0)):
    return term.term.numbers(np.array(given, np.float32)).tolist()


def numbers_of(constant):
    """What a constant adds to the logits of each head."""
    return constant.term.values.ravel()[constant.layout.places(TOKENS, TOKENS)]


def test_scale_of_scores():
    op = one_attention(lambda graph, scores: graph.op("MUL", scores, 0.25))
    assert op.options["factor"] == 0.25
    assert op.options["sizes"] == (TOKENS, TOKENS, WIDTH, WIDTH)
    assert op.options["terms"] == ()


@pytest.mark.parametrize("value", [-1e9, -3e4, float(np.finfo(np.float32).min), -np.inf])
@pytest.mark.parametrize("keeps", [True, False])
def test_selected_masks(value, keeps):
    def change(graph, scores):
        mask = graph.input((1, 1, 1, TOKENS), "bool")
        choices = (scores, value) if keeps else (value, scores)
        return graph.op("SELECT_V2", mask, *choices)

    op = one_attention(change)
    (term,) = op.options["terms"]
    assert op.inputs[-1].dtype == "bool"
    assert added(term) == ([np.float32(LEAST), 0] if keeps else [0, np.float32(LEAST)])
    assert (term.layout.row, term.layout.column) == (0, 1)
    assert term.layout.offsets.tolist() == [0, 0]


def test_a_mask_that_is_cast_and_multiplied():
    def change(graph, scores):
        small = (1, 1, TOKENS)
        mask = graph.op("CAST", graph.input(small, "int32"), shape=small)
        mask = graph.op("SUB", 1.0, mask, shape=small)
        mask = graph.op("MUL", mask, -1e9, shape=small)
        shape = graph.graph.constant("shape", np.int32([1, 1, 1, TOKENS]))
        return graph.op("ADD", scores, graph.op("RESHAPE", mask, shape, shape=(1, 1, 1, TOKENS)))

    (term,) = one_attention(change).options["terms"]
    assert added(term) == [np.float32(-1e9), 0]


def test_two_masks_and_a_constant_one():
    def change(graph, scores):
        rows, columns = graph.input((1, 1, TOKENS, 1), "bool"), graph.input(SCORES, "bool")
        both = graph.op("LOGICAL_AND", rows, columns, dtype="bool")
        causal = np.tri(TOKENS, dtype=bool)[None, None]
        kept = graph.op("LOGICAL_AND", both, causal, dtype="bool")
        return graph.op("SELECT_V2", kept, scores, -1e9)

    op = one_attention(change)
    constant, rows, columns = op.options["terms"]
    assert ((numbers_of(constant) < 0) == ~np.tri(TOKENS, dtype=bool)).all()
    assert (rows.layout.row, rows.layout.column) == (1, 0)
    assert (columns.layout.row, columns.layout.column) == (TOKENS, 1)
    assert [one.dtype for one in op.inputs if one is not None][3:] == ["bool", "bool"]


def test_either_of_two_hides():
    def change(graph, scores):
        one, other = graph.input(SCORES, "bool"), graph.input(SCORES, "bool")
        hidden = graph.op("LOGICAL_OR", one, other, dtype="bool")
        return graph.op("SELECT_V2", hidden, -1e9, scores)

    assert [one.term.masks for one in one_attention(change).options["terms"]] == [True, True]


def test_what_makes_a_mask_stays_for_others_that_read_it():
    graph = Graph()
    mask = graph.input(SCORES, "bool")
    hidden = graph.op("LOGICAL_NOT", mask, dtype="bool")
    y = graph.attention(lambda graph, scores: graph.op("SELECT_V2", hidden, scores, -1e9))
    custom, left = graph.patched(y, hidden)
    assert left == ["LOGICAL_NOT"]
    assert mask in custom[0].inputs


def test_blocks_that_share_a_mask_and_a_bias():
    """In one tensor they would need one scale."""
    graph = Graph()
    mask, bias = graph.input(SCORES, "bool"), np.zeros(SCORES, np.float32)
    bias[..., 1] = 0.5
    kept = graph.op("CAST", mask)
    both = graph.op("ADD", graph.op("MUL", graph.op("SUB", 1.0, kept), -1e9), bias)
    ends = [graph.attention(lambda graph, scores: graph.op("ADD", scores, both)) for _ in "ab"]
    custom, left = graph.patched(*ends)
    assert left == []
    for op in custom:
        constant, hidden = op.options["terms"]
        assert numbers_of(constant)[0, 0].tolist() == bias[0, 0, 0].tolist()
        assert added(hidden) == [-1e9, 0.0]
        assert op.inputs[-1] is mask


def test_a_mask_of_infinities_that_is_cut_out_of_a_larger_one():
    graph = Graph()
    hidden = graph.op("LOGICAL_NOT", graph.input((1, 1, 1, TOKENS), "bool"), dtype="bool")
    hidden.shape = (1, 1, 1, TOKENS)
    later = ~np.tri(TOKENS, dtype=bool)[None, None]
    either = graph.op("LOGICAL_OR", hidden, later, shape=(1, 1, TOKENS, TOKENS), dtype="bool")
    corners = [np.int32(one) for one in ([0, 0, 0, 0], [1, 1, TOKENS, TOKENS])]
    whole = graph.op("SLICE", either, *corners, shape=either.shape, dtype="bool")
    y = graph.attention(lambda graph, scores: graph.op("SELECT_V2", whole, -np.inf, scores))
    custom, left = graph.patched(y)
    assert left == []
    assert (numbers_of(custom[0].options["terms"][0]) < -1e29).sum() == HEADS * later.sum()


def test_more_masks_than_the_kernel_takes_are_left_together():
    graph = Graph()
    masks = [graph.input(SCORES, "bool") for _ in range(5)]
    both = functools.reduce(lambda a, b: graph.op("LOGICAL_AND", a, b, dtype="bool"), masks)
    y = graph.attention(lambda graph, scores: graph.op("SELECT_V2", both, scores, -1e9))
    custom, left = graph.patched(y, both)
    assert left == ["LOGICAL_AND"] * 4
    assert both in custom[0].inputs


def test_biases_are_values():
    bias = np.linspace(-3, 3, TOKENS * TOKENS, dtype=np.float32).reshape(1, 1, TOKENS, TOKENS)

    def change(graph, scores):
        scores = graph.op("ADD", scores, graph.input((1, HEADS, TOKENS, TOKENS)))
        return graph.op("MUL", graph.op("ADD", scores, bias), 0.5)

    op = one_attention(change)
    constant, computed = op.options["terms"]
    assert (constant.term.values == bias / 2).all()
    assert added(computed, (2.0,)) == [1.0]
    assert op.inputs[3].shape == SCORES


def test_products_with_ones_and_zeros():
    kept = np.tri(TOKENS, dtype=np.float32)[None, None]

    def change(graph, scores):
        return graph.op("SUB", graph.op("MUL", scores, kept), 1e4 * (1 - kept))

    (term,) = one_attention(change).options["terms"]
    assert ((numbers_of(term) <= -1e4) == (kept == 0)).all()


DISTANCES = np.arange(TOKENS) - np.arange(TOKENS)[:, None]


@pytest.mark.parametrize(
    ("mask", "size"),
    [
        (np.where(DISTANCES > 0, -1e9, 0), 2 * TOKENS - 1),
        (np.where(np.abs(DISTANCES) > 1, -np.inf, 0), 2 * TOKENS - 1),
        (np.array([0.5, 0.25])[:, None, None] * DISTANCES, HEADS * (2 * TOKENS - 1)),
        (np.where(np.arange(TOKENS) % 2 == DISTANCES**2 % 3, -1e9, 0), TOKENS * TOKENS),
        (np.arange(TOKENS)[None], TOKENS),
        (np.arange(TOKENS)[:, None], TOKENS),
    ],
    ids=["causal", "window", "by distance", "any", "by key", "by query"],
)
def test_a_constant_is_kept_without_repeats(mask, size):
    op = one_attention(lambda graph, scores: graph.op("ADD", scores, np.float32(mask)))
    (term,) = op.options["terms"]
    assert term.size == term.term.values.size == size
    assert (numbers_of(term) == np.float32(mask)).all()


def transposed(graph, tensor, order):
    shape = tuple(tensor.shape[axis] for axis in order)
    return graph.op(
        "TRANSPOSE", tensor, graph.graph.constant("order", np.int32(order)), shape=shape
    )


def test_transposes_around_it_become_layouts():
    graph = Graph()
    stored = (1, TOKENS, HEADS, WIDTH)
    q, k, v = (graph.input(stored) for _ in range(3))
    q, v = (transposed(graph, one, (0, 2, 1, 3)) for one in (q, v))
    k = transposed(graph, k, (0, 2, 3, 1))
    p = graph.op("SOFTMAX", graph.op("BATCH_MATMUL", q, k), beta=1.0)
    y = graph.op("BATCH_MATMUL", p, v, shape=(1, HEADS, TOKENS, WIDTH))
    custom, left = graph.patched(transposed(graph, y, (0, 2, 1, 3)))
    assert left == []
    for layout in custom[0].options["layouts"]:
        assert layout.offsets.tolist() == [0, WIDTH]
        assert (layout.row, layout.column) == (HEADS * WIDTH, 1)


def test_scores_of_keys_and_queries_that_are_transposed():
    graph = Graph()
    q, k, v = graph.heads()
    scores = transposed(graph, graph.op("BATCH_MATMUL", k, q, adj_y=True), (0, 1, 3, 2))
    p = graph.op("SOFTMAX", scores, beta=1.0)
    y = graph.op("BATCH_MATMUL", p, v, shape=(1, HEADS, TOKENS, WIDTH))
    custom, left = graph.patched(y)
    assert left == []
    assert custom[0].inputs[:3] == [q, k, v]


def test_heads_that_share_keys():
    graph = Graph()
    q, _, v = graph.heads()
    k = graph.input((1, 1, TOKENS, WIDTH))
    times = graph.graph.constant("times", np.int32([1, HEADS, 1, 1]))
    k = graph.op("TILE", k, times, shape=(1, HEADS, TOKENS, WIDTH))
    p = graph.op("SOFTMAX", graph.op("BATCH_MATMUL", q, k, adj_y=True), beta=1.0)
    custom, left = graph.patched(graph.op("BATCH_MATMUL", p, v, shape=(1, HEADS, TOKENS, WIDTH)))
    assert left == []
    assert custom[0].options["layouts"][1].offsets.tolist() == [0, 0]


def test_heads_that_share_keys_as_more_queries():
    """Queries of all heads lie one below the other in one matrix."""
    graph = Graph()
    q, k, v = (graph.input((1, heads, TOKENS, WIDTH)) for heads in (HEADS, 1, 1))
    queries = graph.op("RESHAPE", q, shape=(1, 1, HEADS * TOKENS, WIDTH))
    scores = graph.op("BATCH_MATMUL", queries, k, adj_y=True, shape=(1, 1, HEADS * TOKENS, TOKENS))
    scores = graph.op("RESHAPE", scores, shape=SCORES)
    masked = graph.op("SELECT_V2", graph.input(SCORES, "bool"), scores, -1e9)
    p = graph.op("RESHAPE", graph.op("SOFTMAX", masked, beta=1.0), shape=queries.shape)
    p.shape = (1, 1, HEADS * TOKENS, TOKENS)
    mixed = graph.op("BATCH_MATMUL", p, v, shape=queries.shape)
    custom, left = graph.patched(graph.op("RESHAPE", mixed, shape=(1, HEADS, TOKENS, WIDTH)))
    assert left == []
    assert [op.name for op in custom] == ["tflitekit.attention"]
    query, key, value, output = custom[0].options["layouts"]
    assert query.offsets.tolist() == output.offsets.tolist() == [0, TOKENS * WIDTH]
    assert key.offsets.tolist() == value.offsets.tolist() == [0, 0]


@pytest.mark.parametrize("read", ["scores", "probabilities"])
def test_what_others_read_is_not_hidden(read):
    graph = Graph()
    q, k, v = graph.heads()
    scores = graph.op("BATCH_MATMUL", q, k, adj_y=True)
    p = graph.op("SOFTMAX", scores, beta=1.0)
    y = graph.op("BATCH_MATMUL", p, v, shape=(1, HEADS, TOKENS, WIDTH))
    custom, _ = graph.patched(y, scores if read == "scores" else p)
    names = [op.name.removeprefix("tflitekit.") for op in custom]
    assert names == ["batch_matmul", "softmax", "batch_matmul"]


def test_a_small_constant_is_no_mask():
    graph = Graph()
    mask, x = graph.input(SCORES, "bool"), graph.input(SCORES)
    chosen = graph.op("SELECT_V2", mask, x, -5.0)
    custom, left = graph.patched(graph.op("SOFTMAX", chosen, beta=1.0))
    assert left == ["SELECT_V2"]
    assert custom[0].inputs[0] is chosen


@pytest.mark.parametrize("keeps", [True, False])
def test_a_softmax_that_is_0_where_all_is_masked(keeps):
    graph = Graph()
    mask, x = graph.input(SCORES, "bool"), graph.input(SCORES)
    order = slice(None) if keeps else slice(None, None, -1)
    masked = graph.op("SELECT_V2", mask, *(x, -1e9)[order])
    p = graph.op("SOFTMAX", masked, beta=2.0)
    custom, left = graph.patched(graph.op("SELECT_V2", mask, *(p, 0.0)[order]))
    assert left == []
    assert custom[0].options["empty_is_zero"]
    assert custom[0].options["factor"] == 2.0


def test_zeros_where_another_mask_says_are_no_part_of_it():
    graph = Graph()
    mask, x = graph.input(SCORES, "bool"), graph.input(SCORES)
    other = np.tri(TOKENS, dtype=bool)
    p = graph.op("SOFTMAX", graph.op("SELECT_V2", mask, x, -1e9), beta=1.0)
    custom, left = graph.patched(graph.op("SELECT_V2", other, p, 0.0))
    assert left == ["SELECT_V2"]
    assert not custom[0].options["empty_is_zero"]


def test_probabilities_that_change_their_rows_are_no_attention():
    graph = Graph()
    q, k, v = (graph.input((1, HEADS, tokens, WIDTH)) for tokens in (4, 5, 4))
    scores = graph.op("BATCH_MATMUL", q, k, shape=(1, HEADS, 4, 5), adj_y=True)
    p = graph.op("SOFTMAX", scores, shape=(1, HEADS, 4, 5), beta=1.0)
    shape = graph.graph.constant("shape", np.int32([1, HEADS, 5, 4]))
    turned = graph.op("RESHAPE", p, shape, shape=(1, HEADS, 5, 4))
    custom, _ = graph.patched(graph.op("BATCH_MATMUL", turned, v, shape=(1, HEADS, 5, WIDTH)))
    assert "tflitekit.attention" not in [op.name for op in custom]


@pytest.mark.parametrize(("depth", "fires"), [(512, True), (513, False)])
def test_a_long_depth_is_left_to_two_products(depth, fires):
    graph = Graph()
    q, k = (graph.input((1, 1, 2, depth)) for _ in range(2))
    scores = graph.op("BATCH_MATMUL", q, k, shape=(1, 1, 2, 2), adj_y=True)
    p = graph.op("SOFTMAX", scores, shape=(1, 1, 2, 2), beta=1.0)
    v = graph.input((1, 1, 2, WIDTH))
    custom, _ = graph.patched(graph.op("BATCH_MATMUL", p, v, shape=(1, 1, 2, WIDTH)))
    assert ("tflitekit.attention" in [op.name for op in custom]) == fires


def test_a_product_of_an_activation_and_its_transpose():
    graph = Graph()
    x = graph.input((3, 5))
    y = graph.op("BATCH_MATMUL", x, transposed(graph, x, (1, 0)), shape=(3, 3))
    custom, left = graph.patched(y)
    assert left == []
    left_layout, right_layout, _ = custom[0].options["layouts"]
    assert (left_layout.row, left_layout.column) == (5, 1)
    assert (right_layout.row, right_layout.column) == (1, 5)


@pytest.mark.parametrize("kernel", KERNELS[:2])
def test_sums_of_sums_are_not_taken_apart_for_ever(kernel):
    """2^18 ways lead from the last to the first."""
    graph = Graph()
    x, v = graph.input(SCORES), graph.input((1, HEADS, TOKENS, WIDTH))
    for _ in range(18):
        x = graph.op("ADD", x, x)
    p = graph.op("SOFTMAX", x, beta=1.0)
    graph.graph.outputs = [graph.op("BATCH_MATMUL", p, v, shape=(1, HEADS, TOKENS, WIDTH))]
    start = time.monotonic()
    patch(graph.model, (kernel,))
    assert time.monotonic() - start < 5.0
