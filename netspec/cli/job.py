"""What a file is checked for: what is done with it, and what is kept of it, both go by that."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from netspec.diagnostics.source import Source

if TYPE_CHECKING:
    from netspec.frontend.load import Options


class Job(NamedTuple):
    """What each file is checked for."""

    phases: tuple[str | None, ...]
    options: Options
    stdin: Source | None
    cache: bool = True  # whether results of earlier runs will do
