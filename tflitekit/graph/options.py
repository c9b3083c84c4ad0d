"""Builtin options between the schema's classes and plain dictionaries.

Field names become the schema's own ("strideW" of the generated code is "stride_w" here), the
enumerations that people meet become names, and fields that hold subgraph indices are set apart.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np

from tflitekit.graph.dtypes import BY_CODE, BY_NAME

Fields = dict[str, Any]

_TYPES = {code: dtype.name for code, dtype in BY_CODE.items()}
_PADDING = {0: "SAME", 1: "VALID"}
_ACTIVATION = {0: "NONE", 1: "RELU", 2: "RELU_N1_TO_1", 3: "RELU6", 4: "TANH", 5: "SIGN_BIT"}

ENUMERATIONS: dict[str, dict[int, str]] = {
    "fused_activation_function": _ACTIVATION,
    "padding": _PADDING,
    "in_data_type": _TYPES,
    "out_data_type": _TYPES,
    "output_type": _TYPES,
    "out_type": _TYPES,
    "idx_out_type": _TYPES,
    "key_dtype": _TYPES,
    "value_dtype": _TYPES,
    "quantized_bias_type": _TYPES,
}
"""The fields whose numbers have names here; a number without a name stays a number."""

SUBGRAPH_FIELDS: dict[str, dict[str, str]] = {
    "CallOptions": {"subgraph": "callee"},
    "CallOnceOptions": {"init_subgraph_index": "init"},
    "IfOptions": {"then_subgraph_index": "then", "else_subgraph_index": "else"},
    "WhileOptions": {"cond_subgraph_index": "cond", "body_subgraph_index": "body"},
    "StableHLOCompositeOptions": {"decomposition_subgraph_index": "decomposition"},
    "StablehloCaseOptions": {"branch_subgraph_indices": "branch"},
    "StablehloCustomCallOptions": {"called_computations": "computation"},
    "StablehloReduceOptions": {"body_subgraph_index": "body"},
    "StablehloReduceWindowOptions": {"body_subgraph_index": "body"},
    "StablehloScatterOptions": {"update_computation_subgraph_index": "update"},
    "StablehloSortOptions": {"comparator_subgraph_index": "comparator"},
    "StablehloWhileOptions": {"cond_subgraph_index": "cond", "body_subgraph_index": "body"},
}
"""The fields that hold subgraph indices, and the role each one plays."""


def to_fields(options: Any) -> Fields:
    """The fields of an options object of the schema, subgraph indices included."""
    named = {snake_case(name): _plain(value) for name, value in vars(options).items()}
    return {name: _named(name, value) for name, value in named.items()}


def from_fields(options: Any, fields: Fields) -> None:
    """Set the fields of an options object of the schema; those not given keep their default.

    Raises:
        KeyError: the options have no such field, or an enumeration no such name.
    """
    schema_names = {snake_case(name): name for name in vars(options)}
    for name, value in fields.items():
        setattr(options, schema_names[name], _stored(_numbered(name, value)))


def split_subgraphs(options_type: str, fields: Fields) -> tuple[Fields, dict[str, int]]:
    """Set the subgraph indices apart.

    Returns:
        The other fields, and the index that each role has. A field with several indices gives
        its role a number: "branch_0", "branch_1".
    """
    roles = SUBGRAPH_FIELDS.get(options_type, {})
    indices: dict[str, int] = {}
    for name, role in roles.items():
        value = fields[name]
        if isinstance(value, int):
            indices |= {role: value} if value >= 0 else {}
        else:
            indices |= {f"{role}_{number}": index for number, index in enumerate(value or ())}
    return {name: value for name, value in fields.items() if name not in roles}, indices


def join_subgraphs(options_type: str, indices: dict[str, int]) -> Fields:
    """The inverse of `split_subgraphs`: the fields that hold the given indices."""
    fields: Fields = {}
    for name, role in SUBGRAPH_FIELDS.get(options_type, {}).items():
        numbered = [key for key in indices if key.startswith(f"{role}_")]
        if numbered:
            fields[name] = [indices[f"{role}_{number}"] for number in range(len(numbered))]
        elif role in indices:
            fields[name] = indices[role]
        elif name.endswith("_index"):
            fields[name] = -1
    return fields


@cache
def snake_case(name: str) -> str:
    """The schema's spelling of a field of the generated code."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])|(?<=[A-Z])([A-Z])(?=[a-z])", r"_\1\2", name).lower()


def _plain(value: Any) -> Any:
    """Bytes for a vector of bytes, a list for any other, text for a string."""
    if isinstance(value, np.ndarray):
        return value.tobytes() if value.dtype == np.uint8 else value.tolist()
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value


def _stored(value: Any) -> Any:
    return np.frombuffer(value, np.uint8) if isinstance(value, bytes) else value


def _named(name: str, value: Any) -> Any:
    if name in ENUMERATIONS and isinstance(value, int):
        return ENUMERATIONS[name].get(value, value)
    return value


def _numbered(name: str, value: Any) -> Any:
    if not isinstance(value, str) or name not in ENUMERATIONS:
        return value
    if ENUMERATIONS[name] is _TYPES:
        return BY_NAME[value].code
    return {text: number for number, text in ENUMERATIONS[name].items()}[value]
