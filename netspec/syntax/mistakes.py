"""What a person most likely meant where the parser is at a loss: a diagnostic, and how reading can go on."""

from __future__ import annotations

from collections.abc import Callable

from netspec.diagnostics import Label
from netspec.problems import syntax as problems
from netspec.source import Span
from netspec.syntax import characters
from netspec.syntax.situation import Repair, Situation, one_line, shown, unexpected
from netspec.syntax.tokens import LAYERS, MESSAGE_STARTS, OPENING, UNKNOWN, VALUES, Token, expectation


def missing_colon(s: Situation) -> Repair | None:
    if s.types[-1:] != ("NAME",) or "COLON" not in s.expected or s.token.type not in VALUES:
        return None
    name = s.held[-1]
    if s.following.type in MESSAGE_STARTS and s.same_line:  # layer "conv1" {
        inner = s.token.text.strip("\"'")
        help = f'what names it stands inside: {name.text} {{ name: "{inner}" … }}'
        return Repair(unexpected(s, help), s.token.end)
    if s.token.type == "NAME" and s.following.type in {"COLON", *MESSAGE_STARTS}:  # layer ⏎ name: "conv1"
        brace = Token("LBRACE", "", name.end)
        return Repair(unexpected(s, f"a message opens with a brace: {name.text} {{"), s.token.start, (brace,))
    if s.token.type == "NAME" and not s.same_line:
        return None
    help = f"a value takes a colon: {name.text}: {one_line(s.token.text)}"
    return Repair(unexpected(s, help), s.token.start, (Token("COLON", "", name.end),))


def equals_sign(s: Situation) -> Repair | None:
    if s.token.text != "=" or "COLON" not in s.expected:
        return None
    name = s.held[-1].text
    help = f"a message opens with a brace: {name} {{" if s.following.type in MESSAGE_STARTS else None
    problem = unexpected(s, help or f'"=" sets nothing; a value takes a colon: {name}: {one_line(s.following.text)}')
    return Repair(problem, s.token.end, (s.token._replace(type="COLON"),))


def missing_value(s: Situation) -> Repair | None:
    """The next field's name was taken for the value: `num_output: ⏎ kernel_size: 3`."""
    if s.types[-3:] == ("NAME", "COLON", "NAME") and s.token.type in {"COLON", *MESSAGE_STARTS}:
        name, colon, value = s.held[-3:]
        if name.text.endswith(("_param", "_filler")) or name.text in LAYERS:
            place, fed = "a message opens with a brace", (Token("LBRACE", "", colon.end), value)
            problem = problems.UnexpectedToken(
                f'expected "{{" after "{name.text}:"',
                (Label(s.source, Span(value.start, value.end)),),
                f"{place}: {name.text} {{",
            )
            return Repair(problem, s.token.start, fed, forget=1)
        where = (Label(s.source, Span(name.start, colon.end), "has no value"),)
        problem = problems.UnexpectedToken(f'expected a value after "{name.text}:"', where)
        return Repair(problem, s.token.start, (value,), forget=None)
    return None


def quoted_name(s: Situation) -> Repair | None:
    """JSON's habit: `"name": "conv1"`."""
    text = s.token.text[1:-1]
    if s.token.type != "STRING" or s.following.type not in {"COLON", *MESSAGE_STARTS} or not text.isidentifier():
        return None
    problem = unexpected(s, f"a field's name stands without quotes: {text}")
    return Repair(problem, s.token.end, (Token("NAME", text, s.token.start + 1),)) if s.between_fields else None


def list_separator(s: Situation) -> Repair | None:
    if s.inside != "LSQUARE":
        return None
    if s.token.type == "RSQUARE" and s.types[-1:] == ("COMMA",):
        return Repair(unexpected(s, "no comma follows the last value of a list"), s.token.start, forget=1)
    ends_list = s.token.type in {"RBRACE", "RANGLE", "SEMICOLON"}
    ends_list |= s.token.type == "NAME" and s.following.type in {"COLON", *MESSAGE_STARTS}
    if "RSQUARE" in s.expected and ends_list:
        at = s.last.end if s.last else s.token.start
        labels = (Label(s.source, Span(max(at - 1, 0), at), 'a "]" belongs after this'),)
        return Repair(problems.UnclosedMessage('"[" is not closed', labels), s.token.start, (Token("RSQUARE", "", at),))
    if "COMMA" in s.expected and s.token.type in VALUES | MESSAGE_STARTS:
        problem = unexpected(s, "commas separate the values of a list")
        return Repair(problem, s.token.start, (Token("COMMA", "", s.token.start),))
    return None


def list_without_colon(s: Situation) -> Repair | None:
    if s.types[-2:] != ("NAME", "LSQUARE") or s.token.type not in VALUES:
        return None
    name, opening = s.held[-2:]
    where = (Label(s.source, Span(opening.start, opening.end)),)
    problem = problems.UnexpectedToken(f'expected ":" after "{name.text}"', where, "a list of values takes a colon")
    return Repair(problem, s.token.start, (Token("COLON", "", name.end), opening), forget=1)


def lonely_name(s: Situation) -> Repair | None:
    """A word that is no field: what follows it cannot be at fault."""
    if s.types[-1:] != ("NAME",) or "COLON" not in s.expected or s.token.type == UNKNOWN:
        return None
    name = s.held[-1]
    where = (Label(s.source, Span(name.start, name.end)),)
    problem = problems.UnexpectedToken(f"expected {expectation(s.expected)} after {shown(name)}", where)
    return Repair(problem, s.token.start, forget=None)


def json_text(s: Situation) -> Repair | None:
    if s.last is not None or s.token.type != "LBRACE" or s.following.type != "STRING":
        return None
    help = "a spec is not JSON: its fields stand in no braces, and their names in no quotes"
    return Repair(unexpected(s, help), len(s.source.text))


def second_value(s: Situation) -> Repair | None:
    """`bottom: "a", "b"`."""
    if not s.between_fields or s.token.type not in {"STRING", "NUMBER", "MINUS"}:
        return None
    help = "a field holds one value: repeat the field, or write a list: [a, b]"
    return Repair(unexpected(s, help), s.token.end)


def doubled_separator(s: Situation) -> Repair | None:
    if s.token.type not in {"COMMA", "SEMICOLON"} or not s.between_fields:
        return None
    twice = s.last is not None and s.last.type in {"COMMA", "SEMICOLON"}
    help = "one is enough, and none is needed" if twice else "a comma or semicolon may only follow a field"
    return Repair(unexpected(s, help), s.token.end)


def stray_closing(s: Situation) -> Repair | None:
    if s.token.type not in OPENING.values() or not s.between_fields:
        return None
    if s.inside in MESSAGE_STARTS and s.token.type in {"RBRACE", "RANGLE"}:  # { … >
        closing = s.token._replace(type=OPENING[s.inside])
        return Repair(unexpected(s, "a message closes with the partner of what opened it"), s.token.end, (closing,))
    help = "there is one too many, here or in the layer before"
    return Repair(unexpected(s, help, f'"{s.token.text}" closes nothing'), s.token.end)


RECOGNISERS: tuple[Callable[[Situation], Repair | None], ...] = (
    missing_colon,
    equals_sign,
    missing_value,
    quoted_name,
    list_separator,
    list_without_colon,
    lonely_name,
    json_text,
    second_value,
    doubled_separator,
    stray_closing,
    characters.unclosed_string,
    characters.curly_quotes,
    characters.foreign_comment,
    characters.bad_number,
    characters.bare_text,
    characters.unknown_characters,
)


def give_up(s: Situation) -> Repair:
    """Drops what does not fit: the field begun, and, if there is none, the token itself."""
    if s.between_fields:
        return Repair(unexpected(s), s.token.end)
    return Repair(unexpected(s), s.token.start, forget=None)


def recognise(s: Situation) -> Repair:
    for recogniser in RECOGNISERS:
        if repair := recogniser(s):
            return repair
    return give_up(s)
