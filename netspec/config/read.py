"""From what a file says to a Configuration: every key known, every value of its kind, or told where not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from netspec.config import Configuration
from netspec.config.data import data_of, shown
from netspec.config.globs import compiled
from netspec.config.toml import SHARED, TABLE, own_table, place_of, source_of
from netspec.diagnostics import Diagnostic, SpecError
from netspec.diagnostics.selection import unselectable
from netspec.diagnostics.source import Source
from netspec.diagnostics.suggest import did_you_mean
from netspec.problems.configuration import BadSetting, UnknownSetting, UntrustedPlugin

PHASES = ("TRAIN", "TEST")


class Wrong(Exception):
    """A value is not what its key takes. within: the names that lead on from the key to what is wrong."""

    def __init__(self, expected: str, *within: str) -> None:
        super().__init__(expected)
        self.expected, self.within = expected, within


class Key(NamedTuple):
    """A key of the configuration: how its value is read, in the folder of the file, and what it means."""

    read: Callable[[Any, str], Any]
    meaning: str


def _texts(value: Any, folder: str = "") -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in cast("list[Any]", value)):
        raise Wrong('a list of texts, as ["a", "b"]')
    return tuple(cast("list[str]", value))


def _within(value: Any, folder: str) -> tuple[str, ...]:
    return tuple(_joined(name, folder) for name in _texts(value))


def _joined(name: str, folder: str) -> str:
    if "\0" in name:
        raise Wrong("paths")
    return shown(str(Path(folder) / name))


def _patterns(value: Any, folder: str) -> tuple[str, ...]:
    for pattern in (patterns := _texts(value)):
        _pattern(pattern)
    return patterns


def _pattern(pattern: str, *within: str) -> None:
    try:
        compiled(pattern)
    except (re.error, RecursionError, OverflowError):
        raise Wrong(f"patterns of paths, and {pattern!r:.80} is none", *within) from None


def _phases(value: Any, folder: str) -> tuple[str, ...]:
    phases = tuple(phase.upper() for phase in _texts(value))
    if not phases or not set(phases) <= {*PHASES}:
        raise Wrong('a list of phases, as ["TEST"] or ["TRAIN", "TEST"]')
    return tuple(dict.fromkeys(phases))


def _inputs(value: Any, folder: str) -> Mapping[str, tuple[int | str, ...]]:
    shapes: dict[str, tuple[int | str, ...]] = {}
    for name, dims in _table(value, "a table of shapes, as { data = [1, 3, 224, 224] }"):
        sizes = cast("list[Any]", dims) if isinstance(dims, list) else []
        if not sizes or not all(type(dim) in (int, str) for dim in sizes):
            raise Wrong('a list of sizes, as [1, 3, 224, 224] or ["N", 3, "16*h", "16*w"]', name)
        shapes[name] = tuple(sizes)
    return MappingProxyType(shapes)


def _codes(value: Any, folder: str) -> tuple[str, ...]:
    return _told(value, False)


def _ignored(value: Any, folder: str) -> tuple[str, ...]:
    return _told(value, True)


def _told(value: Any, ignored: bool, *within: str) -> tuple[str, ...]:
    from netspec.problems import catalogue

    try:
        codes = tuple(code.upper() for code in _texts(value))
    except Wrong:
        raise Wrong('a list of codes, as ["NS8", "NS311"]', *within) from None
    for code in codes:
        if why := unselectable(code, catalogue(), ignored):
            raise Wrong(f"codes, and {why}", *within)
    return codes


def _per_file(value: Any, folder: str) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for pattern, codes in _table(value, 'a table of patterns, as { "old/**" = ["NS311"] }'):
        _pattern(pattern, pattern)
        found[pattern] = _told(codes, True, pattern)
    return MappingProxyType(found)


def _table(value: Any, expected: str) -> list[tuple[str, Any]]:
    if not isinstance(value, dict):
        raise Wrong(expected)
    return [*cast("dict[str, Any]", value).items()]


def _path(value: Any, folder: str) -> str:
    if not isinstance(value, str) or not value:
        raise Wrong("a path")
    return _joined(value, folder)


def _flag(value: Any, folder: str) -> bool:
    if not isinstance(value, bool):
        raise Wrong("true or false")
    return value


KEYS: Mapping[str, Key] = MappingProxyType(
    {
        "paths": Key(_within, "what is checked where the command line names nothing"),
        "exclude": Key(_patterns, "what is left out of folders"),
        "phases": Key(_phases, "the phases that nets are checked in; else every state that their rules tell apart"),
        "inputs": Key(_inputs, "shapes of inputs, for nets that have inputs of these names"),
        "plugins": Key(_within, "files with further layer types, which are run"),
        "import-path": Key(_within, "folders that specs may import from, beside their own"),
        "select": Key(_codes, "of warnings and notes these alone"),
        "extend-select": Key(_codes, "these, too"),
        "ignore": Key(_ignored, "not these"),
        "per-file-ignores": Key(_per_file, "not these, of files that a pattern means"),
        "baseline": Key(_path, "what is wrong already, and does not count"),
        "strict": Key(_flag, "warnings are errors"),
        "cache": Key(_flag, "results of earlier runs will do"),
    }
)


def read(path: str) -> Configuration:
    """The configuration in a file. Raises SpecError with all that is wrong with it (NS901, NS902, NS903)."""
    data = data_of(path)
    source = source_of(path, data)
    table = own_table(path, data) or {}
    folder = str(Path(path).resolve().parent)
    above = TABLE if path.endswith(SHARED) else ()
    faults: list[Diagnostic] = []
    values: dict[str, Any] = {}
    for name, value in table.items():
        if name not in KEYS:
            help = did_you_mean(name, KEYS) or f"there are: {', '.join(KEYS)}"
            faults.append(UnknownSetting(f"there is no key {name!r:.80}", (place_of(source, (*above, name)),), help))
            continue
        try:
            values[name.replace("-", "_")] = KEYS[name].read(value, folder)
        except Wrong as wrong:
            place = place_of(source, (*above, name, *wrong.within))
            faults.append(BadSetting(f"{'.'.join((name, *wrong.within)):.200} takes {wrong.expected}", (place,)))
    if faults:
        raise SpecError(faults)
    lines = {name: _line(source, (*above, name)) for name in table}
    return Configuration(file=source.name, folder=folder, lines=MappingProxyType(lines), **values)


def untrusted(configuration: Configuration) -> SpecError:
    """What is raised for plugins of a configuration that nobody here has asked for (NS904)."""
    source = source_of(configuration.file, data_of(configuration.file))
    above = TABLE if configuration.file.endswith(SHARED) else ()
    place = place_of(source, (*above, "plugins"))
    message = f"plugins are not run for a configuration that lies elsewhere: {', '.join(configuration.plugins):.200}"
    help = f"if they are to be trusted: --config {configuration.file}, or run netspec in {shown(configuration.folder)}"
    return SpecError([UntrustedPlugin(message, (place,), help)])


def _line(source: Source, keys: tuple[str, ...]) -> int:
    label = place_of(source, keys)
    return source.position(label.span.start).line
