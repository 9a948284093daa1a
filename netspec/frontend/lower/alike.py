"""Layers that say the same under other names, which are read once."""

from __future__ import annotations

from netspec.diagnostics.findings import Findings
from netspec.frontend.lower.read import read_layer
from netspec.frontend.messages.entry import Entry, LayerParameter
from netspec.frontend.messages.parts import Parts, parts_of
from netspec.plugins.registry import Registry
from netspec.syntax.document import Field, Message
from netspec.syntax.origin import Origin

MOST = 4096  # layers that are kept
NAMES = 4  # the first fields of LayerParameter: what a layer is called and connected to


class LayerReader:
    """Reads the layers of a file, as `read_layer` does. Of layers alike, of which there is nothing to be said, it reads
    the first."""

    def __init__(self, report: Findings, registry: Registry) -> None:
        self.report, self.registry = report, registry
        self._known: dict[object, Entry] = {}

    def read(self, field: Field, damaged: bool = False) -> Entry:
        body = field.value
        assert isinstance(body, Message)
        parts = None if damaged else parts_of(body)
        if parts is None:
            return read_layer(field, self.report, damaged, self.registry)
        key = parts.type, len(parts.bottoms), len(parts.tops), parts.said
        known = self._known.get(key)
        if known is not None:
            return self._as(known, field, body, parts)
        found = len(self.report.found)
        entry = read_layer(field, self.report, registry=self.registry)
        if len(self.report.found) == found and not entry.faults and entry.origin.body is body:
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[key] = entry
        return entry

    def _as(self, known: Entry, field: Field, body: Message, parts: Parts) -> Entry:
        """The layer that says the same as one that is known."""
        fields = LayerParameter(*parts[:NAMES], *known.fields[NAMES:])
        return Entry(Origin(self.report.source, field.name_span, body), known.layer, fields, known.rules, known.params)
