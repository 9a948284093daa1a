"""The class of a block, of several uses that are alike but for literals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from netspec.emit.blocks.arguments import Arguments
from netspec.emit.blocks.draft import UNNAMED, Neutral, Part
from netspec.emit.blocks.flow import targets
from netspec.emit.blocks.joining import nested
from netspec.emit.blocks.naming import agreed, kinds_of, local, word
from netspec.emit.blocks.optional import member_of
from netspec.emit.blocks.outline import BlockClass, Framework
from netspec.emit.code import Code, atoms, call, called, choice, inner, literal
from netspec.emit.exchange import Resolve, rebuilt, renamed, unified
from netspec.emit.names import Namespace
from netspec.emit.parts import Statement, joined

UNREAD = "_"  # the variable that nothing reads


@dataclass(frozen=True)
class Instance:
    """A use of a block as an instance of a class. attributes: what the members of the draft are called in it. bound:
    the variables that what it returns goes to."""

    draft: Neutral
    construct: Code
    attributes: Mapping[str, str]
    bound: tuple[str, ...]


def made(
    uses: Sequence[Neutral], name: str, sizes: Sequence[Sequence[int | None]], framework: Framework
) -> tuple[BlockClass, list[Instance]]:
    """The class of some uses of a block, and the instance that each is. The first use lacks nothing."""
    maker = _Maker(uses, sizes, framework)
    return maker.block(name), [maker.instance(i, name) for i in range(len(uses))]


class _Maker:
    def __init__(self, uses: Sequence[Neutral], sizes: Sequence[Sequence[int | None]], framework: Framework) -> None:
        self.uses, self.first, self.framework = uses, uses[0], framework
        self.reserved = framework.reserved | {"self", framework.passed}
        block_uses = [use.draft.scope.use for use in uses if use.draft.scope.use]
        self.arguments = Arguments(block_uses, sizes, self.reserved)
        self.space = Namespace(self.reserved | {"forward", "training"})  # of attributes
        self.stored: dict[str, Code] = {}
        self.attributes = _attributes(uses, self.space)
        self.constructs = [self._construct(i) for i in range(len(self.attributes))]
        values = [self._value(i) for i in range(len(self.first.statements))]
        members = {f"m{i}": attribute for i, attribute in enumerate(self.attributes)}
        found = {result for use in uses for result in use.results}
        self.variables = _variables(uses, values, members, self.reserved, found)
        statements = joined(
            Statement(
                ", ".join(self.variables[target] for target in targets(statement)),
                renamed(value, members, self.variables),
                statement.comment if self._always(i, statement.comment) else "",
                statement.note,
            )
            for i, (statement, value) in enumerate(zip(self.first.statements, values, strict=True))
            if statement
        )
        self.results = [name for name in (f"v{i}" for i in range(len(self.first.variables))) if name in found]
        self.statements = nested(statements, [self.variables[result] for result in self.results])
        self.taken = self.arguments.finished()

    def _construct(self, i: int) -> Code:
        codes = [use.constructs[i] for use in self.uses]
        code = _named(self._unified(codes, self.arguments.resolve), self.attributes[i])
        if all(codes):
            return code
        return choice(code, self.arguments.condition([code is not None for code in codes]), self.framework.identity)

    def _value(self, i: int) -> Code:
        """What a statement binds. One that some uses lack passes on there what it reads."""
        statements = [use.statements[i] for use in self.uses]
        value = self._unified([s and s.value for s in statements], self._kept)
        first = statements[0]
        if all(statements) or first is None or member_of(first) in self.first.attributes:
            return value
        condition = self._below_self(self.arguments.condition([s is not None for s in statements]))
        passed = next(text for text in atoms(first.value) if text in self.first.names)
        return choice(value, condition, Code(passed))

    def _unified(self, codes: Sequence[Code | None], resolve: Resolve) -> Code:
        return unified(codes, resolve, self.framework.signatures, self.framework.positions)

    def _kept(self, values: Sequence[Code | None], hint: str) -> Code:
        code = self.arguments.resolve(values, hint)
        return self._stored(code, code.text if code.text.isidentifier() else hint or "value")

    def _stored(self, code: Code, name: str) -> Code:
        """What the constructor knows, as the forward function reads it."""
        found = next((attribute for attribute, value in self.stored.items() if value == code), None)
        if found is None:
            found = self.space.fresh(name)
            self.stored[found] = code
        return Code(f"self.{found}")

    def _below_self(self, code: Code) -> Code:
        """An expression of arguments, as the forward function has it."""
        if parts := inner(code):
            return rebuilt(code, [self._below_self(part) for part in parts])
        return self._stored(code, code.text) if code.text.isidentifier() else code

    def _always(self, i: int, comment: str) -> bool:
        statements = [use.statements[i] for use in self.uses]
        return all(statement is None or statement.comment == comment for statement in statements)

    def block(self, name: str) -> BlockClass:
        statements, draft = [*self.statements], self.first.draft
        results = tuple(Code(self.variables[result]) for result in self.results)
        if len(results) == 1 and statements[-1].target == results[0].text and not statements[-1].note:
            results = (statements.pop().value,)
        return BlockClass(
            name,
            _doc(draft.parts, draft.scope.use.block if draft.scope.use else ""),
            self.taken,
            tuple(self.variables[f"v{i}"] for i in range(len(draft.inputs))),
            tuple(self.stored.items()),
            tuple(zip(self.attributes, self.constructs, strict=True)),
            tuple(statements),
            results,
        )

    def instance(self, i: int, name: str) -> Instance:
        """A use of the block as an instance of the class of that name."""
        places, named = self.arguments.given(i, self.taken)
        passed = [Code(self.framework.passed)] if self.framework.passed else []
        attributes = zip(self.uses[i].members, self.attributes, strict=True)
        own = {member: attribute for member, attribute in attributes if member is not None}
        mine = dict(zip(self.uses[i].results, self.uses[i].draft.results, strict=True))
        bound = tuple(mine.get(result, UNREAD) for result in self.results)
        return Instance(self.uses[i], call(name, *places, *passed, **named), own, bound)


def _doc(parts: Sequence[Part], block: str) -> str:
    kinds = list(dict.fromkeys(kinds_of(part.kind) for part in parts))
    return f"The block `{block}`: {', '.join(kinds)}."


def _attributes(uses: Sequence[Neutral], space: Namespace) -> list[str]:
    """What the members are called."""
    found: list[str] = []
    words = Namespace()  # one for each layer whose parameters are the class's own
    at = 0
    called = [{name: part.name for part in use.draft.parts for name, _ in part.members} for use in uses]
    for part in uses[0].draft.parts:
        of_layer = words.fresh(word(part.kind)) if part.slots else word(part.kind)
        for member, _ in part.members:
            names = [use.members[at] for use in uses]
            if part.is_use:
                names = [name and called[i][name] for i, name in enumerate(names)]
            rests = [local(name, uses[i].draft.name) for i, name in enumerate(names) if name is not None]
            slot = part.slots.get(member)
            otherwise = of_layer
            if slot is not None:
                own = member.removeprefix(f"{part.name}_")
                alone = sum(bool(p.slots) for p in uses[0].draft.parts) == 1
                otherwise = own if alone and own != member else f"{otherwise}_{own}"
            found.append(space.fresh(agreed(rests, otherwise)))
            at += 1
    return found


def _variables(
    uses: Sequence[Neutral],
    bodies: Sequence[Code],
    members: Mapping[str, str],
    reserved: frozenset[str],
    results: Set[str],
) -> dict[str, str]:
    """What the variables are called."""
    space = Namespace(reserved)
    found: dict[str, str] = {}
    first = uses[0]
    for i, name in enumerate(first.draft.inputs):  # the first use lacks none
        found[f"v{i}"] = space.fresh(first.draft.called.get(name, "x"))
    kinds = [part.is_use for part in first.draft.parts for _ in part.members]
    used = {attribute for attribute, is_use in zip(members.values(), kinds, strict=True) if is_use}
    makers: dict[str, Code] = {}
    for statement, body in zip(first.statements, bodies, strict=True):
        for target in targets(statement) if statement else ():
            makers.setdefault(target, body)
    for i in range(len(first.draft.inputs), len(first.variables)):
        rests = [local(name, use.draft.name) for use in uses if (name := use.variables[i]) is not None]
        maker = _made_by(makers[f"v{i}"], members)
        name = maker if maker in used else agreed(rests, maker)
        before = "" if name else _replaced(first, f"v{i}", results)
        found[f"v{i}"] = found[before] if before else space.fresh(name or "y")
    return found


def _replaced(use: Neutral, variable: str, results: Set[str]) -> str:
    """The one variable that another is made of, if nothing reads that behind it; else ""."""
    statements = [statement for statement in use.statements if statement]
    at = next(i for i, statement in enumerate(statements) if variable in targets(statement))
    read = {text.partition(".")[0] for text in atoms(statements[at].value)} & use.names
    behind = {text.partition(".")[0] for statement in statements[at + 1 :] for text in atoms(statement.value)}
    return next(iter(read)) if len(read) == 1 and not read & (behind | results) else ""


def _made_by(body: Code, members: Mapping[str, str]) -> str:
    """The member whose result it is."""
    return members.get(called(body).removeprefix("self."), "")


def _named(construct: Code, name: str) -> Code:
    """With the name of a parameter in its place."""
    if construct.text == f'"{UNNAMED}"':
        return literal(name)
    if f'"{UNNAMED}"' not in construct.text:
        return construct
    return rebuilt(construct, [_named(part, name) for part in inner(construct)])
