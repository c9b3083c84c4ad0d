"""The face of a quantized model changes its type, and nothing that the model computes."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tests.fakes.graphs import op, run, tensor
from tflitekit.graph import Model, read_model, write_model
from tflitekit.graph.model import Op, Signature
from tflitekit.graph.quantization import Quantization
from tflitekit.graph.strict import fully_integer
from tflitekit.graph.verify import verify
from tflitekit.quantize.planning.boundary import set_io

SHAPE = (1, 4)
VALUES = np.array([[-1.5, -0.2, 0.3, 2.0]], np.float32)


def quantized(graph, name, params, dtype="int8"):
    return tensor(graph, name, SHAPE, dtype, quantization=Quantization.affine(*params))


def convert(graph, name, source, target):
    version = {"float32": 1, "uint8": 1, "int8": 2}[source.dtype]
    graph.ops.append(Op(name, [source], [target], {}, version=version))
    return target


def rectified(face: str) -> Model:
    """x with scale 1/16 and zero point 3, through RELU to scale 1/32 and -128, named x and y."""
    model = Model()
    graph = model.add_subgraph()
    inside = quantized(graph, "inside", (1 / 16, 3))
    relu = quantized(graph, "relu", (1 / 32, -128))
    x, y = inside, relu
    if face == "float32":
        x = tensor(graph, "x", SHAPE)
        convert(graph, "QUANTIZE", x, inside)
    graph.ops.append(Op("RELU", [inside], [relu], version=2))
    if face == "float32":
        y = convert(graph, "DEQUANTIZE", relu, tensor(graph, "y", SHAPE))
    x.name, y.name = "x", "y"
    graph.inputs, graph.outputs = [x], [y]
    model.signatures["serve"] = Signature(graph, {"in": x}, {"out": y})
    return model


def call(model: Model, values) -> np.ndarray:
    """What the written model computes: real values in and out."""
    verify(model)
    model = read_model(write_model(model))
    (spec,), (out,) = model.signature().input_specs(), model.signature().output_specs()
    given = values
    if spec.scale is not None:
        limits = np.iinfo(spec.dtype)
        steps = np.round(values / spec.scale) + spec.zero_point
        given = np.clip(steps, limits.min, limits.max).astype(spec.dtype)
    (result,) = run(write_model(model), given)
    if out.scale is None:
        return result
    return ((result.astype(np.int32) - out.zero_point) * out.scale).astype(np.float32)


def op_names(model: Model) -> list[str]:
    return [one.name for one in model.main.ops]


@pytest.mark.parametrize("face", ["float32", "int8"])
@pytest.mark.parametrize("io", ["float32", "int8", "uint8", "int16"])
def test_every_face_computes_the_same(face, io) -> None:
    model = rectified(face)
    expected = call(rectified("float32"), VALUES)
    assert set_io(model, io) == (0 if io == face else 2)
    (x,), (y,) = model.main.inputs, model.main.outputs
    assert (x.dtype, y.dtype, x.name, y.name) == (io, io, "x", "y")
    assert_array_equal(call(model, VALUES), expected)
    assert set_io(model, io) == 0


def test_no_conversion_is_left_where_the_graph_is_int8() -> None:
    model = rectified("float32")
    set_io(model, "int8")
    assert op_names(model) == ["RELU"]
    assert len(model.main.tensors) == 2


def test_uint8_is_int8_with_another_zero_point() -> None:
    model = rectified("int8")
    set_io(model, "uint8")
    assert op_names(model) == ["QUANTIZE", "RELU", "QUANTIZE"]
    assert len({one.name for one in model.main.tensors}) == len(model.main.tensors)
    (x,), (y,) = model.signature().input_specs(), model.signature().output_specs()
    assert (x.scale, x.zero_point, y.scale, y.zero_point) == (1 / 16, 131, 1 / 32, 0)
    set_io(model, "int8")
    (x,) = model.signature().input_specs()
    assert (x.name, x.dtype, x.zero_point) == ("in", "int8", 3)


def two_ranges(same: bool) -> Model:
    """A float input that two branches quantize, and whose sum is dequantized."""
    model = Model()
    graph = model.add_subgraph()
    x = tensor(graph, "x", SHAPE)
    narrow = convert(graph, "QUANTIZE", x, quantized(graph, "narrow", (1 / 64, 0)))
    params = (1 / 64, 0) if same else (1 / 16, 0)
    wide = convert(graph, "QUANTIZE", x, quantized(graph, "wide", params))
    total = quantized(graph, "total", (1 / 16, 0))
    graph.ops.append(Op("ADD", [narrow, wide], [total], {}, version=2))
    y = convert(graph, "DEQUANTIZE", total, tensor(graph, "y", SHAPE))
    graph.inputs, graph.outputs = [x], [y]
    return model


def test_of_several_ranges_the_widest_becomes_the_input() -> None:
    model = two_ranges(same=False)
    set_io(model, "int8")
    assert op_names(model) == ["QUANTIZE", "ADD"]
    (x,) = model.signature().input_specs()
    assert (x.name, x.scale) == ("x", 1 / 16)
    steps = np.round(VALUES * 16) / 16  # what the wide range makes of them
    expected = np.clip(steps, -2, 127 / 64) + steps
    np.testing.assert_allclose(call(model, VALUES), expected, atol=1 / 32)


def test_equal_ranges_need_no_second_conversion() -> None:
    model = two_ranges(same=True)
    expected = call(two_ranges(same=True), VALUES)
    set_io(model, "int8")
    assert op_names(model) == ["ADD"]
    assert_array_equal(call(model, VALUES), expected)


def test_what_has_no_scale_stays() -> None:
    model = Model()
    graph = model.add_subgraph()
    ids = tensor(graph, "ids", SHAPE, "int32")
    plain = tensor(graph, "plain", SHAPE, "int8")
    real = tensor(graph, "real", SHAPE)
    graph.inputs = [ids, plain, real]
    graph.outputs = [op(graph, "COS", [real], SHAPE)]
    assert set_io(model, "uint8") == 0
    assert [one.dtype for one in graph.inputs] == ["int32", "int8", "float32"]
    assert op_names(model) == ["COS"]


def test_a_float_input_that_a_float_op_also_reads_stays() -> None:
    model = rectified("float32")
    graph = model.main
    graph.outputs.append(op(graph, "COS", [graph.inputs[0]], SHAPE))
    assert set_io(model, "int8") == 1
    assert [one.dtype for one in graph.inputs] == ["float32"]
    assert [one.dtype for one in graph.outputs] == ["int8", "float32"]
    verify(model)


def test_a_dequantized_tensor_that_is_read_inside_too_stays_for_its_reader() -> None:
    model = rectified("float32")
    graph = model.main
    graph.outputs.append(op(graph, "COS", [graph.outputs[0]], SHAPE))
    assert set_io(model, "int8") == 2
    assert op_names(model) == ["RELU", "DEQUANTIZE", "COS"]
    verify(model)


def test_an_output_that_comes_twice_and_an_input_that_passes_through() -> None:
    model = rectified("int8")
    graph = model.main
    graph.outputs += [graph.outputs[0], graph.inputs[0]]
    model.signature("serve").outputs.update(again=graph.outputs[1], same=graph.inputs[0])
    assert set_io(model, "uint8") == 4
    verify(model)
    assert {one.dtype for one in model.signature().output_specs()} == {"uint8"}
    steps = np.array([[0, 100, 131, 255]], np.uint8)
    first, again, same = run(write_model(model), steps)
    assert_array_equal(first, again)
    assert_array_equal(same, steps)


def rectified16(face: str, known: bool = False) -> Model:
    """The same in int16, for values up to 2; `known` says that they are not negative."""
    model = Model()
    graph = model.add_subgraph()
    inside, relu = (quantized(graph, name, (2 / 32767, 0), "int16") for name in ("inside", "relu"))
    for one in (inside, relu) if known else ():
        one.quantization.minimum = np.array([0], np.float32)
        one.quantization.maximum = np.array([2], np.float32)
    x, y = inside, relu
    if face == "float32":
        x = tensor(graph, "x", SHAPE)
        graph.ops.append(Op("QUANTIZE", [x], [inside], {}, version=2))
    graph.ops.append(Op("RELU", [inside], [relu], version=3))
    if face == "float32":
        y = tensor(graph, "y", SHAPE)
        graph.ops.append(Op("DEQUANTIZE", [relu], [y], {}, version=3))
    x.name, y.name = "x", "y"
    graph.inputs, graph.outputs = [x], [y]
    return model


@pytest.mark.parametrize("face", ["float32", "int16"])
@pytest.mark.parametrize(
    ("io", "step"),
    [("float32", 2 / 32767), ("int16", 2 / 32767), ("int8", 2 / 127), ("uint8", 2 / 127)],
)
def test_every_face_of_an_int16_model_is_as_near_as_its_type(face, io, step) -> None:
    model = rectified16(face)
    assert set_io(model, io) == (0 if io == face else 2)
    (x,), (y,) = model.main.inputs, model.main.outputs
    assert (x.dtype, y.dtype, x.name, y.name) == (io, io, "x", "y")
    assert fully_integer(model)
    if io == "int8":
        assert x.spec().scale == pytest.approx(4 / 255)
    result = call(model, VALUES)
    np.testing.assert_allclose(result, np.maximum(VALUES, 0), atol=1.01 * step)
    assert set_io(model, io) == 0


def test_an_int16_model_has_int16_faces_without_any_conversion() -> None:
    model = rectified16("float32")
    set_io(model, "int16")
    assert op_names(model) == ["RELU"]
    assert len(model.main.tensors) == 2


@pytest.mark.parametrize("io", ["int8", "uint8"])
def test_8_bits_for_int16_cover_the_known_range(io) -> None:
    model = rectified16("int16", known=True)
    set_io(model, io)
    for spec in (*model.signature().input_specs(), *model.signature().output_specs()):
        assert spec.scale == pytest.approx(2 / 255)
        assert spec.zero_point == np.iinfo(io).min
    result = call(model, np.abs(VALUES))
    np.testing.assert_allclose(result, np.abs(VALUES), atol=1.01 * 2 / 255)


def test_int16_stands_exactly_for_any_8_bit_value() -> None:
    model = rectified("int8")
    graph = model.main
    graph.inputs[0].quantization = Quantization.affine(1 / 16, -128)
    graph.outputs.append(graph.inputs[0])
    model.signature("serve").outputs["same"] = graph.inputs[0]
    set_io(model, "int16")
    (spec,) = model.signature().input_specs()
    assert (spec.scale, spec.zero_point) == (1 / 16 / 128, 0)
    steps = np.array([[0, 1, 200, 255]], np.int16) * 128
    assert_array_equal(run(write_model(model), steps)[1], steps)


def test_of_two_types_the_asked_one_becomes_the_input() -> None:
    model = two_ranges(same=False)
    graph = model.main
    fine = quantized(graph, "fine", (2 / 32767, 0), "int16")
    graph.ops.insert(0, Op("QUANTIZE", [graph.inputs[0]], [fine], {}, version=2))
    graph.outputs.append(fine)
    set_io(model, "int16")
    assert op_names(model) == ["QUANTIZE", "QUANTIZE", "ADD", "QUANTIZE"]
    assert graph.inputs == [fine]
    assert {one.dtype for one in graph.outputs} == {"int16"}
    verify(model)
