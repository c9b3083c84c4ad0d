"""What a user can do wrong: one clear line, the right exit code, and no partial file."""

import json
import os
import re
import shlex
import subprocess
import sys

import numpy as np
import pytest

from tests.commands import tflitekit
from tests.conftest import ROOT

pytestmark = [pytest.mark.convert, pytest.mark.build]

MODEL = ROOT / "datasets" / "digits" / "model.keras"
GOOD = np.random.default_rng(0).random((12, 8, 8, 1), np.float32)


def changed(value):
    array = GOOD.copy()
    array[7, 3, 3, 0] = value
    return array


ARRAYS = {
    "nan": ({"image": changed(np.nan)}, "sample 7.*NaN"),
    "infinity": ({"image": changed(np.inf)}, "sample 7.*infinit"),
    "shape": ({"image": GOOD[:, :7]}, r"shape \[7, 8, 1\]"),
    "dtype": ({"image": np.full((3, 8, 8, 1), "a")}, "text"),
    "key": ({"picture": GOOD}, "image"),
    "empty": ({"image": GOOD[:0]}, "empty"),
}

GENERATORS = """
import numpy as np
once = iter([np.zeros((8, 8, 1), np.float32)] * 3)
def exhausted():
    for _ in once:
        pass
    return once
def broken():
    yield np.zeros((8, 8, 1), np.float32)
    raise RuntimeError("the camera is gone")
"""


def refused(done, code, *words):
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    for word in words:
        assert re.search(word, line), line


@pytest.mark.parametrize("name", ARRAYS)
def test_bad_arrays(digits, tmp_path, name):
    arrays, words = ARRAYS[name]
    np.savez(tmp_path / "data.npz", **arrays)
    convert(digits, tmp_path, tmp_path / "data.npz", 3, words)


@pytest.mark.parametrize(
    ("spec", "words"),
    [("feed:exhausted", "exhausted|no sample|empty"), ("feed:broken", "the camera is gone")],
)
def test_bad_generators(digits, tmp_path, spec, words):
    (tmp_path / "feed.py").write_text(GENERATORS)
    convert(digits, tmp_path, spec, 3, words)


@pytest.mark.parametrize("spec", ["nowhere.npz", "digitz", "no_such_module:samples"])
def test_data_that_are_not_there(digits, tmp_path, spec):
    convert(digits, tmp_path, spec, 3, spec.split(":")[0])


def convert(digits, folder, data, code, words):
    words = (words,) if isinstance(words, str) else words
    before = set(os.listdir(folder))
    done = tflitekit(
        "convert", digits / "float32.tflite", "--data", data, "-o", "out.tflite", cwd=folder
    )
    refused(done, code, *words)
    assert {name for name in os.listdir(folder) if name != "__pycache__"} == before


def test_a_text_file_named_keras(tmp_path):
    (tmp_path / "model.keras").write_text("this is no model\n")
    done = tflitekit("convert", "model.keras", "--data", "digits", "-o", "o.tflite", cwd=tmp_path)
    refused(done, 3, "model.keras", "text")
    assert os.listdir(tmp_path) == ["model.keras"]


def test_a_truncated_keras_file(tmp_path):
    data = MODEL.read_bytes()
    (tmp_path / "model.keras").write_bytes(data[: len(data) // 2])
    done = tflitekit("convert", "model.keras", "--data", "digits", "-o", "o.tflite", cwd=tmp_path)
    refused(done, 3, "model.keras")
    assert os.listdir(tmp_path) == ["model.keras"]


@pytest.mark.parametrize("command", ["inspect", "bench", "convert"])
@pytest.mark.parametrize("damage", ["empty", "text", "truncated", "corrupted", "missing"])
def test_damaged_flatbuffers(digits, tmp_path, command, damage):
    data = bytearray((digits / "float32.tflite").read_bytes())
    rng = np.random.default_rng(3)
    for place in rng.integers(8, len(data), 4000):
        data[place] ^= int(rng.integers(1, 256))
    broken = {
        "empty": b"",
        "text": b"hello, I am a model\n" * 9,
        "truncated": (digits / "float32.tflite").read_bytes()[:5000],
        "corrupted": bytes(data),
    }
    if damage in broken:
        (tmp_path / "m.tflite").write_bytes(broken[damage])
    extra = ("--data", "digits", "-o", "o.tflite") if command == "convert" else ()
    done = tflitekit(command, "m.tflite", *extra, cwd=tmp_path)
    refused(done, 3, "m.tflite")
    assert not (tmp_path / "o.tflite").exists()


def test_an_output_that_cannot_be_written_is_told_before_any_work(tmp_path):
    for target in ("missing/out.tflite", "."):
        done = tflitekit("convert", MODEL, "--data", "digits", "-o", target, cwd=tmp_path)
        refused(done, 2, "cannot be written|is a folder")
        assert "Reading" not in done.stderr
    assert os.listdir(tmp_path) == []


def test_a_disk_that_fills(digits, tmp_path):
    """The output's folder is a disk of 80 kB, mounted for this command alone."""
    disk = tmp_path / "disk"
    disk.mkdir()
    start = f"{shlex.quote(sys.executable)} -c 'from tflitekit.cli import main; main()'"
    words = ("convert", digits / "float32.tflite", "--data", "digits", "-o", disk / "out.tflite")
    script = (
        f"mount -t tmpfs -o size=80k none {disk} || exit 77\n"
        f"{start} {shlex.join(map(str, words))}\n"
        f"status=$?; ls -A {disk}; exit $status\n"
    )
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", script], capture_output=True, text=True, timeout=300
    )
    if done.returncode in (1, 77) and "unshare" in done.stderr + done.stdout:
        pytest.skip("this system has no private mounts")
    refused(done, 2, "No space left", "out.tflite")
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("convert",), 2),
        (("bench", "m.tflite", "--threads", "0"), 2),
        (("bench", "m.tflite", "--seconds", "inf"), 2),
        (("bench", "m.tflite", "--seed", "-1"), 2),
        (("bench", "m.tflite", "--device", "cloud"), 2),
        (("nonsense",), 2),
    ],
)
def test_wrong_usage(digits, tmp_path, words, code):
    (tmp_path / "m.tflite").write_bytes((digits / "int8.tflite").read_bytes())
    done = tflitekit(*words, cwd=tmp_path)
    assert done.returncode == code
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--input-shape image", "name=1,224,224,3"),
        ("--engine magic", "litert-quantizer"),
        ("--ranges guess", "minmax"),
        ("--effort heroic", "medium"),
        ("--precision int7", "int16x8"),
        ("--engine stock --ranges mse", "--engine tflitekit"),
        ("--engine stock --stats s", "--engine tflitekit"),
        ("--engine stock --max-drop 1%", "--engine tflitekit"),
        ("--stats no/such/s.npz", "no/such"),
        ("--max-drop little", "1%"),
        ("--max-drop 1% --metric f7", "agreement"),
        ("--max-drop 1% --eval-data nowhere.npz", "nowhere.npz"),
        ("--metric top1", "--max-drop"),
        ("--precision dynamic --io int8", "float activations"),
        ("--precision dynamic --max-drop 1%", "integer models"),
        ("--float digit", "--allow-float"),
        ("--int16 digti", "digit"),
    ],
)
def test_a_wrong_choice_is_named_with_the_right_ones(digits, tmp_path, words, said):
    model = digits / "float32.tflite"
    done = tflitekit(
        *("convert", model, "--data", "digits", "-o", "o.tflite"), *words.split(), cwd=tmp_path
    )
    assert done.returncode == (3 if "nowhere" in words else 2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert os.listdir(tmp_path) == []


def test_errors_are_json_where_json_was_asked_for(tmp_path):
    done = tflitekit("inspect", "nowhere.tflite", "--json", cwd=tmp_path)
    error = json.loads(done.stdout)["error"]
    assert done.returncode == error["exit_code"] == 3
    assert error["where"] == "nowhere.tflite"


def test_a_float_op_is_named_with_its_tensor_and_what_to_do(tmp_path):
    script = (
        "import os; os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'\n"
        "import keras\n"
        "x = keras.Input((8, 8, 1), name='image')\n"
        "y = keras.layers.Conv3D(2, 3, name='odd_one')(keras.layers.Reshape((4, 4, 4, 1))(x))\n"
        "y = keras.layers.Dense(10, name='digit')(keras.layers.Flatten()(y))\n"
        "keras.Model(x, y).save('m.keras')\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, timeout=120)
    words = ("convert", "m.keras", "--data", "digits", "-o", "o.tflite")
    refused(tflitekit(*words, cwd=tmp_path), 4, "odd_one", "CONV_3D", "float")
    assert os.listdir(tmp_path) == ["m.keras"]
    done = tflitekit(*words, "--allow-float", "--json", cwd=tmp_path)
    assert done.returncode == 0
    assert "odd_one" in done.stderr
    assert json.loads(done.stdout)["model"]["fully_integer"] is False


def test_one_name_for_two_outputs(digits, tmp_path):
    for other in ("a.tflite", "a.manifest.json"):
        words = ("--data", "digits", "-o", "a.tflite", "--float-out", other)
        done = tflitekit("convert", digits / "float32.tflite", *words, cwd=tmp_path)
        refused(done, 2, "two outputs")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("words", [("inspect", "{}"), ("inspect", "{}", "--json")])
def test_a_stdout_that_fails(digits, words):
    command = [sys.executable, "-c", "from tflitekit.cli import main; main()"]
    command += [word.format(digits / "int8.tflite") for word in words]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (
        2, "error: standard output: cannot be written (No space left on device)\n",
    )  # fmt: skip
    ours, theirs = os.pipe()
    os.close(ours)
    done = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(theirs)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_file_name_that_is_no_text(digits, tmp_path):
    name = os.fsdecode(b"odd\xff.tflite")
    words = ("convert", digits / "float32.tflite", "--data", "digits", "--samples", "2")
    done = tflitekit(*words, "-o", tmp_path / name)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{tmp_path}/odd\\udcff.tflite\n")
    manifest = json.loads((tmp_path / os.fsdecode(b"odd\xff.manifest.json")).read_bytes())
    assert manifest["model"]["file"] == name
