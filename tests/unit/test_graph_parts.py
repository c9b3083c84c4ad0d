"""The tables and codecs under the graph: types, packed elements, options, operators."""

import inspect

import ml_dtypes
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.testing import assert_array_equal

from tflitekit.graph import options, packing
from tflitekit.graph.dtypes import BY_CODE, BY_NAME, DTYPES, is_float
from tflitekit.graph.ops import OPS
from tflitekit.graph.schema_names import options_name, options_number


def members(enumeration: type) -> dict[str, int]:
    return {name: value for name, value in vars(enumeration).items() if name[0] != "_"}


def test_the_type_table_is_that_of_the_schema() -> None:
    assert {dtype.name.upper(): dtype.code for dtype in DTYPES} == members(schema.TensorType)
    assert len(BY_CODE) == len(BY_NAME) == len(DTYPES)


def test_widths_agree_with_numpy() -> None:
    for dtype in DTYPES:
        if dtype.storage is not None and not dtype.packed:
            assert np.dtype(dtype.storage).itemsize * 8 == dtype.bits
            assert np.dtype(dtype.storage).name == dtype.name


@pytest.mark.parametrize(
    ("name", "count", "nbytes"), [("int4", 3, 2), ("int2", 5, 2), ("int16", 3, 6), ("string", 4, 0)]
)
def test_bytes_of_elements(name: str, count: int, nbytes: int) -> None:
    assert BY_NAME[name].nbytes(count) == nbytes


def test_float_types() -> None:
    floats = "float32 float16 float64 bfloat16 float8_e4m3fn float8_e5m2 complex64 complex128"
    assert {dtype.name for dtype in DTYPES if is_float(dtype.name)} == set(floats.split())


def test_four_bit_elements_begin_in_the_low_half() -> None:
    assert_array_equal(packing.encode(np.array([1, -2, 7], np.int8), "int4"), [0xE1, 0x07])
    assert_array_equal(packing.decode(np.array([0xE1, 0x07], np.uint8), "int4", (3,)), [1, -2, 7])


LIMITS = {"int4": (np.int8, -8, 7), "int2": (np.int8, -2, 1), "uint4": (np.uint8, 0, 15)}


@given(st.data(), st.sampled_from(sorted(LIMITS)))
def test_packed_elements_come_back(data: st.DataObject, name: str) -> None:
    storage, low, high = LIMITS[name]
    shape = data.draw(arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5))
    values = data.draw(arrays.arrays(storage, shape, elements=st.integers(low, high)))
    raw = packing.encode(values, name)
    assert raw.size == BY_NAME[name].nbytes(values.size)
    assert_array_equal(packing.decode(raw, name, shape), values)


@given(st.lists(st.binary(max_size=9)))
def test_strings_come_back(strings: list[bytes]) -> None:
    raw = packing.pack_strings(strings)
    assert packing.unpack_strings(raw) == strings


@given(st.binary(max_size=40))
def test_broken_strings_are_a_value_error(raw: bytes) -> None:
    try:
        strings = packing.unpack_strings(np.frombuffer(raw, np.uint8))
    except ValueError:
        return
    assert sum(map(len, strings)) <= len(raw)


def test_strings_that_begin_in_the_header_are_a_value_error() -> None:
    raw = np.array([1, 4, 12], "<i4").view(np.uint8)
    with pytest.raises(ValueError, match="offsets"):
        packing.unpack_strings(raw)


def test_bfloat16_is_a_view() -> None:
    values = np.array([1.5, -2.0], ml_dtypes.bfloat16)
    raw = packing.encode(values, "bfloat16")
    assert np.shares_memory(packing.decode(raw, "bfloat16", (2,)), raw)
    assert_array_equal(packing.decode(raw, "bfloat16", (2,)), values)


def test_a_buffer_of_another_size_is_a_value_error() -> None:
    for name in ("int4", "float32", "resource"):
        with pytest.raises(ValueError):
            packing.decode(np.zeros(3, np.uint8), name, (2,))


OPTION_CLASSES = sorted(
    name
    for union in (schema.BuiltinOptions, schema.BuiltinOptions2)
    for name in members(union)
    if name != "NONE"
)


@pytest.mark.parametrize("name", OPTION_CLASSES)
def test_all_options_come_back(name: str) -> None:
    kind = getattr(schema, f"{name}T")
    original = kind()
    for number, (field, value) in enumerate(vars(original).items()):
        setattr(original, field, sample(value, number))
    fields, indices = options.split_subgraphs(name, options.to_fields(original))
    again = kind()
    options.from_fields(again, fields | options.join_subgraphs(name, indices))
    for field, value in vars(original).items():
        assert_array_equal(getattr(again, field), value)


def sample(default: object, number: int) -> object:
    """A value of the field's type that is not its default."""
    if isinstance(default, bool):
        return not default
    if isinstance(default, int):
        return number + 1
    if isinstance(default, float):
        return number + 0.5
    return [number, number + 1]


def test_every_field_that_names_a_subgraph_is_a_reference() -> None:
    found = {
        name: {
            options.snake_case(field)
            for field in inspect.signature(getattr(schema, f"{name}T").__init__).parameters
            if "ubgraph" in field or field == "calledComputations"
        }
        for name in OPTION_CLASSES
    }
    found = {name: fields for name, fields in found.items() if fields}
    assert found == {name: set(roles) for name, roles in options.SUBGRAPH_FIELDS.items()}


def test_spelling_of_fields() -> None:
    pairs = {"strideW": "stride_w", "dilationHFactor": "dilation_h_factor", "newShape": "new_shape"}
    assert {name: options.snake_case(name) for name in pairs} == pairs


def test_a_number_without_a_name_stays() -> None:
    assert options.to_fields(schema.Conv2DOptionsT(padding=9))["padding"] == 9


def test_the_operator_table_is_that_of_the_schema() -> None:
    left_out = {"CUSTOM", "PLACEHOLDER_FOR_GREATER_OP_CODES"}
    assert set(OPS) == set(members(schema.BuiltinOperator)) - left_out
    assert {facts.options for facts in OPS.values()} - {""} <= set(OPTION_CLASSES)


def test_option_types_have_one_number_each() -> None:
    for name in OPTION_CLASSES:
        assert options_name(*options_number(name)) == name
