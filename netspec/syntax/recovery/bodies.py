"""What a person most likely meant where braces are missing, or a line ends too early."""

from __future__ import annotations

from netspec.problems import syntax as problems
from netspec.syntax.recovery.situation import Repair, Situation, after, one_line, shown, unexpected, wrong
from netspec.syntax.tokens import BODIES, END, MESSAGE_STARTS, OPERATORS, PHASES, Token

_UNFINISHED = OPERATORS | {"EQUALS", "PIPE", "COMMA", "AND", "OR", "NOT", "DOTDOT", "IN", "EQ", "NE", "LE", "GE"}


def missing_body(s: Situation) -> Repair | None:
    """`if x` and no brace, `repeat i in 1..3:`, `block f(x) -> y`: what stands deeper is taken for the body."""
    if s.head not in BODIES or "LBRACE" not in s.expected or s.inside in {"LPAR", "LSQUARE"}:
        return None
    brace = Token("LBRACE", "", s.last.end if s.last else s.token.start)
    what = {"BLOCK": "a block", "REPEAT": "repeat", "STAGE": "a stage"}.get(
        s.head, "else" if s.types[-1] == "ELSE" else "if"
    )
    help = f"what belongs to {what} stands in braces: {{ … }}"
    message = f'expected "{{"{after(s)}'
    if s.token.type == "COLON" or s.token.text in {"then", "do", "begin", "loop"}:
        fed = () if s.following.type in MESSAGE_STARTS else (brace,)
        return Repair(unexpected(s, help, message), s.token.end, fed)
    if s.token.type in {"RBRACE", END}:
        return Repair(unexpected(s, help, message), s.token.start, (brace, Token("RBRACE", "", brace.start)))
    if not s.same_line and s.last is not None:
        return Repair(wrong(s, message, s.last.start, s.last.end, help), s.token.start, (brace,))
    if s.token.type in {"NAME", "STRING"}:
        return Repair(unexpected(s, help, message), s.token.start, (brace,))
    return None


def phase_with_colon(s: Situation) -> Repair | None:
    """`train: layer { … }`, `train:` and a body by indentation."""
    if s.types not in {("NAME", "COLON"), ("NAME", "COLON", "NAME")} or s.held[0].text not in PHASES:
        return None
    name, colon, *swallowed = s.held
    help = f"what belongs to a phase stands in braces: {name.text} {{ … }}"
    problem = wrong(s, f'expected "{{" after "{name.text}:"', name.start, colon.end, help)
    fed = (Token("LBRACE", "", colon.start), *swallowed)
    return Repair(problem, s.token.start, fed, forget=len(s.held) - 1)


def phase_or_stage(s: Situation) -> Repair | None:
    """`phase TRAIN {`, `phase: TRAIN {`, `stage deploy {`, `stage: "deploy" {`, `stage not deploy {`."""
    if s.head != "NAME" or s.held[0].text not in {"phase", "stage"} or s.in_fields:
        return None
    word = s.held[0]
    if s.types == ("NAME",):
        negated = (s.token._replace(type="NOT"),) if s.token.text == "not" else ()
        value = s.following if negated else s.token
        brace = s.rest_of_line(value.end)[:1]
    elif s.types in {("NAME", "COLON", "NAME"), ("NAME", "COLON", "STRING")}:
        negated, value, brace = (), s.held[2], (s.token,)
    else:
        return None
    if not brace or brace[0].type not in MESSAGE_STARTS or value.type not in {"NAME", "STRING"}:
        return None
    name = value.text.strip("\"'")
    if name.lower() in PHASES and not negated:
        help = f"what belongs to a phase stands in: {name.lower()} {{ … }}"
        fed = (Token("NAME", name.lower(), word.start),)
    else:
        help = f'write stage {"not " if negated else ""}"{name}" {{ … }}'
        fed = (Token("STAGE", "stage", word.start), *negated, s.quoted(name, value.start))
    problem = wrong(s, f'"{word.text}" does not open a part of the net like this', word.start, value.end, help)
    return Repair(problem, brace[0].start, fed, forget=len(s.held))


def keyword_for_field(s: Situation) -> Repair | None:
    """`include { stage "deploy" }`: within a message, a field without its colon."""
    if not s.in_fields or s.types not in {("STAGE", "STRING"), ("INPUT", "STRING"), ("INPUT", "NAME")}:
        return None
    keyword, value = s.held
    help = f"a value takes a colon: {keyword.text}: {one_line(value.text)}"
    problem = wrong(s, f'expected ":" after "{keyword.text}"', value.start, value.end, help)
    fed = keyword._replace(type="NAME"), Token("COLON", "", keyword.end), value
    return Repair(problem, s.token.start, fed, forget=2)


def unfinished(s: Situation) -> Repair | None:
    """A line that ends where a value is missing: `let x =`, `y = x |`, `pad: kernel /`."""
    swallowed = s.types[-1:] == ("NAME",) and s.token.type in {"EQUALS", "COLON", *MESSAGE_STARTS}
    held = s.held[:-1] if swallowed else s.held
    if len(held) < 2 or not isinstance(held[-1], Token) or (s.head == "NAME" and len(held) == 2):
        return None
    last = held[-1]
    begins = s.held[-1].start if swallowed else s.token.start
    if last.type not in _UNFINISHED or s.inside in {"LPAR", "LSQUARE"}:
        return None
    ends = s.token.type in {"RBRACE", END} and not swallowed
    if "\n" not in s.source.text[last.end : begins] and not ends:
        return None
    missing = "a layer type or a block" if last.type == "PIPE" else "a name" if last.type == "COMMA" else "a value"
    help = "each stage of a pipe names a layer type or a block: x | ReLU" if last.type == "PIPE" else None
    where = s.label(last.start, last.end, "nothing stands behind it")
    problem = problems.UnexpectedToken(f"expected {missing} after {shown(last)}", where, help)
    dropped = int(swallowed)
    if last.type in OPERATORS | {"PIPE"}:
        return Repair(problem, begins, forget=dropped + 1)
    if s.head == "LET":
        return Repair(problem, begins, (Token("NUMBER", "1", last.end),), forget=dropped)
    return Repair(problem, begins, forget=None)
