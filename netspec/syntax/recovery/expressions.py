"""What a person most likely meant within a value: calls, pipes, conditions, parentheses."""

from __future__ import annotations

import re

from netspec.diagnostics import Label
from netspec.diagnostics.source import Span
from netspec.problems import syntax as problems
from netspec.problems.language import BadArguments
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
from netspec.syntax.recovery.unclosed import title
from netspec.syntax.tokens import END, LAYERS, MARKS, MESSAGE_STARTS, OPENING, OPERATORS, STATEMENTS, VALUES, Token

LONGEST_CALL = 1000  # how far a closing parenthesis is looked for


def compared(s: Situation) -> Repair | None:
    """`if x = 3`, `x === 3`, `< =`, `=>`."""
    if s.token.type != "EQUALS":
        return None
    last = s.last
    if last and last.type in {"EQ", "NE"} and s.types[-1:] == (last.type,):
        return Repair(unexpected(s, f'"{last.text}" compares', f'"{last.text}=" compares nothing'), s.token.end)
    if last and last.type in {"LANGLE", "RANGLE"} and s.types[-1:] == (last.type,):
        kind, text = ("LE", "<=") if last.type == "LANGLE" else ("GE", ">=")
        problem = wrong(
            s, f'expected a value after "{last.text}"', last.start, s.token.end, f'write "{text}" without blanks'
        )
        return Repair(problem, s.token.end, (Token(kind, text, last.start),), forget=1)
    if "EQ" not in s.expected:
        return None
    if s.following.type in {"LANGLE", "RANGLE"} and s.touching:
        kind, text = ("LE", "<=") if s.following.type == "LANGLE" else ("GE", ">=")
        problem = wrong(s, f'"={s.following.text}" compares nothing', s.token.start, s.following.end, f'write "{text}"')
        return Repair(problem, s.following.end, (Token(kind, text, s.token.start),))
    if s.inside == "LPAR" and s.opener and s.opener.name:  # in a call
        return None
    return replace(s, "EQ", 'to compare, write "=="', '"=" compares nothing')


def logic(s: Situation) -> Repair | None:
    """`&&`, `||`, `!x`."""
    text, start = s.source.text, s.token.start
    for mark, kind, word in (("&", "AND", "and"), ("|", "OR", "or"), ("!", "NOT", "not")):
        if s.token.text == mark and kind in s.expected and (kind == "NOT") == ("NUMBER" in s.expected):
            end = start + (2 if kind != "NOT" and text.startswith(mark * 2, start) else 1)
            problem = problems.UnknownCharacter(
                f'"{text[start:end]}" has no meaning here', s.label(start, end), f'write "{word}"'
            )
            return Repair(problem, end, (Token(kind, word, start),))
    if s.token.type == "STAR" and s.last and s.last.type == "STAR":
        problem = wrong(s, '"**" has no meaning here', s.last.start, s.token.end, "there are no powers: multiply")
        return Repair(problem, s.token.end)
    if s.token.text == "is" and "EQ" in s.expected and s.same_line:
        return replace(s, "EQ", 'to compare, write "=="', '"is" compares nothing')
    return None


def arguments(s: Situation) -> Repair | None:
    """`f(x 3)`, `f(x; 3)`, `f(x, size: 3)`."""
    if s.inside != "LPAR" or "COMMA" not in s.expected:
        return None
    what = "the parameters of a block" if s.head == "BLOCK" else "what a call is given"
    if s.token.type == "COLON" and s.last and s.last.type == "NAME" and s.opener and s.opener.name[:1].isupper():
        return _fields_in_parentheses(s, s.opener.name, s.last)
    if s.token.type == "COLON" and s.last and s.last.type == "NAME":
        example = f"{s.last.text} = {s.next_word(s.token.end)}"
        help = f'{"a default" if s.head == "BLOCK" else "what is given by name"} takes "=": {example}'
        return replace(s, "EQUALS", help, f'expected ",", "=" or ")"{after(s)}')
    if s.token.type == "SEMICOLON":
        return replace(s, "COMMA", f"commas separate {what}")
    if s.token.type in VALUES | {"LPAR", "LSQUARE"} and not s.outdented:
        return insert(s, "COMMA", f"commas separate {what}")
    return None


def _fields_in_parentheses(s: Situation, layer: str, name: Token) -> Repair:
    """`Convolution(x, num_output: 4, kernel_size: 3)`: the fields are left out up to the closing parenthesis."""
    depth, stop, comma = 0, s.token.end, True
    for token in s.tokens(name.start, name.start + LONGEST_CALL):
        if not comma and "\n" in s.source.text[stop : token.start]:
            break
        comma = token.type == "COMMA"
        if (token.type == "RPAR" and not depth) or token.type in {"RBRACE", "LBRACE", "EQ"} | STATEMENTS:
            stop = token.start if token.type == "RPAR" else stop
            break
        depth += (token.type in OPENING) - (token.type in OPENING.values())
        stop = token.end
    fields = one_line(" ".join(re.sub(r"\s*[:=]\s*", ": ", s.source.text[name.start : stop]).replace(",", " ").split()))
    message, help = (
        "the parentheses of a layer hold the blobs that it reads",
        f"fields stand in braces: {layer}(…) {{ {fields} }}",
    )
    problem = BadArguments(message, s.label(name.start, stop), help)
    return Repair(problem, stop, forget=2 if s.types[-2:] == ("COMMA", "NAME") else 1)


def unclosed_group(s: Situation) -> Repair | None:
    """A parenthesis, or a bracket in a statement, that is not closed where it has to be."""
    if s.inside not in {"LPAR", "LSQUARE"} or s.opener is None:
        return None
    mark, closing = s.opener.bracket.text or "(", MARKS[OPENING[s.inside]]
    if s.token.type in {"RPAR", "RSQUARE"} and s.token.type != OPENING[s.inside]:
        fed = (Token(OPENING[s.inside], "", s.token.start),)
        return Repair(
            unexpected(s, f'what "{mark}" opened closes with "{closing}"', f'"{s.token.text}" does not close "{mark}"'),
            s.token.end,
            fed,
        )
    in_field = s.begins_field and not s.opener.name
    if not (s.outdented or in_field or s.token.type in {"RBRACE", "LBRACE", "SEMICOLON", END} | STATEMENTS):
        return None
    labels = [Label(s.source, s.opener.span, "opened here")]
    if (s.outdented or in_field) and s.token.type != "RBRACE":
        what = "layer" if s.token.text in LAYERS else "field" if in_field else "statement"
        labels.append(Label(s.source, Span(s.token.start, s.token.end), f"the next {what} begins here"))
    else:
        labels.append(Label(s.source, Span(s.token.start, s.token.end), f'a "{closing}" belongs before this'))
    message = f'"{title(s.source, s.opener)}" is not closed'
    problem = problems.UnclosedMessage(message, tuple(labels), f'close with "{closing}"')
    return Repair(problem, s.token.start, (Token(OPENING[s.inside], "", s.last.end if s.last else s.token.start),))


def pipe(s: Situation) -> Repair | None:
    """`x | | ReLU`, `x | { … }`, `x -> ReLU`, `x |> ReLU`."""
    if s.types[-1:] == ("PIPE",) and s.last is not None:
        if s.token.type == "RANGLE":
            problem = wrong(s, '"|>" has no meaning here', s.last.start, s.token.end, 'a pipe is written with "|"')
            return Repair(problem, s.token.end)
        help = "each stage of a pipe names a layer type or a block: x | ReLU"
        problem = unexpected(s, help, 'expected a layer type or a block after "|"')
        doubled = s.token.type == "PIPE"
        return Repair(problem, s.token.end if doubled else s.token.start, forget=0 if doubled else None)
    if s.token.type == "PIPE" and "NUMBER" in s.expected:
        return Repair(unexpected(s, "a pipe begins with what it reads: x | ReLU"), s.token.start, forget=None)
    doubled = s.token.type == "RANGLE" and s.following.type == "RANGLE" and s.touching
    if "PIPE" in s.expected and (s.token.type == "ARROW" or doubled):
        end = s.following.end if doubled else s.token.end
        problem = wrong(
            s,
            f'"{s.source.text[s.token.start : end]}" has no meaning here',
            s.token.start,
            end,
            'a pipe is written with "|"',
        )
        return Repair(problem, end, (Token("PIPE", "|", s.token.start),))
    return None


def binding(s: Situation) -> Repair | None:
    """`conv := …`, `conv == …`, `conv Convolution(x)`, `Convolution(x)`, `a b = Slice(x)`."""
    sets_layer = s.following.type == "NAME" and not s.in_fields
    if s.types == ("NAME", "COLON") and s.token.type == "EQUALS" and s.held[1].end == s.token.start and sets_layer:
        name, colon = s.held
        problem = wrong(
            s, '":=" sets nothing', colon.start, s.token.end, f'a layer\'s output is set with "=": {name.text} = …'
        )
        return Repair(problem, s.token.end, (s.token,), forget=1)
    if s.types[:4] == ("NAME", "COLON", "NAME", "LPAR") and s.types[-1] == "RPAR" and not s.in_fields:
        name, colon, called = s.held[:3]
        problem = wrong(
            s,
            f'":" sets a field, and {called.text}(…) is a layer',
            colon.start,
            colon.end,
            f'what a layer writes is set with "=": {name.text} = {called.text}(…)',
        )
        fed = [Token("NAME", name.text, name.start), Token("EQUALS", "=", colon.start)]
        return Repair(problem, s.token.start, (*fed, *s.tokens(colon.end, s.token.start)), forget=None)
    if s.types != ("NAME",):
        return None
    name = s.held[0]
    if s.token.type in OPERATORS and s.following.type == "EQUALS" and s.touching:
        operator = s.token.text
        help = f"write {name.text} = {name.text} {operator} {s.next_word(s.following.end)}"
        problem = wrong(s, f'"{operator}=" sets nothing', s.token.start, s.following.end, help)
        return Repair(problem, s.following.end, (name, s.following, name, s.token), forget=1)
    if s.token.type == "EQ":
        return replace(s, "EQUALS", f'"==" compares; what a layer writes is set with "=": {name.text} = …')
    if s.token.type == "NAME" and s.same_line and s.following.type in {"EQUALS", "LPAR"}:
        if s.following.type == "EQUALS":
            return insert(s, "COMMA", f"commas separate what a layer writes: {name.text}, {s.token.text} = …")
        return insert(s, "EQUALS", f'what a layer writes is set with "=": {name.text} = {s.token.text}(…)')
    if s.token.type in {"LPAR", "PIPE"} and s.same_line and not s.in_fields:
        target = name.text.lower() if s.token.type == "LPAR" else name.text
        help = f"name what it writes: {target} = {name.text}{'(…)' if s.token.type == 'LPAR' else ' | …'}"
        problem = wrong(s, f"nothing takes what {shown(name)} gives", name.start, name.end, help)
        fed = Token("NAME", target, name.start), Token("EQUALS", "", name.start), name
        return Repair(problem, s.token.start, fed, forget=1)
    return None


def body_of_nothing(s: Situation) -> Repair | None:
    """Braces behind what takes none: `y = 3 { … }`."""
    if s.token.type not in MESSAGE_STARTS or s.head not in {"Scalar", "LET"} or s.inside in {"LPAR", "LSQUARE"}:
        return None
    if not s.same_line or len(s.held) < 3:
        return None
    return Repair(
        unexpected(s, "braces stand behind a layer type or a block: y = ReLU(x) { … }", f'"{{" cannot stand{after(s)}'),
        s.token.start,
        forget=None,
    )
