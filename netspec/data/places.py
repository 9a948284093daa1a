"""Where the data lies that a spec names. Its paths were written for the folder that Caffe was started in, and no text
reaches for other files: see `netspec.frontend.beside`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from netspec.diagnostics import SpecError, labels
from netspec.frontend.beside import located
from netspec.net import Node
from netspec.problems.data import MissingData


class Places:
    """folder: where the spec lies, None for a text of no file. search: folders that somebody has named; what an
    absolute path leads to has to be in one of all these."""

    def __init__(self, folder: Path | None, search: Sequence[Path]) -> None:
        self._folder, self._search = folder, search

    @property
    def roots(self) -> tuple[Path, ...]:
        return (*((self._folder,) if self._folder else ()), *self._search)

    def find(self, name: str) -> Path | None:
        """The file or folder that a path means."""
        if not name or "\0" in name:
            return None
        return self._absolute(Path(name)) or located(name.rstrip("/"), self._folder, self._search, Path.exists)

    def of_field(self, node: Node, message: str, field: str, name: str) -> Path:
        """The file or folder that a field of a layer names. Raises SpecError (NS821) at the field."""
        if found := self.find(name):
            return found
        said = f'there is no file or database "{name}"' if name else f"{field} is not given"
        places = labels(node.origin.source, node.origin.span(message, field))
        help = "looked for in " + ", ".join(dict.fromkeys(str(root.absolute()) for root in self.roots))
        raise SpecError([MissingData(said, places, help=help)])

    def _absolute(self, path: Path) -> Path | None:
        try:
            inside = path.is_absolute() and any(path.resolve().is_relative_to(root.resolve()) for root in self.roots)
            return path if inside and path.exists() else None
        except (OSError, RuntimeError):  # links in a circle
            return None
