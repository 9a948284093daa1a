"""Where the stages of the front end put what they find wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from netspec.diagnostics.diagnostic import Diagnostic, Severity, errors, labels
from netspec.diagnostics.fix import Edit, Fix
from netspec.diagnostics.source import Source, Span

LONGEST = 2000  # characters of a message: the names in it may be as long as the file


class Findings:
    """The diagnostics of one source, in the order found. lenient: a field that is nowhere is a warning. size_names:
    what stands for sizes of its inputs."""

    def __init__(self, source: Source, lenient: bool = False, size_names: frozenset[str] = frozenset()) -> None:
        self.source, self.lenient, self.size_names = source, lenient, size_names
        self.found: list[Diagnostic] = []
        self.errors = 0

    def add(
        self,
        problem: type[Diagnostic],
        message: str,
        *places: Span | tuple[Span, str],
        help: str | None = None,
        fix: Fix | None = None,
    ) -> None:
        """`places`: first the one at fault, then those that explain it; each may come with a remark. fix: its places
        are of the same kind."""
        if len(message) > LONGEST:
            message = f"{message[: LONGEST // 2]} … {message[-LONGEST // 2 :]}"
        remarks = ((place, "") if isinstance(place, Span) else place for place in places)
        shown = (label for span, text in remarks for label in labels(self.source, span, text))
        found = problem(message, tuple(shown), help)
        self.found.append(replace(found, fix=self._traced(fix, found)) if fix else found)
        self.errors += problem.severity is Severity.ERROR

    def _traced(self, fix: Fix, found: Diagnostic) -> Fix | None:
        """The fix with offsets of the text that the first label is in; None where it is not all there."""
        source, edits = found.labels[0].source, list[Edit]()
        for edit in fix.edits:
            trace = self.source.trace(edit.span)
            if trace.source is not source or source.text[slice(*trace.span)] != edit.old:
                return None
            edits.append(edit._replace(span=trace.span))
        return fix._replace(edits=tuple(edits))

    def take(self, other: Findings) -> None:
        """What others of the source have found."""
        self.found += other.found
        self.errors += other.errors

    def put(self, diagnostic: Diagnostic) -> None:
        """A diagnostic made elsewhere."""
        self.found.append(diagnostic)
        self.errors += diagnostic.severity is Severity.ERROR

    def include(self, found: Sequence[Diagnostic]) -> None:
        """Diagnostics made elsewhere, each once."""
        new = [diagnostic for diagnostic in dict.fromkeys(found) if diagnostic not in self.found]
        self.found += new
        self.errors += len(errors(new))
