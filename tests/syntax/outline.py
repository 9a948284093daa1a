"""What was read, on a line a statement: how tests show a document without the formatter."""

from __future__ import annotations

from typing import Any

from netspec.syntax.document import (
    Binding,
    Block,
    Call,
    Document,
    Expect,
    Field,
    If,
    Import,
    InputShape,
    Items,
    Let,
    Message,
    Operation,
    Pipe,
    Repeat,
    Scalar,
    Stage,
    statements,
)


def outline(document: Document | Message, indent: str = "") -> str:
    """The statements, each with what it holds; expressions are bracketed as they were understood."""
    return "".join(_statement(each, indent) for each in statements(document))


def _statement(statement: Any, indent: str) -> str:
    match statement:
        case Field(name, Message() as body):
            return f"{indent}{name}{_body(body, indent)}"
        case Field(name, value):
            return f"{indent}{name}: {_value(value)}\n"
        case Binding(targets, value):
            return f"{indent}{_all(targets)} = {_value(value)}\n"
        case Let(name, value):
            return f"{indent}let {_value(name)} = {_value(value)}\n"
        case Block(name, parameters, results, body):
            given = ", ".join(
                _value(p.name) + (f" = {_value(p.default)}" if p.default is not None else "") for p in parameters
            )
            return (
                f"{indent}block {_value(name)}({given}){' -> ' if results else ''}{_all(results)}{_body(body, indent)}"
            )
        case Repeat(names, over, body):
            return f"{indent}repeat {_all(names)} in {_value(over)}{_body(body, indent)}"
        case If(branches):
            words = [f"if {_value(b.condition)}" if b.condition is not None else "" for b in branches]
            return "".join(
                f"{indent}{'else ' if i else ''}{word}".rstrip() + _body(branch.body, indent)
                for i, (word, branch) in enumerate(zip(words, branches, strict=True))
            )
        case Stage(negated, name, body):
            return f"{indent}stage {'not ' if negated else ''}{_value(name)}{_body(body, indent)}"
        case InputShape(name, shape):
            return f"{indent}input {_value(name)}: {_value(shape)}\n"
        case Expect(subject, value):
            return f"{indent}expect {f'{_value(subject)}: ' if subject else ''}{_value(value)}\n"
        case Import(names, path):
            return f"{indent}import {f'{_all(names)} from ' if names else ''}{_value(path)}\n"
        case _:
            raise AssertionError(statement)


def _body(body: Message, indent: str) -> str:
    return f" {{\n{outline(body, indent + '  ')}{indent}}}\n" if body.fields else " {}\n"


def _all(values: tuple[Any, ...]) -> str:
    return ", ".join(map(_value, values))


def _value(value: Any) -> str:
    match value:
        case Scalar():
            return value.text
        case Items(values):
            return f"[{_all(values)}]"
        case Message():
            return "{ " + " ".join(outline(value).split()) + " }"
        case Operation("(", (inner,)):
            return f"({_value(inner)})"
        case Operation(operator, (only,)):
            return f"{operator} {_value(only)}"
        case Operation(operator, (left, right)):
            return f"({_value(left)} {operator} {_value(right)})"
        case Call(name, arguments, body):
            given = ", ".join(f"{a.name} = {_value(a.value)}" if a.name else _value(a.value) for a in arguments)
            return f"{name}({given})" + (f" {_value(body)}" if body else "")
        case Pipe(first, stages):
            return " | ".join(map(_value, (first, *stages)))
        case _:
            raise AssertionError(value)
