"""What is sent to another machine arrives there, and is told by the names that the user gave."""

import io
import json
from pathlib import Path

import pytest

from tflitekit.errors import DataError, UsageError
from tflitekit.pipeline.parcel import as_given, moved, pack, parcel_of, unpack

TOML = '[dataset]\nname = "few"\n[splits]\ncalibrate = "train"\nevaluate = "test/part"\n'


def asked(*models, data=None, metric=None, library=None, runner=None):
    runtime = {"library": library, "runner": runner, "accelerator": "cpu"}
    paths = [str(model) for model in models]
    data = None if data is None else str(data)
    return {"models": paths, "data": data, "metric": metric, "runtime": runtime, "seed": 1}


def written(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def sent(request, folder):
    """The request as it is after the files went to `folder`."""
    parcel = parcel_of(request)
    stream = io.BytesIO()
    pack(parcel, stream)
    stream.seek(0)
    unpack(stream, folder)
    return moved(request, parcel.names, folder)


def test_every_file_arrives(tmp_path):
    """Also two of the same name, and one that is named twice, once."""
    one, two = written(tmp_path / "a/m.tflite", "1"), written(tmp_path / "b/m.tflite", "2")
    app, own = written(tmp_path / "app.aar", "3"), written(tmp_path / "runner", "4")
    own.chmod(0o755)
    data = written(tmp_path / "x.npz", "5")
    request = asked(one, two, one, data=data, library=str(app), runner=str(own))
    got = sent(request, tmp_path / "there")
    runtime = got["runtime"]
    paths = [*got["models"], runtime["library"], runtime["runner"], got["data"]]
    assert [Path(path).read_text() for path in paths] == ["1", "2", "1", "3", "4", "5"]
    assert all(Path(path).is_relative_to(tmp_path / "there") for path in paths)
    names = ["m.tflite", "m.tflite", "m.tflite", "app.aar", "runner", "x.npz"]
    assert [Path(path).name for path in paths] == names
    assert Path(runtime["runner"]).stat().st_mode & 0o100
    assert (got["seed"], runtime["accelerator"]) == (1, "cpu")
    assert len([path for path in (tmp_path / "there").rglob("*") if path.is_file()]) == 5


def test_of_a_data_set_goes_what_is_measured_on(tmp_path):
    few = tmp_path / "few"
    written(few / "dataset.toml", TOML)
    written(few / "train/big", "no")
    written(few / "test/part/0/cat.png", "yes")
    got = sent(asked(data=few), tmp_path / "there")
    there = Path(got["data"])
    assert there.name == "few"
    files = {str(path.relative_to(there)) for path in there.rglob("*") if path.is_file()}
    assert files == {"dataset.toml", "test/part/0/cat.png"}


def test_a_folder_goes_whole_with_what_its_links_point_to(tmp_path):
    target = written(tmp_path / "elsewhere/cat.png", "cat")
    (tmp_path / "pictures/0").mkdir(parents=True)
    (tmp_path / "pictures/0/cat.png").symlink_to(target)
    got = sent(asked(data=tmp_path / "pictures"), tmp_path / "there")
    assert (Path(got["data"]) / "0/cat.png").read_text() == "cat"


def test_a_data_set_by_its_name(tmp_path):
    assert (Path(sent(asked(data="digits"), tmp_path)["data"]) / "dataset.toml").is_file()


def test_code_stays_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "own.py", "def score(outputs, expected): return 1.0\n")
    for request, where in (
        (asked(data="own:samples"), "--data own:samples"),
        (asked(metric="own.py:score"), "--metric own.py:score"),
    ):
        with pytest.raises(UsageError, match="code of this machine") as caught:
            parcel_of(request)
        assert caught.value.where == where
    written(tmp_path / "few/dataset.toml", '[dataset]\nmetric = "own:score"\n')
    with pytest.raises(UsageError, match="code of this machine"):
        parcel_of(asked(data=tmp_path / "few"))


def test_a_split_outside_its_folder_is_refused(tmp_path):
    written(tmp_path / "few/dataset.toml", '[splits]\nevaluate = "../far.npz"\n')
    written(tmp_path / "far.npz", "")
    with pytest.raises(DataError, match="outside the folder"):
        parcel_of(asked(data=tmp_path / "few"))


def test_what_is_told_names_the_users_files(tmp_path):
    request = asked("models/m.tflite", data="x.npz")
    written(tmp_path / "m.tflite", "")
    names = {"models/m.tflite": "0/m.tflite", "x.npz": "1/x.npz"}
    there = moved(request, names, tmp_path)
    report = {"results": [{"model": there["models"][0] + ":two", "n": 3}], "error": None}
    told = json.loads(json.dumps(as_given(report, names, tmp_path)))
    assert told == {"results": [{"model": "models/m.tflite:two", "n": 3}], "error": None}
    assert as_given(f"{there['data']}: is empty", names, tmp_path) == "x.npz: is empty"
