"""The parser of .net files: it follows the tables that Lark has made of `net.lark` (`netspec.syntax.tables`)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from netspec.syntax.build import Builder
from netspec.syntax.tables import END_STATE, RULES, START, STATES
from netspec.syntax.tokens import END, Token


class Unexpected(Exception):
    """A token that cannot stand where it stands."""


class Parse:
    """A parse under way. The stacks may be popped together; of values there is one less than of states.

    What rules make are the nodes of `netspec.syntax.document`: there is no tree between.
    """

    def __init__(self) -> None:
        self.state_stack = [START]
        self.value_stack: list[Any] = []

    def feed_token(self, token: Token) -> Any:
        """Takes a token; END gives the value of the whole. Raises Unexpected, the stacks being left as they are."""
        rules, kind, states, values = _rules(), token.type, self.state_stack, self.value_stack
        while (action := STATES[states[-1]].get(kind)) is not None:
            if action >= 0:
                states.append(action)
                values.append(token)
                return None
            origin, size, make = rules[~action]
            if make is not None:
                if size:
                    made = make(values[-size:])
                    del states[-size:], values[-size:]
                else:
                    made = make([])
                values.append(made)
            else:
                states.pop()
            states.append(STATES[states[-1]][origin])
            if states[-1] == END_STATE and kind == END:
                return values[-1]
        raise Unexpected(token)


Rule = tuple[str, int, Callable[[list[Any]], Any] | None]


@cache
def _rules() -> tuple[Rule, ...]:
    """Each rule's origin, size and callback; None hands on what the rule has."""
    builder = Builder()
    return tuple((origin, size, _callback(builder, method)) for origin, size, method in RULES)


class _Several(list[Any]):
    """What a rule has gathered that Lark makes of `(…)*`: it belongs to the rule around."""


def _callback(builder: Builder, method: str) -> Callable[[list[Any]], Any] | None:
    if not method:
        return None
    if method.startswith("_"):
        return _gathered
    made: Callable[[list[Any]], Any] = getattr(builder, method)
    return lambda children: made(_flat(children))


def _gathered(children: list[Any]) -> _Several:
    """What stands first has been gathered for this rule alone, and grows; copied each time, long lists would take the
    square of their length."""
    first, *rest = children
    if type(first) is not _Several:
        return _Several(_flat(children))
    first += _flat(rest)
    return first


def _flat(children: list[Any]) -> list[Any]:
    if _Several not in map(type, children):
        return children
    flat: list[Any] = []
    for child in children:
        if type(child) is _Several:
            flat += child
        else:
            flat.append(child)
    return flat


def accepts(parse: Parse, kind: str) -> bool:
    """Whether a token of this type may come next: what the parser would do with one, without doing it."""
    below = parse.state_stack
    kept, above = len(below), list[int]()  # the stack is `below[:kept]`, and `above` on it
    while True:
        action = STATES[above[-1] if above else below[kept - 1]].get(kind)
        if action is None or action >= 0:
            return action is not None
        origin, size, _ = RULES[~action]
        from_above = min(size, len(above))
        del above[len(above) - from_above :]
        kept -= size - from_above
        state = STATES[above[-1] if above else below[kept - 1]][origin]
        if state == END_STATE:
            return True
        above.append(state)


def accepted(parse: Parse) -> frozenset[str]:
    """The types of the tokens that may come next."""
    possible = STATES[parse.state_stack[-1]]
    return frozenset(kind for kind in possible if kind.upper() == kind and accepts(parse, kind))
