"""An app's LiteRT: found in archives, told apart by its headers, refused where it does not fit."""

import hashlib
from dataclasses import replace

import pytest

from tests.fakes.app_archives import MANIFEST, archive, for_android, for_machine
from tflitekit.abi import host_abi
from tflitekit.bench.conditions import runtime_conditions
from tflitekit.devices.base import DeviceInfo
from tflitekit.errors import DeviceError, UsageError
from tflitekit.progress import SILENT
from tflitekit.runtime.accelerator import check_accelerator
from tflitekit.runtime.app_runtime import open_runtime
from tflitekit.runtime.app_runtime import tested_runtime as ours
from tflitekit.runtime.choice import RuntimeChoice
from tflitekit.runtime.elf import read_elf
from tflitekit.runtime.fit import OwnRunner, check_fit
from tflitekit.runtime.litert import VERSION, litert_library

ABI = host_abi()
OTHER = "arm64-v8a" if ABI.name == "x86_64" else "x86_64"


@pytest.fixture(scope="module")
def library():
    return litert_library(ABI, SILENT)


def info(os):
    return DeviceInfo(f"test:{os}", ABI.name, "a device", False, os, "1", 2)


def test_a_bare_library_that_was_tested_is_known_by_its_hash(library):
    found = open_runtime(library, ABI)
    assert (found.tested, found.version, found.libc) == (True, VERSION, "glibc")
    assert found.sha256 == ABI.library_sha256
    assert found.library == library
    assert runtime_conditions(found) == ()


@pytest.mark.parametrize("folder", ["lib", "jni", "base/lib"])
def test_an_archive_is_searched_for_the_abi(tmp_path, library, folder):
    changed = library.read_bytes() + b"\0"
    members = {
        f"{folder}/{ABI.name}/libLiteRt.so": changed,
        f"{folder}/{OTHER}/libLiteRt.so": b"another",
    }
    found = open_runtime(archive(tmp_path / "app.zip", members), ABI)
    assert found.library.read_bytes() == changed
    assert found.sha256 == hashlib.sha256(changed).hexdigest()
    assert (found.tested, found.version) == (False, None)
    (condition,) = runtime_conditions(found)
    assert condition.tag == "UNTESTED_RUNTIME"
    assert found.sha256[:16] in condition.text


def test_an_aar_tells_its_version_and_brings_what_lies_beside(tmp_path, library):
    members = {
        f"jni/{ABI.name}/libLiteRt.so": library.read_bytes() + b"\0",
        f"jni/{ABI.name}/libLiteRtGpuAccelerator.so": b"gpu",
        f"jni/{ABI.name}/libother.so": b"not LiteRT's",
        f"jni/{OTHER}/libLiteRtOpenClAccelerator.so": b"of another ABI",
        "AndroidManifest.xml": MANIFEST,
    }
    found = open_runtime(archive(tmp_path / "litert.aar", members), ABI)
    assert found.version == "2.1.5"
    assert {name: path.read_bytes() for name, path in found.beside.items()} == {
        "libLiteRtGpuAccelerator.so": b"gpu"
    }


def test_an_apk_whose_manifest_is_binary_has_no_version(tmp_path, library):
    members = {
        f"lib/{ABI.name}/libLiteRt.so": library.read_bytes() + b"\0",
        "AndroidManifest.xml": b"\x03\0\x08\0\xff\xfe",
    }
    assert open_runtime(archive(tmp_path / "app.apk", members), ABI).version is None


def test_a_library_for_another_processor_is_refused(tmp_path, library):
    (tmp_path / "lib.so").write_bytes(for_machine(library, OTHER))
    with pytest.raises(UsageError, match=f"built for {OTHER}; the device takes {ABI.name}"):
        open_runtime(tmp_path / "lib.so", ABI)
    made = archive(tmp_path / "a.apk", {f"lib/{ABI.name}/libLiteRt.so": tmp_path / "lib.so"})
    with pytest.raises(UsageError, match=f"built for {OTHER}"):
        open_runtime(made, ABI)
    (tmp_path / "mips.so").write_bytes(for_machine(library, "mips"))
    with pytest.raises(UsageError, match="EM_MIPS"):
        open_runtime(tmp_path / "mips.so", ABI)


def test_an_archive_without_the_abi_names_those_that_it_has(tmp_path):
    made = archive(
        tmp_path / "a.apk", {"lib/armeabi-v7a/libLiteRt.so": b"", "lib/x86/libLiteRt.so": b""}
    )
    with pytest.raises(UsageError, match="only for armeabi-v7a, x86"):
        open_runtime(made, ABI)


@pytest.mark.parametrize(
    "content", [b"", b"no library", b"\x7fELF", b"\x7fELF\x02\x01\x01" + bytes(57)]
)
def test_what_is_no_library_is_refused_before_a_device_is_asked(tmp_path, content):
    (tmp_path / "lib.so").write_bytes(content)
    for choice in (RuntimeChoice(tmp_path / "lib.so"), RuntimeChoice(runner=tmp_path / "lib.so")):
        with pytest.raises(UsageError, match=r"no program or library|is built for EM_NONE"):
            choice.check()
            open_runtime(tmp_path / "lib.so", ABI)


def test_headers_cut_at_any_place_are_refused_or_read(tmp_path, library):
    whole = library.read_bytes()
    for length in (16, 40, 63, 64, 100, 500, 1000, 4096, len(whole) // 2):
        (tmp_path / "cut.so").write_bytes(whole[:length])
        try:
            read_elf(tmp_path / "cut.so")
        except UsageError:
            continue


def test_what_is_not_there_or_not_in_there_is_told(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        RuntimeChoice(tmp_path / "nowhere.aar").check()
    with pytest.raises(UsageError, match="No such file"):
        RuntimeChoice(runner=tmp_path / "nowhere").check()
    made = archive(tmp_path / "a.apk", {"lib/x86_64/libtensorflowlite_jni.so": b""})
    with pytest.raises(UsageError, match=r"no lib/ABI/libLiteRt\.so"):
        RuntimeChoice(made).check()
    with pytest.raises(UsageError, match="no such accelerator"):
        RuntimeChoice(accelerator="tpu").check()


def test_the_c_library_is_told_by_what_is_needed(tmp_path, library):
    (tmp_path / "lib.so").write_bytes(for_android(library))
    assert read_elf(tmp_path / "lib.so").libc == "bionic"
    assert read_elf(library).libc == "glibc"


@pytest.mark.parametrize(
    ("library_libc", "runner_libc", "os", "told"),
    [
        ("glibc", None, "linux", None),
        ("glibc", None, "android", None),
        ("glibc", "glibc", "android", None),
        ("bionic", "bionic", "android", None),
        ("bionic", None, "android", "Compile one with the NDK"),
        ("bionic", "glibc", "android", "Compile one with the NDK"),
        ("glibc", "bionic", "android", "Give a library that fits it by --runtime"),
        ("bionic", None, "linux", "is built for Android"),
        ("bionic", "bionic", "linux", "is built for Android"),
        ("other", None, "linux", "an unknown C library"),
        ("other", "other", "linux", "an unknown C library"),
    ],
)
def test_library_runner_and_device_have_one_c_library(
    tmp_path, library, library_libc, runner_libc, os, told
):
    runtime = replace(ours(library, ABI), libc=library_libc, source="lib.so")
    runner = None if runner_libc is None else OwnRunner(tmp_path, runner_libc)
    if told is None:
        check_fit(runtime, runner, info(os))
        return
    with pytest.raises(UsageError) as caught:
        check_fit(runtime, runner, info(os))
    assert told in str(caught.value)


def test_an_accelerator_without_its_library_is_refused(tmp_path, library):
    plain = replace(ours(library, ABI), beside={})
    check_accelerator("cpu", plain, info("android"))
    with pytest.raises(DeviceError, match=r"libLiteRtGpuAccelerator\.so"):
        check_accelerator("gpu", plain, info("linux"))
    with pytest.raises(DeviceError, match=r"libLiteRtDispatch_Qualcomm\.so"):
        check_accelerator("npu", plain, info("linux"))
    with pytest.raises(DeviceError, match="by an Android build"):
        check_accelerator("gpu", plain, info("android"))
    bionic = replace(plain, libc="bionic", beside={"libLiteRtOpenClAccelerator.so": tmp_path})
    check_accelerator("gpu", bionic, info("android"))
