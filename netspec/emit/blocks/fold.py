"""A body with the uses of blocks folded into instances of classes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, groupby

from netspec.diagnostics.source import BlockUse, Turn
from netspec.emit.blocks.classes import Instance, made
from netspec.emit.blocks.draft import Declare, Draft, Neutral, Part, neutral, part_of
from netspec.emit.blocks.flow import Flow, targets
from netspec.emit.blocks.loops import Rolled, rolled
from netspec.emit.blocks.naming import scope_name
from netspec.emit.blocks.optional import united
from netspec.emit.blocks.outline import BlockClass, Framework, Outline
from netspec.emit.blocks.tree import Leaf, Scope, owned_by, tree
from netspec.emit.build import Body
from netspec.emit.code import Call, Code, call
from netspec.emit.exchange import Opaque, renamed
from netspec.emit.learning import learning
from netspec.emit.lines import is_deep
from netspec.emit.names import Namespace, class_name, identifier
from netspec.emit.parts import Loop, Member, Module, Statement, joined
from netspec.frontend.expressions.values import BlobName
from netspec.net import Layout, Net
from netspec.net.scopes import uses
from netspec.shapes import show


def folded(net: Net, body: Body, declare: Declare, framework: Framework) -> Body:
    """The body with an outline, if there are uses of blocks that are worth a class."""
    if not any(uses(step.node) for step in body.steps) or any(is_deep(code) for code in body.codes):
        return body
    outline, apart, found = None, set[int](), {0}
    while found:  # uses that cannot be others applied again stand apart in the next round
        folder = _Folder(net, body, declare, framework)
        root, same = tree(body.steps, len(body.sizes), apart)
        found = folder.unlike(root, same)
        outline = None if found else folder.outline(root, same)
        found = found or folder.lost
        apart |= found
    if outline is None:
        return body
    slots = {key: replace(slot, path=outline.path(slot.path)) for key, slot in body.slots.items()}
    moved = replace(body, slots=slots, learning=learning(net, slots), outline=outline)
    return replace(moved, results=outline.results)


@dataclass
class _Top:
    """What the net's own class has so far. variables: those of uses and of loops, by the names that they had before.
    attributes: what uses of blocks are called in it."""

    names: Namespace
    locals: Namespace
    members: list[Member] = field(default_factory=list[Member])
    statements: list[Statement | Loop] = field(default_factory=list["Statement | Loop"])
    paths: dict[str, str] = field(default_factory=dict[str, str])
    variables: dict[str, str] = field(default_factory=dict[str, str])
    attributes: dict[str, str] = field(default_factory=dict[str, str])


class _Folder:
    def __init__(self, net: Net, body: Body, declare: Declare, framework: Framework) -> None:
        self.net, self.body, self.declare = net, body, declare
        self.signatures: dict[str, Mapping[str, Code]] = {**framework.signatures}
        own = {body.class_name, *body.functions, *(stub.name for stub in body.stubs)}
        self.framework = replace(framework, signatures=self.signatures, reserved=framework.reserved | own)
        statements = [*body.sizes, *(statement for step in body.steps for statement in step.statements)]
        self.flow = Flow(statements, [feed.variable for feed in body.feeds], [v for _, v in body.results])
        self.names = Namespace(self.framework.reserved)
        self.classes: list[BlockClass] = []
        self.instances: dict[int, Instance] = {}  # by scope
        self.parts: dict[int, Part] = {}  # likewise
        self.inside = set[str]()  # the members of layers that are in instances
        self.own_names = Counter[str]()  # of uses
        self.same: Mapping[int, BlockUse] = {}  # uses that are others applied again, by their ids
        self.scopes: dict[int, Scope] = {}  # of uses, by their ids

    def unlike(self, root: Scope, same: Mapping[int, BlockUse]) -> set[int]:
        """Those of the uses that have all from another use which do something else with it."""
        scopes = {id(scope.use): scope for scope in all_scopes(root) if scope.use}
        return {use for use, other in same.items() if self._form(scopes.get(use)) != self._form(scopes.get(id(other)))}

    def _form(self, scope: Scope | None) -> Hashable:
        """What a use does, with other names for its variables."""
        if scope is None:
            return object()
        inputs, results = self._ends(scope)
        statements = self.flow.statements[scope.first : scope.last]
        order = dict.fromkeys([*inputs, *(name for statement in statements for name in targets(statement))])
        names = {name: f"v{i}" for i, name in enumerate(order)}
        try:
            said = [(_listed(s.target, names), renamed(s.value, {}, names).text) for s in statements]
        except Opaque:
            return object()
        return (*said, len(inputs), *(names[result] for result in results))

    @property
    def lost(self) -> set[int]:
        """Those of the uses that have all from another use of which there is no instance."""
        return {use for use in self.same if id(self.scopes[use]) not in self.parts}

    def _ends(self, scope: Scope) -> tuple[list[str], list[str]]:
        """The variables that a scope takes, and those that others read of it."""
        return self.flow.inputs(scope.first, scope.last), self.flow.results(scope.first, scope.last)

    def outline(self, root: Scope, same: Mapping[int, BlockUse]) -> Outline | None:
        groups = _grouped(root)
        self.own_names.update(use.own_name for scopes in groups.values() for s in scopes if (use := s.use))
        done = set[object]()
        self.same = same
        self.scopes = {id(scope.use): scope for scopes in groups.values() for scope in scopes}
        for key in groups:
            self._group(key, groups, done)
        if not self.classes:
            return None
        owned = (name for leaf in root.leaves() for name in owned_by(leaf.step) if name not in self.inside)
        other = {preprocess.name for preprocess in self.body.preprocesses}
        reserved = self.framework.reserved
        top = _Top(Namespace(reserved | {*owned} | other), Namespace(reserved, self.flow.known))
        top.statements += self.body.sizes
        self._lay(root, top)
        statements = [_behind(statement, top.variables) for statement in top.statements]
        results = tuple((blob, top.variables.get(name, name)) for blob, name in self.body.results)
        return Outline(tuple(self.classes), tuple(top.members), joined(statements), results, top.paths)

    def _lay(self, scope: Scope, top: _Top) -> None:
        """Adds to the net's own class what a scope holds that stands in no block."""
        for repetition, items in groupby(scope.items, _repetition):
            turns = [item for item in items if isinstance(item, Scope)] if repetition else []
            if repetition and (loop := self._loop(turns, top)):
                top.members += loop.members
                top.statements += loop.statements
                top.variables |= loop.variables
                for turn in turns:
                    for item in self._items(turn):
                        top.paths |= self._paths_below(item, loop.paths)
            elif repetition:
                for turn in turns:
                    self._lay(turn, top)
            else:
                for item in items if not repetition else ():
                    self._lay_item(item, top)

    def _lay_item(self, item: Scope | Leaf, top: _Top) -> None:
        if isinstance(item, Leaf):
            top.members += item.step.members
            top.statements += item.step.statements
        elif id(item) in self.parts:
            part, name = self.parts[id(item)], self._name(item)
            for old, construct in part.members:  # one, or none for a use that is another applied again
                top.attributes[old] = name = top.names.fresh(name)
                top.members.append(Module(name, construct))
                top.paths |= self._paths(item, name)
            for statement in part.statements:
                top.statements.append(replace(statement, value=renamed(statement.value, top.attributes, {})))
                if statement.target not in top.variables and name not in self.flow.known:
                    top.variables[statement.target] = top.locals.fresh(name)
        else:
            self._lay(item, top)

    def _loop(self, turns: Sequence[Scope], top: _Top) -> Rolled | None:
        """The turns of a repetition as one loop, where they are that."""
        if any(isinstance(item, Scope) and item.use is None for turn in turns for item in turn.items):
            return None
        found: list[Neutral] = []
        for turn in turns:
            inputs, results = self._ends(turn)
            items = [*self._items(turn)]
            if any(isinstance(item, Leaf) and not item.plain for item in items):
                return None
            parts = [self._part(item) for item in items]
            try:
                found.append(neutral(Draft(turn, "", parts, inputs, results, {}), self.signatures))
            except Opaque:
                return None
        return rolled(found, self.flow, self.framework, top.names, top.locals)

    def _paths_below(self, item: Scope | Leaf, known: Mapping[str, str]) -> dict[str, str]:
        """Where the members of an item are, whose own are at known paths."""
        part = self._part(item)
        if isinstance(item, Leaf):
            return {name: known[name] for name, _ in part.members}
        found: dict[str, str] = {}
        for name, _ in part.members:
            found |= self._paths(item, known[name])
        return found

    def _paths(self, scope: Scope, path: str) -> dict[str, str]:
        attributes = self.instances[id(scope)].attributes
        found: dict[str, str] = {}
        for item in self._items(scope):
            if isinstance(item, Leaf):
                names = [name for name, _ in self._leaf(item).members]
                found |= {name: f"{path}.{attributes[name]}" for name in names}
            else:
                for name, _ in self.parts[id(item)].members:
                    found |= self._paths(item, f"{path}.{attributes[name]}")
        return found

    def _group(self, key: object, groups: Mapping[object, list[Scope]], done: set[object]) -> None:
        """Makes the classes of the uses of a block, those inside of them first."""
        if key in done:
            return
        done.add(key)
        for inside in dict.fromkeys(_key(item) for scope in groups[key] for item in _scopes(scope)):
            self._group(inside, groups, done)
        variants: defaultdict[Hashable, list[Neutral]] = defaultdict(list)
        for scope in groups[key]:
            if id(scope.use) not in self.same and (found := self._neutral(scope)):
                variants[found.key].append(found)
        for alike in united(variants, self.signatures):
            self._make(alike)
        for scope in groups[key]:
            other = self.same.get(id(scope.use))
            if other and (known := self.parts.get(id(self.scopes[id(other)]))):
                self.parts[id(scope)] = self._again(scope, self.scopes[id(other)], known)

    def _neutral(self, scope: Scope) -> Neutral | None:
        """None for a use that is not worth a class, or cannot have one."""
        inputs, results = self._ends(scope)
        parts = [self._part(item) for item in self._items(scope)]
        draft = Draft(scope, self._name(scope), parts, inputs, results, self._called_by_block(scope, inputs))
        if not results or not any(True for _ in draft.members):
            return None
        try:
            return neutral(draft, self.signatures)
        except Opaque:
            return None

    def _name(self, scope: Scope) -> str:
        """What a use is called in the spec, as an identifier."""
        own = scope.use.own_name if scope.use else ""
        return identifier(own if own and self.own_names[own] == 1 else scope_name(scope))

    def _called_by_block(self, scope: Scope, inputs: Sequence[str]) -> dict[str, str]:
        """The names of the block's parameters by the variables that they are here."""
        arguments = scope.use.arguments if scope.use else ()
        blobs = {value.name: name for name, value in reversed(arguments) if isinstance(value, BlobName)}
        held = {name: self.body.variables.get(name) for name in inputs}
        return {name: blobs[value.blob] for name, value in held.items() if value and value.blob in blobs}

    def _make(self, uses: Sequence[Neutral]) -> None:
        first = uses[0].draft.scope.use
        assert first is not None
        sizes = [[self._channels(name) for name in use.draft.inputs] for use in uses]
        reserved = self.framework.reserved | {block.name for block in self.classes}
        framework = replace(self.framework, reserved=reserved)
        made_class, instances = made(uses, self._class_name(first.block), sizes, framework)
        self.classes.append(made_class)
        self.signatures[made_class.name] = {a.name: a.default for a in made_class.arguments if a.default is not None}
        for instance in instances:
            draft = instance.draft.draft
            self.instances[id(draft.scope)] = instance
            self.parts[id(draft.scope)] = self._use(draft, instance)
            self.inside.update(name for name, _ in draft.members)

    def _class_name(self, block: str) -> str:
        """`Conv`, and `Conv2` for a second class of the block."""
        name = class_name(block)
        free = (n for i in count(1) if not self.names.has(n := name if i == 1 else f"{name}{i}"))
        return self.names.fresh(next(free))

    def _use(self, draft: Draft, instance: Instance) -> Part:
        """What a use of a block leaves where it stands."""
        name = f"use{len(self.parts)}"
        value = call(f"self.{name}", *map(Code, draft.inputs))
        statement = Statement(", ".join(instance.bound), value, self._comment(draft.inputs, draft.results))
        use = draft.scope.use
        return Part(
            use.block.lower() if use else "", draft.name, ((name, instance.construct),), (statement,), is_use=True
        )

    def _again(self, scope: Scope, other: Scope, known: Part) -> Part:
        """What a use leaves that has all it has from another: a call of that."""
        (called,) = known.statements
        inputs, results = self._ends(scope)
        mine = dict(zip(self._ends(other)[1], results, strict=True))
        form = called.value.form
        assert isinstance(form, Call)
        value = call(form.function, *map(Code, inputs))
        target = ", ".join(mine.get(name, name) for name in targets(called))
        statement = Statement(target, value, self._comment(inputs, results))
        return replace(known, name=self._name(scope), members=(), statements=(statement,))

    def _comment(self, inputs: Sequence[str], results: Sequence[str]) -> str:
        if len(results) != 1:
            return ""
        shapes = [self.net.shapes[self.body.variables[name]] for name in (*results, *inputs[:1])]
        return show(shapes[0]) if shapes[0] and (len(shapes) < 2 or shapes[0] != shapes[1]) else ""

    def _channels(self, variable: str) -> int | None:
        value = self.body.variables.get(variable)
        shape = self.net.shapes[value] if value else None
        if not value or not shape or len(shape) < 2:
            return None
        size = shape[-1 if value.layout is Layout.CHANNELS_LAST else 1]
        return size if isinstance(size, int) else None

    def _items(self, scope: Scope) -> Iterator[Scope | Leaf]:
        """What a scope holds: layers, and uses of blocks that have become instances."""
        for item in scope.flat():
            if isinstance(item, Leaf) or id(item) in self.parts:
                yield item
            else:
                yield from self._items(item)

    def _part(self, item: Scope | Leaf) -> Part:
        return self._leaf(item) if isinstance(item, Leaf) else self.parts[id(item)]

    def _leaf(self, item: Leaf) -> Part:
        return part_of(item.step, identifier(item.step.node.name), self.declare)


def _repetition(item: Scope | Leaf) -> object:
    """The repetition that a scope is a turn of."""
    return item.origin.repetition if isinstance(item, Scope) and isinstance(item.origin, Turn) else None


def _behind(statement: Statement | Loop, names: Mapping[str, str]) -> Statement | Loop:
    """With the names that variables have since loops."""
    if isinstance(statement, Loop):
        return replace(statement, body=tuple(_renamed(inside, names) for inside in statement.body))
    return _renamed(statement, names)


def _renamed(statement: Statement, names: Mapping[str, str]) -> Statement:
    if not names:
        return statement
    target = ", ".join(names.get(name, name) for name in statement.target.split(", "))
    return replace(statement, target=target, value=renamed(statement.value, {}, names))


def _scopes(scope: Scope) -> Iterator[Scope]:
    return (item for item in scope.flat() if isinstance(item, Scope))


def _key(scope: Scope) -> tuple[int, int]:
    """Uses of one block that contain as many of each other."""
    use = scope.use
    return id(use.definition) if use else 0, _nested(scope, use.definition if use else None)


def _nested(scope: Scope, definition: object) -> int:
    return max(
        (_nested(s, definition) + (s.use is not None and s.use.definition is definition) for s in _scopes(scope)),
        default=0,
    )


def all_scopes(root: Scope) -> Iterator[Scope]:
    """All uses of blocks, each before those in it."""
    waiting = [root]
    while waiting:
        inside = [*_scopes(waiting.pop())]
        yield from inside
        waiting += reversed(inside)


def _listed(target: str, names: Mapping[str, str]) -> str:
    return ", ".join(names.get(name, name) for name in target.split(", "))


def _grouped(root: Scope) -> dict[object, list[Scope]]:
    groups: defaultdict[object, list[Scope]] = defaultdict(list)
    for scope in all_scopes(root):
        groups[_key(scope)].append(scope)
    return groups
