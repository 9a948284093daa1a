"""What the layers of a net answer, once it has been read: to whatever is asked, an answer or a diagnostic."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from netspec.diagnostics import Diagnostic, SpecError
from netspec.net import Net, Node

T = TypeVar("T")


def asked(net: Net, node: Node, doing: str, ask: Callable[[], T]) -> T:
    """What the rule of a layer says. Raises SpecError (NS314, NS603) for any exception in its place."""
    try:
        return ask()
    except BaseException as error:
        raise SpecError([rule_failure(net, node, doing, error)]) from error


def rule_failure(net: Net, node: Node, doing: str, error: BaseException) -> Diagnostic:
    """What to say of an exception that is none of the expected. Raises it again where it is Ctrl-C."""
    from netspec.plugins.faults import failure

    return failure(net.plugins, type(node.params), doing, error, node.origin.labels(f'layer "{node.name}"'))
