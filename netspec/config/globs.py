"""Patterns of paths, as .gitignore has them: `*` within a name, `**` across folders, `?` a character, `[ab]` any.

A pattern without a `/`, but at its end, may stand for a file or folder anywhere; any other begins where the
configuration lies. What a pattern means of a folder it means of all that is in it.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PIECES = re.compile(r"(?:\*\*/)+|/\*\*$|\*|\?|\[!?\]?[^]/]*\]|[^*?\[]+|\[")


def matches(pattern: str, path: str) -> bool:
    """Whether a pattern means a path, or a folder above it. The path is relative to where the configuration lies, its
    names parted by `/`."""
    return compiled(pattern).fullmatch(path) is not None


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """As a regular expression. Raises re.error for a range from back to front."""
    anchored = "/" in pattern.rstrip("/")
    written = pattern.removeprefix("./").strip("/")
    text = "".join(map(_regular, _PIECES.findall(written)))
    return re.compile(f"{'' if anchored else '(?:.*/)?'}{text}(?:/.*)?", re.DOTALL)


def _regular(piece: str) -> str:
    match piece:
        case _ if piece.startswith("**/"):
            return "(?:.*/)?"
        case "/**":
            return "/.*"
        case "*":
            return "[^/]*"
        case "?":
            return "[^/]"
        case _ if piece.startswith("[") and len(piece) > 2:
            negated = piece[1] == "!"
            inside = piece[1 + negated : -1].replace("\\", r"\\").replace("[", r"\[").replace("^", r"\^")
            return f"[{'^/' if negated else ''}{inside}]"
        case _:
            return re.escape(piece)
