"""The lines of a function's body."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from netspec.emit.lines import statement
from netspec.emit.parts import Loop, Statement


def body(statements: Iterable[Statement | Loop], indent: int) -> Iterator[str]:
    """Where a statement has no target, it is a call for its effect."""
    for let in statements:
        if isinstance(let, Loop):
            yield from statement(f"for {let.target} in ", let.over, indent, tail=":")
            yield from body(let.body, indent + 4)
        else:
            head = f"{let.target} = " if let.target else ""
            yield from statement(head, let.value, indent, let.comment, let.note)
