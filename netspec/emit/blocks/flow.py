"""Which variables go into a part of a forward function, and which come out of it."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence

from netspec.emit.code import Code, atoms
from netspec.emit.names import read
from netspec.emit.parts import Statement


def targets(statement: Statement) -> tuple[str, ...]:
    """The variables that it binds."""
    return tuple(statement.target.split(", ")) if statement.target else ()


class Flow:
    """Of all the statements of a forward function, in order; `returned` are the variables that it returns.

    Statements are told by their numbers. Each that reads a variable and binds it reads first.
    """

    def __init__(self, statements: Sequence[Statement], fed: Sequence[str], returned: Sequence[str]) -> None:
        self.statements = statements
        self.known = {*fed, *(name for statement in statements for name in targets(statement))}
        self._events: defaultdict[str, list[tuple[int, bool]]] = defaultdict(list)  # (number, whether it is bound)
        self._reads = [tuple(dict.fromkeys(self.read(statement.value))) for statement in statements]
        for number, statement in enumerate(statements):
            for name in self._reads[number]:
                self._events[name].append((number, False))
            for name in targets(statement):
                self._events[name].append((number, True))
        for name in returned:
            self._events[name].append((len(statements), False))

    def read(self, code: Code) -> Iterator[str]:
        """The variables that an expression reads, as they come."""
        for text in reversed([*atoms(code)]):
            head = text.partition(".")[0]
            if head in self.known:
                yield head
            elif head != "self" and not head.isidentifier():
                yield from sorted(name for name in read(text) if name in self.known)

    def inputs(self, first: int, last: int) -> list[str]:
        """The variables that the statements from one up to another read and that others have bound, as they come."""
        bound, found = set[str](), dict[str, None]()
        for number in range(first, last):
            found |= dict.fromkeys(name for name in self._reads[number] if name not in bound)
            bound |= {*targets(self.statements[number])}
        return list(found)

    def results(self, first: int, last: int) -> list[str]:
        """The variables that these statements bind and that others read, as they come."""
        bound = dict.fromkeys(name for n in range(first, last) for name in targets(self.statements[n]))
        return [name for name in bound if self.read_behind(name, last)]

    def only_within(self, name: str, first: int, last: int) -> bool:
        """Whether only the statements from one up to another have to do with a variable."""
        return all(first <= number < last for number, _ in self._events[name])

    def read_behind(self, name: str, last: int) -> bool:
        """Whether a variable is read from a statement on, before it is bound anew."""
        events = self._events[name]
        at = bisect_left(events, (last, False))
        return at < len(events) and not events[at][1]
