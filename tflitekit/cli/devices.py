"""The command `devices`."""

from __future__ import annotations

from tflitekit.cli.options import (
    ClusterOption,
    JsonOption,
)


def devices(cluster: ClusterOption = None, json: JsonOption = False) -> None:
    """List this machine and every device that adb knows, with what keeps one from being used."""
    from tflitekit import console
    from tflitekit.pipeline.cluster import hosts_at
    from tflitekit.report.device_table import HEADER, device_json, device_rows

    entries = hosts_at(cluster).listed(console.Console())
    if json:
        console.print_json({"devices": [device_json(entry) for entry in entries]})
    else:
        console.print_table("", HEADER, device_rows(entries), numbers=False)
