"""What a person most likely meant by a `let`, `block`, `repeat`, `import` and the like that makes no sense."""

from __future__ import annotations

import dataclasses
import re

from netspec.syntax.recovery.situation import (
    Repair,
    Situation,
    after,
    insert,
    one_line,
    replace,
    shown,
    unexpected,
    wrong,
)
from netspec.syntax.tokens import MESSAGE_STARTS, VALUES, Token


def let(s: Situation) -> Repair | None:
    """`let x 5`, `let x: 5`, `let x`."""
    if s.types != ("LET", "NAME"):
        return None
    name = s.held[1]
    if s.token.type in {"COLON", "EQ"}:
        end = s.following.end if s.following.type == "EQUALS" and s.touching else s.token.end
        value = s.next_word(end)
        return replace(s, "EQUALS", f'a constant is set with "=": let {name.text} = {value}', resume=end)
    if s.token.type in VALUES | {"LPAR", "LSQUARE"} and s.same_line:
        return insert(s, "EQUALS", f'a constant is set with "=": let {name.text} = {one_line(s.token.text)}')
    problem = wrong(
        s, f'expected "=" after "{name.text}"', name.start, name.end, f"give it a value: let {name.text} = 1"
    )
    return Repair(problem, s.token.start, (Token("EQUALS", "", name.end), Token("NUMBER", "1", name.end)))


def block_header(s: Situation) -> Repair | None:
    """`block f {`, `block f x -> y {`, `block f(x) y {`, `block f(x) -> {`."""
    if s.head != "BLOCK" or len(s.held) < 2:
        return None
    name = s.held[1].text
    if len(s.held) == 2:
        help = f"what a block reads stands in parentheses: block {name}(x) -> y {{ … }}"
        named = [token for token in s.rest_of_line(s.token.start) if token.type in {"NAME", "COMMA"}]
        if s.token.type != "NAME":
            named = []
        fed = [Token("LPAR", "", s.token.start)]
        for token in (token for token in named if token.type == "NAME" and token.start < _header_end(s)):
            fed += [token, Token("COMMA", "", token.end)]
        end = fed[-1].start if len(fed) > 1 else s.token.start
        return Repair(unexpected(s, help), end, (*fed, Token("RPAR", "", end)))
    help = "what a block gives stands behind an arrow: block " + name + "(…) -> y { … }"
    if s.last and s.last.type == "RPAR" and "ARROW" in s.expected:
        if s.token.type == "NAME" and s.same_line:
            return insert(s, "ARROW", help)
        if s.token.type in {"EQUALS", "COLON", "MINUS"} and s.following.type in {"RANGLE", "NAME"} and s.one_line:
            return replace(s, "ARROW", help, resume=s.following.end if s.following.type == "RANGLE" else s.token.end)
    if s.types[-1] == "ARROW":
        if s.token.type == "LPAR":
            inner = [token for token in s.rest_of_line(s.token.end) if token.type in {"NAME", "COMMA", "RPAR"}]
            closing = next((i for i, token in enumerate(inner) if token.type == "RPAR"), 0)
            help = "what a block gives stands without parentheses: -> a, b"
            return Repair(unexpected(s, help), inner[closing].end if closing else s.token.end, tuple(inner[:closing]))
        return Repair(unexpected(s, "name what the block gives, or leave out the arrow"), s.token.start, forget=1)
    return None


def _header_end(s: Situation) -> int:
    for token in s.rest_of_line(s.token.start):
        if token.type not in {"NAME", "COMMA"}:
            return token.start
    return len(s.source.text)


def repeat_header(s: Situation) -> Repair | None:
    """`repeat i 1..3`, `repeat i = 1..3`, `repeat i in 1 to 3`, `1...3`."""
    if s.head != "REPEAT":
        return None
    if s.types[-1] == "NAME" and "IN" in s.expected:
        name = s.held[1].text
        help = f"what is counted stands behind in: repeat {name} in 1..3 {{ … }}"
        if s.token.type in {"EQUALS", "COLON"} or s.token.text in {"from", "of", "over", "through"}:
            return replace(s, "IN", help)
        if s.token.type in VALUES | {"LSQUARE", "LPAR"} and s.same_line:
            return insert(s, "IN", help)
        at = s.held[-1].end
        fed = Token("IN", "", at), Token("NUMBER", "1", at), Token("DOTDOT", "", at), Token("NUMBER", "1", at)
        return Repair(unexpected(s, help), s.token.start, fed)
    if "DOTDOT" not in s.expected:
        return None
    if s.source.text.startswith("...", s.token.start):
        problem = unexpected(s, "a range is written with two dots, and holds both its ends: 1..3")
        return Repair(problem, s.token.start + 3, (Token("DOTDOT", "..", s.token.start),))
    if s.token.text in {"to", "until", "-", ":", ",", "->", "through"} and s.same_line and s.one_line:
        return replace(s, "DOTDOT", "a range is written with two dots, and holds both its ends: 1..3")
    return None


def imported(s: Situation) -> Repair | None:
    """`import blocks.net`, `import conv_bn from blocks.net`, `import blocks`."""
    if s.head != "IMPORT":
        return None
    last, named = s.held[-1], s.held[1:]
    if s.token.text == "from" and s.same_line:
        path = s.word(s.following.start)
        if not s.one_line or not path:
            problem = unexpected(s, 'name the file: from "blocks.net"', 'expected a file after "from"')
            return Repair(problem, s.token.end, forget=None)
        end = s.following.start + len(path)
        problem = wrong(s, "a file's name stands in quotes", s.following.start, end, f'write from "{path}"')
        return Repair(problem, end, (s.token._replace(type="FROM"), s.quoted(path, s.following.start)))
    first: Token = named[0] if named else s.token
    path = s.word(first.start)
    end = first.start + len(path)
    if len(named) < 2 and path and not path.isidentifier():
        problem = wrong(s, "a file's name stands in quotes", first.start, end, f'write import "{path}"')
        return Repair(problem, end, (s.quoted(path, first.start),), forget=len(named))
    if s.token.type == "NAME" and s.same_line and "COMMA" in s.expected:
        return insert(s, "COMMA", "commas separate names")
    if s.types[-1:] == ("NAME",):
        whole = f'import a whole file: import "{first.text}.net"'
        help = f'say where from: import {first.text} from "blocks.net"; or {whole}'
        problem = wrong(s, f'expected "from" after {shown(last)}', last.start, last.end, help)
        return Repair(problem, s.token.start, forget=None)
    return None


def shape(s: Situation) -> Repair | None:
    """`input data [N, 3]`, `input data = [N, 3]`, `input data`, and the same of expect."""
    if s.types not in {(head, name) for head in ("INPUT", "EXPECT") for name in ("NAME", "STRING")}:
        return None
    keyword, subject = s.held
    written = s.word(s.token.start if s.token.type == "LSQUARE" else s.following.start, r"\[[^\]\n]{0,60}\]")
    example = f"{keyword.text} {subject.text}: {written or '[N, 3, 224, 224]'}"
    if s.token.type == "LSQUARE":
        return insert(s, "COLON", f"a shape takes a colon: {example}")
    if s.token.type in {"EQUALS", "COMMA"} and s.following.type == "LSQUARE":
        return replace(s, "COLON", f"a shape takes a colon: {example}")
    if s.head == "EXPECT" and (s.token.type == "EQUALS" or s.token.type in MESSAGE_STARTS):
        return None
    if s.head == "EXPECT" and s.token.type in {"NUMBER", "QUANTITY"} and s.same_line:
        fed = (Token("LE", "<=", s.token.start),)
        help = f"say how it compares: expect {subject.text} <= {s.token.text}"
        return Repair(unexpected(s, help), s.token.start, fed)
    old = f"; or, in the older form, input: {subject.text}" if s.types == ("INPUT", "STRING") else ""
    relation = ", or expect parameters <= 5M" if s.head == "EXPECT" else ""
    problem = unexpected(s, f"say what shape it has: {example}{old}{relation}")
    if not s.same_line:
        problem = dataclasses.replace(problem, labels=s.label(subject.start, subject.end))
    return Repair(problem, s.token.start, forget=None)


def shape_without_brackets(s: Situation) -> Repair | None:
    """`input data: N, 3, 224, 224`, `input data: 1x3x224x224`, `input data: (N, 3)`."""
    if s.head not in {"INPUT", "EXPECT"} or len(s.held) != 3 or s.last is None or s.last.type != "COLON":
        return None
    line_end = min(s.line_end(s.token.start), s.token.start + 1000)
    written = s.source.text[s.token.start : line_end].split("#")[0].rstrip()
    sizes = re.sub(r"(?<=\d)[xX*](?=\d)", " ", written.strip("()[]{}<>; ").replace(",", " ")).split()
    if not s.same_line or not sizes or not all(_SIZE.fullmatch(size) for size in sizes):
        return None
    subject = s.source.text[s.held[0].start : s.last.end]
    end = s.token.start + len(written)
    help = f"a shape stands in brackets: {subject} [{', '.join(sizes)}]"
    problem = wrong(s, f'expected "["{after(s)}', s.token.start, end, help)
    return Repair(problem, end, s.listed(sizes, s.token.start))


_SIZE = re.compile(r"[0-9]+|[A-Za-z_]\w*")
