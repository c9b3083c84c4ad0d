"""Where accuracy goes, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tflitekit.report.html.charts.noise import LayerNoise, layer_sqnr
from tflitekit.report.html.content import Cell, Chart, Column, Facts, Row, Section, Table
from tflitekit.report.html.words import db_cell, name_cell, share_cell

MOST_DRAWN = 24
"""The most costly layers are drawn; the table has all."""

_COLUMNS = (
    Column("layer", numeric=False),
    Column("ops", numeric=False),
    Column("alone (dB)", meaning="at the model's output, where only this layer is integer"),
    Column("within (dB)", meaning="at the layer's output, in the whole integer model"),
    Column("channels (dB)", meaning="the same, of the median channel"),
    Column("MACs", meaning="of all"),
    Column("cause", numeric=False),
    Column("what shows it", numeric=False),
    Column("what helps", numeric=False),
)


def layers_section(diagnosis: Mapping[str, Any] | None) -> Section | None:
    """The signal to quantization noise of each layer, the most costly first."""
    if diagnosis is None or not diagnosis["layers"]:
        return None
    layers = diagnosis["layers"]
    noises = [LayerNoise(one["layer"], one["cost_db"], one["sqnr_db"]) for one in layers]
    outputs = diagnosis["outputs"]
    worst = min((db for db in outputs.values() if db is not None), default=None)
    of_all = (
        f"the {MOST_DRAWN} most costly of {len(layers)} layers"
        if len(layers) > MOST_DRAWN
        else "each layer"
    )
    caption = (
        f"Signal to quantization noise of {of_all}. Filled point: of the model's output, where "
        "only this layer is integer. Hollow diamond: of its own output, in the whole integer "
        "model. Dashed line: the whole model"
    )
    chart = Chart(caption, lambda width: layer_sqnr(noises[:MOST_DRAWN], worst, width))
    facts = Facts(
        (
            ("samples", str(diagnosis["samples"])),
            *(
                (f"output {name}", "–" if db is None else f"{db:.1f} dB")
                for name, db in outputs.items()
            ),
        )
    )
    return Section(
        "Layers", (chart, facts, Table(_COLUMNS, tuple(map(_row, layers)), sortable=True))
    )


def _row(layer: Mapping[str, Any]) -> Row:
    cause = layer["cause"]
    tensor, evidence = name_cell(cause["tensor"]).text, cause["evidence"]
    return (
        name_cell(layer["layer"]),
        Cell(", ".join(layer["ops"]) or "–"),
        db_cell(layer["cost_db"]),
        db_cell(layer["sqnr_db"]),
        db_cell(layer["channel_sqnr_db"]),
        share_cell(layer["macs_share"], drawn=True),
        Cell(cause["kind"]),
        Cell(f"{tensor}: {evidence}" if cause["tensor"] else evidence or "–"),
        Cell(cause["help"] or "–"),
    )
