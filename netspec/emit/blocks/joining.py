"""Statements that call one module after another, on one line: `self.sep(self.dw(x))`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from netspec.emit.code import Call, Code, atoms, call
from netspec.emit.documents import WIDTH
from netspec.emit.parts import Statement


def nested(statements: Sequence[Statement], results: Sequence[str]) -> tuple[Statement, ...]:
    """Those of which each calls a module with what the one before it gives, and with nothing else, as one, where
    nothing else reads that. results: what is read behind them."""
    lines: list[Statement] = []
    for number, statement in enumerate(statements):
        if (
            lines
            and (both := _both(lines[-1], statement))
            and not _read(lines[-1].target, statements[number + 1 :], results)
        ):
            lines[-1] = both
        else:
            lines.append(statement)
    return tuple(lines)


def _both(last: Statement, statement: Statement) -> Statement | None:
    if not _calls_module(last.value) or not _calls_module(statement.value) or last.note or statement.note:
        return None
    form = statement.value.form
    if not isinstance(form, Call) or form.arguments[0].text != last.target:
        return None
    value = call(form.function, last.value)
    return replace(statement, value=value) if len(value.text) + len(statement.target) + 11 <= WIDTH else None


def _calls_module(value: Code) -> bool:
    """Whether it is a module, called with a variable or what another module gives."""
    form = value.form
    if not isinstance(form, Call) or len(form.arguments) != 1:
        return False
    argument, function = form.arguments[0], form.function.text
    own = function.startswith("self.") or function.isidentifier()
    return own and (argument.text.isidentifier() or _calls_module(argument))


def _read(name: str, statements: Sequence[Statement], results: Sequence[str]) -> bool:
    """Whether a variable is read by statements, before these bind it anew, or behind them."""
    for statement in statements:
        if any(text.partition(".")[0] == name for text in atoms(statement.value)):
            return True
        if name in statement.target.split(", "):
            return False
    return name in results
