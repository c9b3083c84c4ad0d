"""What every kernel does with calls that make no sense: it gives a reason, and touches nothing."""

import functools
import math

import numpy as np
import pytest

from tests.fakes.kernel_cases.quality import quantize
from tests.fakes.kernel_examples import call_of, one_case_of_each, use_of
from tflitekit.devices.registry import open_device
from tflitekit.errors import RunError
from tflitekit.kernels import KERNELS
from tflitekit.progress import SILENT
from tflitekit.quantize.diagnosis.expose_all import run_on
from tflitekit.runtime.session import open_session
from tools.native_kernels import aligned, versions

pytestmark = [pytest.mark.build, pytest.mark.convert]

CASES = one_case_of_each()
TYPES = ("int8", "int16", "int32", "float32", "bool")
ANY_TYPE = ("cast", "one_hot", "rescale", "scatter")  # take values of several types
MOST_ELEMENTS = 1 << 24
LINE = 64  # to which the parts of a parameter block are padded


@pytest.fixture(scope="session")
def session():
    with open_session(open_device("local"), SILENT) as session:
        yield session


@pytest.fixture(scope="session")
def integer_model(session):
    """The integer model of a kernel's case, made once."""
    return functools.cache(lambda kernel: quantize(CASES[kernel], session))


@pytest.fixture(params=CASES)
def kernel(request):
    return request.param


@pytest.fixture
def example(kernel, integer_model):
    return call_of(kernel, use_of(kernel, integer_model(kernel)))


def test_every_kernel_has_a_case():
    assert {f"tflitekit.{kernel}" for kernel in CASES} == {op.name for op in KERNELS}


def call(native, example, inputs, outputs=None):
    """What is wrong, as a runtime would come to know it: it asks for the shapes of the outputs, and
    makes them so."""
    if outputs is None:
        shapes = native.infer(
            example.kernel, [array.shape for array in inputs], len(example.outputs)
        )
        if isinstance(shapes, str):
            return shapes
        if any(min(shape, default=1) < 0 or math.prod(shape) > MOST_ELEMENTS for shape in shapes):
            return "the runtime refuses such a shape"
        pairs = zip(shapes, example.outputs, strict=True)
        outputs = [np.zeros(shape, array.dtype) for shape, array in pairs]
    return native.call(example.kernel, inputs, outputs)


def replaced(arrays, i, array):
    return [*arrays[:i], array, *arrays[i + 1 :]]


def read_inputs(example):
    """The values and the block of parameters; other constants may be there for their shapes."""
    return sorted({*range(len(example.inputs))} - {*example.constants[:-1]})


def test_a_real_call_gives_the_bits_of_the_reference(native, example):
    for isa in versions(native, example.kernel):
        outputs = example.empty_outputs()
        assert native.call(example.kernel, example.inputs, outputs, isa) is None
        for got, wanted in zip(outputs, example.outputs, strict=True):
            assert (got == wanted).all(), isa


def test_missing_and_spare_tensors(native, example):
    for i in range(len(example.inputs)):
        reason = call(native, example, example.inputs[:i] + example.inputs[i + 1 :])
        assert reason or i not in read_inputs(example), i
    assert call(native, example, [])
    assert call(native, example, [*example.inputs, example.inputs[0]])
    spare = [*example.empty_outputs(), np.zeros(4, np.int8)]
    assert call(native, example, example.inputs, spare)


def test_wrong_types(native, example):
    for i, array in enumerate(example.inputs):
        for dtype in TYPES:
            if np.dtype(dtype) != array.dtype:
                inputs = replaced(example.inputs, i, aligned(array.astype(dtype)))
                reason = call(native, example, inputs)
                may = i not in read_inputs(example) or (i == 0 and example.kernel in ANY_TYPE)
                assert reason or may, (i, dtype)
    for i, array in enumerate(example.outputs):
        for dtype in TYPES:
            if np.dtype(dtype) != array.dtype:
                outputs = replaced(example.empty_outputs(), i, np.zeros(array.shape, dtype))
                assert call(native, example, example.inputs, outputs), (i, dtype)


def cuts(size):
    """How many elements may be left: few of the first part, none of the last, and in between. What
    is cut off is more than what pads the last part."""
    lines = range(0, size, max(LINE, size // 8 // LINE * LINE))
    return sorted({0, 1, 3} | {n for line in lines for n in (line, line + 1) if n <= size - LINE})


def test_truncated_parameters(native, example):
    for i in example.constants:
        flat = example.inputs[i].ravel()
        for count in cuts(flat.size):
            inputs = replaced(example.inputs, i, aligned(flat[:count]))
            reason = call(native, example, inputs)
            assert reason or i not in read_inputs(example), (i, count)


def other_shapes(shape):
    yield ()
    yield (*shape, 2)
    yield (3, *shape)[:8]
    for axis, size in enumerate(shape):
        yield (*shape[:axis], size + 1, *shape[axis + 1 :])
        yield (*shape[:axis], 2 * size, *shape[axis + 1 :])
        yield (*shape[:axis], size - 1, *shape[axis + 1 :])
        yield (*shape[:axis], 0, *shape[axis + 1 :])
        yield shape[:axis] + shape[axis + 1 :]


def test_other_shapes_of_an_input(native, example):
    """A caller may resize what it gives: that has to be refused or computed, and not in part.

    One row more or less may well be one that no window of an image reaches.
    """
    for i, array in enumerate(example.inputs):
        for shape in other_shapes(array.shape):
            inputs = replaced(example.inputs, i, aligned(np.ones(shape, array.dtype)))
            reason = call(native, example, inputs)
            if i not in example.constants and np.prod(shape) >= 2 * array.size:
                assert reason or follows(native, example, inputs), (i, shape)


def follows(native, example, inputs):
    """Whether the outputs have other shapes where an operand has another one."""
    shapes = native.infer(example.kernel, [array.shape for array in inputs], len(example.outputs))
    return shapes != tuple(array.shape for array in example.outputs)


def test_an_output_that_is_too_small(native, example):
    for i, array in enumerate(example.outputs):
        for axis, size in enumerate(array.shape):
            shape = (*array.shape[:axis], size - 1, *array.shape[axis + 1 :])
            outputs = replaced(example.empty_outputs(), i, np.zeros(shape, array.dtype))
            assert call(native, example, example.inputs, outputs), (i, shape)


def test_shapes_without_sense(native, example):
    right = [array.shape for array in example.inputs]
    assert isinstance(native.infer(example.kernel, [], len(example.outputs)), str)
    assert native.infer(example.kernel, right, len(example.outputs)) == tuple(
        array.shape for array in example.outputs
    )
    for i in range(len(right)):
        native.infer(example.kernel, right[:i], len(example.outputs))
        for shape in ((), (0,), (-1,), (2**31 - 1,) * 8, (1,) * 8):
            native.infer(example.kernel, [*right[:i], shape, *right[i + 1 :]], len(example.outputs))


def test_parameters_of_noise(native, example):
    """Any block, such as one of a damaged file, is refused or computed, and nothing else."""
    rng = np.random.default_rng(0)
    for i in example.constants:
        for count in (4, 16, LINE, 4 * LINE):
            for _ in range(8):
                inputs = list(example.inputs)
                inputs[i] = aligned(example.inputs[i])
                noise = inputs[i].view(np.uint8).reshape(-1)
                places = rng.integers(0, min(count, noise.size), 3)
                noise[places] = rng.choice(np.uint8([0, 1, 127, 128, 255]), 3)
                call(native, example, inputs)


def test_a_model_with_truncated_parameters_fails_the_run(kernel, integer_model, session):
    made = integer_model(kernel)
    model, _ = made.model.copy()
    op = next(op for op in model.ops() if op.name == f"tflitekit.{kernel}")
    last = op.inputs[-1]
    op.inputs[-1] = last.subgraph.constant("short", np.asarray(last.data).ravel()[: -LINE - 1])
    with pytest.raises(RunError, match=rf"tflitekit\.{kernel}: "):
        run_on(session, model, made.samples[:1])
