"""Characters that begin no token: what they were meant to be."""

from __future__ import annotations

import re
import unicodedata

from netspec.diagnostics import Label
from netspec.problems import syntax as problems
from netspec.source import Span
from netspec.syntax.situation import Repair, Situation, shown
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
    where = (Label(s.source, Span(start, max(end, start + 1)), f"this {quote} has no partner on its line"),)
    problem = problems.UnclosedString("a string is not closed", where, f"close it with {quote}")
    if "STRING" not in s.expected:
        return Repair(problem, max(end, start + 1))
    inner = text[start + 1 : end].replace(quote, "").replace("\\", "")
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
    if s.token.text != "/" or s.source.text[s.token.start + 1 : s.token.start + 2] not in {"/", "*"}:
        return None
    text, start = s.source.text, s.token.start
    opening, closing = text[start : start + 2], "\n" if text[start + 1] == "/" else "*/"
    found = text.find(closing, start + 2)
    end = len(text) if found < 0 else found + len(closing.strip())
    first_line = len(text[start:end].split("\n", 1)[0].rstrip())
    where = (Label(s.source, Span(start, start + first_line)),)
    problem = problems.UnknownCharacter(f'"{opening}" does not begin a comment', where, 'a comment begins with "#"')
    return Repair(problem, end)


_WORD = re.compile(r"[^\s{}\[\]<>:,;#\"']*")


def bad_number(s: Situation) -> Repair | None:
    text, start = s.source.text, s.token.start
    if s.token.type != UNKNOWN or s.token.text not in "0123456789.+":
        return None
    word = _WORD.match(text, start + 1)
    end = word.end() if word else start + 1
    found = text[start:end]
    help = 'a number has no "+" before it' if found[0] == "+" else "text stands in quotes"
    where = (Label(s.source, Span(start, end)),)
    problem = problems.UnexpectedToken(f"{shown(Token('', found, start))} is not a number", where, help)
    if found[0] == "+" and end > start + 1:
        return Repair(problem, start + 1)
    return Repair(problem, end, forget=0 if s.between_fields else None)


def bare_text(s: Situation) -> Repair | None:
    """`source: data/train.txt`: a string without its quotes."""
    if s.token.type != UNKNOWN or s.token.text not in "/.\\~@$*-+()%&?!":
        return None
    touching = s.types[-3:] == ("NAME", "COLON", "NAME") and s.held[-1].end == s.token.start
    if not touching and s.types[-2:] != ("NAME", "COLON"):
        return None
    start = s.held[-1].start if touching else s.token.start
    word = _WORD.match(s.source.text, s.token.start)
    end = max(word.end() if word else 0, s.token.end)
    found = s.source.text[start:end]
    where = (Label(s.source, Span(start, end)),)
    message = f"{shown(s.token)} cannot stand in a value without quotes"
    problem = problems.UnknownCharacter(message, where, f'write "{found}"')
    string = Token("STRING", f'"{found}"', start)
    return Repair(problem, end, (string,) if "\\" not in found else (), forget=1 if touching else 0)


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
