"""Keep the tables in README.md that describe code, and docs/schemas, equal to the code.

    python -m tools.docs            end with status 1 where one is out of date
    python -m tools.docs --write    make them again

A table stands between `<!-- table NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import typer

from tflitekit.bench.conditions import RULES
from tflitekit.bench.metrics import METRICS
from tflitekit.cli.app import app
from tflitekit.console import as_json
from tflitekit.devices.registry import SCHEMES
from tflitekit.errors import EXIT_CODES
from tflitekit.gates.quantities import QUANTITIES
from tflitekit.project.schema import example_of
from tflitekit.quantize.calibration.ranges import METHODS
from tflitekit.quantize.corrections.efforts import EFFORTS
from tflitekit.quantize.engines.registry import ENGINES
from tflitekit.quantize.recipe import PRECISIONS
from tflitekit.report import kernel_list
from tflitekit.report.formats import FORMATS
from tflitekit.report.schemas import FILES, SCHEMAS

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"(<!-- table (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def commands() -> str:
    """Every command and the first sentence of its help."""
    group = typer.main.get_command(app)
    rows = [
        (f"`tflitekit {name}`", command.help.splitlines()[0])
        for name, command in group.commands.items()  # type: ignore[attr-defined]
    ]
    return _table(("command", "what it does"), rows)


def exit_codes() -> str:
    """Every exit code and what it means."""
    return _table(("code", "meaning"), [(str(code), text) for code, text in EXIT_CODES.items()])


def lists() -> str:
    """What can be chosen from."""
    rows = [
        ("engines", ENGINES),
        ("ways to choose ranges", METHODS),
        ("efforts", EFFORTS),
        ("device schemes", SCHEMES),
    ]
    return _table(("", "built in"), [(name, _code(values)) for name, values in rows])


def kernels() -> str:
    """Every custom op of ours."""
    rows = [(f"`{name}`", *rest) for name, *rest in kernel_list.kernel_rows()]
    return _table(kernel_list.HEADER, rows)


def precisions() -> str:
    """What `--precision` takes."""
    return _table(
        ("`--precision`", "what it is"),
        [(f"`{name}`", meaning) for name, meaning in PRECISIONS.items()],
    )


def conditions() -> str:
    """Every tag that a benchmark can get."""
    rows = [
        (f"`{rule.tag}`", rule.meaning, rule.advice, "yes" if rule.voids else "no")
        for rule in RULES
    ]
    return _table(("tag", "when", "what to do", "voids the number"), rows)


def metrics() -> str:
    """What `--metric` takes."""
    against = {
        "labels": "labels",
        "float": "the float model",
        "either": "labels, else the float model",
    }
    return _table(
        ("`--metric`", "what it is", "compared with"),
        [(f"`{one.name}`", one.meaning, against[one.against]) for one in METRICS.values()],
    )


def formats() -> str:
    """Every form of a check's report."""
    rows = [(f"`--{one.name}`", one.suffix or "the log", one.meaning) for one in FORMATS.values()]
    return _table(("option", "file", "what it is"), rows)


def quantities() -> str:
    """What a budget can limit."""
    sides = {"lower": "at most", "higher": "at least"}
    places = {
        "file": "the file",
        "float file": "the file and the float model's",
        "runner": "a device",
        "data": "a device, with data",
        "timing": "a device, in time",
    }
    rows = [
        (
            f"`{one.name}`",
            one.meaning,
            f"{sides[one.better]}, as {example_of(one)}",
            places[one.source],
        )
        for one in QUANTITIES.values()
    ]
    return _table(("key of a budget", "what it is", "limit", "measured on"), rows)


TABLES: dict[str, Callable[[], str]] = {
    "commands": commands,
    "conditions": conditions,
    "exit-codes": exit_codes,
    "formats": formats,
    "kernels": kernels,
    "lists": lists,
    "metrics": metrics,
    "precisions": precisions,
    "quantities": quantities,
}


def readme() -> str:
    """README.md with its tables as they have to be."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return BLOCK.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}{found[3]}", text)


def pages() -> Iterator[tuple[Path, str]]:
    """Every file that has to do with code, and what it has to hold."""
    yield ROOT / "README.md", readme()
    for name, file in FILES.items():
        yield ROOT / "docs" / "schemas" / file, as_json(SCHEMAS[name]()) + "\n"


def main(write: bool) -> None:
    """Check or write every table and schema."""
    for path, wanted in pages():
        if path.is_file() and path.read_text(encoding="utf-8") == wanted:
            continue
        if not write:
            sys.exit(f"{path.relative_to(ROOT)} is out of date: make docs")
        path.parent.mkdir(exist_ok=True)
        path.write_text(wanted, encoding="utf-8")


def _code(values: Iterable[str]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    main(write=sys.argv[1:] == ["--write"])
