"""What is wrong with a whole set, and what is not."""

from __future__ import annotations

import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.graphs import op, tensor
from tflitekit.data import open_dataset
from tflitekit.data.evidence import expectations
from tflitekit.data.findings import TAGS, DataFinding, enforce
from tflitekit.data.firewall import FEW_SAMPLES, Firewall, firewall_for
from tflitekit.data.label_stats import enough_for
from tflitekit.data.recipe import Preprocess, Recipe, read_recipe
from tflitekit.data.samples import Sample
from tflitekit.data.value_stats import ValueStats
from tflitekit.errors import DataError
from tflitekit.graph import Model
from tflitekit.graph.model import Signature
from tflitekit.graph.quantization import Quantization
from tflitekit.progress import SILENT, Silent

PICTURE = (1, 4, 4, 3)


class Listening(Silent):
    """Keeps the warnings."""

    def __init__(self):
        self.heard = []

    def warn(self, text):
        self.heard.append(text)


def random(shape, number=0, low=0.0, high=1.0):
    return np.random.default_rng(number).uniform(low, high, shape).astype(np.float32)


def sample(number, label=None, **inputs):
    values = inputs or {"x": random((1, 5), number)}
    return Sample(number, values, None if label is None else np.asarray(label))


def tags(firewall):
    return [finding.tag for finding in firewall.findings()]


def fed(samples, **options):
    samples = list(samples)
    firewall = Firewall(list(samples[0].inputs), **options)
    for one in samples:
        firewall.see(one)
    return firewall


# Values


def judged(model, *arrays, recipe=None):
    """The findings about the range of the input x."""
    firewall = Firewall(["x"], expectations(model, recipe or Recipe()))
    for number, values in enumerate(arrays):
        firewall.see(Sample(number, {"x": np.asarray(values)}, None))
    return [finding for finding in firewall.findings() if finding.tag == "RANGE"]


def reading(shape, *steps, dtype="float32", gain=0.3):
    """A model that does `steps` to its input, (op, constant, ...), and then a convolution."""
    model = Model()
    graph = model.add_subgraph()
    x = y = tensor(graph, "x", shape, dtype)
    steps = (*steps, ("CONV_2D", random((4, 3, 3, shape[-1]), low=-gain, high=gain)))
    for name, *constants in steps:
        others = [graph.constant(name, np.asarray(one, np.float32)) for one in constants]
        y = op(graph, name, [y, *others], shape)
    graph.inputs, graph.outputs = [x], [y]
    model.signatures["serving_default"] = Signature(graph, {"x": x}, {"y": y})
    return model


BYTES = np.arange(48, dtype=np.float32).reshape(PICTURE) * 5
UNIT = BYTES / 255
RESCALING = ("MUL", 1 / 255)
TO_ONES = (("MUL", 1 / 127.5), ("ADD", -1.0))
MEANS = [[[[123.7, 116.3, 103.5]]]]
BY_CHANNEL = (("SUB", MEANS), ("DIV", [58.4, 57.1, 57.4]))
UNIT_BY_CHANNEL = (("SUB", [0.485, 0.456, 0.406]), ("DIV", [0.229, 0.224, 0.225]))


@pytest.mark.parametrize(
    ("steps", "right", "wrong"),
    [
        ((), UNIT, BYTES),
        ((RESCALING,), BYTES, UNIT),
        (TO_ONES, BYTES, UNIT),
        (BY_CHANNEL, BYTES, UNIT),
        (UNIT_BY_CHANNEL, UNIT, BYTES),
        ((("RESIZE_BILINEAR",), RESCALING), BYTES, UNIT),
    ],
)
def test_pixels_of_the_wrong_range_are_suspicious(steps, right, wrong):
    model = reading(PICTURE, *steps)
    assert judged(model, right) == []
    (finding,) = judged(model, wrong)
    assert (finding.tag, finding.severity) == ("RANGE", "warning")
    assert "'x'" in finding.text


FOLDED = 0.3 / 255
"""The size of weights that hold a Rescaling(1/255)."""


def test_the_size_of_the_first_weights_tells_a_folded_rescaling():
    model = reading(PICTURE, ("PAD", np.zeros((4, 2))), gain=FOLDED)
    assert judged(model, BYTES) == []
    (finding,) = judged(model, UNIT)
    assert "CONV_2D" in finding.text
    assert "as if made for 0 to 255" in finding.text
    assert judged(reading(PICTURE, gain=0.02), BYTES) == [], "in between nothing is known"
    assert judged(reading(PICTURE, gain=0.02), UNIT) == []


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (TO_ONES, "(MUL, ADD) turn into -1 to -0.993"),
        (BY_CHANNEL, "(SUB, DIV) turn into -2.12 to -1.79"),
    ],
)
def test_it_tells_what_the_first_ops_make_of_the_values(steps, words):
    (finding,) = judged(reading(PICTURE, *steps), UNIT)
    assert words in finding.text


@pytest.mark.parametrize(
    "values",
    [
        random(PICTURE, high=90.0),
        random(PICTURE, low=-120.0, high=130.0),
        random(PICTURE, high=1000.0),
    ],
    ids=["dark", "mean subtracted", "not bytes"],
)
def test_only_what_looks_like_bytes_is_taken_for_them(values):
    assert judged(reading(PICTURE), values) == []


def test_only_pictures_are_taken_for_pixels():
    assert judged(reading((1, 8)), random((1, 8), high=200.0)) == []
    assert judged(reading((1, 4, 4, 7)), random((1, 4, 4, 7), high=200.0)) == []


def test_channels_first_is_told_by_the_recipe_and_its_scaling_is_seen():
    shape = (1, 3, 6, 6)
    recipe = Recipe(preprocess=Preprocess(layout="NCHW"))
    assert len(judged(reading(shape), random(shape, high=250.0), recipe=recipe)) == 1
    model = reading(shape, ("SUB", np.full((1, 3, 1, 1), 120.0)))
    assert judged(model, random(shape, high=250.0), recipe=recipe) == []


def test_columns_of_different_units_are_judged_each_by_its_own():
    model = reading((1, 2), ("SUB", [[40.0, 5e4]]), ("MUL", [[0.05, 2e-5]]))
    rows = [[[20.0, 1e4]], [[70.0, 2e5]]]
    assert judged(model, *rows) == []
    assert len(judged(model, *[[row[0][::-1]] for row in rows])) == 1


def test_a_factor_alone_that_enlarges_is_no_normalization():
    assert judged(reading((1, 8), ("MUL", 16.0)), random((1, 8), high=50.0)) == []


def test_a_declared_range_is_certain():
    recipe = Recipe(inputs={"x": Preprocess(range=(0.0, 1.0))})
    model = reading(PICTURE, RESCALING)
    assert judged(model, UNIT, recipe=recipe) == []
    assert judged(model, UNIT / UNIT.max() + 5e-4, recipe=recipe) == [], "that is rounding"
    (finding,) = judged(model, BYTES, recipe=recipe)
    assert (finding.severity, finding.tag) == ("error", "RANGE")
    assert "0 to 235, outside of what dataset.toml declares, from 0 to 1" in finding.text
    (finding,) = judged(model, UNIT / 255, recipe=recipe)
    assert finding.severity == "warning"


def test_a_range_that_the_file_records_is_a_suspicion():
    model = reading((1, 5))
    x = model.main.inputs[0]
    x.quantization = Quantization(minimum=np.float32([-2]), maximum=np.float32([2]))
    assert judged(model, random((1, 5))) == []
    (finding,) = judged(model, random((1, 5), high=9.0))
    assert (finding.tag, finding.severity) == ("RANGE", "warning")


def looking_up(cast=False, rows=10):
    """ids into a table."""
    model = Model()
    graph = model.add_subgraph()
    x = ids = tensor(graph, "x", (1, 4), "float32" if cast else "int32")
    if cast:
        ids = op(graph, "CAST", [ids], (1, 4), "int32")
    table = graph.constant("table", np.zeros((rows, 3), np.float32))
    y = op(graph, "GATHER", [table, ids], (1, 4, 3), options={"axis": 0, "batch_dims": 0})
    graph.inputs, graph.outputs = [x], [y]
    return model


@pytest.mark.parametrize("cast", [False, True])
@pytest.mark.parametrize(("values", "severity"), [([0, 9], None), ([0, 10], 1), ([-1, 3], 1)])
def test_indices_outside_of_their_table_are_certain(cast, values, severity):
    found = judged(looking_up(cast), [values])
    assert [finding.severity for finding in found] == ["error"] * (severity or 0)
    if found:
        assert "the 10 rows of the table that GATHER reads" in found[0].text


def test_no_tolerance_is_given_to_an_index():
    assert judged(looking_up(rows=30_000), [[0, 29_999]]) == []
    assert len(judged(looking_up(rows=30_000), [[0, 30_000]])) == 1


def test_scaling_twice_is_suspicious():
    recipe = Recipe(preprocess=Preprocess(scale=1 / 255))
    assert judged(reading(PICTURE), UNIT, recipe=recipe) == []
    (finding,) = judged(reading(PICTURE), UNIT / 255, recipe=recipe)
    assert "scaled twice" in finding.text


def test_statistics_are_by_channel_and_of_all_samples():
    stats = ValueStats()
    first = stats.see(np.array([[[1, -2], [3, 4]]], np.float32))
    again = stats.see(np.array([[[1, -2], [3, 4]]], np.float32))
    assert first == again
    assert not stats.varies
    assert stats.see(np.array([[[0.5, 9], [3, 4]]], np.float32)) != first
    assert (stats.low.tolist(), stats.high.tolist()) == ([0.5, -2], [3, 9])
    assert (stats.minimum, stats.maximum, stats.count) == (-2, 9, 3)
    assert stats.varies
    assert not stats.whole


@pytest.mark.parametrize("values", [np.int64(3), np.zeros((2, 0), np.float32), np.array([True])])
def test_any_array_can_be_seen(values):
    stats = ValueStats()
    stats.see(np.asarray(values))
    assert stats.whole


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
