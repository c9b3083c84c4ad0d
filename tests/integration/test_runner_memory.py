"""The runner's account of its memory against the kernel's, read from outside."""

import json
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.build

FIELDS = {
    "pss_bytes": "Pss",
    "private_dirty_bytes": "Private_Dirty",
    "swap_bytes": "Swap",
    "rss_bytes": "Rss",
    "anonymous_bytes": "Anonymous",
}


def seen_from_outside(pid):
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    fields = dict(line.split(":", 1) for line in lines)
    return {key: int(fields[name].split()[0]) * 1024 for key, name in FIELDS.items()}


@pytest.fixture(scope="module")
def moments(runner_words, digits, tmp_path_factory):
    """What the runner said and what was seen from outside while it stayed, by moment."""
    words = [*runner_words, "mode=memory", f"model={digits / 'float32.tflite'}"]
    words += ["hold_seconds=0.3", "min_runs=3", "seconds=0"]
    folder = tmp_path_factory.mktemp("memory")
    seen = {}
    with subprocess.Popen(
        words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        for line in process.stdout:
            record = json.loads(line)
            if record["t"] == "memory":
                # The peak is told when everything is over.
                held = record["when"] != "peak"
                seen[record["when"]] = (record, seen_from_outside(process.pid) if held else None)
            elif record["t"] == "done":
                seen["done"] = (record, None)
    return seen


@pytest.mark.alone
@pytest.mark.parametrize("when", ["library", "model", "compiled", "after"])
def test_each_moment_agrees_with_proc_read_from_outside(moments, when):
    inside, outside = moments[when]
    for key, expected in outside.items():
        assert inside[key] == pytest.approx(expected, rel=0.05), key


@pytest.mark.alone
def test_the_peak_is_no_less_than_any_moment(moments):
    peak = moments["peak"][0]
    for when in ("library", "model", "compiled", "after"):
        assert peak["pss_bytes"] >= moments[when][0]["pss_bytes"]
    assert moments["done"][0]["peak_rss_bytes"] >= moments["compiled"][0]["rss_bytes"]


@pytest.mark.alone
def test_the_weights_of_the_file_are_mapped_and_not_anonymous(moments, digits):
    size = (digits / "float32.tflite").stat().st_size
    assert moments["library"][0]["model_bytes"] == 0
    # Compiling packs the weights, so it has read all of the file.
    assert moments["compiled"][0]["model_bytes"] == pytest.approx(size, rel=0.05)
    assert moments["compiled"][0]["weight_cache_bytes"] == 0


def test_other_modes_do_not_look(start, digits):
    words = (f"model={digits / 'float32.tflite'}", "seconds=0", "min_runs=1", "hold_seconds=5")
    assert "memory" not in start(*words)[0]
