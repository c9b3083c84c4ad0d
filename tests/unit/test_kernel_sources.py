"""Which instruction sets a kernel has versions for, told by the names of files."""

import pytest

from tflitekit.runtime import build
from tflitekit.runtime.kernel_sources import versions

FILES = {
    "alone.c": "const Kernel kernel_alone = {};",
    "alone_avx2.c": "",
    "alone_neon.c": "",
    "alone_scalar.c": "",
    "user.c": '#include "shared.h"\nconst Kernel kernel_user = {};',
    "shared.h": '#include "deeper.h"',
    "shared_dotprod.c": "",
    "deeper.c": "",
    "deeper_avx512vnni.c": "",
    "family.c": "#define ALL(X) X(first) X(second)\nconst Kernel kernel_##name = {};",
    "family_i8mm.c": "",
    "plain.c": "const Kernel kernel_plain = {};  // unlike first",
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    (tmp_path / "kernels").mkdir()
    for name, text in FILES.items():
        (tmp_path / "kernels" / name).write_text(text)
    monkeypatch.setattr(build, "source_root", lambda: tmp_path)


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        ("alone", ("avx2", "neon")),
        ("user", ("avx512vnni", "dotprod")),
        ("first", ("i8mm",)),
        ("second", ("i8mm",)),
        ("plain", ()),
    ],
)
def test_versions(kernel, expected):
    assert versions(kernel) == expected


def test_an_unknown_kernel_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="no native kernel"):
        versions("nobody")
