"""The arithmetic of a spec's blocks as Python: `kernel / 2` is `kernel // 2`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from netspec.emit.code import Code, binary, literal, negative, prefixed
from netspec.syntax.document import Block, If, Kind, Operation, Scalar

_OPERATORS: Mapping[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "+": ("+", lambda a, b: a + b),
    "-": ("-", lambda a, b: a - b),
    "*": ("*", lambda a, b: a * b),
    "/": ("//", lambda a, b: a // b),
    "%": ("%", lambda a, b: a % b),
    "==": ("==", lambda a, b: a == b),
    "!=": ("!=", lambda a, b: a != b),
    "<": ("<", lambda a, b: a < b),
    "<=": ("<=", lambda a, b: a <= b),
    ">": (">", lambda a, b: a > b),
    ">=": (">=", lambda a, b: a >= b),
}
_NAMED = {"true": True, "false": False}
_DEEPEST = 8


def value(node: object, names: Mapping[str, Any]) -> Any:
    """What an expression is worth where names stand for these; None where it is no arithmetic of whole numbers, truth
    and texts."""
    match node:
        case Scalar(Kind.NUMBER, text):
            return int(text) if text.isdecimal() else None
        case Scalar(Kind.NAME, text):
            return names.get(text, _NAMED.get(text))
        case Operation("(", (inside,)):
            return value(inside, names)
        case Operation("-", (operand,)):
            found = value(operand, names)
            return -found if _is_int(found) else None
        case Operation("not", (operand,)):
            found = value(operand, names)
            return not found if isinstance(found, bool) else None
        case Operation(operator, (left, right)) if operator in _OPERATORS:
            return _applied(operator, value(left, names), value(right, names))
        case _:
            return None


def _applied(operator: str, a: Any, b: Any) -> Any:
    if a is None or b is None or (operator in "+-*/%" and not (_is_int(a) and _is_int(b))):
        return None
    if operator in "/%" and b == 0:
        return None
    try:
        return _OPERATORS[operator][1](a, b)
    except TypeError:
        return None


def _is_int(found: Any) -> bool:
    return isinstance(found, int) and not isinstance(found, bool)


def printed(node: object, names: Mapping[str, str]) -> Code:
    """An expression that has a `value`, in Python; `names` are those of its names there."""
    match node:
        case Scalar(Kind.NUMBER, text):
            return literal(int(text))
        case Scalar(Kind.NAME, text):
            return Code(names[text]) if text in names else literal(_NAMED[text])
        case Operation("(", (inside,)):
            return printed(inside, names)
        case Operation("-", (operand,)):
            return negative(printed(operand, names))
        case Operation("not", (operand,)):
            return prefixed("not ", printed(operand, names), 1)
        case Operation(operator, (left, right)):
            return binary(_OPERATORS[operator][0], printed(left, names), printed(right, names))
        case _:
            raise TypeError(f"no arithmetic: {node!r:.80}")


def expressions(block: Block) -> Iterator[Operation]:
    """All the operations that stand in a block, the outer before the inner."""
    return (node for node in _nodes(block) if isinstance(node, Operation))


def conditions(block: Block) -> Iterator[object]:
    """What stands behind `if` in a block."""
    for node in _nodes(block):
        if isinstance(node, If):
            yield from (branch.condition for branch in node.branches if branch.condition is not None)


def _nodes(block: Block) -> Iterator[object]:
    waiting: list[object] = [block.body]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, tuple) and not isinstance(node, Scalar):
            waiting += reversed(cast("tuple[object, ...]", node))


def deep(node: object, depth: int = 0) -> bool:
    """Whether operations stand in each other more often than a person writes."""
    return depth > _DEEPEST or (
        isinstance(node, Operation) and any(deep(operand, depth + 1) for operand in node.operands)
    )
