"""Repetitions of a spec as loops: modules under keys, and a statement that goes through them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from netspec.diagnostics.source import Turn
from netspec.emit.blocks.draft import Neutral
from netspec.emit.blocks.flow import Flow, targets
from netspec.emit.blocks.joining import nested
from netspec.emit.blocks.naming import word
from netspec.emit.blocks.outline import Framework
from netspec.emit.code import Code, binary, call, literal, method
from netspec.emit.exchange import renamed, unified
from netspec.emit.names import Namespace, identifier
from netspec.emit.parts import Loop, Module, Statement
from netspec.net.scopes import beginning

_NUMBER = re.compile(r"_\d+$")
_KEY = re.compile(r"\w+")
FEW = 3  # turns from which a loop of several statements is shorter than the statements


class Unlike(Exception):
    """The turns of a repetition differ in what no arithmetic of theirs says."""


@dataclass(frozen=True)
class Rolled:
    """A loop in the place of turns. paths: of the members of all turns. variables: what variables of the last turn are
    called behind it."""

    members: tuple[Module, ...]
    statements: tuple[Statement | Loop, ...]
    paths: Mapping[str, str]
    variables: Mapping[str, str]


def rolled(
    turns: Sequence[Neutral], flow: Flow, framework: Framework, members: Namespace, locals_: Namespace
) -> Rolled | None:
    """The turns of one repetition as a loop; None where they are too few, or not alike."""
    first = turns[0]
    chain = len(first.constructs) == 1 == len(first.statements)
    if len(turns) < (2 if chain else FEW) or any(
        (turn.key, turn.results) != (first.key, first.results) for turn in turns
    ):
        return None
    if not first.constructs or any(part.slots for part in first.draft.parts):
        return None
    carried = _carried(turns, flow)
    if not carried:
        return None
    try:
        loop_names = Namespace(framework.reserved, flow.known)
        return _Loop(turns, carried, flow, framework, members, locals_, loop_names, chain).rolled()
    except Unlike:
        return None


def _carried(turns: Sequence[Neutral], flow: Flow) -> dict[int, int] | None:
    """Which result of a turn is which input of the next; None where they have to do with each other otherwise."""
    first, last = turns[0].draft, turns[-1].draft
    found: dict[int, int] = {}
    for place in range(len(first.inputs)):
        names = [turn.draft.inputs[place] for turn in turns]
        if all(name == names[0] for name in names) and names[0] not in first.results:
            continue
        before = turns[0].draft.results
        if names[1] not in before:
            return None
        result = list(before).index(names[1])
        if any(a.draft.results[result] != b for a, b in zip(turns, names[1:], strict=False)):
            return None
        found[result] = place
    if set(found) != set(range(len(last.results))):
        return None
    for turn, behind in pairwise(turns):
        ours = {*behind.draft.results}
        if any(name not in ours and flow.read_behind(name, behind.draft.scope.last) for name in turn.draft.results):
            return None
    return found


class _Loop:
    def __init__(
        self,
        turns: Sequence[Neutral],
        carried: Mapping[int, int],
        flow: Flow,
        framework: Framework,
        members: Namespace,
        locals_: Namespace,
        loop_names: Namespace,
        chain: bool,
    ) -> None:
        self.turns, self.carried, self.flow = turns, carried, flow
        self.framework, self.chain = framework, chain
        self.named = set[str]()  # variables of the loop
        self.members, self.locals, self.loop_names = members, locals_, loop_names
        self.values = self._values()
        self.key = self._key()
        self.used: dict[str, None] = {}

    def _values(self) -> dict[str, list[int | str]]:
        """The variables of the repetition, by the names that they have in Python, with their values."""
        space = Namespace(self.framework.reserved)
        found: dict[str, list[int | str]] = {}
        origins = [turn.draft.scope.origin for turn in self.turns]
        turns = [origin for origin in origins if isinstance(origin, Turn)]
        for place, name in enumerate(turns[0].repetition.variables):
            values = [turn.values[place] for turn in turns]
            if all(isinstance(v, int | str) and not isinstance(v, bool) for v in values):
                found[space.fresh(name)] = values
        return found

    def _key(self) -> str:
        """The variable whose values tell the turns apart."""
        for name, values in self.values.items():
            texts = [str(value) for value in values]
            if len({*texts}) == len(texts) and all(map(_KEY.fullmatch, texts)):
                return name
        raise Unlike

    def rolled(self) -> Rolled:
        first, last = self.turns[0], self.turns[-1]
        keys = [str(value) for value in self.values[self.key]]
        constructs = [self._construct(i) for i in range(len(first.constructs))]
        over = self._over()
        paths: dict[str, str] = {}
        attributes: list[str] = []
        made: list[Module] = []
        key = Code(self.key) if isinstance(self.values[self.key][0], str) else call("str", Code(self.key))
        for i, construct in enumerate(constructs):
            names = [self._name(turn, i) for turn in self.turns]
            attribute = self.members.fresh(_without_key(names, keys) or word(self._kind(i)))
            attributes.append(attribute)
            made.append(Module(attribute, self.framework.series(key, construct, *over, self.chain)))
            own = [name for turn in self.turns if (name := turn.members[i]) is not None]
            paths |= {name: f"{attribute}.{k}" for name, k in zip(own, keys, strict=True)}
        variables = self._variables(keys, attributes[0] if self.chain else "")
        behind = {name: variables[v] for name, v in zip(last.draft.results, first.results, strict=True)}
        return Rolled(tuple(made), tuple(self._statements(attributes, variables)), paths, behind)

    def _construct(self, i: int) -> Code:
        codes = [turn.constructs[i] for turn in self.turns]
        return unified(codes, self._resolve, self.framework.signatures, self.framework.positions)

    def _resolve(self, values: Sequence[Code | None], hint: str) -> Code:
        """By a variable of the repetition, or a multiple of it and a number. Raises Unlike."""
        texts = [value.text for value in values if value is not None]
        for name, own in self.values.items():
            if [literal(value).text for value in own] == texts:
                self.used[name] = None
                return Code(name)
        numbers = [int(text) for text in texts if text.isdecimal()]
        for name, own in self.values.items():
            steps = [value for value in own if isinstance(value, int)]
            if len(numbers) == len(texts) == len(steps) and (found := _affine(steps, numbers)):
                self.used[name] = None
                factor, offset = found
                scaled = Code(name) if factor == 1 else binary("*", factor, Code(name))
                return binary("+", scaled, offset) if offset else scaled
        raise Unlike

    def _over(self) -> tuple[Code, Code]:
        """What a comprehension binds, and what it goes through."""
        names = list(dict.fromkeys([self.key, *self.used]))
        rows = [self.values[name] for name in names]
        if len(names) == 1:
            numbers = [value for value in rows[0] if isinstance(value, int)]
            first = numbers[0] if numbers else 0
            if numbers == list(range(first, first + len(rows[0]))):
                ends = [first + len(numbers)] if first == 0 else [first, first + len(numbers)]
                return Code(names[0]), call("range", *ends)
            return Code(names[0]), literal(tuple(rows[0]))
        table = literal(tuple(tuple(row) for row in zip(*rows, strict=True)))
        return Code(", ".join(names)), table

    def _name(self, turn: Neutral, i: int) -> str:
        """What a member is called in the spec."""
        called = {name: part.name if part.is_use else name for part in turn.draft.parts for name, _ in part.members}
        name = turn.members[i]
        return called.get(name, "") if name else ""

    def _kind(self, i: int) -> str:
        kinds = [part.kind for part in self.turns[0].draft.parts for _ in part.members]
        return kinds[i]

    def _variables(self, keys: Sequence[str], own: str) -> dict[str, str]:
        """What the variables of a turn are called in the loop; `own` is the name of what a chain gives."""
        first = self.turns[0]
        found: dict[str, str] = {}
        for place in range(len(first.draft.inputs)):
            found[f"v{place}"] = first.draft.inputs[place]
        for i in range(len(first.draft.inputs), len(first.variables)):
            names = [name for turn in self.turns if (name := turn.variables[i]) is not None]
            found[f"v{i}"] = self._variable(own or _without_key(names, keys) or _NUMBER.sub("", names[-1]))
        for result, place in self.carried.items():
            found[f"v{place}"] = found[first.results[result]]
        return found

    def _variable(self, name: str) -> str:
        """A name for a variable in the loop: this one, if it is free, or one of those that the loop replaces."""
        first, last = self.turns[0].draft.scope.first, self.turns[-1].draft.scope.last
        replaced = name in self.flow.known and self.flow.only_within(name, first, last)
        name = name if replaced and name not in self.named else self.locals.fresh(name)
        self.named.add(name)
        return name

    def _statements(self, attributes: Sequence[str], variables: Mapping[str, str]) -> Iterator[Statement | Loop]:
        first = self.turns[0]
        begins = {place: first.draft.inputs[place] for place in self.carried.values()}
        if self.chain and self.framework.sequential:
            ((place, begin),) = begins.items()
            value = call(f"self.{attributes[0]}", Code(begin))
            yield Statement(variables[f"v{place}"], value, _comment(self.turns))
            return
        for place, begin in begins.items():
            yield Statement(variables[f"v{place}"], Code(begin))
        loops = self._loop_names(attributes)
        called = {f"m{i}": name for i, name in enumerate(loops)}
        body = [
            Statement(
                ", ".join(variables[target] for target in targets(statement)),
                renamed(self._value(i), called, variables, below=""),
                statement.comment if _same_comment(self.turns, i) else "",
                statement.note,
            )
            for i, statement in enumerate(first.statements)
            if statement
        ]
        through = [method(Code(f"self.{attribute}"), "values") for attribute in attributes]
        over = through[0] if len(through) == 1 else call("zip", *through)
        yield Loop(", ".join(loops), over, nested(body, [variables[v] for v in first.results]))

    def _value(self, i: int) -> Code:
        statements = [turn.statements[i] for turn in self.turns]

        def unlike(values: Sequence[Code | None], hint: str) -> Code:
            raise Unlike

        values = [statement and statement.value for statement in statements]
        return unified(values, unlike, self.framework.signatures, self.framework.positions)

    def _loop_names(self, attributes: Sequence[str]) -> list[str]:
        """What the modules of a turn are called in the loop."""
        if len(attributes) == 1:
            return [self._loop_name(word(self._kind(0)))]
        common = len(beginning(attributes))
        return [self._loop_name(identifier(name[common:].strip("_") or name)) for name in attributes]

    def _loop_name(self, name: str) -> str:
        """This name, where no variable has it: loops after one another may have modules of one name."""
        return self.loop_names.fresh("module" if self.locals.has(name) else name)


def _same_comment(turns: Sequence[Neutral], i: int) -> bool:
    return len({statement.comment for turn in turns if (statement := turn.statements[i])}) == 1


def _comment(turns: Sequence[Neutral]) -> str:
    """The shape behind a chain, where the first of it changes that."""
    statement = turns[0].statements[-1]
    return statement.comment if statement and _same_comment(turns[1:], -1) else ""


def _affine(xs: Sequence[int], ys: Sequence[int]) -> tuple[int, int] | None:
    """The whole numbers a and b with y = a · x + b, for three and more of these."""
    if len(xs) < FEW or xs[0] == xs[1]:
        return None
    factor, rest = divmod(ys[1] - ys[0], xs[1] - xs[0])
    offset = ys[0] - factor * xs[0]
    fits = not rest and all(factor * x + offset == y for x, y in zip(xs, ys, strict=True))
    return (factor, offset) if fits and factor else None


def _without_key(names: Sequence[str], keys: Sequence[str]) -> str:
    """What is left of names, `conv2_1_x1`, without the key of each turn: `conv2_x1`; "" where they lack it."""
    first, key = names[0], keys[0]
    at = first.find(key)
    while at >= 0:
        before, behind = first[:at], first[at + len(key) :]
        if all(name == f"{before}{k}{behind}" for name, k in zip(names, keys, strict=True)):
            joined = before.strip("_") + ("_" + behind.strip("_") if behind.strip("_") else "")
            return joined.strip("_")
        at = first.find(key, at + 1)
    return ""
