"""JSON that people can read, too: a field a line, and of one list, which may be long, an element a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any


def listing(head: Mapping[str, Any], name: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """An object of the fields of `head` and, under `name`, the list. Raises ValueError for NaN and infinities."""
    fields = "".join(f"  {json.dumps(key)}: {json.dumps(value, allow_nan=False)},\n" for key, value in head.items())
    lines = ",\n    ".join(json.dumps(row, allow_nan=False) for row in rows)
    return f'{{\n{fields}  "{name}": [\n    {lines}\n  ]\n}}\n'
