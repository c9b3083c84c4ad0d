"""Where accuracy goes, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tflitekit.quantize.diagnosis.noise import MOST_DB
from tflitekit.report.html.charts.noise import LayerNoise, layer_sqnr
from tflitekit.report.html.content import Cell, Chart, Column, Facts, Row, Section, Table
from tflitekit.report.html.words import db_cell, name_cell, share_cell

Layer = Mapping[str, Any]
"""A layer of a diagnosis."""

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
    layers, outputs = diagnosis["layers"], diagnosis["outputs"]
    told = tuple((f"output {name}", _with_unit(db)) for name, db in outputs.items())
    facts = Facts((("samples", str(diagnosis["samples"])), *told))
    table = Table(_COLUMNS, tuple(map(_row, layers)), sortable=True)
    drawn = _chart(layers, outputs)
    return Section("Layers", (*([drawn] if drawn else []), facts, table))


def _chart(
    layers: Sequence[Mapping[str, Any]], outputs: Mapping[str, float | None]
) -> Chart | None:
    """The layers that cost anything; None where none does."""
    noises = [
        LayerNoise(one["layer"], one["cost_db"], _audible(one["sqnr_db"]))
        for one in layers
        if _audible(one["cost_db"]) is not None
    ]
    if not noises:
        return None
    whole = min((db for db in map(_audible, outputs.values()) if db is not None), default=None)
    most = f"the {MOST_DRAWN} most costly of {len(layers)} layers"
    caption = (
        f"Signal to quantization noise of {most if len(noises) > MOST_DRAWN else 'each layer'}. "
        "Filled point: of the model's output, where only this layer is integer. Hollow diamond: "
        "of its own output, in the whole integer model. Dashed line: the whole model"
    )
    return Chart(caption, lambda width: layer_sqnr(noises[:MOST_DRAWN], whole, width))


def _audible(db: float | None) -> float | None:
    """A ratio; None where there is no noise."""
    return None if db is None or db >= MOST_DB else db


def _with_unit(db: float | None) -> str:
    return db_cell(db).text if _audible(db) is None else f"{db_cell(db).text} dB"


def _row(layer: Layer) -> Row:
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
