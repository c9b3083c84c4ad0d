"""`tf.train.Example`, declared here so that nothing has to import TensorFlow.

The message is that of tensorflow/core/example/{example,feature}.proto: a map of feature names to
lists of bytes, floats or integers. A map is, on the wire, a repeated message of key and value.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Feature = list[bytes] | NDArray[Any]
"""Byte strings, or float32 [n], or int64 [n]."""

_LISTS = {"bytes_list": ("Bytes", 1), "float_list": ("Floats", 2), "int64_list": ("Integers", 3)}


class DecodeError(ValueError):
    """The bytes are no `tf.train.Example`."""


def parse_example(data: bytes) -> Mapping[str, Feature]:
    """The features of a serialized `tf.train.Example`, by name.

    Raises:
        DecodeError: the bytes are something else.
    """
    from google.protobuf import message

    try:
        example = _example_class().FromString(data)
    except message.DecodeError as error:
        raise DecodeError(str(error)) from error
    return {entry.key: _feature(entry.value) for entry in example.features.feature}


def _feature(value: Any) -> Feature:
    if value.HasField("bytes_list"):
        return list(value.bytes_list.value)
    if value.HasField("float_list"):
        return np.asarray(value.float_list.value, np.float32)
    return np.asarray(value.int64_list.value, np.int64)


@cache
def _example_class() -> Any:
    """The message class, from a pool of its own: TensorFlow registers the real one elsewhere."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    kind = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="tflitekit/example.proto", package="tflitekit", syntax="proto3"
    )

    def message(name: str, *fields: tuple[str, int, int, bool, str]) -> None:
        declared = file.message_type.add(name=name)
        for field, number, of_type, repeated, of_message in fields:
            declared.field.add(
                name=field,
                number=number,
                type=of_type,
                label=kind.LABEL_REPEATED if repeated else kind.LABEL_OPTIONAL,
                type_name=f".tflitekit.{of_message}" if of_message else None,
            )

    message("Bytes", ("value", 1, kind.TYPE_BYTES, True, ""))
    message("Floats", ("value", 1, kind.TYPE_FLOAT, True, ""))
    message("Integers", ("value", 1, kind.TYPE_INT64, True, ""))
    lists = [(field, no, kind.TYPE_MESSAGE, False, of) for field, (of, no) in _LISTS.items()]
    message("Feature", *lists)
    message(
        "Entry",
        ("key", 1, kind.TYPE_STRING, False, ""),
        ("value", 2, kind.TYPE_MESSAGE, False, "Feature"),
    )
    message("Features", ("feature", 1, kind.TYPE_MESSAGE, True, "Entry"))
    message("Example", ("features", 1, kind.TYPE_MESSAGE, False, "Features"))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("tflitekit.Example"))
