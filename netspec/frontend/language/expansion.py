"""A document of plain fields, from one that has more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from netspec.diagnostics import Diagnostic
from netspec.diagnostics.source import Atlas
from netspec.frontend.language.expectations import Expectation
from netspec.frontend.language.library import Library
from netspec.frontend.language.machine import Machine
from netspec.frontend.messages.entry import SharedLayer
from netspec.plugins.registry import BUILT_IN, Registry
from netspec.syntax.document import Document


class Expansion(NamedTuple):
    """What a document comes to.

    document: plain; its source is an `Atlas`. sizes: of inputs that the spec declares with sizes that are no numbers.
    blocks: whether it has some, for others to import. size_names: those in the sizes of its inputs. shared: layers that
    share their parameters, by where each begins. imported: the blocks that an import makes known, by where it begins.
    """

    document: Document
    found: tuple[Diagnostic, ...] = ()
    sizes: Mapping[str, tuple[Any, ...]] = {}
    expectations: tuple[Expectation, ...] = ()
    blocks: bool = False
    size_names: frozenset[str] = frozenset()
    shared: Mapping[int, SharedLayer] = {}
    imported: Mapping[int, tuple[str, ...]] = {}


def expand(
    document: Document,
    registry: Registry = BUILT_IN,
    library: Library | None = None,
    doubtful: bool = False,
    max_layers: int | None = None,
) -> Expansion:
    """Never raises for what a document holds. doubtful: a syntax error may have cost it what other parts need, so that
    names that are nowhere are no news. max_layers: how many it may expand to, None for as many as is usual."""
    if document.plain:
        return Expansion(document)
    atlas = Atlas(document.source.name, document.source.text, document.source.folder)
    machine = Machine(atlas, document, registry, library or Library(), doubtful, max_layers)
    fields = machine.run()
    plain = Document(atlas, fields, document.comments)
    more = machine.sizes, tuple(machine.expectations), bool(machine.module.blocks), frozenset(machine.module.sizes)
    more = *more, machine.shared, machine.imports.brought
    return Expansion(plain, tuple(machine.found), *more)
