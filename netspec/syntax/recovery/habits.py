"""Words of other languages, and netspec's own where they do not make a statement."""

from __future__ import annotations

import re

from netspec.problems import syntax as problems
from netspec.syntax.lexer import lexed
from netspec.syntax.recovery.situation import Repair, Situation, shown, unexpected, wrong
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
    """`for i in range(3):`, `def f(x) { … }`, `const n = 5`, `include "blocks.net"`, `return y`."""
    if s.types[:2] == ("NAME", "LPAR") and s.held[0].text in LOOPS and s.token.type == "SEMICOLON":
        return _loop(s, s.held[0])
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
        return _loop(s, word)
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


def _loop(s: Situation, word: Token) -> Repair:
    """A loop of another language, its whole header: `for i in range(3):`, `for (i = 0; i < 3; i++) {`."""
    line = s.source.text[word.start : min(s.line_end(word.start), word.start + 300)]
    header, brace, _ = line.partition("#")[0].partition("{")
    found = _LOOP.fullmatch(header.rstrip().removesuffix(":").rstrip())
    names, over = found.groups() if found else ("i", "1..3")
    end = word.start + len(header)
    brace = brace or _NEXT_BRACE.match(s.source.text, end)
    if counted := _RANGE.fullmatch(over):
        first, last = counted.groups() if counted[2] else ("0", counted[1])
        over = f"{first.strip()}..{int(last) - 1 if last.strip().isdigit() else f'{last.strip()} - 1'}"
    elif "(" in over:  # of another language's functions there is no telling what they count
        over = f"[[{', '.join(str(i) for i, _ in enumerate(names.split(',')))}]]" if "," in names else "1..3"
    help = f"what comes several times stands in: repeat {names} in {over} {{ … }}"
    problem = wrong(s, f"there is no statement {shown(word)}", word.start, word.end, help)
    fed = [one._replace(start=word.start) for one in lexed(f"repeat {names} in {over}")]
    return Repair(problem, end, tuple(fed if brace else [*fed, Token("LBRACE", "", end)]), forget=None)


# What is counted, and over what.
_LOOP = re.compile(r"\w+\s+([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s+in\s+([^#]+)")
_RANGE = re.compile(r"range\(\s*([^,()]+?)\s*(?:,\s*([^,()]+?)\s*)?\)")


_NEXT_BRACE = re.compile(r"\s*\{")


def odd_statement(s: Situation) -> Repair | None:
    """netspec's own words, before what cannot follow them: `repeat 3 { … }`, `block (x) { … }`, `if !x { … }`."""
    if s.types not in {("NAME",), ("BLOCK",)} or not s.same_line or s.in_fields:
        return None
    word, token = s.held[0], s.token
    if word.type == "BLOCK":
        problem = unexpected(s, "name the block: block conv_bn(x) -> y { … }", f'expected a name after "{word.text}"')
        return Repair(problem, token.start, (Token("NAME", "block", word.end),)) if token.type == "LPAR" else None
    keyword = Token(word.text.upper(), word.text, word.start)
    if word.text == "if" and token.text == "!":
        where = s.label(token.start, token.end)
        problem = problems.UnknownCharacter('"!" has no meaning here', where, 'write "not"')
        return Repair(problem, token.end, (keyword, Token("NOT", "not", token.start)), forget=1)
    resume, help, fed = token.start, "", list[Token]()
    if word.text == "repeat" and token.type in VALUES | {"LPAR", "LSQUARE"}:
        fed = [Token("NAME", "i", word.end), Token("IN", "", word.end)]
        help = "name what is counted: repeat i in 1..3 { … }"
        if token.type == "NUMBER" and s.following.type != "DOTDOT":
            fed += [Token("NUMBER", "1", word.end), Token("DOTDOT", "", word.end)]
            help = f"name what is counted: repeat i in 1..{token.text} {{ … }}"
    elif word.text == "let" and token.type in {"STRING", "NUMBER"}:
        name = token.text.strip("\"'")
        name = name if name.isidentifier() else "x"
        fed, resume = [Token("NAME", name, token.start)], token.end
        help = f"a constant has a plain name: let {name} = 1"
    if not fed:
        return None
    problem = unexpected(s, help, f'expected a name after "{word.text}"')
    return Repair(problem, resume, (keyword, *fed), forget=1)


def reversed_import(s: Situation) -> Repair | None:
    """Python's `from blocks import conv`. With quotes, its `from` is a keyword."""
    if s.token.type == "FROM" and s.between_fields:
        start, begun = s.token.start, 0
    elif s.types == ("NAME",) and s.held[0].text == "from" and s.token.type in {"STRING", "NAME"} and s.same_line:
        start, begun = s.held[0].start, 1
    else:
        return None
    line_end = s.line_end(start)
    line = s.source.text[start : min(line_end, start + 200)]
    found = re.match(r"from\s+[\"']?([^\s\"']*)[\"']?\s+import\s+([A-Za-z_][\w, ]*)", line)
    path, names = found.groups() if found else ("blocks.net", "conv_bn")
    path = path if "." in path else f"{path}.net"
    problem = wrong(
        s, 'expected "import"', start, line_end, f'the file stands last: import {names.strip()} from "{path}"'
    )
    return Repair(problem, line_end, forget=begun)


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
    """Whether the number, written without an exponent, is followed by what a person may take for a unit."""
    if number is None or number.type != "NUMBER" or word.type != "NAME" or word.text.lower() not in UNITS:
        return False
    return re.fullmatch(r"[0-9]+(\.[0-9]+)?", number.text) is not None


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
