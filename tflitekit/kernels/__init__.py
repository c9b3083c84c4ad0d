"""The custom ops that the runner has kernels for: one file each, one line each in `KERNELS`."""

from tflitekit.kernels.add_norm import ADD_NORM
from tflitekit.kernels.arithmetic import ARITHMETIC
from tflitekit.kernels.attention import ATTENTION
from tflitekit.kernels.average_pool import AVERAGE_POOL
from tflitekit.kernels.base import CustomOp
from tflitekit.kernels.batch_matmul import BATCH_MATMUL
from tflitekit.kernels.cast import CAST
from tflitekit.kernels.cumulative_sum import CUMULATIVE_SUM
from tflitekit.kernels.embedding import EMBEDDING
from tflitekit.kernels.fully_connected import FULLY_CONNECTED
from tflitekit.kernels.group_norm import GROUP_NORM
from tflitekit.kernels.layer_norm import LAYER_NORM
from tflitekit.kernels.lookup import LOOKUP
from tflitekit.kernels.lrn import LRN
from tflitekit.kernels.one_hot import ONE_HOT
from tflitekit.kernels.pair_table import PAIR_TABLE
from tflitekit.kernels.recurrent import RECURRENT
from tflitekit.kernels.rescale import RESCALE
from tflitekit.kernels.rotary import ROTARY
from tflitekit.kernels.scatter import SCATTER
from tflitekit.kernels.softmax import SOFTMAX
from tflitekit.kernels.table import TABLE

KERNELS: tuple[CustomOp, ...] = (
    ADD_NORM,
    LAYER_NORM,
    GROUP_NORM,
    LRN,
    *RECURRENT,
    ROTARY,
    ATTENTION,
    SOFTMAX,
    BATCH_MATMUL,
    FULLY_CONNECTED,
    EMBEDDING,
    SCATTER,
    TABLE,
    LOOKUP,
    ARITHMETIC,
    AVERAGE_POOL,
    PAIR_TABLE,
    CAST,
    ONE_HOT,
    CUMULATIVE_SUM,
    RESCALE,
)

BY_NAME = {op.name: op for op in KERNELS}
"""The same by the name of the op."""

__all__ = ["KERNELS", "CustomOp"]
