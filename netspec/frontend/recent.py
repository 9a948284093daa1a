"""Nets that were read a moment ago. Several solvers name one net, which is a file to check by itself, too: what follows
from its text is found once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache

from netspec.diagnostics import Diagnostic
from netspec.diagnostics.source import Source
from netspec.frontend.driver import read
from netspec.frontend.spec import Request, Spec
from netspec.plugins.registry import Registry
from netspec.syntax.document import Document
from netspec.syntax.parser import parse

KEPT = 4  # texts: those that the files of a folder are about
LONG = 1 << 20  # characters; a longer text is not kept, for the memory that it takes

_latest = lru_cache(KEPT)(parse)
_specs: OrderedDict[tuple[Source, Registry], Spec] = OrderedDict()


def parsed(source: Source) -> tuple[Document, Sequence[Diagnostic]]:
    """As `parse`."""
    return _latest(source) if len(source.text) <= LONG else parse(source)


def spec_of(document: Document, found: Sequence[Diagnostic], request: Request) -> Spec:
    """As `read`. found: what is wrong with the syntax.

    A spec is kept where its text is all that it depends on: it imports nothing, there are no plugins, and none that is
    installed was asked for.
    """
    if request.registry.plugins or not document.plain or found or len(document.source.text) > LONG:
        return read(document, request, offsets(found))
    key = document.source, request.registry
    if key in _specs:
        _specs.move_to_end(key)
        return _specs[key]
    spec = read(document, request)
    if not spec.found and not any(entry.faults for entry in spec.entries):
        _specs[key] = spec
        if len(_specs) > KEPT:
            _specs.popitem(last=False)
    return spec


def offsets(found: Sequence[Diagnostic]) -> list[int]:
    """Where errors of syntax stand."""
    return [diagnostic.labels[0].span.start for diagnostic in found if diagnostic.labels]
