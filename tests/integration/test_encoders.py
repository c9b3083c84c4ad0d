"""Encoders in strict int8, as `convert` makes them when nothing is asked for."""

import numpy as np
import pytest

from tests.commands import succeed, tflitekit
from tests.fakes.encoders import BLOCKS, ENCODERS
from tests.fakes.one_op_quality import sqnr_db
from tflitekit.graph import read_model
from tflitekit.graph.strict import fully_integer
from tflitekit.progress import SILENT

pytestmark = [pytest.mark.build, pytest.mark.convert]

NEEDED_DB = 30.0


@pytest.fixture(scope="module")
def encoders(worker, tmp_path_factory):
    """NAME.keras of every encoder, calibrate.npz and held_out.npz."""
    folder = tmp_path_factory.mktemp("encoders")
    worker.call(
        "tests.fakes.encoders:build",
        SILENT,
        doing="making encoders",
        folder=str(folder),
        names=list(ENCODERS),
    )
    return folder


@pytest.fixture(scope="module", params=ENCODERS)
def converted(encoders, request, tmp_path_factory):
    """An encoder in int8 with float outputs, and in float."""
    folder = tmp_path_factory.mktemp(request.param)
    files = folder / "int8.tflite", folder / "float.tflite"
    succeed(
        *("convert", encoders / f"{request.param}.keras", "-o", files[0], "--float-out", files[1]),
        *("--data", encoders / "calibrate.npz", "--io", "float32"),
    )
    return files


def outputs(path, encoders):
    target = path.with_suffix(".npz")
    succeed("run", path, "--inputs", encoders / "held_out.npz", "--outputs", target)
    (values,) = np.load(target).values()
    return values


def test_int8_is_as_good_as_float(encoders, converted):
    model = read_model(converted[0])
    assert fully_integer(model)
    wanted, got = (outputs(path, encoders) for path in reversed(converted))
    assert np.isfinite(wanted).all()
    assert sqnr_db(wanted, got) >= NEEDED_DB


def test_every_sum_and_every_attention_is_one_op(converted):
    ops = [op.name for op in read_model(converted[0]).ops()]
    assert ops.count("tflitekit.attention") == BLOCKS
    assert ops.count("tflitekit.add_norm") == 2 * BLOCKS + 1


def test_masks_leave_int16_its_range(encoders, tmp_path):
    """Where LiteRT computes the softmax: it stops the process at steps as large as -inf needs."""
    files = tmp_path / "int16.tflite", tmp_path / "float.tflite"
    succeed(
        *("convert", encoders / "infinite_mask.keras", "-o", files[0], "--float-out", files[1]),
        *("--data", encoders / "calibrate.npz", "--io", "float32", "--precision", "int16x8"),
    )
    assert "SOFTMAX" in [op.name for op in read_model(files[0]).ops()]
    wanted, got = (outputs(path, encoders) for path in reversed(files))
    assert sqnr_db(wanted, got) >= NEEDED_DB


def test_statistics_of_both_calibrations_are_kept(encoders, tmp_path):
    def convert(name):
        out, stats = tmp_path / name, tmp_path / "s.npz"
        model = encoders / "outliers_pre_norm.keras"
        data = encoders / "calibrate.npz"
        done = tflitekit("convert", model, "-o", out, "--data", data, "--stats", stats)
        assert done.returncode == 0, done.stderr
        return out.read_bytes(), done.stderr.count("ranges are from")

    first, read = convert("first.tflite")
    assert read == 0
    assert {path.name for path in tmp_path.glob("*.npz")} == {"s.npz", "s.even.npz"}
    assert convert("second.tflite") == (first, 2)
    (tmp_path / "s.npz").unlink()
    assert convert("third.tflite") == (first, 0)
