"""`# netspec: ignore[NS302]`: comments that say which faults of a line are known.

A comment holds for its line; on a line of its own, for the next line that holds more than comments.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import NamedTuple

from netspec.diagnostics import Diagnostic, Label, Severity, errors
from netspec.diagnostics.fix import Edit, Fix, cut
from netspec.diagnostics.selection import MARK, fixed
from netspec.diagnostics.source import Source, Span
from netspec.problems import catalogue
from netspec.problems.configuration import BadIgnore, UnusedIgnore
from netspec.syntax.document import Block, Document, Import, Let, statements
from netspec.syntax.parser import parse

_ADDRESSED = re.compile(r"#\s*netspec:")
_IGNORE = re.compile(r"#\s*netspec:\s*ignore\[([^\]\n]*)\]")
_BLANK = re.compile(r"\s*")
_CODE = re.compile(r"[^\s,]+")
_PARTING = re.compile(r"[\s,]*")
FORM = "# netspec: ignore[NS302]"


class Ignore(NamedTuple):
    """Of one code on one line. span: the code in the comment; comment: all of that; alone: whether it has no other."""

    line: int
    code: str
    span: Span
    comment: Span
    alone: bool


def settled(found: Sequence[Diagnostic], source: Source, whole: bool) -> list[Diagnostic]:
    """What is left of that which was found in a text and in what it imports; and which of its own comments ignore
    nothing. whole: all states of the net were looked at, so that this can be told."""
    sources = {source.name: source, **{d.labels[0].source.name: d.labels[0].source for d in found if d.labels}}
    speaking = {name: text for name, text in sources.items() if MARK in text.text}
    if not speaking:
        return [*found]
    documents = {name: parse(text)[0] for name, text in speaking.items()}
    ignores = {name: [*_ignores(document)] for name, document in documents.items()}
    known = {(name, ignore.line, ignore.code) for name, said in ignores.items() for ignore in said}
    places = [(d, _place(d)) for d in found]
    left = [d for d, place in places if place not in known or fixed(d)]
    if source.name not in documents:
        return left
    left += _misspelt(documents[source.name])
    if whole and not errors(left) and not _library(documents[source.name]):
        used = {place for d, place in places if place in known and not fixed(d)}
        left += _unused(source, ignores[source.name], used, bool(errors(found)))
    return left


def _place(diagnostic: Diagnostic) -> tuple[str, int, str] | None:
    if not diagnostic.labels:
        return None
    source, span = diagnostic.labels[0][:2]
    return source.name, source.position(span.start).line, diagnostic.code


def _ignores(document: Document) -> Iterator[Ignore]:
    lines = _lines(document)
    for comment, line in zip(document.comments, lines, strict=True):
        if match := _IGNORE.match(comment.text):
            start, codes = comment.start + match.start(1), [*_CODE.finditer(match[1])]
            for code in codes:
                place = Span(start + code.start(), start + code.end())
                yield Ignore(line, code[0].upper(), place, comment.span, len(codes) == 1)


def _lines(document: Document) -> list[int]:
    """The line that each comment is about."""
    source, comments = document.source, document.comments
    lines = [0] * len(comments)
    for i in reversed(range(len(comments))):
        line, column = source.position(comments[i].start)
        if source.text[comments[i].start - column + 1 : comments[i].start].strip():
            lines[i] = line
            continue
        match = _BLANK.match(source.text, comments[i].span.end)
        follows = match.end() if match else comments[i].span.end
        below = i + 1 < len(comments) and comments[i + 1].start == follows
        lines[i] = lines[i + 1] if below else source.position(follows).line
    return lines


def _misspelt(document: Document) -> Iterator[Diagnostic]:
    """Comments to netspec that it does not understand, and codes that are none."""
    for comment in document.comments:
        if _ADDRESSED.match(comment.text) and not _IGNORE.match(comment.text):
            yield BadIgnore("this is not understood", (Label(document.source, comment.span),), f"write {FORM}")
    kinds = catalogue()
    for ignore in _ignores(document):
        place = (Label(document.source, ignore.span),)
        if (kind := kinds.get(ignore.code)) is None:
            from netspec.diagnostics.suggest import did_you_mean

            yield BadIgnore(f"there is no code {ignore.code:.40}", place, did_you_mean(ignore.code, kinds))
        elif fixed(kind):
            yield BadIgnore(f"{ignore.code} cannot be ignored: it says that something cannot be read", place)


def _unused(
    source: Source, ignores: Iterable[Ignore], used: Container[tuple[str, int, str] | None], stopped: bool
) -> Iterator[Diagnostic]:
    """stopped: an error, though ignored, has kept warnings from being looked for."""
    kinds = catalogue()
    for ignore in ignores:
        kind = kinds.get(ignore.code)
        if kind is None or fixed(kind) or kind.optional or (stopped and kind.severity is not Severity.ERROR):
            continue
        if (source.name, ignore.line, ignore.code) not in used:
            message = f"there is no {ignore.code} on line {ignore.line}"
            fix = Fix((_removed(source.text, ignore),))
            yield UnusedIgnore(message, (Label(source, ignore.span),), "remove it", fix=fix)


def _removed(text: str, ignore: Ignore) -> Edit:
    """A code, with what parts it from the next one or the one before; the last of a comment with the comment."""
    start, end = ignore.comment if ignore.alone else ignore.span
    if ignore.alone:
        line = cut(text, ignore.comment)
        if line.span != ignore.comment:
            return line
        start = len(text[:start].rstrip(" \t"))
    elif (behind := _PARTING.match(text, end)) and text[behind.end()] != "]":
        end = behind.end()
    else:
        start = len(text[:start].rstrip(" \t,"))
    return Edit(Span(start, end), text[start:end], "")


def _library(document: Document) -> bool:
    """Whether a text has blocks for others alone: what is wrong with these is found where they are used."""
    parts = () if document.plain else statements(document)
    return any(isinstance(part, Block) for part in parts) and all(isinstance(p, Block | Let | Import) for p in parts)
