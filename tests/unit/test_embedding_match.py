"""Which GATHERs take rows of a table that has a scale for each row."""

import numpy as np
import pytest

from tests.fakes import graphs
from tflitekit.graph.model import Model
from tflitekit.kernels.embedding import EMBEDDING
from tflitekit.kernels.patch import patch

ROWS, COLUMNS, TOKENS = 7, 4, 3


def patched(table=None, logits=None, ids="int32", name="GATHER", **options):
    """Rows of a table, and the product of an input with the weights of logits; the names of the ops
    that they become.

    Args:
        table: float32 [ROWS, COLUMNS] unless given.
        logits: the weights; the table itself unless given.
        ids: their type; None for constant ones.
        options: of the GATHER.
    """
    graph = Model().add_subgraph("main")
    values = np.arange(ROWS * COLUMNS, dtype=np.float32).reshape(ROWS, COLUMNS)
    table = graph.constant("table", values if table is None else table)
    weights = table if logits is None else graph.constant("logits", logits)
    if ids is None:
        given = graph.constant("ids", np.zeros(TOKENS, np.int32))
    else:
        given = graphs.tensor(graph, "ids", (TOKENS,), ids)
        graph.inputs.append(given)
    x = graphs.tensor(graph, "x", (TOKENS, COLUMNS))
    graph.inputs.append(x)
    shape = (TOKENS, COLUMNS)
    y = graphs.op(graph, name, [table, given], shape, options=options)
    z = graphs.op(graph, "FULLY_CONNECTED", [x, weights, None], (TOKENS, ROWS), options={})
    graph.outputs = [y, z]
    model = Model([graph])
    patch(model, (EMBEDDING,))
    return [op.name for op in graph.ops]


OURS = ["tflitekit.embedding", "FULLY_CONNECTED"]
LEFT = ["GATHER", "FULLY_CONNECTED"]
TABLE = np.arange(ROWS * COLUMNS, dtype=np.float32).reshape(ROWS, COLUMNS)


@pytest.mark.parametrize("ids", ["int32", "int64"])
def test_a_table_that_logits_share(ids):
    assert patched(ids=ids) == OURS


def test_two_constants_that_are_equal_are_one_table():
    assert patched(logits=TABLE.copy()) == OURS


def test_a_table_of_its_own():
    assert patched(logits=TABLE + 1) == LEFT
    assert patched(logits=TABLE[:-1]) == LEFT


@pytest.mark.parametrize("options", [{"axis": 1}, {"batch_dims": 1}])
def test_what_gathers_no_rows(options):
    assert patched(**options) == LEFT


def test_other_types():
    assert patched(ids="uint8") == LEFT
    assert patched(ids=None) == LEFT
    assert patched(table=TABLE.astype(np.int32)) == LEFT
