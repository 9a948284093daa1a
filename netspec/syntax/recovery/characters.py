"""Characters that begin no token: what they were meant to be."""

from __future__ import annotations

import re
import unicodedata

from netspec.diagnostics import Label
from netspec.diagnostics.source import Span
from netspec.problems import syntax as problems
from netspec.syntax.recovery import habits
from netspec.syntax.recovery.situation import Repair, Situation, one_line, shown
from netspec.syntax.tokens import UNKNOWN, Token

CURLY_QUOTES = "“”„‟‘’‚‛«»‹›`´"


def unclosed_string(s: Situation) -> Repair | None:
    quote = s.token.text
    if s.token.type != UNKNOWN or quote not in "\"'":
        return None
    text, start = s.source.text, s.token.start
    line_end = text.find("\n", start)
    line_end = len(text) if line_end < 0 else line_end
    # Closing braces at the end of the line are more likely the layer's than the string's.
    end = start + len(text[start:line_end].rstrip("} \t\r,;"))
    if end <= start + 1 and s.types[:2] == ("NAME", "COLON") and s.types[2:]:
        begun: int = s.held[2].start
        written = text[begun:start]
        if not re.search(r"[\s\\]", written):  # top: conv1"
            where = s.label(begun, start + 1, f"no {quote} stands before it")
            problem = problems.UnclosedString("a string is not opened", where, f"write {quote}{written}{quote}")
            fed = (Token("STRING", f"{quote}{written}{quote}", begun),)
            return Repair(problem, start + 1, fed, forget=len(s.held) - 2)
    template = s.types[-1:] == ("NAME",) and s.held[-1].text == "f" and s.held[-1].end == start
    if template and text[start:end].count("{") > text[start:end].count("}") and text[end : end + 1] == "}":
        end += 1  # this one is the template's
    where = (Label(s.source, Span(start, max(end, start + 1)), f"this {quote} has no partner on its line"),)
    problem = problems.UnclosedString("a string is not closed", where, f"close it with {quote}")
    inner = text[start + 1 : end].replace(quote, "").replace("\\", "")
    if template:
        return Repair(
            problem, max(end, start + 1), (Token("TEMPLATE", f"f{quote}{inner}{quote}", start - 1),), forget=1
        )
    if "STRING" not in s.expected:
        return Repair(problem, max(end, start + 1))
    return Repair(problem, max(end, start + 1), (Token("STRING", f"{quote}{inner}{quote}", start),))


def curly_quotes(s: Situation) -> Repair | None:
    if s.token.type != UNKNOWN or s.token.text not in CURLY_QUOTES:
        return None
    text, start = s.source.text, s.token.start
    found = re.compile(f"([{CURLY_QUOTES}])([^{CURLY_QUOTES}\"'\\\\\n]*)[{CURLY_QUOTES}\"']?").match(text, start)
    inner, end = (found[2], found.end()) if found else ("", start + 1)
    where = (Label(s.source, Span(start, end)),)
    problem = problems.UnknownCharacter(f"{s.token.text} is not a quote that netspec knows", where, f'write "{inner}"')
    return Repair(problem, end, (Token("STRING", f'"{inner}"', start),) if "STRING" in s.expected else ())


def foreign_comment(s: Situation) -> Repair | None:
    text, start = s.source.text, s.token.start
    divided = s.last is not None and s.last.type == "SLASH" and s.last.end == start  # the "/" before was taken for that
    start -= divided
    if text[start : start + 2] not in {"//", "/*"}:
        return None
    rest = text[start + 2 : s.line_end(start)]
    if divided and text[start + 1] == "/" and (s.inside == "LPAR" or (s.head != "NAME" and len(rest.split()) == 1)):
        where = s.label(start, start + 2)
        problem = problems.UnexpectedToken('"//" divides nothing', where, '"/" between two integers rounds down')
        return Repair(problem, start + 2)
    opening, closing = text[start : start + 2], "\n" if text[start + 1] == "/" else "*/"
    found = text.find(closing, start + 2)
    end = len(text) if found < 0 else found + len(closing.strip())
    first_line = len(text[start:end].split("\n", 1)[0].rstrip())
    where = (Label(s.source, Span(start, start + first_line)),)
    problem = problems.UnknownCharacter(f'"{opening}" does not begin a comment', where, 'a comment begins with "#"')
    return Repair(problem, end, forget=int(divided))


_PREFIXES = frozenset({"F", "b", "fr", "r", "rf", "u"})


def odd_prefix(s: Situation) -> Repair | None:
    """`F"conv{i}"`, `r"a"`: the prefix was taken for a value, and the text for what a binding sets."""
    prefix = s.before
    if s.types != ("STRING",) or prefix is None or prefix.end != s.held[0].start or prefix.text not in _PREFIXES:
        return None
    help = f"a text in which braces stand for values begins with f: f{one_line(s.held[0].text)}"
    problem = problems.UnexpectedToken(f"{shown(prefix)} begins no text", s.label(prefix.start, prefix.end), help)
    return Repair(problem, s.token.start, forget=1)


_WORD = re.compile(r"[^\s{}\[\]<>:,;#\"']*")


def bad_number(s: Situation) -> Repair | None:
    text, start = s.source.text, s.token.start
    if (
        s.token.type not in {UNKNOWN, "PLUS", "DOTDOT"}
        or s.token.text[0] not in "0123456789.+"
        or (s.between_fields and s.token.type != UNKNOWN)
    ):
        return None
    if re.match(r"[.+](?![0-9])", text[start : start + 2]) and s.token.text[0] == ".":
        return None
    if sized := sizes(s):
        return sized
    word = _WORD.match(text, start + 1)
    end = word.end() if word else start + 1
    found = text[start:end]
    help = 'a number has no "+" before it' if found[0] == "+" else "text stands in quotes"
    where = (Label(s.source, Span(start, end)),)
    problem = problems.UnexpectedToken(f"{shown(Token('', found, start))} is not a number", where, help)
    if found[0] == "+" and end > start + 1:
        return Repair(problem, start + 1)
    return Repair(problem, end, forget=0 if s.between_fields else None)


def sizes(s: Situation) -> Repair | None:
    """`1x3x224x224`, `5m`, `1_000`."""
    start, found = s.token.start, s.word(s.token.start, r"[\w.]+")
    where = s.label(start, start + len(found))
    message = f"{shown(Token('', found, start))} is not a number"
    if re.fullmatch(r"\d+(?:[xX]\d+)+", found) and "NUMBER" in s.expected:
        parts = re.split("[xX]", found)
        problem = problems.UnexpectedToken(message, where, f"commas separate sizes: {', '.join(parts)}")
        fed = s.listed(parts, start)[1:-1]
        return Repair(problem, start + len(found), fed if s.inside == "LSQUARE" else ())
    if re.fullmatch(r"\d+(?:_\d+)+", found):
        number = found.replace("_", "")
        problem = problems.UnexpectedToken(message, where, f'a number has no "_" in it: {number}')
        return Repair(problem, start + len(found), (Token("NUMBER", number, start),))
    measured = re.fullmatch(r"(\d+(?:\.\d+)?)([A-Za-z]+)", found)
    if measured and (meant := habits.UNITS.get(measured[2].lower())):
        problem = problems.UnexpectedToken(message, where, f"write {measured[1]}{meant}; {habits.UNIT_HELP}")
        return Repair(problem, start + len(found), (Token("QUANTITY", f"{measured[1]}{meant}", start),))
    return None


def bare_text(s: Situation) -> Repair | None:
    """`source: data/train.txt`: a string without its quotes."""
    if s.types[:2] != ("NAME", "COLON") or s.token.type in {"STRING", "LBRACE", "RBRACE", "COMMA", "SEMICOLON"}:
        return None
    begun = s.held[2] if len(s.held) > 2 else s.token
    start = begun.start
    found = s.word(start, r"[^\s{}\[\]<>:,;#\"']*")
    foreign = re.search(r"[^\w-]", found)
    if start + len(found) <= s.token.start or not foreign or found[0] in "0123456789+=":
        return None
    if re.fullmatch(r"\$\w+\$", found):
        where = s.label(start, start + len(found))
        help = f"put a value there: sed 's/[$]{found[1:-1]}[$]/{FILLED}/g' fills in {FILLED}, which is taken here"
        problem = problems.UnknownCharacter(f"{found} is a gap in a template, to be filled first", where, help)
        number = Token("NUMBER", FILLED, start)
        return Repair(problem, start + len(found), (number,), forget=len(s.held) - 2)
    message = f"{shown(Token('', foreign[0], 0))} cannot stand in a value without quotes"
    problem = problems.UnknownCharacter(message, s.label(start, start + len(found)), f'write "{found}"')
    string = Token("STRING", f'"{found}"', start)
    return Repair(problem, start + len(found), (string,) if "\\" not in found else (), forget=len(s.held) - 2)


# What stands for a gap in a template while the rest is read: a size that nets can halve again and again.
FILLED = "64"
_STRANGE = re.compile(r"[^\s\w{}\[\]<>:,;#\"'.+=/-]*")
_TERMINAL_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def unknown_characters(s: Situation) -> Repair | None:
    if s.token.type != UNKNOWN:
        return None
    text, start = s.source.text, s.token.start
    run = _TERMINAL_ESCAPE.match(text, start) or _STRANGE.match(text, start)
    end = max(run.end() if run else 0, start + 1)
    character = s.token.text
    name = unicodedata.name(character, "a control character")
    visible = character.isprintable() and not character.isspace()
    what = f'"{character}"' if visible else f"U+{ord(character):04X} ({name.lower()})"
    help = None if visible else "remove it, or put a plain space in its place"
    where = (Label(s.source, Span(start, end)),)
    return Repair(problems.UnknownCharacter(f"{what} has no meaning here", where, help), end)
