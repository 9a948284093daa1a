"""Uses of a block that lack what others have, since an `if` of the block says so: brought to one form."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TypeVar

from netspec.emit.blocks.draft import Neutral, keyed
from netspec.emit.blocks.flow import targets
from netspec.emit.code import Call, atoms
from netspec.emit.exchange import Signatures, renamed
from netspec.emit.parts import Statement

T = TypeVar("T")
MOST = 6  # statements of a block that may be left out; more are not tried
AT_ONCE = 3


def united(variants: Mapping[Hashable, list[Neutral]], signatures: Signatures) -> list[list[Neutral]]:
    """The uses of a block by their forms; those that have a form but for some statements are among those of that form,
    with None for what they lack."""
    left = dict(variants)
    groups: list[list[Neutral]] = []
    for key in sorted(left, key=lambda key: -len(left[key][0].statements)):
        if key not in left:
            continue
        whole = left.pop(key)
        group = [*whole]
        for lacking in _subsets(whole[0]) if left else ():
            shorter = _without(whole[0], lacking, signatures)
            if shorter and shorter.key in left:
                group += [shorter.stretched(use) for use in left.pop(shorter.key)]
        groups.append(group)
    return groups


def _subsets(use: Neutral) -> Iterator[tuple[int, ...]]:
    candidates = [i for i in range(len(use.statements)) if _passes(use, i)][:MOST]
    for count in range(1, AT_ONCE + 1):
        yield from combinations(candidates, count)


def _passes(use: Neutral, number: int) -> str:
    """The one variable that a statement makes another of; "" for a statement that does something else."""
    statement = use.statements[number]
    if statement is None or len(targets(statement)) != 1:
        return ""
    read = {name for name in map(_head, atoms(statement.value)) if name in use.names}
    return next(iter(read)) if len(read) == 1 else ""


def _head(text: str) -> str:
    return text.partition(".")[0]


def member_of(statement: Statement) -> str:
    """The member that it calls, with one variable and nothing else: `v1 = self.m0(v0)`."""
    form = statement.value.form
    alone = isinstance(form, Call) and len(form.arguments) == 1 and form.arguments[0].text.isidentifier()
    return form.function.text.removeprefix("self.") if alone and isinstance(form, Call) else ""


@dataclass(frozen=True)
class _Shorter:
    """A form without some statements, and how it is said in the whole form: which statements, members and variables of
    that its own are, and what its results are there where they are others."""

    key: Hashable
    whole: Neutral
    statements: Sequence[int]
    members: Sequence[int]
    variables: Sequence[int]
    results: Mapping[str, str]

    def stretched(self, use: Neutral) -> Neutral:
        """A use of this form in the whole one."""
        return replace(
            use,
            constructs=_spread(use.constructs, self.members, len(self.whole.constructs)),
            statements=_spread(use.statements, self.statements, len(self.whole.statements)),
            members=_spread(use.members, self.members, len(self.whole.members)),
            variables=_spread(use.variables, self.variables, len(self.whole.variables)),
            results=tuple(self.results.get(name) or f"v{self.variables[int(name[1:])]}" for name in use.results),
            key=self.whole.key,
        )


def _spread(values: Sequence[T | None], places: Sequence[int], count: int) -> tuple[T | None, ...]:
    found: list[T | None] = [None] * count
    for place, value in zip(places, values, strict=True):
        found[place] = value
    return tuple(found)


def _without(use: Neutral, lacking: Sequence[int], signatures: Signatures) -> _Shorter | None:
    """A form without some statements, and without the modules that they call; None where that is none."""
    same: dict[str, str] = {}
    gone = set[str]()
    for number in lacking:
        statement, source = use.statements[number], _passes(use, number)
        if statement is None:
            return None
        if statement.target != source:
            if sum(s is not None and statement.target in targets(s) for s in use.statements) > 1:
                return None
            same[statement.target] = same.get(source, source)
        member = _own_member(use, number)
        if member is None:
            return None
        gone |= {member} - {""}
    kept = [i for i in range(len(use.statements)) if i not in lacking]
    members = [i for i in range(len(use.members)) if f"m{i}" not in gone]
    statements = [s for i in kept if (s := use.statements[i])]
    inputs = [f"v{i}" for i in range(len(use.draft.inputs))]
    order = [*dict.fromkeys([*inputs, *(name for s in statements for name in targets(s))])]
    names = {name: f"v{i}" for i, name in enumerate(order)}
    names |= {name: names[other] for name, other in same.items() if other in names}
    moved = {f"m{old}": f"m{new}" for new, old in enumerate(members)}
    try:
        renumbered = tuple(
            Statement(", ".join(names[t] for t in targets(s)), renamed(s.value, moved, names)) for s in statements
        )
        results = {names[result]: result for result in use.results}
    except KeyError:
        return None
    constructs = [code for i in members if (code := use.constructs[i])]
    key = keyed(constructs, renumbered, len(inputs), signatures)
    return _Shorter(key, use, kept, members, [int(name[1:]) for name in order], results)


def _own_member(use: Neutral, number: int) -> str | None:
    """The member that only this statement uses; "" for a statement that uses none, None where others use it, too, or it
    is used otherwise than by a call."""
    statement = use.statements[number]
    used = [text for text in atoms(statement.value) if text.startswith("self.m")] if statement else []
    if not used or statement is None:
        return ""
    name = member_of(statement)
    others = [a for i, s in enumerate(use.statements) if s and i != number for a in atoms(s.value)]
    return name if name in use.attributes and f"self.{name}" not in map(_two, others) else None


def _two(text: str) -> str:
    return ".".join(text.split(".")[:2])
