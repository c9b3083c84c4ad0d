"""The search for counters of memory controllers, in a made-up folder of the kernel's.

The "controller" is Linux's software unit (type 1), whose event 2 counts page faults.
"""

import json
import subprocess

import pytest

from tflitekit.abi import host_abi
from tflitekit.runtime.build import source_root
from tflitekit.runtime.compiler import compile_c

pytestmark = pytest.mark.build

PAGES = 5000
DRIVER = r"""
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include "perf_events.h"

int main(void) {
  cpu_set_t first;
  CPU_ZERO(&first);
  CPU_SET(0, &first);
  sched_setaffinity(0, sizeof first, &first);
  Counters counters = counters_open();
  volatile char* pages = malloc(PAGES * 4096L);
  for (long i = 0; i < PAGES; ++i) pages[i * 4096] = 1;
  printf("{\"reason\": \"%s\", \"found\": [", counters.reason);
  for (size_t i = 0; i < counters.count; ++i) {
    const Counter* one = &counters.counters[i];
    printf("%s[\"%s\", %d, %.17g]", i ? "," : "", one->name, one->writes, counter_read(one));
  }
  printf("]}");
}
"""


@pytest.fixture
def look(tmp_path):
    """What is found in a folder of units, each a mapping of file to content."""

    def run(units):
        folder = tmp_path / "units"
        folder.mkdir()
        for unit, contents in units.items():
            for name, content in contents.items():
                file = folder / unit / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(content + "\n")
        driver, program = tmp_path / "driver.c", tmp_path / "driver"
        driver.write_text(DRIVER)
        source = source_root() / "src"
        files = [driver, *(source / name for name in ("perf_events.c", "fail.c", "json.c"))]
        words = [
            f"-I{source}",
            f'-DUNITS="{folder}"',
            f"-DPAGES={PAGES}",
            *map(str, files),
            "-o",
            str(program),
        ]
        compile_c(["-target", host_abi().zig_target, "-O1", *words], "a test", "here")
        done = subprocess.run([program], capture_output=True, text=True, timeout=60, check=True)
        return json.loads(done.stdout)

    return run


def controller(**more):
    """Page faults: event 2, whose bits are apart, each worth 64 bytes."""
    return {
        "type": "1",
        "cpumask": "0",
        "format/event": "config:1-4",
        "format/umask": "config:0,5",
        "events/cas_count_read": "event=0x01,umask=0x00",
        "events/cas_count_read.scale": "6.103515625e-5",
        "events/cas_count_read.unit": "MiB",
    } | more


def test_an_event_is_opened_as_the_kernel_describes_it(look):
    said = look({"uncore_imc_0": controller(), "msr": {"type": "9"}})
    if not said["found"]:
        assert "not permitted" in said["reason"]
        pytest.skip(said["reason"])
    ((name, writes, counted),) = said["found"]
    assert name == "uncore_imc_0 cas_count_read"
    assert not writes
    assert PAGES * 64 <= counted < 100 * PAGES * 64


def test_every_controller_and_direction_is_opened(look):
    both = controller(**{"events/cas_count_write": "event=0x01"})
    said = look({"uncore_imc_0": both, "uncore_imc_1": both})
    if not said["found"]:
        pytest.skip(said["reason"])
    assert sorted((name, writes) for name, writes, _ in said["found"]) == [
        (f"uncore_imc_{i} cas_count_{kind}", kind == "write")
        for i in (0, 1)
        for kind in ("read", "write")
    ]


def test_events_that_the_kernel_does_not_list_are_known(look):
    formats = {"format/event": "config:0-7", "format/rdwrmask": "config:8-9"}
    said = look({"amd_umc_0": {"type": "1", "cpumask": "0", **formats}})
    # Software has no event 0x10a: it was tried, and the kernel's answer is told.
    assert "amd_umc_0 umc_cas_cmd.rd: " in said["reason"]
    assert "amd_umc_0 umc_cas_cmd.wr: " in said["reason"]


def test_without_a_controller_it_is_said(look):
    said = look({"software": {"type": "1"}})
    if not said["found"]:
        assert said["reason"].startswith("the kernel has no counter of a memory controller")
