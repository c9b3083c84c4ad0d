"""Reading and writing model files."""

import struct
import tracemalloc
from dataclasses import fields, is_dataclass
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from numpy.testing import assert_array_equal

from tests.fakes.graphs import counting_loop, dense, everything, run, tensor
from tflitekit.errors import ModelError, OutputError, ToolkitError
from tflitekit.graph import map_model, read_model, save_model, write_model
from tflitekit.graph.model import Model, Op, Tensor
from tflitekit.graph.quantization import MultiAxis, Quantization
from tflitekit.graph.storage import Buffer

BACK_REFERENCES = {"subgraph", "model"}


def buffer_places(content: bytes) -> list[int]:
    """Where each non-empty buffer begins in the file, read with the schema alone."""
    model = schema.Model.GetRootAs(content, 0)
    places = []
    for index in range(model.BuffersLength()):
        buffer = model.Buffers(index)
        if buffer.DataLength():
            places.append(buffer._tab.Vector(buffer._tab.Offset(4)))
        elif buffer.Offset():
            places.append(buffer.Offset())
    return places


def facts(value: object, seen: dict[int, int]) -> object:
    """`value` as nested tuples; an object met again is named by when it was first met."""
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, value.tobytes())
    if is_dataclass(value):
        if id(value) in seen:
            return ("same as", seen[id(value)])
        seen[id(value)] = len(seen)
        named = [field.name for field in fields(value) if field.name not in BACK_REFERENCES]
        return (
            type(value).__name__,
            *((name, facts(getattr(value, name), seen)) for name in named),
        )
    if isinstance(value, dict):
        return tuple((key, facts(item, seen)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return tuple(facts(item, seen) for item in value)
    return value


def test_a_round_trip_loses_nothing() -> None:
    model = everything()
    again = read_model(write_model(model))
    for made, read in zip(model.ops(), again.ops(), strict=True):
        assert (made.options or {}).items() <= (read.options or {}).items()
        made.options = read.options
    for part, part_again in zip(facts(model, {}), facts(again, {}), strict=True):
        assert part == part_again


def test_multi_axis_and_custom_quantization_survive() -> None:
    model = dense()
    weights, bias = model.main.tensors[1:3]
    scales = model.main.constant("scales", np.ones(3, np.float32))
    weights.quantization = Quantization(details=MultiAxis(scales, scales, 4, (0, 1)))
    bias.quantization = Quantization(details=b"own technique")
    tensors = read_model(write_model(model)).main.tensors
    details = tensors[1].quantization.details
    assert isinstance(details, MultiAxis)
    assert (details.scales.name, details.zero_points.name) == ("scales", "scales")
    assert (details.block_size, details.axes) == (4, (0, 1))
    assert tensors[2].quantization.details == b"own technique"


@pytest.mark.parametrize("build", [dense, counting_loop, everything])
@pytest.mark.parametrize("largest", [2**30, 0])
def test_the_same_model_gives_the_same_bytes(build, largest: int) -> None:
    content = write_model(build(), largest_flatbuffer=largest)
    assert content == write_model(build(), largest_flatbuffer=largest)
    assert write_model(read_model(content), largest_flatbuffer=largest) == content


@pytest.mark.parametrize("largest", [2**30, 0])
def test_every_constant_is_aligned_and_shared_ones_stay_shared(largest: int) -> None:
    content = write_model(everything(), largest_flatbuffer=largest)
    places = buffer_places(content)
    assert [place % 64 for place in places] == [0] * len(places)
    assert len(places) == len(set(places)) == 8
    model = read_model(content)
    a, b = (one for one in model.main.tensors if one.name in "ab")
    assert a.buffer is b.buffer is model.metadata_buffers[0]


@pytest.mark.parametrize("largest", [2**30, 0])
def test_the_runtime_computes_the_same_from_both_layouts(largest: int) -> None:
    content = write_model(dense(), largest_flatbuffer=largest)
    x = np.array([[1, 0, 0, 2]], np.float32)
    assert_array_equal(run(content, x)[0], [[0, 18, 39]])


def test_constants_behind_the_flatbuffer_are_outside_it() -> None:
    inside, behind = write_model(dense()), write_model(dense(), largest_flatbuffer=0)
    assert schema.Model.GetRootAs(inside, 0).Buffers(1).Offset() == 0
    assert schema.Model.GetRootAs(behind, 0).Buffers(1).DataLength() == 0
    assert write_model(read_model(behind)) == inside


def test_large_custom_options_move_behind_the_flatbuffer_too() -> None:
    model = everything()
    model.main.ops[-1].custom_options = bytes(range(256)) * 300
    content = write_model(model, largest_flatbuffer=0)
    table = schema.Model.GetRootAs(content, 0).Subgraphs(0).Operators(1)
    assert table.CustomOptionsLength() == 0
    assert table.LargeCustomOptionsOffset() % 64 == 0
    assert read_model(content).main.ops[-1].custom_options == bytes(range(256)) * 300


def test_control_flow_refers_to_subgraphs_wherever_they_are() -> None:
    model = counting_loop()
    main, cond, body = model.subgraphs
    model.subgraphs = [main, body, cond]
    again = read_model(write_model(model))
    assert [graph.name for graph in again.main.ops[0].subgraphs.values()] == ["cond", "body"]
    last, doubled = run(write_model(again), np.int32(0), np.array([1, 3], np.float32))
    assert last == 5
    assert_array_equal(doubled, [32, 96])


def test_branches_of_a_case_are_numbered() -> None:
    model = counting_loop()
    main, cond, body = model.subgraphs
    inputs, outputs = list(main.inputs), list(main.outputs)
    main.ops = [Op("STABLEHLO_CASE", inputs, outputs, {}, {"branch_0": body, "branch_1": cond})]
    (case,) = read_model(write_model(model)).main.ops
    assert {role: graph.name for role, graph in case.subgraphs.items()} == {
        "branch_0": "body",
        "branch_1": "cond",
    }


def test_a_composite_may_lack_its_decomposition() -> None:
    model = dense()
    y = tensor(model.main, "y", (1, 4))
    model.main.ops.append(Op("STABLEHLO_COMPOSITE", [model.main.inputs[0]], [y], {"name": "own"}))
    composite = read_model(write_model(model)).main.ops[1]
    assert (composite.options["name"], composite.subgraphs) == ("own", {})


def test_a_model_compiled_for_an_accelerator_is_not_written() -> None:
    model = dense()
    model.main.ops.append(Op("DISPATCH_OP", [], [], custom=True))
    with pytest.raises(ModelError, match="compiled for an accelerator"):
        write_model(model)


def test_constants_are_views_of_the_file() -> None:
    content = write_model(dense())
    weights = read_model(content).main.tensors[1]
    assert np.shares_memory(weights.data, np.frombuffer(content, np.uint8))
    assert not weights.data.flags.writeable


@pytest.mark.parametrize("largest", [2**30, 0])
def test_a_mapped_model_is_the_same_and_outlives_its_file(tmp_path: Path, largest: int) -> None:
    content, path = write_model(everything(), largest_flatbuffer=largest), tmp_path / "m.tflite"
    path.write_bytes(content)
    model = map_model(path)
    path.unlink()
    assert write_model(model, largest_flatbuffer=largest) == content
    path.write_bytes(b"hello, this is a text file")
    with pytest.raises(ModelError, match="no TFL3 identifier"):
        map_model(path)


def test_equal_shapes_are_written_once() -> None:
    model = Model()
    graph = model.add_subgraph("main")
    for name in "abcd":
        tensor(graph, name, (7, 9))
    tables = schema.Model.GetRootAs(write_model(model), 0).Subgraphs(0)
    shapes = [tables.Tensors(number)._tab for number in range(4)]
    assert len({table.Vector(table.Offset(4)) for table in shapes}) == 1


def test_an_operator_beyond_127_is_written_for_old_readers_too() -> None:
    model = dense()
    (x,) = model.main.inputs
    y = tensor(model.main, "y", (1, 4))
    model.main.ops.append(Op("GELU", [x], [y], {"approximate": True}))
    code = schema.Model.GetRootAs(write_model(model), 0).OperatorCodes(1)
    assert (code.DeprecatedBuiltinCode(), code.BuiltinCode()) == (127, 150)


def test_save_model_writes_the_whole_file(tmp_path: Path) -> None:
    save_model(dense(), tmp_path / "dense.tflite")
    assert (tmp_path / "dense.tflite").read_bytes() == write_model(dense())
    with pytest.raises(OutputError):
        save_model(dense(), tmp_path / "missing" / "dense.tflite")


@pytest.mark.parametrize("parts", [1, 2000])
def test_saving_takes_the_memory_of_one_file(tmp_path: Path, parts: int) -> None:
    model, size = Model(), 8 << 20
    graph = model.add_subgraph("main")
    for number in range(parts):
        graph.constant(f"layer/{number}" * 99, np.full(size // parts, number % 99, np.uint8))
    save_model(Model(), tmp_path / "warm")  # imports the schema
    tracemalloc.start()
    save_model(model, tmp_path / "m.tflite")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < (tmp_path / "m.tflite").stat().st_size + (2 << 20) + 2000 * parts


def test_a_foreign_tensor_is_a_bug_of_who_built_the_graph() -> None:
    model = dense()
    model.main.ops[0].inputs[0] = Tensor("stranger", (1, 4), "float32")
    with pytest.raises(ToolkitError, match="stranger"):
        write_model(model)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"hello, this is a text file", "no TFL3 identifier"),
        (b"PK\x03\x04 and a zip archive", "looks like a .keras file"),
        (b"\x89HDF\r\n and so on", "looks like an .h5 Keras file"),
        (b"\xff\x00\x00\x00TFL3", "truncated or corrupted"),
        (b"\x10\x00\x00\x00TFL3" + bytes(40), "has no subgraph|corrupted"),
    ],
)
def test_what_is_no_model_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        read_model(content)
    assert caught.value.exit_code == 3


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No such file"):
        read_model(tmp_path / "no.tflite")
    with pytest.raises(ModelError, match="directory"):
        read_model(tmp_path)


def packed(change) -> bytes:
    """A dense model, changed as an object of the schema."""
    import flatbuffers

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(write_model(dense()), 0))
    change(model)
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


BROKEN = {
    "tensor 9 does not exist": lambda m: setattr(m.subgraphs[0].operators[0], "inputs", [9, 1, 2]),
    "tensor -2 does not exist": lambda m: setattr(m.subgraphs[0].operators[0], "inputs", [-2]),
    "operator code 5": lambda m: setattr(m.subgraphs[0].operators[0], "opcodeIndex", 5),
    "buffer 77": lambda m: setattr(m.subgraphs[0].tensors[0], "buffer", 77),
    "needs 48 bytes and has 12": lambda m: setattr(m.subgraphs[0].tensors[1], "buffer", 2),
    "negative size": lambda m: setattr(m.subgraphs[0].tensors[0], "shape", [-4]),
    "two ranks": lambda m: setattr(m.subgraphs[0].tensors[0], "shapeSignature", [-1]),
    "type 99": lambda m: setattr(m.subgraphs[0].tensors[0], "type", 99),
    "operator 127": lambda m: (
        setattr(m.operatorCodes[0], "builtinCode", 127),
        setattr(m.operatorCodes[0], "deprecatedBuiltinCode", 127),
    ),
    "operator 5000": lambda m: setattr(m.operatorCodes[0], "builtinCode", 5000),
    "subgraph 3": lambda m: setattr(m.signatureDefs[0], "subgraphIndex", 3),
    "tensor 50": lambda m: setattr(m.signatureDefs[0].inputs[0], "tensorIndex", 50),
    "ends at byte": lambda m: (
        setattr(m.buffers[1], "data", None),
        setattr(m.buffers[1], "offset", 10**9),
        setattr(m.buffers[1], "size", 48),
    ),
    "external buffer 3": lambda m: setattr(m.subgraphs[0].tensors[0], "externalBuffer", 3),
    "2 scales and 1 zero points": lambda m: setattr(
        m.subgraphs[0].tensors[0],
        "quantization",
        schema.QuantizationParametersT(scale=[1.0, 2.0], zeroPoint=[0]),
    ),
    "along axis 8": lambda m: setattr(
        m.subgraphs[0].tensors[0],
        "quantization",
        schema.QuantizationParametersT(scale=[1.0, 2.0], zeroPoint=[0, 0], quantizedDimension=8),
    ),
    "more than 64 axes": lambda m: setattr(m.subgraphs[0].tensors[0], "shape", [1] * 65),
}


@pytest.mark.parametrize("message", BROKEN)
def test_a_wrong_reference_is_named(message: str) -> None:
    with pytest.raises(ModelError, match=message):
        read_model(packed(BROKEN[message]))


def test_an_empty_buffer_is_no_constant() -> None:
    content = packed(lambda m: setattr(m.buffers[1], "data", []))
    assert read_model(content).main.tensors[1].buffer is None


def test_a_vector_that_claims_a_billion_entries_is_refused_at_once() -> None:
    content = bytearray(write_model(dense()))
    model = schema.Model.GetRootAs(bytes(content), 0)
    place = model.Subgraphs(0)._tab
    start = place.Vector(place.Offset(4)) - 4
    content[start : start + 4] = struct.pack("<I", 10**9)
    with pytest.raises(ModelError, match="more parts than it can hold"):
        read_model(bytes(content))


def test_tables_that_share_their_bytes_a_thousand_times_are_refused() -> None:
    def add_tensors(model) -> None:
        names = ["n" * 50_000, *(["n"] * 900)]
        model.subgraphs[0].tensors += [schema.TensorT(shape=[1], name=name) for name in names]

    content = bytearray(packed(add_tensors))
    graph = schema.Model.GetRootAs(bytes(content), 0).Subgraphs(0)
    start, target = graph._tab.Vector(graph._tab.Offset(4)), graph.Tensors(4)._tab.Pos
    for entry in range(start, start + 4 * graph.TensorsLength(), 4):
        content[entry : entry + 4] = struct.pack("<I", target - entry)
    with pytest.raises(ModelError, match="more parts than it can hold"):
        read_model(bytes(content))


def test_a_model_without_subgraphs_is_refused() -> None:
    with pytest.raises(ModelError, match="no subgraph"):
        read_model(write_model(Model()))


def test_unused_buffers_do_not_reach_the_file() -> None:
    model = dense()
    model.main.tensors[1].data = np.zeros((3, 4), np.float32)
    model.main.tensors[2].buffer = Buffer(np.zeros(12, np.uint8))
    weights_bias_and_oldest_runtime = 3
    assert len(buffer_places(write_model(model))) == weights_bias_and_oldest_runtime
