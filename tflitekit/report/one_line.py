"""Foreign text on one line of a log, which CI systems take orders from. Pure."""

from __future__ import annotations

import json
import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_PLAIN = re.compile(r"[\w.+\-/@() ]+")


def one_line(text: str) -> str:
    """`text` with its control characters as Python writes them."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def plain(name: str) -> str:
    """A name as it is, or quoted where it has more than letters, digits and the like."""
    return name if _PLAIN.fullmatch(name) else one_line(json.dumps(name, ensure_ascii=False))


def harmless(text: str) -> str:
    """`text` for a table: wherever it is wrapped, no line begins with the :: of a command."""
    return one_line(text).replace("::", ":\u200b:")
