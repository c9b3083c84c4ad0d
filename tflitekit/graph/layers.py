"""Which Keras layer a tensor comes from, told by its name."""

from __future__ import annotations

import re

_INNER_SCOPES = frozenset(
    {
        "batchnorm",
        "cond",
        "einsum",
        "gelu",
        "moments",
        "normalize",
        "while",
        "while_body",
        "while_cond",
    }
)
"""Scopes that TensorFlow's own functions open inside a layer."""

_CALL_PREFIX = re.compile(r"^(StatefulPartitionedCall|PartitionedCall)(_\d+)?(:\d+)?/")


def layer_of(name: str) -> str | None:
    """The path of the Keras layer in a TensorFlow tensor name, without the model's own name.

    "sequential/dense_1/MatMul;sequential/dense_1/BiasAdd" gives "dense_1", and
    "functional/encoder/query/einsum/Einsum" gives "encoder/query".

    Returns:
        None where the name tells no layer, as in "serving_default_x:0".
    """
    return next((layer for part in name.split(";") if (layer := _layer_of_one(part))), None)


def _layer_of_one(name: str) -> str | None:
    *scopes, _operation = _CALL_PREFIX.sub("", name.strip()).split("/")
    layers: list[str] = []
    for scope in scopes:
        plain = re.sub(r"(_\d+)+$", "", scope)
        if plain in _INNER_SCOPES or plain[:1].isupper():
            break
        layers.append(scope)
    return "/".join(layers[1:] or layers) or None
