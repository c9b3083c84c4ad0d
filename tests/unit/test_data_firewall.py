"""What is wrong with a whole set, and what is not."""

from __future__ import annotations

import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.listening import Listening
from tests.fakes.watched_samples import fed, random, reading, sample, tags
from tflitekit.data import open_dataset
from tflitekit.data.findings import TAGS, DataFinding, enforce
from tflitekit.data.firewall import FEW_SAMPLES, Firewall, firewall_for
from tflitekit.data.label_stats import enough_for
from tflitekit.data.recipe import read_recipe
from tflitekit.data.samples import Sample
from tflitekit.errors import DataError
from tflitekit.progress import SILENT

# The set


def test_a_good_set_has_no_finding():
    assert tags(fed(sample(n, n % 3) for n in range(FEW_SAMPLES))) == []


def test_equal_samples_are_an_error_and_not_also_duplicates():
    firewall = fed(sample(n, x=np.ones((1, 3), np.float32)) for n in range(40))
    (finding,) = firewall.findings()
    assert (finding.tag, finding.severity) == ("CONSTANT", "error")


def test_an_input_that_never_varies_is_a_suspicion():
    mask = np.ones((1, 3), np.float32)
    firewall = fed(sample(n, x=random((1, 5), n), mask=mask) for n in range(40))
    (finding,) = firewall.findings()
    assert (finding.tag, finding.severity) == ("CONSTANT", "warning")
    assert "'mask'" in finding.text


def test_copies_are_counted_wherever_they_are():
    firewall = fed(sample(n, x=random((1, 5), n % 38)) for n in range(40))
    (finding,) = firewall.findings()
    assert finding.tag == "DUPLICATES"
    assert "2 of 40" in finding.text
    assert "sample 38" in finding.text


def test_samples_are_copies_only_if_all_inputs_are():
    pairs = ((a, b) for a in range(8) for b in range(8))
    firewall = fed(
        sample(n, x=random((1, 5), a), z=random((1, 5), b)) for n, (a, b) in enumerate(pairs)
    )
    assert tags(firewall) == []


def test_few_samples_are_told():
    assert tags(fed(sample(n) for n in range(FEW_SAMPLES - 1))) == ["FEW_SAMPLES"]


def test_no_sample_is_an_error():
    (finding,) = Firewall(["x"]).findings()
    assert (finding.tag, finding.severity) == ("EMPTY", "error")


# Labels


def test_one_class_alone_is_told():
    assert tags(fed(sample(n, 7) for n in range(40))) == ["SINGLE_CLASS"]


def test_a_few_equal_labels_may_be_chance():
    assert tags(fed(sample(n, 7) for n in range(5))) == ["FEW_SAMPLES"]


def test_missing_classes_are_told_where_chance_is_no_excuse():
    enough = int(enough_for(4)) + 1
    (few, more) = (
        fed((sample(n, n % 3) for n in range(count)), classes=4) for count in (enough - 1, enough)
    )
    assert "MISSING_CLASSES" not in tags(few)
    (finding,) = [one for one in more.findings() if one.tag == "MISSING_CLASSES"]
    assert finding.text == "1 of 4 classes have no sample: 3"


def test_labels_outside_of_the_classes_are_told():
    firewall = fed((sample(n, n % 4 + 1) for n in range(40)), classes=4)
    assert tags(firewall) == ["MISSING_CLASSES", "LABEL_RANGE"]


def test_labels_that_are_no_classes_are_let_be():
    assert tags(fed(sample(n, 0.5) for n in range(40))) == []
    assert tags(fed(sample(n, [1, 2]) for n in range(40))) == []


@pytest.mark.parametrize(
    ("labelled", "needed", "severity"),
    [(0, False, None), (0, True, "error"), (39, False, "warning"), (39, True, "error")],
)
def test_missing_labels(labelled, needed, severity):
    samples = (sample(n, n % 2 if n < labelled else None) for n in range(40))
    found = fed(samples, labels_needed=needed).findings()
    assert [(one.tag, one.severity) for one in found] == (
        [("UNLABELLED", severity)] if severity else []
    )


# Together


def test_samples_that_do_not_fit_are_told_once_a_kind_with_their_number():
    firewall = Firewall(["x"])
    for number in range(5):
        firewall.refuse(DataError(f"holds NaN at [{number}, 3]", where=f"sample {number}"))
    firewall.refuse(DataError("holds infinity at [0]", where="sample 9", hint="Mend it"))
    nan, infinity = firewall.findings()
    assert (nan.where, nan.text) == ("sample 0", "holds NaN at [0, 3] (and 4 more samples)")
    assert (infinity.text, infinity.hint) == ("holds infinity at [0]", "Mend it")


def test_errors_are_raised_together_and_warnings_told():
    findings = [
        DataFinding("CONSTANT", "error", "all equal", "Vary them"),
        DataFinding("FEW_SAMPLES", "warning", "3 are too few", "Give more"),
        DataFinding("RANGE", "error", "too large", "Scale them", where="sample 4"),
    ]
    progress = Listening()
    with pytest.raises(DataError, match=r"npz: 2 faults: all equal; sample 4: too large") as one:
        enforce(findings, "set.npz", progress)
    assert one.value.hint == "Vary them. Scale them"
    assert progress.heard == ["FEW_SAMPLES: set.npz: 3 are too few. Give more"]


def test_one_error_is_raised_as_it_is():
    finding = DataFinding("BAD_SAMPLE", "error", "holds NaN", "Mend it", where="sample 4")
    with pytest.raises(DataError) as caught:
        enforce([finding], "set.npz", SILENT)
    assert (caught.value.what, caught.value.where) == ("holds NaN", "sample 4")


def test_the_stream_goes_on_behind_a_bad_sample_and_is_judged_at_its_end(tmp_path):
    x = random((40, 5))
    x[3, 1], x[30, 2] = np.nan, np.inf
    np.savez(tmp_path / "data.npz", x=x)
    model = reading((1, 5))
    dataset = open_dataset(str(tmp_path / "data.npz"), model.signature().input_specs())
    firewall, seen = firewall_for(dataset, model), []
    with pytest.raises(DataError, match=r"2 faults.*sample 3.*NaN.*sample 30.*infinity"):
        seen.extend(firewall.watch(dataset, None, SILENT))
    assert len(seen) == 38


def test_an_error_that_ends_the_samples_is_told_with_the_others(tmp_path):
    (tmp_path / "camera_feed.py").write_text(
        "import numpy as np\n"
        "def images():\n"
        "    yield np.zeros(5, np.float32)\n"
        "    yield np.zeros(5, np.float32)\n"
        "    raise RuntimeError('the camera is gone')\n"
    )
    model = reading((1, 5))
    spec = f"{tmp_path / 'camera_feed.py'}:images"
    dataset = open_dataset(spec, model.signature().input_specs())
    with pytest.raises(DataError, match=r"2 faults.*camera is gone.*equal"):
        list(firewall_for(dataset, model).watch(dataset, None, SILENT))


FEED = """
import numpy as np
def generator():
    for number in range(40):
        yield np.full(5, number, np.float32)
def fresh():
    return generator()
def listed():
    return list(generator())
once = generator()
kept = generator()
def same():
    return kept
"""


@pytest.mark.parametrize(
    ("name", "one_shot"),
    [("generator", False), ("fresh", False), ("listed", False), ("once", True), ("same", True)],
)
def test_samples_that_can_be_drawn_only_once_are_told(tmp_path: Path, name, one_shot):
    (tmp_path / "shots.py").write_text(FEED)
    sys.modules.pop("_tflitekit_user_shots", None)
    model = reading((1, 5))
    dataset = open_dataset(f"{tmp_path / 'shots.py'}:{name}", model.signature().input_specs())
    firewall = firewall_for(dataset, model)
    assert len(list(firewall.watch(dataset, None, SILENT))) == 40
    assert tags(firewall) == (["ONE_SHOT"] if one_shot else [])


def test_the_classes_are_those_of_the_models_output(tmp_path):
    np.savez(tmp_path / "data.npz", x=random((80, 5)), y=np.arange(80) % 4)
    model = reading((1, 5))
    dataset = open_dataset(str(tmp_path / "data.npz"), model.signature().input_specs())
    firewall = firewall_for(dataset, model)
    list(firewall.watch(dataset, None, SILENT))
    (finding,) = firewall.findings()
    assert finding.text == "1 of 5 classes have no sample: 4"


def test_memory_does_not_hold_samples():
    """1 000 samples of 400 kB would be 400 MB."""
    firewall = Firewall(["x"])
    values = np.zeros(100_000, np.float32)
    tracemalloc.start()
    for number in range(1000):
        values[0] = number + 0.5
        firewall.see(Sample(number, {"x": values}, None))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert tags(firewall) == []
    assert peak < 5_000_000


def test_every_tag_is_listed():
    source = Path(sys.modules[Firewall.__module__].__file__).parent
    text = "".join(
        (source / name).read_text() for name in ("firewall.py", "expectations.py", "label_stats.py")
    )
    for tag in TAGS:
        assert f'"{tag}"' in text


@pytest.mark.parametrize("numbers", ["[1, 0]", "[0]", "3", "[0, 1, 2]"])
def test_a_range_has_two_increasing_ends(tmp_path, numbers):
    (tmp_path / "dataset.toml").write_text(f"[preprocess]\nrange = {numbers}\n")
    with pytest.raises(DataError, match="least, greatest"):
        read_recipe(tmp_path / "dataset.toml")
    (tmp_path / "dataset.toml").write_text("[preprocess]\nrange = [-1, 1]\n")
    assert read_recipe(tmp_path / "dataset.toml").preprocess.range == (-1.0, 1.0)
