"""What the text below each key of a table says, out of the source.

pydantic can do this for each class when it is made, which takes longer than to read settings.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from itertools import pairwise

from tflitekit.project.table import Table


def descriptions_of(table: type[Table]) -> Mapping[str, str]:
    """The texts on one line each, by the name of the attribute; of keys that have one."""
    nodes = ast.walk(ast.parse(inspect.getsource(table)))
    definition = next(node for node in nodes if isinstance(node, ast.ClassDef))
    found = {}
    for key, text in pairwise(definition.body):
        if not isinstance(key, ast.AnnAssign) or not isinstance(key.target, ast.Name):
            continue
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            found[key.target.id] = " ".join(str(text.value.value).split())
    return found
