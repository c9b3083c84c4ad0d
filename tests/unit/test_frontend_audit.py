from pathlib import Path

import pytest

from tflitekit.errors import ModelError
from tflitekit.frontend.audit import CODE_CLASSES, audit, refuse


def layer(class_name, module="keras.layers", registered=None, name="odd", **config):
    return {
        "class_name": class_name,
        "module": module,
        "registered_name": registered,
        "config": {"name": name, **config},
        "inbound_nodes": [],
    }


def model(*layers, **more):
    return {
        "class_name": "Functional",
        "module": "keras.src.models.functional",
        "registered_name": "Functional",
        "config": {"name": "net", "layers": list(layers)},
        **more,
    }


def found(config, known=None):
    return [(item.name, item.layer, item.runs_code) for item in audit(config, known)]


def test_a_plain_model_has_no_findings():
    dtype = {"class_name": "DTypePolicy", "module": "keras", "config": {"name": "float32"}}
    assert found(model(layer("Dense", dtype=dtype), layer("Add", "keras.src.ops.numpy"))) == []


@pytest.mark.parametrize("name", sorted(CODE_CLASSES - {"__lambda__"}))
@pytest.mark.parametrize("module", ["keras.layers", None, "mine"])
def test_layers_that_hold_code_are_found_whatever_their_module(name, module):
    assert found(model(layer("Dense"), layer(name, module))) == [(name, "odd", True)]


@pytest.mark.parametrize("name", ["layers.Lambda", "keras>Lambda"])
def test_a_lambda_has_no_other_names(name):
    assert found(model(layer(name, "keras"))) == [(name, "odd", True)]


def test_a_configuration_nested_too_deeply_is_refused():
    deep = {}
    for _ in range(5000):
        deep = {"x": deep}
    with pytest.raises(ModelError, match="too deeply"):
        audit(deep)


def test_a_lambda_is_found_wherever_it_hides():
    code = {"class_name": "__lambda__", "config": {"value": ["4wE=", None, None]}}
    hidden = model(layer("TimeDistributed", layer=layer("Dense", name="in", activation=code)))
    assert found(hidden) == [("__lambda__", "in", True)]
    assert found(model(layer("Dense", build_config={"x": [code]}))) == [("__lambda__", "odd", True)]


def test_only_the_outermost_compile_configuration_is_never_read():
    code = {"class_name": "__lambda__", "config": {}}
    assert found(model(layer("Dense"), compile_config={"loss": code})) == []
    inner = model(layer("Dense"), compile_config={"loss": code})
    assert found(model(inner)) == [("__lambda__", "net", True)]


def test_a_class_does_not_pass_under_the_name_of_another():
    lambda_layer = "keras.src.layers.core.lambda_layer"
    assert found(model(layer("Dense", lambda_layer, "Lambda"))) == [("Dense", "odd", True)]
    assert found(model(layer("Dense", registered="mine>Other"))) == [("Dense", "odd", False)]
    assert found(model(layer("Dense", registered="Custom>Dense"))) == []
    assert found(model(layer("os.path", "keras.src.layers"))) == [("os.path", "odd", False)]


@pytest.mark.parametrize(
    ("module", "registered", "foreign"),
    [
        ("tensorflow.python.framework.tensor", None, False),
        ("tensorflow.python.framework.tensor", "mine>Spec", True),
        ("mine", None, True),
        ("keras.src.layers", None, True),
    ],
)
def test_the_type_of_an_input_imports_nothing_but_tensorflow(module, registered, foreign):
    spec = {"class_name": "__typespec__", "spec_name": "TensorSpec", "config": [[None, 4]]}
    spec |= {"module": module, "registered_name": registered}
    findings = found(model(layer("InputLayer", type_spec=spec)))
    assert findings == ([("TensorSpec", "odd", False)] if foreign else [])


def test_a_type_cannot_stand_for_a_layer_of_code():
    spec = {"class_name": "__typespec__", "spec_name": "Lambda", "registered_name": "Lambda"}
    spec |= {"module": "keras.src.layers.core.lambda_layer", "config": {"name": "odd"}}
    assert found(spec) == [("__typespec__", "odd", True)]


@pytest.mark.parametrize(
    "module",
    [
        "mine",
        "__main__",
        "os",
        "kerasfake.layers",
        "keras.utils",
        "keras.src.utils.data_utils",
        "tf_keras.src.saving",
    ],
)
def test_classes_of_other_modules_are_unknown(module):
    assert found(model(layer("Dense", module))) == [("Dense", "odd", False)]


def test_a_keras2_configuration_is_judged_by_names():
    config = model(layer("Dense", None), layer("Mine", None))
    assert found(config) == []
    assert found(config, known={"Functional", "Dense"}) == [("Mine", "odd", False)]


@pytest.mark.parametrize(
    ("module", "name", "foreign"),
    [
        ("builtins", "relu", False),
        ("builtins", "bend", True),
        ("builtins", "mine>relu", True),
        ("keras.activations", "relu", False),
        ("keras.src.ops.nn", "relu", False),
        ("keras.config", "enable_unsafe_deserialization", True),
        ("keras.src.utils.generic_utils", "func_load", True),
        ("keras.models", "load_model", True),
        ("keras.src.activations", "os.system", True),
        ("os", "system", True),
    ],
)
def test_functions(module, name, foreign):
    function = {"class_name": "function", "module": module, "config": name}
    findings = found(model(layer("Dense", activation=function)), known={"relu"})
    assert findings == ([(name, "odd", False)] if foreign else [])


@pytest.mark.parametrize(
    ("function", "impure"),
    [
        ("math.add", False),
        ("nn.relu", False),
        ("__operators__.add", False),
        ("concat", False),
        ("io.write_file", True),
        ("raw_ops.WriteFile", True),
        ("py_function", True),
        ("numpy_function", True),
        ("keras.utils.get_file", True),
        ("compat.v1.py_func", True),
        ("load_op_library", True),
    ],
)
def test_keras2_op_layers(function, impure):
    assert bool(found(model(layer("TFOpLambda", None, function=function)))) == impure


def test_a_vocabulary_read_from_a_path_is_found():
    assert found(model(layer("StringLookup", vocabulary="/etc/passwd")))
    assert not found(model(layer("StringLookup", vocabulary=["a", "b"])))


def test_the_refusal_names_class_layer_and_ways_on():
    with pytest.raises(ModelError, match="layer 'odd' is a Lambda") as caught:
        refuse(audit(model(layer("Lambda"))), Path("m.keras"))
    assert "--trust" in caught.value.hint
    with pytest.raises(ModelError, match="uses 'Mine'") as caught:
        refuse(audit(model(layer("Mine", "own.part"))), Path("m.keras"))
    assert "--custom-objects" in caught.value.hint
    assert "--trust to import own.part" in caught.value.hint
    refuse([], Path("m.keras"))
