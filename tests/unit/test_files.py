import os
from pathlib import Path

import pytest

from tflitekit import files
from tflitekit.errors import OutputError


def test_a_file_appears_whole(tmp_path):
    target = tmp_path / "out.bin"
    files.write_whole(target, b"abc")
    assert target.read_bytes() == b"abc"
    assert os.listdir(tmp_path) == ["out.bin"]


def test_a_failure_leaves_what_was_there(tmp_path):
    target = tmp_path / "out.bin"
    target.write_bytes(b"old")
    with pytest.raises(RuntimeError), files.whole_file(target) as part:
        part.write_bytes(b"half")
        raise RuntimeError
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["out.bin"]


@pytest.mark.parametrize("name", ["missing/out.bin", "out.bin/below"])
def test_a_folder_that_is_not_there(tmp_path, name):
    (tmp_path / "out.bin").write_bytes(b"a file")
    with pytest.raises(OutputError, match="Make the folder first"):
        files.write_whole(tmp_path / name, b"abc")
    with pytest.raises(OutputError):
        files.check_writable(tmp_path / name)


def test_a_folder_in_the_way(tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(OutputError):
        files.write_whole(tmp_path / "out", b"abc")
    assert os.listdir(tmp_path) == ["out"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told(tmp_path):
    with (
        pytest.raises(OutputError, match="No space left"),
        files.whole_file(tmp_path / "out") as part,
    ):
        part.unlink()
        part.symlink_to("/dev/full")
        with part.open("wb", buffering=0) as file:
            file.write(b"abc")


def test_a_tree_hash_sees_names_and_contents(tmp_path):
    (tmp_path / "a").write_bytes(b"1")
    first = files.sha256_tree(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    second = files.sha256_tree(tmp_path)
    (tmp_path / "b").write_bytes(b"2")
    assert len({first, second, files.sha256_tree(tmp_path)}) == 3


def test_several_files_or_none(tmp_path):
    with pytest.raises(OutputError):
        files.write_all({tmp_path / "a": b"1", tmp_path / "missing" / "b": b"2"})
    assert os.listdir(tmp_path) == []
    files.write_all({tmp_path / "a": b"1", tmp_path / "b": b"2"})
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


def test_a_file_may_stand_for_its_bytes(tmp_path):
    kept = tmp_path / "kept"
    kept.write_bytes(b"large" * 1000)
    files.write_all({tmp_path / "a": b"1", tmp_path / "b": kept})
    assert (tmp_path / "b").read_bytes() == kept.read_bytes()
    with pytest.raises(OutputError):
        files.write_all({tmp_path / "c": kept, tmp_path / "missing" / "d": kept})
    assert sorted(os.listdir(tmp_path)) == ["a", "b", "kept"]


def test_a_source_is_never_overwritten(tmp_path):
    source = tmp_path / "model.tflite"
    source.write_bytes(b"mine")
    with pytest.raises(OutputError, match="its own source"):
        files.check_writable(tmp_path / "." / "model.tflite", sources=[source])


def test_two_outputs_are_two_files(tmp_path):
    with pytest.raises(OutputError, match="two outputs"):
        files.check_writable(tmp_path / "a", others=[tmp_path / "." / "a"])


def test_a_link_to_itself_is_an_output_that_cannot_be_written(tmp_path):
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(OutputError, match="cannot be written"):
        files.check_writable(loop / "a")


def test_a_cache_that_cannot_be_written_to(monkeypatch, tmp_path):
    monkeypatch.setenv("TFLITEKIT_CACHE", str(tmp_path))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(OutputError, match="cache folder cannot be written"):
        files.cache_root()
