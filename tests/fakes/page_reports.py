"""Reports of checks as `check` makes them, out of the records that a device gives."""

import json
from dataclasses import replace

from tests.fakes.bench_results import PHONE, comparison_of, timed
from tflitekit.bench.accuracy import Accuracy
from tflitekit.bench.agreement import Agreement, OutputAgreement
from tflitekit.bench.compute import ComputePeak
from tflitekit.bench.conditions import Condition
from tflitekit.bench.memory import Memory, Moment
from tflitekit.bench.profile import OpProfile, PartitionProfile, Profile
from tflitekit.bench.roofline import Roof, point
from tflitekit.gates.measurement import Measurement
from tflitekit.gates.report import SCHEMA, CheckedModel, CheckReport
from tflitekit.gates.verdict import Verdict
from tflitekit.quantize.diagnosis.cause import Cause
from tflitekit.quantize.diagnosis.diagnose import Diagnosis, LayerDiagnosis
from tflitekit.quantize.diagnosis.noise import MOST_DB
from tflitekit.quantize.recipe import Recipe
from tflitekit.report.bench_json import bench_json

STARTS = 5


def bench_result(model, us, *, op="block/conv", device=PHONE):
    """One model on one device, with everything that a bench can find."""
    roof = Roof(10.0, {"int8": 50.0})
    ops = tuple(
        OpProfile(place, "CONV_2D", f"{op}_{place}", 0, us / (place + 2), 10_000, 10**6)
        for place in range(12)
    )
    points = (
        point(one.name, {"int8": one.macs}, one.bytes, one.us, roof, one.index) for one in ops
    )
    partition = PartitionProfile(us, (("Convolution", us),), tuple(range(12)))
    profile = Profile(ops, (partition,), 1.5 * us, 0.5 * us, us)
    moment = Moment(pss=5_000_000, private_dirty=10**6, swap=0, rss=7 * 10**6, anonymous=10**6)
    return replace(
        timed([us + start + 0.1 * place for place in range(40)] for start in range(STARTS)),
        model=model,
        size_bytes=int(1000 * us),
        device=device,
        accuracy=Accuracy("top1", 0.975, 40),
        warnings=(Condition("CHARGING", "it takes charge; wait until it is full"),),
        memory=Memory(moment, moment, moment, moment, moment, 8 * 10**6, 10**6, 2 * 10**6),
        profile=profile,
        compute={"int8": ComputePeak(50.0, "neon", {"neon": 50.0})},
        roofline=(point("model", {"int8": 10**7}, 10**6, us, roof), *points),
        agreement=(
            Agreement(
                "float",
                "float.tflite",
                40,
                (OutputAgreement("out", 400, 0.98, "steps", 3.0, 0.1, 1.0),),
            ),
        ),
    )


def bench_document(*results):
    """What `bench --json` prints of them, each compared with the first."""
    first, *others = results
    compared = [replace(one, comparison=comparison_of(first, one)) for one in others]
    return json.loads(json.dumps(bench_json([first, *compared])))


def summary(*, integer=True, op="CONV_2D", replacements=()):
    """What `inspect --json` prints of a small model."""
    port = {"name": "in", "shape": [1, 8], "dtype": "int8", "scale": 0.5, "zero_point": 0}
    return {
        "size_bytes": 138_176 if integer else 511_680,
        "sha256": "1" * 64,
        "description": "",
        "inputs": [port],
        "outputs": [port],
        "state": None,
        "ops": [
            {"name": op, "dtypes": ["int8"], "count": 4},
            {"name": "ADD", "dtypes": [], "count": 12},
        ],
        "custom_ops": [],
        "replacements": list(replacements),
        "float_tensors": 0 if integer else 9,
        "float_io": [],
        "fully_integer": integer,
        "macs": 2_011_872,
        "weight_bytes": 128_176,
        "bytes_moved": 147_566,
        "signatures": {},
        "subgraphs": [],
        "metadata": [],
        "min_runtime_version": None,
        "oldest_runtime": "2.13",
        "oldest_runtime_op": "CONV_2D version 3",
    }


def diagnosis(*names):
    """What `diagnose --json` prints of layers of these names."""
    cause = Cause("outlier channel", "net/a", "50 times", "--int16 a", {"ratio": 50.0})
    layers = tuple(
        LayerDiagnosis(name, (name,), ("CONV_2D",), 20.0 + place, 30.0, MOST_DB, 0.25, cause, ())
        for place, name in enumerate(names)
    )
    return json.loads(json.dumps(Diagnosis(Recipe(), 12, {"scores": 33.26}, {}, layers).as_dict()))


def verdicts(model):
    """One of each outcome."""
    latency = Measurement(
        "latency", 1200.0, 1190.0, 1210.0, "phone", {"threads": "4"}, ("CHARGING",)
    )
    return (
        Verdict(
            model,
            "accuracy",
            None,
            "absolute",
            "passed",
            Measurement("accuracy", 0.98),
            None,
            "at least 97 %",
            "it holds",
        ),
        Verdict(
            model,
            "latency",
            "phone",
            "relative",
            "inconclusive",
            latency,
            Measurement("latency", 1100.0),
            "at most 5 % more",
            "it was CHARGING",
        ),
        Verdict(
            model,
            "size",
            None,
            "absolute",
            "failed",
            Measurement("size", 138_176.0),
            None,
            "at most 120 kB",
            "it is 15 % larger",
        ),
    )


def checked_model(name="digits", *, op="block/conv", layer="block", devices=("phone",)):
    """A model with everything that the page can show."""
    bench = bench_document(
        bench_result("float.tflite", 2000.0, op=op), bench_result(f"{name}.tflite", 1200.0, op=op)
    )
    replacement = {
        "kernel": "tflitekit.attention",
        "instead_of": ["MUL", "SOFTMAX"],
        "count": 12,
    }
    return CheckedModel(
        name=name,
        file=f"build/{name}.tflite",
        sha256="1" * 64,
        model=summary(op=op, replacements=[replacement]),
        float_model=summary(integer=False),
        quantization={"precision": "int8", "effort": "low"},
        benches=dict.fromkeys(devices, bench),
        diagnosis=diagnosis(layer, f"{layer}_2"),
        measurements=(),
        verdicts=verdicts(name),
        warnings=(f"{name} was built anew",),
        manifest={"source": {"file": f"{name}.keras"}, "versions": {"keras": "3.15.1"}},
    )


def check_report(*models):
    """A check of these models, or of one."""
    return CheckReport(
        SCHEMA,
        "0.1.0",
        "tflitekit.toml",
        "abc1234",
        "2026-01-02T03:04:05+00:00",
        models or (checked_model(),),
    )
