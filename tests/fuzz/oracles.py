"""What has to hold of an input, whatever it is. A step that breaks a law raises; only SpecError is foreseen."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar
from unittest.mock import patch
from xml.etree import ElementTree

from netspec.backend.door import emission
from netspec.convert import convert
from netspec.diagnostics import Diagnostic, SpecError, errors
from netspec.diagnostics.annotations import annotated
from netspec.diagnostics.interchange import as_json, junit, sarif
from netspec.diagnostics.render import human
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source, load_source
from netspec.net import Net
from netspec.syntax.printing.formatting import formatted
from netspec.syntax.text import decoded
from tests.fuzz import emitted

T = TypeVar("T")
Step = Callable[[str, Callable[[], T]], T | None]  # runs what is given, within the bounds; None where it went wrong
BACKENDS = ("torch", "tensorflow")
PHASES = ("TEST", "TRAIN")
LAYERS = 10_000  # that a text may expand to: what the bound on time is said for
REPORT = "please report it"  # the help where netspec itself is at fault
LENIENT = frozenset({"NS201", "NS208"})  # what --lenient and --allow-unknown let pass


class Broken(Exception):
    """A law does not hold."""


@patch("netspec.frontend.language.machine.MAX_LAYERS", LAYERS)
def spec(name: str, data: bytes, step: Step) -> None:
    """Of the text of a spec."""
    source = step("read", lambda: _source(name, data))
    if source is None:
        return
    found = step("check", lambda: check_source(source))
    if found is None:
        return
    step("diagnostics", lambda: diagnostics(found))
    if any(d.code in LENIENT for d in found):
        lenient = step("check, lenient", lambda: check_source(source, lenient=True, allow_unknown=True))
        step("diagnostics, lenient", lambda: diagnostics(lenient or []))
        if lenient is not None and not errors(lenient):
            _emitted(source, step, lenient=True)
    step("fmt", lambda: layout(source))
    if errors(found):
        return
    step("convert", lambda: conversions(source))
    _emitted(source, step)


def _emitted(source: Source, step: Step, lenient: bool = False) -> None:
    """The modules of the net in each phase; with classes to be filled in, where what is unknown is let pass."""
    how = ", lenient" * lenient
    for phase in PHASES:
        net = step(f"load{how}", partial(_net, source, phase, lenient))
        for backend in BACKENDS if net else ():
            step(f"emit {backend}{how}", partial(_module, net, backend, lenient))


def diagnostics(found: Sequence[Diagnostic]) -> None:
    """Places stand in the text, and every form can be written and read again."""
    for diagnostic in found:
        for label in diagnostic.labels:
            start, end = label.span
            if not 0 <= start <= end <= len(label.source.text):
                raise Broken(f"{diagnostic.code} is said of {label.span}, in a text of {len(label.source.text)}")
        if not diagnostic.message.strip():
            raise Broken(f"{diagnostic.code} says nothing")
        if diagnostic.help == REPORT:
            raise Broken(f"{diagnostic.code}: {diagnostic.message}")
    for color in (False, True):
        human(found, color).encode()
    if "\033" in human(found):
        raise Broken("what is shown of a text controls the terminal")
    if len(json.loads(as_json(found))) != len(found):
        raise Broken("JSON has another number of diagnostics")
    if len(annotated(found, Counter()).splitlines()) != len(found):
        raise Broken("a GitHub annotation is not one line")
    json.loads(sarif(found))
    ElementTree.fromstring(junit([("a file", found)]))


def layout(source: Source) -> None:
    """The layout keeps what a text says, which `formatted` compares itself, and has a layout already."""
    try:
        text = formatted(source)
    except SpecError as error:
        diagnostics(error.diagnostics)
        return
    if (again := formatted(Source(source.name, text))) != text:
        raise Broken(f"the layout of the layout is another: {_first_difference(text, again)}")


def conversions(source: Source) -> None:
    """What a spec is converted to is the same net, which `convert` compares itself; and it can be converted back."""
    short, plain = _converted(source, "net"), _converted(source, "prototxt")
    for text, other in ((short, "prototxt"), (plain, "net")):
        if text is None:
            continue
        if (again := formatted(Source(source.name, text))) != text:
            raise Broken(f"what is converted would be formatted: {_first_difference(text, again)}")
        if short and plain and _converted(Source("back", text), other) is None:
            raise Broken(f"what is converted cannot be converted to {other}")


def _converted(source: Source, form: str) -> str | None:
    try:
        return convert(source, form)[0]
    except SpecError as error:  # such as sizes with names, which prototxt does not have
        diagnostics(error.diagnostics)
        return None


def _source(name: str, data: bytes) -> Source | None:
    try:
        return decoded(name, data)
    except SpecError as error:
        diagnostics(error.diagnostics)
        return None


def _net(source: Source, phase: str, lenient: bool) -> Net | None:
    """`check` has found nothing wrong in any state that the rules tell apart. A state that they do not mention may be
    wrong all the same, so that loading can fail."""
    try:
        return load_source(source, phase, lenient=lenient, allow_unknown=lenient, same_shape=lenient)
    except SpecError as error:
        diagnostics(error.diagnostics)
        return None


def _module(net: Net | None, backend: str, stubs: bool) -> None:
    assert net is not None
    try:
        text = emission(net, backend).text
    except SpecError as error:
        diagnostics(error.diagnostics)
        return
    for fault in emitted.faults(text, backend, stubs):
        raise Broken(f"the module for {backend}: {fault}")


def _first_difference(one: str, other: str) -> str:
    for a, b in zip(one.splitlines(), other.splitlines(), strict=False):
        if a != b:
            return f"{a[:100]!r} and {b[:100]!r}"
    return "in length"
