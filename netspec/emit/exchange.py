"""Expressions made into others: parts exchanged, and several that are alike but for their literals made one."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from netspec.emit.code import (
    ATOM,
    COMPARISON,
    POWER,
    SIGN,
    Attribute,
    Bracketed,
    Call,
    Choice,
    Code,
    Comprehension,
    Form,
    Operation,
    Prefixed,
    Subscript,
    guarded,
    inner,
)
from netspec.emit.names import read

Signatures: TypeAlias = Mapping[str, Mapping[str, Code]]  # of functions: keywords that may be left out, with defaults
Resolve: TypeAlias = Callable[[Sequence["Code | None"], str], Code]  # values of a hole, and a hint at what it is

_LITERAL = re.compile(
    r"""-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|True|False|None|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""",
)
_MEMBER = re.compile(r"self\.(\w+)(.*)", re.DOTALL)
_NAME = re.compile(r"([^\W\d]\w*)((?:\.\w+)*)")
_KEYWORD = re.compile(r"(\w+)=")


class Opaque(Exception):
    """An expression holds text that is no tree, and a name in it that would have to be exchanged."""


def rebuilt(code: Code, parts: Sequence[Code]) -> Code:
    """The same form of other parts, in the order of `netspec.emit.code.inner`."""
    form: Form
    match code.form:
        case None:
            return code
        case Call():
            function, *arguments = parts
            form = Call(guarded(function, ATOM), tuple(arguments))
        case Attribute(_, name):
            form = Attribute(guarded(parts[0], ATOM), name)
        case Subscript():
            form = Subscript(guarded(parts[0], ATOM), tuple(parts[1:]))
        case Operation(operands, operators):
            same = [part if part is operand else None for part, operand in zip(parts, operands, strict=True)]
            form = Operation(
                tuple(
                    kept or guarded(part, _room(code.binding, first=i == 0))
                    for i, (kept, part) in enumerate(zip(same, parts, strict=True))
                ),
                operators,
            )
        case Prefixed(prefix, value):
            level = ATOM if code.binding == SIGN else 0
            form = Prefixed(prefix, parts[0] if parts[0] is value else guarded(parts[0], level))
        case Bracketed() as brackets:
            form = replace(brackets, items=tuple(parts))
        case Choice():
            value, test, otherwise = parts
            form = Choice(guarded(value, COMPARISON), guarded(test, COMPARISON), otherwise)
        case Comprehension(_, targets, _):
            form = Comprehension(parts[0], targets, tuple(parts[1:]))
    return Code(str(form), code.binding, code.shape, form)


def _room(binding: int, first: bool) -> int:
    """How tightly an operand has to bind so as to need no parentheses."""
    if binding == POWER:
        return ATOM if first else SIGN
    return binding if first else binding + 1


def renamed(code: Code, members: Mapping[str, str], variables: Mapping[str, str], below: str = "self.") -> Code:
    """With other names for what is below `self`, where it then stands `below`, and for variables. Raises Opaque."""
    if parts := inner(code):
        new = [renamed(part, members, variables, below) for part in parts]
        return code if all(a is b for a, b in zip(parts, new, strict=True)) else rebuilt(code, new)
    if code.form is not None:
        return code
    text = code.text
    if found := _MEMBER.fullmatch(text):
        return replace(code, text=f"{below}{members[found[1]]}{found[2]}") if found[1] in members else code
    if found := _NAME.fullmatch(text):
        return replace(code, text=variables[found[1]] + found[2]) if found[1] in variables else code
    if any(name in variables or name == "self" for name in read(text)):
        raise Opaque(text)
    return code


def is_literal(code: Code) -> bool:
    """Whether it is a number, a text, True, False, None, or a list or tuple of such."""
    match code.form:
        case None:
            return bool(_LITERAL.fullmatch(code.text))
        case Bracketed(brackets, items):
            return brackets != "{}" and all(map(is_literal, items))
        case Prefixed("-", value):
            return is_literal(value)
        case _:
            return False


def skeleton(code: Code, signatures: Signatures) -> Hashable:
    """What is left of an expression without its literals. A keyword that a function is known to have is given."""
    if is_literal(code):
        return "_"
    match code.form:
        case None:
            return code.text
        case Call(function, arguments):
            places, named = _arguments(arguments)
            known = {**signatures.get(function.text, {}), **named}
            listed = tuple(skeleton(argument, signatures) for argument in places)
            by_name = tuple(sorted((key, skeleton(value, signatures)) for key, value in known.items()))
            return ("call", skeleton(function, signatures), listed, by_name)
        case Operation(_, operators) as form:
            kind: Hashable = operators
        case Prefixed(prefix) as form:
            kind = prefix
        case Attribute(_, name) as form:
            kind = name
        case form:
            kind = type(form).__name__
    return (kind, *(skeleton(part, signatures) for part in inner(code)))


def _arguments(arguments: Sequence[Code]) -> tuple[list[Code], dict[str, Code]]:
    """By place, and by name."""
    places: list[Code] = []
    named: dict[str, Code] = {}
    for argument in arguments:
        form = argument.form
        if isinstance(form, Prefixed) and (found := _KEYWORD.fullmatch(form.prefix)):
            named[found[1]] = form.value
        else:
            places.append(argument)
    return places, named


def unified(
    codes: Sequence[Code | None],
    resolve: Resolve,
    signatures: Signatures,
    positions: Mapping[str, Sequence[str]],
    hint: str = "",
) -> Code:
    """One expression for several of the same skeleton, of which None counts for nothing: where literals differ, stands
    what `resolve` makes of them. positions: what functions call their arguments."""
    given = [code for code in codes if code is not None]
    first = given[0]
    if all(code.text == first.text for code in given):
        return first
    if all(map(is_literal, given)) and not _of_one_length(given):
        return resolve(codes, hint)
    if isinstance(first.form, Call):
        return _unified_call(codes, resolve, signatures, positions)
    parts = [inner(code) if code is not None else None for code in codes]
    count = len(inner(first))
    new = [
        unified([part[i] if part is not None else None for part in parts], resolve, signatures, positions, hint)
        for i in range(count)
    ]
    return rebuilt(first, new)


def _of_one_length(codes: Sequence[Code]) -> bool:
    """Whether all are lists, or all tuples, of as many items."""
    forms = [code.form if isinstance(code.form, Bracketed) else None for code in codes]
    return all(forms) and len({(form.brackets, len(form.items)) for form in forms if form}) == 1


def _unified_call(
    codes: Sequence[Code | None], resolve: Resolve, signatures: Signatures, positions: Mapping[str, Sequence[str]]
) -> Code:
    forms = [code.form if code is not None and isinstance(code.form, Call) else None for code in codes]
    functions = [form.function if form else None for form in forms]
    function = unified(functions, resolve, signatures, positions)
    name = function.text
    split = [_arguments(form.arguments) if form else None for form in forms]
    known = signatures.get(name, {})
    hints = [*positions.get(name, ())]
    count = max(len(places) for places, _ in filter(None, split))
    hints += [""] * (count - len(hints))
    arguments = [
        unified([s[0][i] if s else None for s in split], resolve, signatures, positions, hints[i]) for i in range(count)
    ]
    order = dict.fromkeys(key for s in sorted((s for s in split if s), key=lambda s: -len(s[1])) for key in s[1])
    ranks = {key: rank for rank, key in enumerate(known)}
    for key in sorted(order, key=lambda key: ranks.get(key, -1)):
        values = [s[1].get(key, known.get(key)) if s else None for s in split]
        value = unified(values, resolve, signatures, positions, key)
        form = Prefixed(f"{key}=", value)
        arguments.append(Code(str(form), form=form))
    call = Call(guarded(function, ATOM), tuple(arguments))
    return Code(str(call), form=call)
