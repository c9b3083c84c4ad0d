"""Small untrained models of every kind that a front end meets. Jobs for a `Worker`.

Every maker writes its model and, where the model can be run, `<name>.npz` with inputs by name
and the outputs that its own library computes for them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tflitekit.progress import Progress

Maker = Callable[[Path], None]
MAKERS: dict[str, Maker] = {}


def build(progress: Progress, *, folder: str, names: Sequence[str]) -> list[str]:
    """Make the named models in `folder`; all of them where none is named."""
    import keras

    sys.path.insert(0, folder)
    Path(folder, "own_layers.py").write_text(_OWN_LAYERS)
    for name in names or MAKERS:
        keras.utils.set_random_seed(7)
        keras.backend.clear_session()
        MAKERS[name](Path(folder))
    return list(names or MAKERS)


def maker(function: Maker) -> Maker:
    MAKERS[function.__name__] = function
    return function


def _images(shape: Sequence[int], seed: int = 0) -> Any:
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


def _record(path: Path, inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
    arrays = {f"in:{name}": np.asarray(value) for name, value in inputs.items()}
    arrays |= {f"out:{name}": np.asarray(value) for name, value in outputs.items()}
    np.savez(path, **arrays)


def _cnn(library: Any) -> Any:
    layers = library.layers
    image = library.Input((8, 8, 1), name="image")
    x = layers.Conv2D(4, 3, use_bias=False)(image)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.ReLU()(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Dropout(0.5)(x)
    x = layers.GaussianNoise(1.0)(x)
    x = layers.Flatten()(x)
    model = library.Model(image, layers.Dense(3, activation="softmax", name="digit")(x))
    statistics = ([1, 2, 3, 4], [0, 1, 0, 1], [0.1, 0, 0.2, 0], [1, 2, 1, 2])
    model.get_layer("norm").set_weights([np.float32(values) for values in statistics])
    return model


@maker
def cnn(folder: Path) -> None:
    import keras

    model, image = _cnn(keras), _images((1, 8, 8, 1))
    model.save(folder / "cnn.keras")
    model.save(folder / "cnn.h5")
    model.export(folder / "cnn_saved_model", verbose=False)
    model.save_weights(folder / "cnn.weights.h5")
    _record(folder / "cnn.npz", {"image": image}, {"digit": model(image)})


@maker
def keras2(folder: Path) -> None:
    import tf_keras

    model, image = _cnn(tf_keras), _images((1, 8, 8, 1))
    model.save(folder / "keras2.h5")
    model.save(folder / "keras2.keras")
    model.save(folder / "keras2_saved_model")
    _record(folder / "keras2.npz", {"image": image}, {"digit": model(image)})


@maker
def keras2_ops(folder: Path) -> None:
    """Layers that only Keras 2 can read."""
    import tensorflow as tf
    import tf_keras

    x = tf_keras.Input((4,), name="x")
    y = tf_keras.layers.Dense(3, name="y")(tf.nn.relu(x * 2.0 - 1.0))
    model, value = tf_keras.Model(x, y), _images((1, 4))
    model.save(folder / "keras2_ops.h5")
    _record(folder / "keras2_ops.npz", {"x": value}, {"y": model(value)})


@maker
def two_by_two(folder: Path) -> None:
    """Inputs and outputs in an order that is not alphabetical."""
    import keras

    right, left = keras.Input((3,), name="right"), keras.Input((2,), name="left")
    both = keras.layers.Concatenate()([right, left])
    outputs = [keras.layers.Dense(2, name="up")(both), keras.layers.Dense(4, name="down")(both)]
    model = keras.Model([right, left], outputs)
    values = {"right": _images((1, 3)), "left": _images((1, 2), 1)}
    up, down = model([values["right"], values["left"]])
    model.save(folder / "two_by_two.keras")
    _record(folder / "two_by_two.npz", values, {"up": up, "down": down})


@maker
def two_ranges(folder: Path) -> None:
    """Two inputs of one shape that no op gives a common scale."""
    import keras

    wide, narrow = keras.Input((3,), name="wide"), keras.Input((3,), name="narrow")
    outputs = [keras.layers.Dense(2)(wide), keras.layers.Dense(2)(narrow)]
    keras.Model([wide, narrow], outputs).save(folder / "two_ranges.keras")


@maker
def by_key(folder: Path) -> None:
    import keras

    inputs = {"b": keras.Input((3,), name="b"), "a": keras.Input((2,), name="a")}
    both = keras.layers.Concatenate()([inputs["b"], inputs["a"]])
    outputs = {"z out": keras.layers.Dense(2)(both), "y/out": keras.layers.Dense(4)(both)}
    model = keras.Model(inputs, outputs)
    values = {"b": _images((1, 3)), "a": _images((1, 2), 1)}
    model.save(folder / "by_key.keras")
    _record(folder / "by_key.npz", values, dict(model(values)))


@maker
def shared_outputs(folder: Path) -> None:
    """An output that is an input, one that comes twice, one layer that gives two."""
    import keras

    x = keras.Input((3,), name="x")
    dense = keras.layers.Dense(3, name="dense")
    once, twice = dense(x), dense(dense(x))
    model = keras.Model(x, [x, once, once, twice])
    value = _images((1, 3))
    names = ("x", "dense", "dense_1", "dense_2")
    model.save(folder / "shared_outputs.keras")
    _record(
        folder / "shared_outputs.npz", {"x": value}, dict(zip(names, model(value), strict=True))
    )


@maker
def sequential(folder: Path) -> None:
    import keras

    model = keras.Sequential([keras.Input((4,), name="x"), keras.layers.Dense(2, name="y")])
    value = _images((1, 4))
    model.save(folder / "sequential.keras")
    _record(folder / "sequential.npz", {"x": value}, {"y": model(value)})


@maker
def open_size(folder: Path) -> None:
    import keras

    image = keras.Input((None, None, 3), name="image")
    model = keras.Model(image, keras.layers.GlobalAveragePooling2D(name="mean")(image))
    model.save(folder / "open_size.keras")
    model.export(folder / "open_size_saved_model", verbose=False)
    value = _images((2, 5, 6, 3))
    _record(folder / "open_size.npz", {"image": value}, {"mean": model(value)})


@maker
def transformer(folder: Path) -> None:
    """Token ids, attention and shapes computed from shapes."""
    import keras

    ids = keras.Input((6,), dtype="int32", name="ids")
    x = keras.layers.Embedding(10, 8)(ids)
    x = keras.layers.MultiHeadAttention(2, 4)(x, x)
    x = keras.layers.LayerNormalization()(x)
    x = keras.layers.Reshape((48,))(x)
    model = keras.Model(ids, keras.layers.Dense(2, name="y")(x))
    value = np.arange(6, dtype=np.int32)[None]
    model.save(folder / "transformer.keras")
    _record(folder / "transformer.npz", {"ids": value}, {"y": model(value)})


@maker
def mixed_precision(folder: Path) -> None:
    import keras
    import tf_keras

    for library, name in ((keras, "mixed.keras"), (tf_keras, "mixed2.h5")):
        library.mixed_precision.set_global_policy("mixed_float16")
        x = library.Input((4,), name="x")
        y = library.layers.Dense(3, activation="relu", name="y")(x)
        library.Model(x, y).save(folder / name)
        library.mixed_precision.set_global_policy("float32")


@maker
def table(folder: Path) -> None:
    """A layer that keeps a table."""
    import keras

    x = keras.Input((3,), dtype="int64", name="x")
    y = keras.layers.IntegerLookup(vocabulary=[1, 2], output_mode="multi_hot")(x)
    keras.Model(x, y).save(folder / "table.keras")


@maker
def recurrent(folder: Path) -> None:
    import keras

    x = keras.Input((4, 3), name="x")
    model, value = keras.Model(x, keras.layers.LSTM(5, name="y")(x)), _images((1, 4, 3))
    model.save(folder / "recurrent.keras")
    _record(folder / "recurrent.npz", {"x": value}, {"y": model(value)})


@maker
def no_such_op(folder: Path) -> None:
    """An op that TensorFlow Lite lacks."""
    import keras

    x = keras.Input((4,), name="x")
    y = keras.layers.Reshape((2, 2))(keras.layers.Dense(4, name="before")(x))
    y = keras.layers.Flatten()(keras.ops.inv(y))
    y = keras.layers.Dense(2, name="after")(y)
    keras.Model(x, y).save(folder / "no_such_op.keras")


@maker
def lambdas(folder: Path) -> None:
    """Models whose code leaves a mark when it runs: `lambda_ran` in the folder of the model."""
    import keras
    import tf_keras

    mark = str(folder / "lambda_ran")
    for library, prefix in ((keras, ""), (tf_keras, "keras2_")):
        x = library.Input((4,), name="x")
        y = library.layers.Lambda(lambda t: (__import__("pathlib").Path(mark).touch(), t)[1],
                                  name="sly")(x)  # fmt: skip
        model = library.Model(x, library.layers.Dense(2, name="y")(y))
        model.save(folder / f"{prefix}lambda.h5")
        model.save(folder / f"{prefix}lambda.keras")
    Path(mark).unlink()


@maker
def own_classes(folder: Path) -> None:
    """Layers and a model of a module of the user's, registered and not."""
    import keras
    import own_layers

    value = _images((1, 4))
    x = keras.Input((4,), name="x")
    for name, layer in {"own": own_layers.Scale(name="y"),
                        "registered": own_layers.Shift(name="y")}.items():  # fmt: skip
        model = keras.Model(x, layer(x))
        model.save(folder / f"{name}.keras")
        model.save(folder / f"{name}.h5")
        _record(folder / f"{name}.npz", {"x": value}, {"y": model(value)})
    model = keras.Model(x, keras.layers.Dense(2, activation=own_layers.bend, name="y")(x))
    model.save(folder / "own_function.keras")
    _record(folder / "own_function.npz", {"x": value}, {"y": model(value)})
    subclassed = own_layers.Net()
    output = subclassed(value)
    subclassed.save(folder / "subclassed.keras")
    _record(folder / "subclassed.npz", {"signal": value}, {"level": output["level"]})


@maker
def own_models_of_two_inputs(folder: Path) -> None:
    """Subclassed models that take a list, a dictionary, and two arguments."""
    import own_layers

    a, b = _images((1, 4)), _images((1, 4), seed=1)
    for name, net, arguments, inputs in (
        ("listed", own_layers.Listed(), ([a, b],), {"pair_0": a, "pair_1": b}),
        ("keyed", own_layers.Keyed(), ({"zeta": a, "alpha": b},), {"zeta": a, "alpha": b}),
        ("two_arguments", own_layers.TwoArguments(), (a, b), {"later": a, "earlier": b}),
    ):
        output = net(*arguments)
        net.save(folder / f"{name}.keras")
        _record(folder / f"{name}.npz", inputs, {"output": output})


@maker
def host_ops(folder: Path) -> None:
    """SavedModels that would act on the machine."""
    import tensorflow as tf

    def write(x: Any) -> Any:
        with tf.control_dependencies([tf.io.write_file(str(folder / "op_ran"), "x")]):
            return {"y": tf.identity(x)}

    def python(x: Any) -> Any:
        return {"y": tf.reshape(tf.numpy_function(np.sin, [x], tf.float32), (1, 4))}

    def save(x: Any) -> Any:
        tf.raw_ops.SaveV2(prefix=str(folder / "op_ran"), tensor_names=["x"],
                          shape_and_slices=[""], tensors=[x])  # fmt: skip
        return {"y": tf.identity(x)}

    for name, function in {"writes": write, "python": python, "saves": save}.items():
        module = tf.Module()
        module.f = tf.function(function, input_signature=[tf.TensorSpec((1, 4), name="x")])
        tf.saved_model.save(module, folder / name, signatures=module.f.get_concrete_function())


@maker
def signatures(folder: Path) -> None:
    import tensorflow as tf

    module = tf.Module()
    spec = [tf.TensorSpec((None, 4), name="x")]
    module.a = tf.function(lambda x: {"y": x + 1}, input_signature=spec)
    module.b = tf.function(lambda x: {"y": x + 2}, input_signature=spec)
    calls = {name: getattr(module, name).get_concrete_function() for name in "ab"}
    tf.saved_model.save(module, folder / "two_signatures", signatures=calls)
    tf.saved_model.save(module, folder / "one_signature", signatures={"a": calls["a"]})
    tf.saved_model.save(module, folder / "no_signature")


_OWN_LAYERS = """
import keras

class Scale(keras.layers.Layer):
    def call(self, x):
        return x * 3.0

@keras.saving.register_keras_serializable("demo")
class Shift(keras.layers.Layer):
    def call(self, x):
        return x + 3.0

def bend(x):
    return x * x

@keras.saving.register_keras_serializable("demo")
class Net(keras.Model):
    def __init__(self, **options):
        super().__init__(**options)
        self.dense = keras.layers.Dense(2)

    def call(self, signal):
        return {"level": self.dense(signal)}

@keras.saving.register_keras_serializable("demo")
class TwoArguments(Net):
    def build(self, later_shape, earlier_shape):
        self.dense.build(later_shape)

    def call(self, later, earlier):
        return self.dense(later - earlier)

@keras.saving.register_keras_serializable("demo")
class Listed(Net):
    def call(self, pair):
        return self.dense(pair[0] - pair[1])

@keras.saving.register_keras_serializable("demo")
class Keyed(Net):
    def call(self, named):
        return self.dense(named["zeta"] - named["alpha"])
"""


def convert_with_tensorflow(progress: Progress, *, model: str, samples: str, out: str) -> None:
    """What a user of TensorFlow would write, with a fixed batch of 1."""
    import keras
    import tensorflow as tf

    from tflitekit.quantize.calibration.samples import SampleStore

    loaded = keras.saving.load_model(model, compile=False)
    shape = (1, *loaded.inputs[0].shape[1:])
    module = tf.Module()
    module.kept = [variable.value for variable in loaded.variables]
    module.f = tf.function(
        lambda image: {"digit": loaded(image, training=False)},
        input_signature=[tf.TensorSpec(shape, name="image")],
    )
    folder = out + ".saved_model"
    tf.saved_model.save(module, folder, signatures=module.f.get_concrete_function())
    converter = tf.lite.TFLiteConverter.from_saved_model(folder)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: iter(SampleStore.open(Path(samples)))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    Path(out).write_bytes(converter.convert())
