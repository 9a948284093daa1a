"""Two nets of `netspec diff`: where they come from, and what differs in each phase."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from netspec.cli.changes import FOLLOWS, news, rows, whole
from netspec.cli.folding import Folding, Row
from netspec.cli.options import STDIN, options, read_stdin
from netspec.diagnostics import SpecError
from netspec.diagnostics.render import harmless
from netspec.layers.base import Phase
from netspec.net import Net
from netspec.net.compare import Difference, difference
from netspec.syntax.text import decoded, file_bytes, read_source

if TYPE_CHECKING:
    from netspec.diagnostics.source import Source
    from netspec.frontend.load import Phased

NOWHERE = ("/dev/null", os.devnull)  # where git says that there is no file
GIT = 7  # what git hands to an external diff driver: a path and, for both versions, a file, its hash and its mode


class Version(NamedTuple):
    """One of the two that are compared. path: as given. called: the same, for people. source: None where there was, or
    will be, no such file, which compares as a net without layers."""

    path: str
    called: str
    source: "Source | None"


def versions(paths: Sequence[str], by_git: bool) -> tuple[Version, Version]:
    """The old one and the new one. by_git: the paths are the arguments of an external diff driver, in which the files
    are copies somewhere; what they import lies where the path says. Raises SpecError (NS105)."""
    if not by_git:
        old, new = paths
        return _version(old), _version(new)
    path, old, _, _, new, _, _ = paths[:GIT]
    renamed = paths[GIT] if len(paths) > GIT else path
    return _copy(f"a/{path}", old, path), _copy(f"b/{renamed}", new, renamed)


def _version(path: str) -> Version:
    if path == STDIN:
        return Version(path, "standard input", read_stdin())
    return Version(path, harmless(path), None if path in NOWHERE else read_source(path))


def _copy(name: str, file: str, path: str) -> Version:
    if file in NOWHERE:
        return Version(file, file, None)
    return Version(name, harmless(name), decoded(name, file_bytes(file), Path(path).parent))


class Compared(NamedTuple):
    """Two nets in one phase: their names, how many layers the new one has, and what differs. The nets themselves are
    let go of, since those of all phases together take much room."""

    phase: Phase
    old: str
    new: str
    layers: int
    found: Difference
    folding: Folding | None = None

    @classmethod
    def of(cls, old: Net, new: Net, fold: bool) -> "Compared":
        folding = Folding(old, new) if fold else None
        return cls(new.phase, old.name, new.name, len(new.layers), difference(old, new), folding)


def compared(args: argparse.Namespace, old: Version, new: Version) -> tuple[list[Compared], bool]:
    """In the phases that both have a net for, and whether one lacks a phase of the other, which is said on stderr.
    Raises SpecError where there is no such phase."""
    before, after = _Nets.of(args, old), _Nets.of(args, new)
    same = before.same and after.same
    found: list[Compared] = []
    uneven = False
    for phase in () if args.phase else (Phase.TEST, Phase.TRAIN):
        if same and found:
            found.append(found[0]._replace(phase=phase))
            break
        pair = before.perhaps(phase), after.perhaps(phase)
        if pair[0] and pair[1]:
            found.append(Compared.of(pair[0], pair[1], args.fold))
        elif (pair[0] or pair[1]) and old.source and new.source:
            uneven = True
            lacking = (old, new)[bool(pair[0])].called
            print(f"netspec: {lacking} is no net in {phase.value}, and not compared there", file=sys.stderr)
        del pair  # before the next two are read
    if found:
        return found, uneven
    there = (after if new.source else before).net(args.phase)
    return [Compared.of(before.net(there.phase.value), after.net(there.phase.value), args.fold)], uneven


class _Nets(NamedTuple):
    """The nets of a version, by phase; without a spec they have no layers. same: whether it is one for both phases."""

    spec: "Phased | None"

    @classmethod
    def of(cls, args: argparse.Namespace, version: Version) -> "_Nets":
        from netspec.frontend.load import in_phases

        return cls(in_phases(version.source, **options(args)) if version.source else None)

    @property
    def same(self) -> bool:
        return self.spec is None or self.spec.same

    def net(self, phase: str | None) -> Net:
        return self.spec.net(phase) if self.spec else Net("", Phase(phase or Phase.TEST), (), {})

    def perhaps(self, phase: Phase) -> Net | None:
        try:
            return self.net(phase)
        except SpecError:
            return None


class Section(NamedTuple):
    """What is said of a phase: of the second one only what the first does not say."""

    each: Compared
    texts: list[str]
    rows: list[Row]


def sections(compared: Sequence[Compared], everything: bool) -> Iterator[Section]:
    said: set[object] = set()
    for number, each in enumerate(compared):
        if number and each.found is compared[0].found:
            continue
        texts = [text for text in whole(each.found) if text not in said]
        shown = [row for row in rows(each.found, everything, each.folding) if news(row) not in said]
        shown = [row for row in shown if row.sign != FOLLOWS] if number else shown
        said.update((*texts, *(news(row) for row in shown)))
        if number == 0 or texts or shown:
            yield Section(each, texts, shown)
