"""Makes a phrase of what another library's exception says."""

from __future__ import annotations

import re

_LONGEST = 200
_CALLING = re.compile(r"Exception encountered when calling .*\(\)\.\n|\x1b\[\d+m")


def brief(error: object) -> str:
    """The first sentence of an error's text without its full stop, shortened.

    What Keras wraps as "Exception encountered: ..." is unwrapped. An error without a text gives
    the name of its class.
    """
    text = str(error).rpartition("Exception encountered: ")[2]
    if "Exception encountered when calling" in text:
        text = _CALLING.sub("", text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    text = re.split(r"\.\s", lines[0])[0] if lines else type(error).__name__
    return text.rstrip(".") if len(text) <= _LONGEST else text[:_LONGEST] + "…"
