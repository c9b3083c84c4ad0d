"""The parts of the page, in the order of reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tflitekit.gates.report import CheckedModel, CheckReport
from tflitekit.gates.verdict import worst
from tflitekit.report.html.content import Device, ModelPart, Note, Section
from tflitekit.report.html.sections.answers import answers_section
from tflitekit.report.html.sections.conditions import conditions_section
from tflitekit.report.html.sections.devices import devices_section
from tflitekit.report.html.sections.glance import glance_section, tiles
from tflitekit.report.html.sections.inside import inside_section, patched_section
from tflitekit.report.html.sections.latency import latency_section, start_section, sustained_section
from tflitekit.report.html.sections.layers import layers_section
from tflitekit.report.html.sections.making import making_section
from tflitekit.report.html.sections.ops import ops_sections, roofline_section
from tflitekit.report.html.sections.traffic import bandwidth_section, memory_section
from tflitekit.report.html.subjects import Bench, benches_of


def model_parts(report: CheckReport) -> tuple[ModelPart, ...]:
    """One for each model."""
    return tuple(map(_model_part, report.models))


def _model_part(model: CheckedModel) -> ModelPart:
    benches = benches_of(model)
    warnings = tuple(Note(text, "note") for text in model.warnings)
    first = (
        Section("Warnings", warnings),
        glance_section(model, benches),
        devices_section(benches),
    )
    last = (
        layers_section(model.diagnosis),
        patched_section(model.model),
        inside_section(model.model),
        making_section(model),
    )
    return ModelPart(
        name=model.name,
        outcome=worst(model.verdicts) if model.verdicts else None,
        tiles=tiles(model, benches),
        first=_told(first),
        devices=tuple(Device(bench.device, _told(_of_device(bench))) for bench in benches),
        last=_told(last),
        left_out=tuple(_left_out(model, benches)),
    )


def _of_device(bench: Bench) -> Iterator[Section | None]:
    yield latency_section(bench)
    yield sustained_section(bench)
    yield start_section(bench)
    yield answers_section(bench)
    yield memory_section(bench)
    yield bandwidth_section(bench)
    yield roofline_section(bench)
    yield from ops_sections(bench)
    yield conditions_section(bench)


def _told(sections: Iterator[Section | None] | Sequence[Section | None]) -> tuple[Section, ...]:
    """Those that tell something."""
    return tuple(section for section in sections if section is not None and section.blocks)


def _left_out(model: CheckedModel, benches: Sequence[Bench]) -> Iterator[str]:
    """What one may look for in vain, and why."""
    results = [one.result for bench in benches for one in bench.subjects]
    if not results:
        yield "latency, memory and bandwidth: nothing was run"
    elif not any(result["profile"] for result in results):
        yield "the time of each op: no profile was asked for"
    if results and not any(result["accuracy"] or result["agreement"] for result in results):
        yield "accuracy and agreement: no data were given"
    if not model.diagnosis:
        yield "the noise of each layer: no diagnosis was asked for"
    if not model.model:
        yield "what is in the file: it was not read"
