"""Foreign text in GitHub's and GitLab's Markdown, so that it stays text.

Both link what follows `@`, `#`, `!`, `~`, `%`, `$` and `&` after Markdown and HTML are resolved, so
escaping alone does not keep people from being notified. Neither looks into code.
"""

from __future__ import annotations

import html
import re

from tflitekit.report.one_line import one_line

_MARKUP = re.compile(r"[\\`*_{}\[\]<>#!|~$&:@^]")
_LINKED = re.compile(r"(?<=[@#!~%$&:])(?=\w)|(?<=:)(?=//)|(?<=www)(?=\.)")
_UNSEEN = "\u200b"


def code(text: str) -> str:
    """A code span of exactly `text`, but for control characters."""
    text = one_line(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    # A span loses one space on either side, and needs one where a backtick is at its end.
    pad = " " if not text.strip() or text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text or ' '}{pad}{fence}"


def prose(text: str) -> str:
    """`text` as words within a line."""
    return _MARKUP.sub(r"\\\g<0>", _LINKED.sub(_UNSEEN, one_line(text)))


def in_html(text: str) -> str:
    """`text` in an HTML element inside Markdown."""
    return f"<code>{html.escape(one_line(text))}</code>"


def row(cells: tuple[str, ...]) -> str:
    """A row of a table of Markdown; in code, too, a pipe would end a cell."""
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |\n"
