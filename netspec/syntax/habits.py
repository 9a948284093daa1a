"""Words of other languages, and netspec's own where they do not make a statement."""

from __future__ import annotations

import re

from netspec.syntax.situation import Repair, Situation, shown, unexpected, wrong
from netspec.syntax.tokens import MESSAGE_STARTS, VALUES, Token

LOOPS = frozenset({"for", "foreach", "loop", "while"})
BLOCKS = frozenset({"class", "def", "defun", "define", "fn", "func", "function", "macro", "module"})
CONSTANTS = frozenset({"auto", "const", "constant", "define", "def", "final", "float", "int", "set", "val", "var"})
IMPORTS = frozenset({"include", "require", "use", "using"})
ELSE_IF = frozenset({"elif", "elseif", "elsif"})
UNITS = {
    "thousand": "k",
    "k": "k",
    "kilo": "k",
    "million": "M",
    "millions": "M",
    "m": "M",
    "mio": "M",
    "mega": "M",
    "billion": "G",
    "b": "G",
    "g": "G",
    "kb": "kB",
    "mb": "MB",
    "gb": "GB",
    "tb": "TB",
    "kib": "kB",
    "mib": "MB",
    "gib": "GB",
    "t": "T",
}
UNIT_HELP = "the units are k, M, G and T, with a B behind them for bytes"


def foreign_word(s: Situation) -> Repair | None:
    """`for i in 1..3 { … }`, `def f(x) { … }`, `const n = 5`, `include "blocks.net"`, `return y`."""
    if s.types != ("NAME",) or not s.same_line:
        return None
    word, token, following = s.held[0], s.token, s.following.type
    message = f"there is no statement {shown(word)}"

    def become(kind: str, help: str) -> Repair:
        return Repair(
            wrong(s, message, word.start, word.end, help), token.start, (Token(kind, word.text, word.start),), 1
        )

    if token.type == "NAME" and following == "EQUALS" and word.text in CONSTANTS:
        return become("LET", f"a constant is set with let: let {token.text} = {s.next_word(s.following.end)}")
    if token.type == "NAME" and word.text in LOOPS:
        return become("REPEAT", "what comes several times stands in: repeat i in 1..3 { … }")
    if (
        token.type == "NAME"
        and word.text in BLOCKS
        and following in {"LPAR", "ARROW", "COLON", "NAME", *MESSAGE_STARTS}
    ):
        return become("BLOCK", f"layers to be used more than once make a block: block {token.text}(x) -> y {{ … }}")
    if token.type == "STRING" and word.text in IMPORTS and not s.in_fields:
        return become("IMPORT", f"blocks of another file are imported: import {token.text}")
    if token.type == "NAME" and word.text == "return":
        help = f"what a block gives stands behind its arrow: block f(x) -> {token.text} {{ … }}"
        return Repair(wrong(s, message, word.start, token.end, help), token.end, forget=1)
    return None


def odd_statement(s: Situation) -> Repair | None:
    """netspec's own words, before what cannot follow them: `repeat 3 { … }`, `block (x) { … }`, `if !x { … }`."""
    if s.types != ("NAME",) or not s.same_line or s.in_fields:
        return None
    word, token = s.held[0], s.token
    at = word.end
    keyword = Token(word.text.upper(), word.text, word.start)
    if word.text == "repeat" and token.type in VALUES | {"LPAR", "LSQUARE"}:
        fed = [keyword, Token("NAME", "i", at), Token("IN", "", at)]
        if token.type == "NUMBER" and s.following.type != "DOTDOT":
            fed += [Token("NUMBER", "1", at), Token("DOTDOT", "", at)]
            help = f"name what is counted: repeat i in 1..{token.text} {{ … }}"
        else:
            help = "name what is counted: repeat i in 1..3 { … }"
        return Repair(unexpected(s, help, 'expected a name after "repeat"'), token.start, tuple(fed), forget=1)
    if word.text == "block" and token.type == "LPAR":
        help = "name the block: block conv_bn(x) -> y { … }"
        fed = (keyword, Token("NAME", "block", at))
        return Repair(unexpected(s, help, 'expected a name after "block"'), token.start, fed, forget=1)
    if word.text == "if" and token.text in {"!", "[", "&"}:
        return Repair(
            unexpected(s, 'write "not"', '"!" has no meaning here')
            if token.text == "!"
            else unexpected(s, "a condition compares: if stride != 1 { … }", 'expected a condition after "if"'),
            token.end,
            (keyword, *((Token("NOT", "not", token.start),) if token.text == "!" else ())),
            forget=1,
        )
    if word.text == "let" and token.type in {"STRING", "NUMBER", "LSQUARE"}:
        name = token.text.strip("\"'")
        name = name if name.isidentifier() else "x"
        help = f"a constant has a plain name: let {name} = 1"
        return Repair(
            unexpected(s, help, 'expected a name after "let"'),
            token.end,
            (keyword, Token("NAME", name, token.start)),
            forget=1,
        )
    if word.text == "input" and token.type in {"LSQUARE", "NUMBER"}:
        return Repair(
            unexpected(s, "name the input: input data: [N, 3, 224, 224]", 'expected a name after "input"'),
            token.start,
            (keyword, Token("NAME", "data", at), Token("COLON", "", at)),
            forget=1,
        )
    if word.text == "import" and token.type in {"LBRACE", "NUMBER", "LPAR"}:
        help = 'names stand without brackets: import conv_bn, basic from "blocks.net"'
        return Repair(
            unexpected(s, help, 'expected a name or a file after "import"'), s.line_end(token.start), forget=None
        )
    if word.text == "from" and token.type in {"STRING", "NAME"}:
        return _from(s)
    return None


def _from(s: Situation) -> Repair:
    """Python's `from blocks import conv`."""
    line = s.source.text[s.token.start : s.line_end(s.token.start)]
    found = re.match(r"[\"']?([^\s\"']*)[\"']?\s+import\s+([A-Za-z_][\w, ]*)", line)
    path, names = found.groups() if found else ("blocks.net", "conv_bn")
    help = f'the file stands last: import {names.strip()} from "{path}"'
    return Repair(
        wrong(s, 'expected "import"', s.held[0].start, s.line_end(s.token.start), help),
        s.line_end(s.token.start),
        forget=None,
    )


def reversed_import(s: Situation) -> Repair | None:
    """`from "blocks.net" import conv`, whose `from` is a keyword."""
    if s.token.type != "FROM" or s.held:
        return None
    line_end = s.line_end(s.token.start)
    help = f"the file stands last: import conv_bn from {s.following.text}"
    return Repair(wrong(s, 'expected "import"', s.token.start, line_end, help), line_end)


def lonely_else(s: Situation) -> Repair | None:
    """`else` that follows no `if`."""
    if s.token.type != "ELSE" or not s.between_fields:
        return None
    problem = unexpected(
        s, "it stands behind the closing brace of if x { … }, with nothing between", '"else" follows no "if"'
    )
    at = s.token.start
    fed = () if s.following.type == "IF" else (Token("IF", "", at), Token("NAME", "true", at))
    return Repair(problem, s.token.end, fed)


def is_unit(number: Token | None, word: Token) -> bool:
    """Whether the number is followed by what a person may take for a unit."""
    return number is not None and number.type == "NUMBER" and word.type == "NAME" and word.text.lower() in UNITS


def unit(s: Situation) -> Repair | None:
    """`expect parameters <= 5 million`, `5 m`."""
    word, number = s.token, s.last
    if number is None or not is_unit(number, word) or s.types[-1:] != ("NUMBER",) or s.types[0] == "NAME":
        return None
    meant = UNITS[word.text.lower()]
    problem = wrong(
        s,
        f'"{number.text} {word.text}" is not a number',
        number.start,
        word.end,
        f"write {number.text}{meant}; {UNIT_HELP}",
    )
    return Repair(problem, word.end, (Token("QUANTITY", f"{number.text}{meant}", number.start),), forget=1)


def grouped_digits(s: Situation) -> Repair | None:
    """`expect parameters <= 5,000,000`."""
    if s.token.type != "COMMA" or s.last is None or s.last.type != "NUMBER" or s.inside in {"LSQUARE", "LPAR"}:
        return None
    found = re.compile(r"(?:,\d{3})+(?!\d)").match(s.source.text, s.token.start)
    if not found or s.last.end != s.token.start:
        return None
    number = s.last.text + found[0].replace(",", "")
    problem = wrong(
        s,
        f'"{s.last.text}{found[0]}" is not a number',
        s.last.start,
        found.end(),
        f"a number is written without commas: {number}",
    )
    fed = (Token("NUMBER", number, s.last.start),)
    return Repair(
        problem, found.end(), fed if s.types[-1:] == ("NUMBER",) else (), forget=1 if s.types[-1:] == ("NUMBER",) else 0
    )
