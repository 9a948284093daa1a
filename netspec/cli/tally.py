"""What `netspec check` makes of its results: what counts of them, what is printed, and the exit status that follows."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from netspec.cli import FAULT, FINE, INTERNAL
from netspec.cli.jobs import Result
from netspec.cli.settings import Settings
from netspec.cli.table import plural
from netspec.cli.terminal import Progress, colours
from netspec.diagnostics import Diagnostic, Severity
from netspec.diagnostics.diagnostic import fails

if TYPE_CHECKING:
    from netspec.cli.accepting import Ledger

FORMS = ("json", "github", "gitlab", "sarif", "junit")  # for programs
STREAMED = ("human", "github")  # printed as it comes, and not kept but for how bad it is


class Tally:
    """Takes results, prints them and counts them."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.form: str = "statistics" if args.statistics else args.format
        self.skipped = 0
        self._args = args
        self._said = set[object]()
        self._results: list[tuple[str, tuple[Diagnostic, ...]]] = []
        self._crashes: list[tuple[str, str]] = []
        self._strict: set[str] = set()
        self._ledger: Ledger | None = None
        self._printed = Counter[Severity]()
        self._kinds = Counter[type[Diagnostic]]()
        self._text: list[str] = []  # of a report that goes to a file
        self._errors = self._fatal = 0
        self._color = args.output is None and colours(sys.stdout)

    def add(self, result: Result, settings: Settings, progress: Progress) -> bool:
        """Whether there may be more."""
        if result.crash:
            self._crashes.append((result.path, result.crash))
            from netspec.diagnostics.render import harmless

            progress.clear()
            print(f"netspec: internal error in {harmless(result.path)}: {result.crash}", file=sys.stderr)
            return True
        found: Sequence[Diagnostic] = [d for d in settings.selection.kept(result.found) if not self._is_said(d)]
        if settings.baseline is not None or self._args.write_baseline:
            found = self._accepted(found, result.path, settings.baseline)
        found = self._as_many_as_wanted([d for d in found if not self._args.quiet or fails(d, settings.strict)])
        if settings.strict:
            self._strict.add(result.path)
        self._kinds.update(type(d) for d in found)
        self._errors += sum(d.severity is Severity.ERROR for d in found)
        self._fatal += sum(fails(d, settings.strict) for d in found)
        if found and self.form in STREAMED:
            progress.clear()
            self._write(self._shown(found))
            if self.form == "human" or not _summarised():
                found = [replace(d, labels=()) for d in found]
        self._results.append((result.path, tuple(found)))
        return self._args.max_errors is None or self._errors < self._args.max_errors

    def _is_said(self, diagnostic: Diagnostic) -> bool:
        """Whether it has been said: of a net that a solver names, and that is among the files itself."""
        if not diagnostic.labels:
            return False
        places = ((label.source.name, label.span) for label in diagnostic.labels)
        key = diagnostic.code, diagnostic.message, *places
        known = key in self._said
        self._said.add(key)
        return known

    def end(self, files: int) -> int:
        """Prints what is left to say, and gives the exit status. files: how many there were to check."""
        if self.form not in STREAMED:
            self._write(self._report())
        elif self.form == "github":
            self._github()
        if self.form == "human" and not self._args.quiet:
            self._write(f"{self._summary(files)}\n")
        if self._ledger:
            self._ledger.close(self._args.write_baseline)
        if output := self._args.output:
            from netspec.cli.accepting import report

            report(output, "".join(self._text))
            if not self._args.quiet:
                print(self._summary(files))
        if self._crashes:
            return INTERNAL
        return FAULT if self._fatal else FINE

    def _accepted(self, found: Sequence[Diagnostic], path: str, baseline: str | None) -> Sequence[Diagnostic]:
        if self._ledger is None:
            from netspec.cli.accepting import Ledger

            self._ledger = Ledger()
        return self._ledger.take(found, path, baseline, self._args.write_baseline)

    def _as_many_as_wanted(self, found: Sequence[Diagnostic]) -> Sequence[Diagnostic]:
        """Up to the last error that --max-errors allows."""
        if (most := self._args.max_errors) is None:
            return found
        left, kept = most - self._errors, list[Diagnostic]()
        for diagnostic in found:
            if left <= 0:
                break
            kept.append(diagnostic)
            left -= diagnostic.severity is Severity.ERROR
        return kept

    def _write(self, text: str) -> None:
        if self._args.output is None:
            sys.stdout.write(text)
        else:
            self._text.append(text)

    def _shown(self, found: Sequence[Diagnostic]) -> str:
        if self.form == "human":
            from netspec.diagnostics.render import human

            return f"{human(found, self._color)}\n"
        from netspec.diagnostics.annotations import annotated

        return annotated(found, self._printed)

    def _report(self) -> str:
        """A form that comes in one piece."""
        if self.form == "statistics":
            from netspec.cli.statistics import as_json, as_table

            return (as_table if self._args.format == "human" else as_json)(self._kinds)
        from netspec.diagnostics import interchange

        found = [diagnostic for _, found in self._results for diagnostic in found]
        if self.form == "gitlab":
            from netspec.cli.accepting import marked

            return interchange.gitlab(marked(self._results))
        if self.form == "junit":
            return interchange.junit(self._results, self._crashes, self._strict)
        return {"json": interchange.as_json, "sarif": interchange.sarif}[self.form](found)

    def _github(self) -> None:
        from netspec.diagnostics.annotations import more, step_summary

        self._write(more(self._printed))
        if summary := _summarised():
            with Path(summary).open("a", encoding="utf-8") as file:
                file.write(step_summary(self._results))

    def _summary(self, files: int) -> str:
        """One line: how many files were checked, and what was found in all of them."""
        from netspec.diagnostics.render import summary

        found = [diagnostic for _, found in self._results for diagnostic in found]
        skipped = f" ({plural(self.skipped, 'other file')} skipped)" if self.skipped else ""
        failed = f"netspec itself failed on {plural(len(self._crashes), 'file')}" if self._crashes else ""
        checked = f"{summary(found, len(self._results))}{skipped}" if self._results or not failed else ""
        left = files - len(self._results) - len(self._crashes) - self.skipped
        stopped = f"stopped after {plural(self._errors, 'error')}, {plural(left, 'file')} not checked" if left else ""
        strict = "warnings fail, too" if self._fatal > self._errors else ""
        known = self._ledger.summary(self._args.write_baseline) if self._ledger else ""
        return "; ".join(filter(None, (checked, strict, known, stopped, failed)))


def _summarised() -> str | None:
    """The file of the step's summary, in a workflow of GitHub."""
    return os.environ.get("GITHUB_STEP_SUMMARY") or None
