"""What `netspec check` prints of its results, and the exit status that follows."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

from netspec.cli import FAULT, FINE, INTERNAL
from netspec.cli.jobs import Result
from netspec.cli.table import plural
from netspec.cli.terminal import Progress, colours
from netspec.diagnostics import Diagnostic, Severity
from netspec.diagnostics.selection import Selection

FORMS = ("json", "github", "sarif", "junit")  # for programs: functions of netspec.diagnostics.interchange


class Tally:
    """Prints results and counts them. What is printed as it comes is not kept, but for how bad it is."""

    def __init__(self, form: str, quiet: bool, selection: Selection) -> None:
        self.form, self.quiet, self.selection = form, quiet, selection
        self.results: list[tuple[str, tuple[Diagnostic, ...]]] = []
        self.crashes: list[tuple[str, str]] = []
        self.skipped = 0
        self._said = set[object]()
        self._color = colours(sys.stdout)

    def add(self, result: Result, progress: Progress) -> None:
        told = self.selection.kept(result.found, result.path)
        found = tuple(d for d in told if not self.quiet or d.severity is Severity.ERROR)
        found = tuple(d for d in found if not self._is_said(d))
        if result.crash:
            self.crashes.append((result.path, result.crash))
            from netspec.diagnostics.render import harmless

            progress.clear()
            print(f"netspec: internal error in {harmless(result.path)}: {result.crash}", file=sys.stderr)
            return
        if found and self.form in ("human", "github"):
            progress.clear()
            sys.stdout.write(self._text(found))
            found = tuple(replace(d, labels=()) for d in found)
        self.results.append((result.path, found))

    def _is_said(self, diagnostic: Diagnostic) -> bool:
        """Whether it has been said: of a net that a solver names, and that is among the files itself."""
        if not diagnostic.labels:
            return False
        places = ((label.source.name, label.span) for label in diagnostic.labels)
        key = diagnostic.code, diagnostic.message, *places
        known = key in self._said
        self._said.add(key)
        return known

    def _text(self, found: Sequence[Diagnostic]) -> str:
        if self.form == "human":
            from netspec.diagnostics.render import human

            return f"{human(found, self._color)}\n"
        from netspec.diagnostics.interchange import github

        return github(found)

    def end(self) -> int:
        found = [diagnostic for _, found in self.results for diagnostic in found]
        if self.form == "human" and not self.quiet:
            from netspec.diagnostics.render import summary

            skipped = f" ({plural(self.skipped, 'other file')} skipped)" if self.skipped else ""
            failed = f"netspec itself failed on {plural(len(self.crashes), 'file')}" if self.crashes else ""
            checked = f"{summary(found, len(self.results))}{skipped}" if self.results or not failed else ""
            print("; ".join(filter(None, (checked, failed))))
        elif self.form not in ("human", "github"):
            from netspec.diagnostics.interchange import as_json, junit, sarif

            write = {"json": lambda: as_json(found), "sarif": lambda: sarif(found)}
            sys.stdout.write(write.get(self.form, lambda: junit(self.results, self.crashes))())
        if self.crashes:
            return INTERNAL
        return FAULT if any(d.severity is Severity.ERROR for d in found) else FINE
