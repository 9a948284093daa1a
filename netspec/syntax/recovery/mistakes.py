"""What a person most likely meant where the parser is at a loss: a diagnostic, and how reading can go on."""

from __future__ import annotations

from collections.abc import Callable

from netspec.diagnostics.fix import swap
from netspec.problems import syntax as problems
from netspec.syntax.document import Kind
from netspec.syntax.recovery import bodies, characters, expressions, habits, statements
from netspec.syntax.recovery.situation import (
    Repair,
    Situation,
    new_statement,
    one_line,
    only_field,
    shown,
    unexpected,
    wrong,
)
from netspec.syntax.tokens import LAYERS, MESSAGE_STARTS, OPENING, UNKNOWN, VALUES, Token, expectation


def missing_colon(s: Situation) -> Repair | None:
    if s.types != ("NAME",) or s.token.type not in VALUES:
        return None
    name = s.held[0]
    message = f"expected {expectation(s.expected, in_fields=True)} after {shown(name)}"
    if s.following.type in MESSAGE_STARTS and s.same_line:  # layer "conv1" {
        inner = s.token.text.strip("\"'")
        help = f'what names it stands inside: {name.text} {{ name: "{inner}" … }}'
        return Repair(unexpected(s, help, message), s.token.end)
    if s.token.type == "NAME" and s.following.type in {"COLON", *MESSAGE_STARTS}:  # layer ⏎ name: "conv1"
        brace = Token("LBRACE", "", name.end)
        help = f"a message opens with a brace: {name.text} {{"
        return Repair(unexpected(s, help, message), s.token.start, (brace,))
    if s.token.type == "NAME" and not s.same_line:
        return None
    help = f"a value takes a colon: {name.text}: {one_line(s.token.text)}"
    problem = unexpected(s, help, message, fix=swap(name.end, "", ":"))
    return Repair(problem, s.token.start, (Token("COLON", "", name.end),))


def equals_brace(s: Situation) -> Repair | None:
    """`layer = { … }`."""
    if s.types != ("Scalar", "EQUALS") or s.token.type not in MESSAGE_STARTS or s.held[0].kind is not Kind.NAME:
        return None
    target, equals = s.held
    help = f"a message opens with a brace: {target.text} {{"
    problem = wrong(s, f'expected ":" or "{{" after "{target.text}"', equals.start, equals.end, help)
    return Repair(problem, s.token.start, (Token("NAME", target.text, target.start),), forget=2)


def colon_and_equals(s: Situation) -> Repair | None:
    """`name: = "a"`, `name=: "a"`."""
    if s.types == ("NAME", "COLON") and s.token.type == "EQUALS":
        name, start, end = s.held[0], s.token.start, s.token.end
        feed, forget = (), 0
    elif s.types == ("Scalar", "EQUALS") and s.token.type == "COLON" and s.held[0].kind is Kind.NAME:
        name, start, end = s.held[0], s.held[1].start, s.token.end
        feed, forget = (Token("NAME", name.text, name.start), s.token), 2
    else:
        return None
    help = f"a value takes a colon alone: {name.text}: {s.next_word(s.token.end)}"
    return Repair(wrong(s, '"=" and ":" do not stand together', start, end, help), s.token.end, feed, forget)


def missing_value(s: Situation) -> Repair | None:
    """The next field's name was taken for the value: `num_output: ⏎ kernel_size: 3`."""
    if s.types != ("NAME", "COLON", "NAME") or s.token.type not in {"COLON", "EQUALS", *MESSAGE_STARTS}:
        return None
    name, colon, value = s.held
    if name.text == "input" and s.token.type == "COLON" and s.following.type == "LSQUARE":
        help = f"an input and its shape are one: input {value.text}: [N, 3, 224, 224]"
        problem = wrong(s, f'expected no ":" between "input" and "{value.text}"', colon.start, colon.end, help)
        return Repair(problem, s.token.start, (name._replace(type="INPUT"), value), forget=None)
    if name.text.endswith(("_param", "_filler")) or name.text in LAYERS:
        message, help = f'expected "{{" after "{name.text}:"', f"a message opens with a brace: {name.text} {{"
        problem = wrong(s, message, value.start, value.end, help)
        return Repair(problem, s.token.start, (Token("LBRACE", "", colon.end), value), forget=2)
    where = s.label(name.start, colon.end, "has no value")
    problem = problems.UnexpectedToken(f'expected a value after "{name.text}:"', where)
    return Repair(problem, s.token.start, (value,), forget=None)


def quoted_name(s: Situation) -> Repair | None:
    """JSON's habit: `"name": "conv1"`."""
    if s.types != ("STRING",) or s.token.type not in {"COLON", *MESSAGE_STARTS}:
        return None
    text = s.held[0].text[1:-1]
    if not text.isidentifier():
        return None
    string = s.held[0]
    message = f"expected {new_statement(s)}{after_before(s)}"
    problem = wrong(s, message, string.start, string.end, f"a field's name stands without quotes: {text}")
    return Repair(problem, s.token.start, (Token("NAME", text, string.start + 1),), forget=1)


def list_separator(s: Situation) -> Repair | None:
    if s.inside != "LSQUARE":
        return None
    if s.token.type == "RSQUARE" and s.types[-1:] == ("COMMA",):
        return Repair(unexpected(s, "no comma follows the last value of a list"), s.token.start, forget=1)
    ends_list = s.token.type in {"RBRACE", "RANGLE", "SEMICOLON"}
    ends_list |= s.token.type == "NAME" and s.following.type in {"COLON", "EQUALS", *MESSAGE_STARTS}
    if "RSQUARE" in s.expected and ends_list:
        at = s.last.end if s.last else s.token.start
        where = s.label(max(at - 1, 0), at, 'a "]" belongs after this')
        return Repair(problems.UnclosedMessage('"[" is not closed', where), s.token.start, (Token("RSQUARE", "", at),))
    if "COMMA" in s.expected and s.token.type in VALUES | MESSAGE_STARTS | {"LSQUARE", "LPAR"}:
        fix = swap(s.last.end, "", ",") if s.last else None
        problem = unexpected(s, "commas separate the values of a list", fix=fix)
        return Repair(problem, s.token.start, (Token("COMMA", "", s.token.start),))
    return None


def list_without_colon(s: Situation) -> Repair | None:
    if s.types != ("NAME", "LSQUARE") or s.token.type not in VALUES:
        return None
    name, opening = s.held
    if name.text == "input":
        problem = wrong(
            s, 'expected a name after "input"', opening.start, opening.end, "name it: input data: [N, 3, 224, 224]"
        )
        fed = (
            Token("INPUT", "input", name.start),
            Token("NAME", "data", name.end),
            Token("COLON", "", name.end),
            opening,
        )
        return Repair(problem, s.token.start, fed, forget=2)
    if name.text == "expect":
        problem = wrong(
            s,
            'expected a name after "expect"',
            opening.start,
            opening.end,
            "name what has this shape: expect pool5: [N, 512]",
        )
        return Repair(problem, s.line_end(s.token.start), forget=None)
    problem = wrong(
        s, f'expected ":" after "{name.text}"', opening.start, opening.end, "a list of values takes a colon"
    )
    return Repair(problem, s.token.start, (Token("COLON", "", name.end), opening), forget=1)


def lonely_name(s: Situation) -> Repair | None:
    """A word that is no field: what follows it cannot be at fault."""
    if s.types != ("NAME",) or s.token.type == UNKNOWN:
        return None
    name = s.held[0]
    message = f"expected {expectation(s.expected, s.plain or only_field(s))} after {shown(name)}"
    return Repair(wrong(s, message, name.start, name.end), s.token.start, forget=None)


def json_text(s: Situation) -> Repair | None:
    if s.last is not None or s.token.type != "LBRACE" or s.following.type != "STRING":
        return None
    help = "a spec is not JSON: its fields stand in no braces, and their names in no quotes"
    return Repair(unexpected(s, help), len(s.source.text))


def second_value(s: Situation) -> Repair | None:
    """`bottom: "a", "b"`."""
    help = "a field holds one value: repeat the field, or write a list: [a, b]"
    if s.types == ("STRING",):  # taken for what a binding sets
        string = s.held[0]
        message = f"expected {new_statement(s)}{after_before(s)}"
        return Repair(wrong(s, message, string.start, string.end, help), s.token.start, forget=1)
    if not s.between_fields or s.token.type not in VALUES - {"NAME"}:
        return None
    if not s.held and s.opener and s.opener.name:  # pad { 1 }
        help = f"a value takes a colon: {s.opener.name}: {one_line(s.token.text)}"
    return Repair(unexpected(s, None if s.in_statement else help), s.token.end)


def after_before(s: Situation) -> str:
    return f" after {shown(s.before)}" if s.before is not None and s.before.text else ""


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
    characters.unclosed_string,
    characters.curly_quotes,
    characters.foreign_comment,
    characters.odd_prefix,
    habits.foreign_word,
    habits.odd_statement,
    habits.reversed_import,
    habits.lonely_else,
    habits.unit,
    habits.grouped_digits,
    bodies.phase_with_colon,
    bodies.phase_or_stage,
    bodies.keyword_for_field,
    statements.let,
    statements.repeat_header,
    statements.imported,
    statements.shape,
    statements.shape_without_brackets,
    expressions.compared,
    expressions.logic,
    statements.block_header,
    bodies.missing_body,
    bodies.unfinished,
    expressions.binding,
    missing_colon,
    equals_brace,
    colon_and_equals,
    missing_value,
    quoted_name,
    list_separator,
    list_without_colon,
    expressions.arguments,
    expressions.unclosed_group,
    expressions.pipe,
    expressions.body_of_nothing,
    lonely_name,
    json_text,
    second_value,
    doubled_separator,
    stray_closing,
    characters.bare_text,
    characters.bad_number,
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
