"""Where in a JSON text each value is, so that an error can point at the line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

JsonPath = tuple[str | int, ...]
"""Keys and positions from the outermost value to an inner one."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def lines_of(text: str) -> dict[JsonPath, int]:
    """The line, from 1, that each value of a valid JSON text begins in; of a member, its key."""
    lines: dict[JsonPath, int] = {}
    path: list[str | int] = []  # of the value that is awaited; an object's key is last
    awaits_key = False
    for token, line in _tokens(text):
        if awaits_key and token not in "},":
            path[-1], awaits_key = json.loads(token), False
        if token not in "}],:":
            lines.setdefault(tuple(path), line)
        if token in "{[":
            path.append("" if token == "{" else 0)
            awaits_key = token == "{"
        elif token in "}]":
            path.pop()
            awaits_key = False
        elif token == ",":
            awaits_key = isinstance(path[-1], str)
            if isinstance(path[-1], int):
                path[-1] += 1
    return lines


def line_of(text: str, path: JsonPath) -> int:
    """The line of a value in a valid JSON text, or of the nearest around it that is there."""
    lines = lines_of(text)
    return next(lines[path[:size]] for size in range(len(path), -1, -1) if path[:size] in lines)


def _tokens(text: str) -> Iterable[tuple[str, int]]:
    line, done = 1, 0
    for found in _TOKEN.finditer(text):
        line += text.count("\n", done, found.start())
        done = found.start()
        yield found[0], line
