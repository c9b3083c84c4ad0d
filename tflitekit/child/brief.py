"""Makes a phrase of what another library's exception says."""

from __future__ import annotations

import re

_LONGEST = 200


def brief(error: object) -> str:
    """The first sentence of an error's text without its full stop, shortened.

    An error without a text gives the name of its class.
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = re.split(r"\.\s", lines[0])[0] if lines else type(error).__name__
    return text.rstrip(".") if len(text) <= _LONGEST else text[:_LONGEST] + "…"
