"""Files that TensorFlow wrote, read without it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tflitekit.data import open_dataset
from tflitekit.graph.spec import TensorSpec

WRITER = """
import sys
import tensorflow as tf
train = tf.train
for path, packing in ((sys.argv[1], ""), (sys.argv[2], "GZIP")):
    with tf.io.TFRecordWriter(path, packing) as writer:
        for n in range(5):
            pixels = tf.fill((4, 6, 3), tf.cast(40 * n, tf.uint8))
            writer.write(train.Example(features=train.Features(feature={
                "image": train.Feature(bytes_list=train.BytesList(value=[
                    tf.io.encode_png(pixels).numpy()])),
                "gain": train.Feature(float_list=train.FloatList(value=[n / 3, n / 7])),
                "ids": train.Feature(int64_list=train.Int64List(value=[-n, n * 10**6])),
                "y": train.Feature(int64_list=train.Int64List(value=[n % 3])),
                "name": train.Feature(bytes_list=train.BytesList(value=[b"x"])),
            })).SerializeToString())
"""
INPUTS = [
    TensorSpec("image", (1, 4, 6, 3), "float32"),
    TensorSpec("gain", (1, 2), "float32"),
    TensorSpec("ids", (1, 2), "int32"),
]


@pytest.mark.convert
def test_tfrecords_of_tensorflow(tmp_path: Path) -> None:
    files = [str(tmp_path / "a.tfrecord"), str(tmp_path / "b.tfrecord.gz")]
    done = subprocess.run(
        [sys.executable, "-c", WRITER, *files], capture_output=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    for file in files:
        dataset = open_dataset(file, INPUTS)
        samples = list(dataset.stream())
        assert [int(sample.label) for sample in samples] == [0, 1, 2, 0, 1]  # type: ignore[arg-type]
        for n, sample in enumerate(samples):
            assert (sample.inputs["image"] == 40 * n).all()
            np.testing.assert_array_equal(
                sample.inputs["gain"], np.array([[n / 3, n / 7]], np.float32)
            )
            np.testing.assert_array_equal(sample.inputs["ids"], [[-n, n * 10**6]])
