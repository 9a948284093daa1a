"""Where the stages of lowering put what they find wrong."""

from __future__ import annotations

from collections.abc import Sequence

from netspec.diagnostics import Diagnostic, Severity, errors, labels
from netspec.diagnostics.source import Source, Span
from netspec.layers.base import Layer
from netspec.plugins import Plugin

LONGEST = 2000  # characters of a message: the names in it may be as long as the file


class Report:
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
    ) -> None:
        """`places`: first the one at fault, then those that explain it; each may come with a remark."""
        if len(message) > LONGEST:
            message = f"{message[: LONGEST // 2]} … {message[-LONGEST // 2 :]}"
        remarks = ((place, "") if isinstance(place, Span) else place for place in places)
        shown = (label for span, text in remarks for label in labels(self.source, span, text))
        self.found.append(problem(message, tuple(shown), help))
        self.errors += problem.severity is Severity.ERROR

    def take(self, other: Report) -> None:
        """What another report of the source has found."""
        self.found += other.found
        self.errors += other.errors

    def include(self, found: Sequence[Diagnostic]) -> None:
        """Diagnostics made elsewhere, each once."""
        new = [diagnostic for diagnostic in dict.fromkeys(found) if diagnostic not in self.found]
        self.found += new
        self.errors += len(errors(new))

    def failed(
        self, plugins: Sequence[Plugin], layer: type[Layer], doing: str, error: BaseException, place: Span
    ) -> None:
        """An exception that is none of the expected."""
        from netspec.plugins.faults import failure

        self.found.append(failure(plugins, layer, doing, error, labels(self.source, place)))
        self.errors += 1
