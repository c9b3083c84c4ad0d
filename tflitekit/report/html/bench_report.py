"""A document of `bench` as the report of a check without limits, so that one page shows both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tflitekit import __version__
from tflitekit.gates.report import SCHEMA, CheckedModel, CheckReport
from tflitekit.report.html.subjects import short_names
from tflitekit.units import plural


def bench_report(
    document: Mapping[str, Any], summaries: Mapping[str, Mapping[str, Any]], time: str
) -> CheckReport:
    """One model, the last of the document; the others are what it is compared with.

    Args:
        document: that `bench --json` prints, of one device or of several.
        summaries: what `inspect` tells, by the names of files that the document has.
        time: when it was made, ISO 8601 in UTC.
    """
    benches = dict(_by_device(document))
    results: list[dict[str, Any]] = next((bench["results"] for bench in benches.values()), [])
    paths = [result["model"] for result in results]
    known = [summaries.get(path, {}) for path in paths] or [{}]
    is_pair = [one.get("fully_integer") for one in known] == [False, True]
    checked = CheckedModel(
        name=" and ".join(short_names(paths)) or "nothing was measured",
        file=paths[-1] if paths else "",
        sha256=results[-1]["sha256"] if results else "",
        model=known[-1] or None,
        float_model=known[0] if is_pair else None,
        quantization=None,
        benches=benches,
        diagnosis=None,
        measurements=(),
        verdicts=(),
        warnings=tuple(_errors(document)),
    )
    return CheckReport(SCHEMA, __version__, "", None, time, (checked,))


def _by_device(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for cell in document.get("cells", ()):
        if cell["report"] is not None:
            yield f"{cell['device']}, {plural(cell['threads'], 'thread')}", cell["report"]
    if document.get("results"):
        yield document["results"][0]["device"]["uri"], document


def _errors(document: Mapping[str, Any]) -> Iterator[str]:
    """What failed, or voids the numbers."""
    failed = [(None, document.get("error"))]
    failed += [(cell["device"], cell["error"]) for cell in document.get("cells", ())]
    for device, error in failed:
        if error:
            place = f"{device}: " if device else ""
            advice = f". {error['hint']}" if error["hint"] else ""
            yield f"{place}{error['what']}{advice}"
