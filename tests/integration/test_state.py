"""A decoder that carries its keys and values in int8 answers as the one that sees all at once."""

import json

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from tests.commands import bench, succeed, tflitekit
from tests.fakes.decoders import CONTEXT, DATA, SEQUENCES, TOKENS, WORDS, make
from tflitekit.graph import read_model
from tflitekit.graph.state import state_of
from tflitekit.progress import SILENT
from tools.bench_transformers.models import STATE

pytestmark = [pytest.mark.build, pytest.mark.convert]

OPTIONS = [word for pair in STATE for word in ("--state", pair)]


@pytest.fixture(scope="module")
def decoders(worker, tmp_path_factory):
    """NAME_int8.tflite and NAME_float32.tflite of the decoder and its steps."""
    folder = tmp_path_factory.mktemp("decoders")
    worker.call(f"{make.__module__}:make", SILENT, doing="making models", folder=str(folder))
    for name in ("decoder", *(f"step{tokens}" for tokens in TOKENS)):
        succeed(
            *("convert", f"{name}.keras", "--data", DATA, "-o", f"{name}_int8.tflite"),
            *("--float-out", f"{name}_float32.tflite", "--io", "float32"),
            *(OPTIONS if name != "decoder" else ()),
            cwd=folder,
        )
    return folder


@pytest.fixture
def answers(decoders, tmp_path):
    """Logits of sequences, [N, CONTEXT, WORDS]."""

    def answered(model, tokens=None):
        if tokens is None:
            tokens = np.load(decoders / DATA / "evaluate.npz")["tokens"]
        np.savez(tmp_path / "in.npz", tokens=tokens)
        words = ("--inputs", tmp_path / "in.npz", "--outputs", tmp_path / "out.npz")
        succeed("run", decoders / f"{model}.tflite", *words, cwd=tmp_path)
        (logits,) = np.load(tmp_path / "out.npz").values()
        return logits.reshape(len(tokens), -1, WORDS)

    return answered


def sqnr_db(exact, rounded):
    return 10 * np.log10(np.square(exact).sum() / np.square(exact - rounded).sum())


@pytest.mark.parametrize("tokens", TOKENS)
def test_steps_in_float_are_the_whole(answers, tokens):
    whole, steps = answers("decoder_float32"), answers(f"step{tokens}_float32")
    assert steps.shape == (SEQUENCES, CONTEXT, WORDS)
    np.testing.assert_allclose(steps, whole, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("tokens", TOKENS)
def test_steps_in_int8_are_nearly_the_whole_in_float(answers, tokens):
    whole = answers("decoder_float32")
    db = sqnr_db(whole, answers(f"step{tokens}_int8"))
    assert db > 26
    assert db > sqnr_db(whole, answers("decoder_int8")) - 1


@pytest.mark.parametrize("form", ["int8", "float32"])
def test_every_sample_begins_with_no_state(answers, form):
    tokens = np.random.default_rng(0).integers(0, WORDS, (3, CONTEXT), np.int32)
    together = answers(f"step1_{form}", tokens)
    np.testing.assert_array_equal(together[::-1], answers(f"step1_{form}", tokens[::-1]))
    np.testing.assert_array_equal(together[2:], answers(f"step1_{form}", tokens[2:]))


def test_the_state_is_int8_bytes_of_one_scale_though_the_face_is_float(decoders):
    model = read_model(decoders / "step1_int8.tflite")
    carried = state_of(model)
    assert (len(carried.carried), carried.steps) == (5, CONTEXT)
    for one, other in carried.tensors(model.signature()):
        assert one.spec("") == other.spec("")
        assert one.dtype == ("int32" if one.name == "position" else "int8")
    assert model.signature().outputs["logits"].dtype == "float32"
    assert "tflitekit.attention" in {op.name for op in model.main.ops}
    copied = [op for op in model.main.ops if op.name == "DYNAMIC_UPDATE_SLICE"]
    assert len(copied) == 4
    for op in copied:
        scales = {tensor.spec("").scale for tensor in (*op.inputs[:2], *op.outputs)}
        assert len(scales) == 1


def test_bench_judges_through_the_state_and_times_a_token(decoders, tmp_path):
    names = ("decoder_float32", "decoder_int8", "step1_float32", "step1_int8", "step4_int8")
    files = [decoders / f"{name}.tflite" for name in names]
    words = (*files, "--data", DATA, "--seconds", "0.1", "--repeats", "5", "--json")
    done = bench(*words, cwd=decoders)
    results = json.loads(done)["results"]
    whole, whole_int8, step, step_int8, chunk = (one["accuracy"]["value"] for one in results)
    assert {one["accuracy"]["metric"] for one in results} == {"perplexity"}
    assert {one["accuracy"]["n"] for one in results} == {SEQUENCES}
    assert step == pytest.approx(whole, rel=1e-5)
    assert [whole_int8, step_int8, chunk] == pytest.approx([whole] * 3, rel=0.02)
    tokens = [one["tokens"] for one in results]
    assert tokens[:2] == [None, None]
    assert [one["per_run"] for one in tokens[2:]] == [1, 1, 4]
    assert tokens[4]["us"] == pytest.approx(results[4]["latency_us"]["median"] / 4)


def test_a_float_file_knows_its_state_when_it_is_converted_again(decoders, tmp_path):
    words = ("--data", decoders / DATA, "-o", tmp_path / "again.tflite", "--io", "float32")
    succeed("convert", decoders / "step1_float32.tflite", *words, cwd=tmp_path)
    again = read_model(tmp_path / "again.tflite")
    assert state_of(again) == state_of(read_model(decoders / "step1_int8.tflite"))


def test_kept_statistics_give_the_same_bytes(decoders, tmp_path):
    words = ("--data", decoders / DATA, "--stats", "stats.npz", "-o", "o.tflite")
    files = []
    for _ in range(2):
        succeed("convert", decoders / "step4_float32.tflite", *words, cwd=tmp_path)
        files.append((tmp_path / "o.tflite").read_bytes())
    assert files[0] == files[1]


def test_a_target_is_reached_through_the_state(decoders, tmp_path):
    done = succeed(
        *("convert", decoders / "step4_float32.tflite", "--data", decoders / DATA),
        *("-o", tmp_path / "o.tflite", "--io", "float32", "--max-drop", "3%", "--json"),
        cwd=tmp_path,
    )
    accuracy = json.loads(done)["quantization"]["accuracy"]
    assert accuracy["metric"] == "perplexity"
    assert accuracy["score"] == pytest.approx(accuracy["float_score"], rel=0.03)


@pytest.mark.parametrize("effort", ["medium", "high"])
def test_corrections_see_every_run(decoders, tmp_path, answers, effort):
    words = ("--data", decoders / DATA, "-o", f"step4_{effort}.tflite", "--io", "float32")
    succeed("convert", "step4_float32.tflite", *words, "--effort", effort, cwd=decoders)
    assert sqnr_db(answers("decoder_float32"), answers(f"step4_{effort}")) > 26


def test_diagnose_runs_through_the_state(decoders, tmp_path):
    words = ("--data", decoders / DATA, "--eval-samples", "4", "--json")
    done = succeed("diagnose", decoders / "step4_float32.tflite", *words, cwd=tmp_path)
    layers = json.loads(done)["layers"]
    assert {"block1_wide", "block2_narrow"} <= {one["layer"] for one in layers}


@pytest.mark.parametrize("precision", ["dynamic", "float16"])
def test_other_precisions_keep_the_state(decoders, answers, precision):
    words = ("--data", DATA, "-o", f"step1_{precision}.tflite", "--precision", precision)
    succeed("convert", "step1_float32.tflite", *words, cwd=decoders)
    assert sqnr_db(answers("decoder_float32"), answers(f"step1_{precision}")) > 30


def test_sequences_that_do_not_fit_the_steps_are_refused(decoders, tmp_path):
    np.savez(tmp_path / "in.npz", tokens=np.zeros((2, 6), np.int32))
    words = ("--inputs", "in.npz", "--outputs", "out.npz")
    done = tflitekit("run", decoders / "step4_int8.tflite", *words, cwd=tmp_path)
    assert done.returncode == 3
    assert "6 long, and the model takes 4 at a time" in done.stderr
    assert not (tmp_path / "out.npz").exists()


def test_sequences_that_are_too_long_are_told(decoders, tmp_path):
    np.savez(tmp_path / "in.npz", tokens=np.zeros((2, 2 * CONTEXT), np.int32))
    words = ("--inputs", "in.npz", "--outputs", "out.npz")
    done = tflitekit("run", decoders / "step4_int8.tflite", *words, cwd=tmp_path)
    assert done.returncode == 6
    assert "in 8 runs each; it was calibrated over 4" in done.stderr
    assert "8 runs, which may be more than fit the state" in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--state", "position=next"], "next_position"),
        (["--state", "keys1=next_position"], "float32[1, 16, 2, 16]"),
        ([*OPTIONS, "--engine", "stock"], "--engine tflitekit"),
        (["--engine", "best"], "--engine tflitekit"),
        (["--state-from", "nowhere.tflite"], "No such file"),
        (["--state-from", "x.tflite", "--precision", "int16x8"], "--precision int8"),
    ],
)
def test_a_wrong_state_is_named(decoders, tmp_path, options, said):
    words = ("--data", decoders / DATA, "-o", "o.tflite")
    done = tflitekit("convert", decoders / "step1_float32.tflite", *words, *options, cwd=tmp_path)
    assert done.returncode == (3 if "nowhere.tflite" in options else 2)
    assert said in done.stderr
    assert not (tmp_path / "o.tflite").exists()


def go_on(flatbuffer, tokens, read):
    """Logits of tokens, of which `read` go through "prefill", the rest through "decode"."""
    interpreter = Interpreter(model_path=str(flatbuffer))
    runners = {key: interpreter.get_signature_runner(key) for key in ("prefill", "decode")}
    entries = runners["decode"].get_input_details()
    state = {
        name: np.full(one["shape"], one["quantization"][1], one["dtype"])
        for name, one in entries.items()
        if name != "tokens"
    }
    given, found = [tokens[:read], *tokens[read:, None]], []
    for part in given:
        runner = runners["prefill" if len(part) > 1 else "decode"]
        answer = runner(tokens=part[None], **state)
        found.append(answer["logits"][0])
        state = {name: answer[f"next_{name}"] for name in state}
    return np.concatenate(found)


@pytest.mark.parametrize("form", ["float32", "int8"])
def test_one_model_goes_on_with_what_another_has_read(decoders, answers, tmp_path, form):
    """LiteRT's own interpreter calls both signatures; it has no kernels of ours."""
    plain = ("--data", DATA, "--io", "float32", "--kernels", "never")
    decode, prefill, whole = (tmp_path / f"{name}.tflite" for name in ("one", "four", "whole"))
    if form == "float32":
        decode, prefill = (decoders / f"step{tokens}_float32.tflite" for tokens in (1, 4))
    else:
        succeed("convert", "step1_float32.tflite", *plain, "-o", decode, cwd=decoders)
        shared = ("--state-from", decode)
        succeed("convert", "step4_float32.tflite", *plain, *shared, "-o", prefill, cwd=decoders)
    succeed("merge", f"prefill={prefill}", f"decode={decode}", "-o", whole, cwd=tmp_path)
    assert whole.stat().st_size < 1.5 * decode.stat().st_size
    tokens = np.load(decoders / DATA / "evaluate.npz")["tokens"][0]
    logits = go_on(whole, tokens, read=4)
    exact = answers("decoder_float32", tokens[None])[0]
    if form == "float32":
        np.testing.assert_allclose(logits, exact, rtol=1e-4, atol=1e-4)
    else:
        assert sqnr_db(exact, logits) > 20


def test_bench_measures_each_signature(decoders, tmp_path):
    parts = [decoders / f"step{tokens}_int8.tflite" for tokens in (1, CONTEXT)]
    refused = tflitekit("merge", *parts, "-o", tmp_path / "both.tflite")
    assert refused.returncode == 3
    assert "--state-from" in refused.stderr
    words = ("-o", tmp_path / "prefill.tflite", "--state-from", parts[0])
    succeed("convert", f"step{CONTEXT}_float32.tflite", "--data", DATA, *words, cwd=decoders)
    parts = ("prefill.tflite", f"decode={parts[0]}")
    succeed("merge", *parts, "-o", "both.tflite", cwd=tmp_path)
    words = ("both.tflite", "--data", decoders / DATA, "--seconds", "0.1", "--json")
    done = bench(*words, cwd=tmp_path)
    prefill, decode = json.loads(done)["results"]
    assert (prefill["model"], decode["model"]) == ("both.tflite:prefill", "both.tflite:decode")
    assert (prefill["tokens"]["per_run"], decode["tokens"]["per_run"]) == (CONTEXT, 1)
    assert prefill["accuracy"]["value"] == pytest.approx(decode["accuracy"]["value"], rel=0.01)


@pytest.mark.parametrize("parts", [["a.tflite"], ["a.tflite", "a.tflite"]])
def test_one_model_cannot_be_merged(tmp_path, parts):
    done = tflitekit("merge", *parts, "-o", "b.tflite", cwd=tmp_path)
    assert done.returncode == 2
    assert "KEY=FILE" in done.stderr
