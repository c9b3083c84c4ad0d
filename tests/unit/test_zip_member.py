"""Members of an archive that are read where they lie."""

import io
import os
import zipfile

import pytest

from tflitekit.zip_member import StoredMember

CONTENT = bytes(range(256)) * 40


@pytest.fixture
def member(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("first", b"something else")
        archive.writestr("second", CONTENT)
        archive.writestr("third", b"and more")
    with zipfile.ZipFile(path) as archive, StoredMember(path, archive.getinfo("second")) as opened:
        yield opened


def test_it_reads_as_a_file_of_its_own(member):
    plain = io.BytesIO(CONTENT)
    for offset, whence, size in (
        *((0, os.SEEK_SET, 10), (-20, os.SEEK_END, 100), (5, os.SEEK_SET, 300)),
        *((-100, os.SEEK_CUR, 7), (1 << 20, os.SEEK_SET, 4), (0, os.SEEK_SET, -1)),
    ):
        assert member.seek(offset, whence) == plain.seek(offset, whence)
        assert member.read(size) == plain.read(size)
        assert member.tell() == plain.tell()


def test_an_archive_that_ends_early(tmp_path):
    (tmp_path / "cut.zip").write_bytes(b"PK")
    info = zipfile.ZipInfo("x")
    info.header_offset = 0
    with pytest.raises(EOFError):
        StoredMember(tmp_path / "cut.zip", info)
