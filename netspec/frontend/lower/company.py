"""Layers whose fork the other layers of the file show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from netspec.frontend.messages.entry import Entry
from netspec.layers.extensions import IN_COMPANY
from netspec.layers.extensions import in_company as as_in_company


def in_company(entries: Sequence[Entry]) -> list[Entry]:
    """The layers of a file, be they part of its net in one state or another, as they are beside each other."""
    if not any(entry.fields.type in IN_COMPANY for entry in entries):
        return [*entries]
    types = frozenset(entry.fields.type for entry in entries)
    return [_in_company(entry, types) for entry in entries]


def _in_company(entry: Entry, types: frozenset[str]) -> Entry:
    if entry.params is None or entry.fields.type not in IN_COMPANY:
        return entry
    params = as_in_company(entry.params, types)
    return replace(entry, layer=type(params), params=params)
