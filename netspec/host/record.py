"""Diagnostics as values that JSON has, and back: netspec's own form, where `interchange` is for others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netspec.diagnostics.diagnostic import Diagnostic, Label
from netspec.diagnostics.fix import Edit, Fix
from netspec.diagnostics.source import Source, Span
from netspec.problems import catalogue


def recorded(diagnostics: Sequence[Diagnostic], sources: Mapping[str, str]) -> list[Any] | None:
    """The values; None where they would not tell all. sources: the texts by name that the places may be in."""
    kinds, values = catalogue(), list[Any]()
    for diagnostic in diagnostics:
        if kinds.get(diagnostic.code) is not type(diagnostic):
            return None
        labels = list[Any]()
        for source, span, text, use in diagnostic.labels:
            if type(source) is not Source or sources.get(source.name) != source.text:
                return None
            labels.append([source.name, *span, text, use])
        values.append([diagnostic.code, diagnostic.message, labels, diagnostic.help, _fix(diagnostic.fix)])
    return values


def recalled(values: Any, sources: Mapping[str, Source]) -> tuple[Diagnostic, ...]:
    """The diagnostics. Raises KeyError, TypeError or ValueError for what `recorded` has not made."""
    kinds, found = catalogue() if values else {}, list[Diagnostic]()
    for code, message, labels, help, mended in values:
        places = [
            Label(sources[name], Span(int(start), int(end)), str(text), bool(use))
            for name, start, end, text, use in labels
        ]
        fix = None if mended is None else _recalled(*mended)
        found.append(kinds[code](str(message), tuple(places), None if help is None else str(help), fix))
    return tuple(found)


def _fix(fix: Fix | None) -> list[Any] | None:
    return None if fix is None else [[[*edit.span, edit.old, edit.new] for edit in fix.edits], fix.safe]


def _recalled(edits: Any, safe: Any) -> Fix:
    made = (Edit(Span(int(start), int(end)), str(old), str(new)) for start, end, old, new in edits)
    return Fix(tuple(made), bool(safe))
