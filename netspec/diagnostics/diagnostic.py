"""What netspec says of a spec, as values. `render` turns them into text, `netspec.problems` lists the kinds."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, NamedTuple

from netspec.diagnostics.fix import Fix
from netspec.diagnostics.source import Source, Span


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"  # nothing is wrong; how netspec understood what could be understood otherwise


class Label(NamedTuple):
    """A remark on a place in a source; `text` may be empty. use: it tells what led to the place before it."""

    source: Source
    span: Span
    text: str = ""
    use: bool = False


def labels(source: Source, span: Span, text: str = "") -> tuple[Label, ...]:
    """A remark on a place, and where the place is in a block, on its use."""
    trace = source.trace(span)
    return _within(trace.source, trace.span, text), *(_within(*use)._replace(use=True) for use in trace.uses)


def _within(source: Source, span: Span, text: str) -> Label:
    """A remark that ends where the text does: what a repair has put in is not there."""
    end = len(source.text)
    return Label(source, Span(min(span.start, end), min(span.end, end)), text)


@dataclass(frozen=True)
class Diagnostic:
    """One fault of a spec. Each kind of fault is a subclass, whose docstring is what `netspec explain CODE` prints.

    The first label is the place at fault; the others are places that explain it (the layer that made an operand, say).
    fix: what would mend it. optional: it is told only where somebody selects it (`netspec.diagnostics.selection`).
    """

    code: ClassVar[str]
    title: ClassVar[str]
    severity: ClassVar[Severity] = Severity.ERROR
    optional: ClassVar[bool] = False

    message: str
    labels: tuple[Label, ...] = ()
    help: str | None = None
    fix: Fix | None = None


def errors(diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Those that make a spec unusable."""
    return [d for d in diagnostics if d.severity is Severity.ERROR]


def fails(diagnostic: Diagnostic, strict: bool) -> bool:
    """Whether a file with it fails."""
    return diagnostic.severity is Severity.ERROR or (strict and diagnostic.severity is Severity.WARNING)
