"""A spec as a text of another form, known to be the same net."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from netspec.convert.prototxt import to_prototxt
from netspec.convert.same import difference, meanings
from netspec.convert.short import to_net
from netspec.diagnostics import Diagnostic, SpecError, errors
from netspec.lower import examine, in_order
from netspec.lower.report import Report
from netspec.lower.solver import net_of
from netspec.plugins.registry import BUILT_IN, Registry
from netspec.source import Source
from netspec.syntax.document import Document
from netspec.syntax.parser import parse
from netspec.syntax.printer import print_document

FORMS = ("prototxt", "net")


def convert(
    source: Source,
    form: str,
    inputs: Mapping[str, Sequence[Any]] | None = None,
    registry: Registry = BUILT_IN,
    search: Sequence[Path] = (),
) -> tuple[str, list[Diagnostic]]:
    """The text in one of the FORMS, and what has to be said of it. `inputs` gives numbers to sizes that are names, for
    prototxt. Raises SpecError for a spec that has errors."""
    document, found = parse(source)
    if not found:
        found = examine(document, inputs=inputs, registry=registry, search=search)
    if errors(found):
        raise SpecError(in_order(found))
    document = replace(document, fields=net_of(document.fields))
    report = Report(source)
    text, plain = written(document, form, report, inputs or {}, registry, search)
    again, broken = parse(Source(f"the {form} of {source.name}", text, source.folder))
    said = broken[0].message if broken else difference(*(meanings(d, registry, search) for d in (plain, again)))
    if said:
        raise RuntimeError(f"the text would not be the same net: {said}")
    return text, report.found


def written(
    document: Document,
    form: str,
    report: Report,
    inputs: Mapping[str, Sequence[Any]] | None = None,
    registry: Registry = BUILT_IN,
    search: Sequence[Path] = (),
) -> tuple[str, Document]:
    """The text, and the document whose net it has. What is more than prototxt already stays as it is in a .net."""
    plain = document
    if form == "net":
        text = document.source.text if not document.plain else to_net(document, report, registry)
    elif document.plain and not inputs:
        text = to_prototxt(document, report)
    else:
        from netspec.convert.sizes import numbered
        from netspec.expand import Library, expand

        expansion = expand(document, registry, Library(document.source.folder, search))
        plain = numbered(expansion.document, expansion.sizes, inputs or {})
        text = to_prototxt(plain, report, document)
    return print_document(parse(Source(f"the {form} of {document.source.name}", text))[0]), plain
