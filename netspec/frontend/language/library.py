"""The files that a spec may import: those below its own folder, and below the folders that a flag names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath

from netspec.diagnostics import Diagnostic, SpecError
from netspec.diagnostics.source import Span
from netspec.frontend.expressions.values import Module, Wrong
from netspec.problems.language import BadImport, TooMuch
from netspec.syntax import text
from netspec.syntax.parser import parse
from netspec.syntax.text import read_source

MAX_FILES = 1000


class Library:
    """Reads each file once. `folder` is that of the spec, None for a text that comes from no file."""

    def __init__(self, folder: Path | None = None, search: Sequence[Path] = ()) -> None:
        self.folder, self.search = folder, tuple(search)
        self.modules: dict[Path, Module] = {}
        self.faults: list[Diagnostic] = []
        self.damaged: list[Module] = []  # those with syntax errors
        self.size = 0

    def find(self, name: str, importer: Path | None, place: Span) -> Path:
        """The file that an import means: relative to the file it stands in, else in a folder of the search path.

        Raises Wrong where there is none, or where it is reached by leaving its folder, through links too.
        """
        if not name or "\0" in name or PurePath(name).is_absolute() or ":" in name or "\\" in name:
            raise Wrong(BadImport, f'"{name}" is no path relative to this file', place, help="separate folders by /")
        outside = False
        own = [importer.parent] if importer else [self.folder] if self.folder else []
        for start in (*own, *self.search):
            try:
                found = (start / name).resolve()
                inside = any(found.is_relative_to(root.resolve()) for root in self._roots())
                there = found.is_file()
            except (OSError, RuntimeError, ValueError):  # links in a circle, names that no file can have
                continue
            if there and inside:
                return found
            text.note_absent(start / name)
            outside |= there or not inside
        if outside:
            help = "--import-path FOLDER lets a spec import from another folder"
            raise Wrong(BadImport, f'"{name}" lies outside of the folder of the spec', place, help=help)
        if not own and not self.search:
            help = "--import-path FOLDER says where its imports are"
            raise Wrong(BadImport, "a text that comes from no file has no folder to import from", place, help=help)
        help = f"looked in {', '.join(dict.fromkeys(str(folder) or '.' for folder in (*own, *self.search)))}"
        raise Wrong(BadImport, f'there is no file "{name}"', place, help=help)

    def _roots(self) -> tuple[Path, ...]:
        return (*((self.folder,) if self.folder else ()), *self.search)

    def read(self, path: Path, place: Span) -> Module:
        """The file as a module, whose top level has not been carried out yet. Raises Wrong."""
        if len(self.modules) >= MAX_FILES:
            raise Wrong(TooMuch, f"more than {MAX_FILES} files are imported", place)
        try:
            source = read_source(self._shown(path))
        except SpecError as error:
            raise Wrong(BadImport, error.diagnostics[0].message, place) from None
        self.size += len(source.text)
        if self.size > text.MAX_BYTES:
            raise Wrong(TooMuch, f"more than {text.MAX_BYTES >> 20} MiB of text are imported", place)
        document, faults = parse(source)
        module = self.modules[path] = Module(source, document)
        self.faults += faults
        self.damaged += [module] if faults else []
        return module

    def _shown(self, path: Path) -> Path:
        """The path as people would write it: relative to where they are, if it is below."""
        try:
            return path.relative_to(Path.cwd())
        except (OSError, ValueError):
            return path
