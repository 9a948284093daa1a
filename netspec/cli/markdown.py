"""Text as Markdown, that of GitHub: nothing in it is markup, mentions somebody, or leads somewhere."""

import re
from collections.abc import Iterable, Sequence

from netspec.cli.table import Row

APART = "&#8203;"  # a character without width
# Signs that can be markup where they stand: a `_` within a word, or a `~` by itself, cannot.
_MARKUP = re.compile(r"[\\`*\[\]<>|]|&(?=[#\w])|~(?=\S)|(?<=\S)~|(?<![^\W_])_|_(?![^\W_])|:(?=//)|(?<=www)\.")
_REFERENCE = re.compile(r"([@#])(?=\w)")


def plain(text: str) -> str:
    """The text as it stands; signs of Markdown get a backslash. What GitHub makes links of for itself is broken up."""
    escaped = _MARKUP.sub(lambda found: f"\\{found[0]}", text.replace("\n", " "))
    return _REFERENCE.sub(rf"\1{APART}", escaped)


def table(head: Row, rows: Sequence[Row], right: Sequence[bool]) -> list[str]:
    """A line for each row; `right` says which columns are set to the right."""
    marks = ["---:" if to_right else "---" for to_right in right]
    return [
        _line([plain(cell) for cell in head]),
        _line(marks),
        *(_line([plain(cell) for cell in row]) for row in rows),
    ]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
