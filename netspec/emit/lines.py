"""Statements on lines of at most WIDTH, broken as `ruff format` breaks them.

An expression that is too long becomes a document of groups that may break (`netspec.emit.documents`): behind opening
and before closing brackets, behind commas, and inside of brackets before operators, as Python's formatters have it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netspec.emit.code import (
    ATOM,
    CONDITION,
    Attribute,
    Bracketed,
    Call,
    Choice,
    Code,
    Comprehension,
    Operation,
    Prefixed,
    Subscript,
    inner,
)
from netspec.emit.documents import WIDTH, Break, Doc, Docs, Group, IfBroken, Indented, printed

DEEPEST = 50  # what is nested further, as no person writes it, stays on its line


def assignment(target: str, value: Code, indent: int, comment: str = "", note: str = "") -> list[str]:
    return statement(f"{target} = ", value, indent, comment, note)


def statement(head: str, value: Code, indent: int, comment: str = "", note: str = "", tail: str = "") -> list[str]:
    """The lines of a statement: a head such as `return `, an expression, and a tail such as `:`. A comment stands
    behind the last line. If there is no room, it is left out, but a note, which comes first, stands above."""
    *lines, last = _lines(" " * indent + head, value, indent, tail)
    text = note or comment
    if text and len(last) + len(text) + 4 <= WIDTH:
        last += f"  # {text}"
    elif note:
        lines.insert(0, f"{' ' * indent}# {note}")
    return [*lines, last]


def header(head: str, parameters: Sequence[str], indent: int, tail: str) -> list[str]:
    """`def name(parameters) -> type:`."""
    brackets = _enclosed("(", [(parameter,) for parameter in parameters], ")", IfBroken(","), together=True)
    return printed((f"{' ' * indent}{head}", brackets, tail), indent)


def docstring(text: str, indent: int) -> list[str]:
    """The lines of a docstring. Paragraphs with a line that is too long are filled anew."""
    room, pad = WIDTH - indent, " " * indent
    if "\n" not in text and len(text) + 6 <= room:
        return [f'{pad}"""{text}"""']
    lines: list[str] = []
    for paragraph in f'"""{text}'.split("\n\n"):
        fits = all(len(line) <= room for line in paragraph.split("\n"))
        filled = paragraph.split("\n") if fits else textwrap.wrap(paragraph, room, break_long_words=False)
        lines += ([""] if lines else []) + filled
    return [*(f"{pad}{line}".rstrip() for line in lines), f'{pad}"""']


def _lines(head: str, value: Code, indent: int, tail: str) -> list[str]:
    if len(head) + len(value.text) + len(tail) <= WIDTH or is_deep(value):
        return [f"{head}{value}{tail}"]
    bare = _doc(value, inside=False)
    if _wants_parentheses(value) and not (_opens_itself(value) and len(head) + _first_bracket(bare) <= WIDTH):
        return printed((f"{head}(", Indented((Break(), *_grouped(value, inside=True))), Break(), f"){tail}"), indent)
    return printed((head, *bare, tail), indent)


def _wants_parentheses(value: Code) -> bool:
    """Whether parentheses may go around it so that it can break, since it has no brackets that are all of it."""
    match value.form:
        case Operation() | Choice():
            return True
        case Prefixed(_, value):
            return not _is_parenthesized(value)
        case _:
            return _is_chain(value)


def _is_parenthesized(value: Code) -> bool:
    return isinstance(form := value.form, Bracketed) and form.brackets == "()" and not form.tuple


def _is_chain(value: Code) -> bool:
    """Whether it is methods of methods' results, which break before their dots."""
    dots, form = 0, value.form
    while isinstance(form, Attribute | Call | Subscript):
        base = form.function if isinstance(form, Call) else form.value
        behind = isinstance(base.form, Call | Subscript) or _is_parenthesized(base)
        dots += isinstance(form, Attribute) and behind
        form = base.form
    return dots > 1


@dataclass
class _Outside:
    """What is found of an expression outside of its brackets. brackets: whether there are any. binding: that of the
    operators that bind least, the dot behind brackets included. count: how many there are of these. first, last:
    whether it begins or ends with brackets."""

    brackets: bool = False
    binding: int = ATOM + 1
    count: int = 0
    first: bool | None = None
    last: bool = False

    def operators(self, binding: int, count: int) -> None:
        if binding < self.binding:
            self.binding, self.count = binding, 0
        self.count += count if binding == self.binding else 0

    def visit(self, code: Code) -> None:
        ends = False
        match code.form:
            case Call(function, arguments):
                self.visit(function)
                self.brackets, ends = True, bool(arguments)
            case Attribute(value):
                self.visit(value)
                if isinstance(value.form, Call | Subscript | Bracketed):
                    self.operators(ATOM, 1)
            case Subscript(value):
                self.visit(value)
                self.brackets = True
            case Operation(operands, operators):
                self.operators(code.binding, len(operators))
                for operand in operands:
                    self.visit(operand)
                return
            case Prefixed(_, value):
                self.first = bool(self.first)
                self.visit(value)
                return
            case Choice():
                self.operators(CONDITION, 2)
                for part in (form := code.form).value, form.test, form.otherwise:
                    self.visit(part)
                return
            case Bracketed(_, items):
                self.brackets, ends = True, bool(items)
                self.first = ends if self.first is None else self.first
            case Comprehension() | None:
                pass
        self.first = bool(self.first)
        self.last = ends


def _opens_itself(value: Code) -> bool:
    """Whether it breaks in its own brackets rather than in new ones: if one operator at most stands beside them."""
    found = _Outside()
    found.visit(value)
    if not found.brackets or found.count > 1:
        return False
    return found.binding >= ATOM or found.last or bool(found.first)


def _first_bracket(docs: Docs) -> int:
    """How far the first bracket reaches into the line."""
    reach = 0
    for doc in docs:
        match doc:
            case str(text):
                reach += len(text)
            case Group((str(opening), *_)):
                return reach + len(opening)
            case _:
                pass
    return reach


def _doc(code: Code, inside: bool) -> Docs:
    """An expression as a document. inside: whether it is in brackets, where lines may break before operators."""
    match code.form:
        case None:
            return (code.text,)
        case Call() | Attribute() | Subscript():
            chain = _is_chain(code) and inside
            docs = tuple(_trailer(code, chain, inside))
            return (Group(docs),) if chain else docs
        case Operation(operands, operators) as form if not form.simple_power:
            between: Doc = Break(" ") if inside else " "
            first, *others = ((Group(docs),) if inside else docs for docs in (_doc(o, inside) for o in operands))
            rest = (
                d for operator, other in zip(operators, others, strict=True) for d in (between, f"{operator} ", *other)
            )
            return (*first, *rest)
        case Prefixed(prefix, value):
            return (prefix, *_grouped(value, inside))
        case Bracketed(brackets, items, tuple=of_tuple):
            listed = [_grouped(item, True) for item in items]
            comma = "," if of_tuple and len(items) == 1 else None if _bare(code, items) else IfBroken(",")
            return (_enclosed(brackets[0], listed, brackets[1], comma),)
        case Choice():
            return (Group(tuple(_choice(code, inside))),)
        case Comprehension(value, targets, overs):
            loops = zip(targets, overs, strict=True)
            behind = [d for name, over in loops for d in (Break(" "), f"for {name} in ", *_grouped(over, True))]
            return (Group((*_grouped(value, True), *behind)),)
        case _:
            return (code.text,)


def _bare(code: Code, items: Sequence[Code]) -> bool:
    """Whether no comma may stand behind the last of what is in brackets."""
    return _is_parenthesized(code) or any(isinstance(item.form, Comprehension) for item in items)


def _choice(code: Code, inside: bool) -> Iterator[Doc]:
    """A choice behind `else` breaks with the one before it."""
    if not isinstance(form := code.form, Choice):
        yield from _grouped(code, inside)
        return
    between = Break(" ") if inside else " "
    yield from (*_grouped(form.value, inside), between, "if ", *_grouped(form.test, inside), between, "else ")
    yield from _choice(form.otherwise, inside)


def _grouped(code: Code, inside: bool) -> Docs:
    """So that the breaks of an operation are not those of what it stands in."""
    docs = _doc(code, inside)
    return (Group(docs),) if inside and isinstance(code.form, Operation) else docs


def _trailer(code: Code, chain: bool, inside: bool) -> Iterator[Doc]:
    """Calls, attributes and subscripts behind each other; a chain may break before the dots behind brackets."""
    match code.form:
        case Call(function, arguments):
            yield from _trailer(function, chain, inside)
            comma = None if any(isinstance(a.form, Comprehension) for a in arguments) else IfBroken(",")
            yield _enclosed("(", [_grouped(a, True) for a in arguments], ")", comma, together=True)
        case Attribute(value, name):
            yield from _trailer(value, chain, inside)
            if chain and (isinstance(value.form, Call | Subscript) or _is_parenthesized(value)):
                yield Break()
            yield f".{name}"
        case Subscript(value, items):
            yield from _trailer(value, chain, inside)
            comma = IfBroken(",") if len(items) > 1 else None
            yield _enclosed("[", [_grouped(i, True) for i in items], "]", comma, together=True)
        case _:
            yield from _doc(code, inside)


def _enclosed(opening: str, items: Sequence[Docs], closing: str, comma: Doc | None, together: bool = False) -> Doc:
    """Items in brackets, with what follows the last; if they fit on a line of their own, they stay `together`."""
    if not items:
        return opening + closing
    listed: list[Doc] = [*items[0]]
    for item in items[1:]:
        listed += (",", Break(" "), *item)
    listed += [comma] if comma else []
    parts = (Group(tuple(listed)),) if together else tuple(listed)
    return Group((opening, Indented((Break(), *parts)), Break(), closing))


def is_deep(code: Code) -> bool:
    """Whether it is nested more than DEEPEST times."""
    level = [code]
    for _ in range(DEEPEST):
        level = [part for code in level for part in inner(code)]
        if not level:
            return False
    return True
