"""A spec as a text of another form, known to be the same net."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netspec.convert.prototxt import to_prototxt
from netspec.convert.same import difference
from netspec.convert.short import to_net
from netspec.diagnostics import Diagnostic, SpecError, errors
from netspec.lower import examine, in_order
from netspec.lower.report import Report
from netspec.plugins.registry import BUILT_IN, Registry
from netspec.source import Source
from netspec.syntax.parser import parse


def convert(
    source: Source, form: str, inputs: Mapping[str, Sequence[Any]] | None = None, registry: Registry = BUILT_IN
) -> tuple[str, list[Diagnostic]]:
    """The text as "prototxt" or "net", and what has to be said of it. Raises SpecError for a spec that has errors."""
    document, found = parse(source)
    if not found:
        found = examine(document, inputs=inputs, registry=registry)
    if errors(found):
        raise SpecError(in_order(found))
    report = Report(source)
    text = to_prototxt(document, report) if form == "prototxt" else to_net(document, report, registry)
    again, broken = parse(Source(f"the {form} of {source.name}", text))
    said = broken[0].message if broken else difference(document, again, inputs, registry)
    if said:
        raise RuntimeError(f"the text would not be the same net: {said}")
    return text, report.found
