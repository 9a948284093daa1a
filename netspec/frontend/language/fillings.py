"""What stands in the braces of a layer in short form. Most uses of a block are given the same constants but for names:
what the braces come to is found once for all that are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from typing import TYPE_CHECKING, Any, NamedTuple

from netspec import layers
from netspec.diagnostics.source import Span
from netspec.frontend.expressions.evaluate import Evaluator
from netspec.frontend.expressions.literals import text_of
from netspec.frontend.expressions.values import Faulty, Frame, Word, Wrong
from netspec.frontend.language.bodies import evaluated
from netspec.frontend.language.drafts import Filling
from netspec.frontend.language.ruling import ruled
from netspec.frontend.language.shared_weights import misplaced, suspect
from netspec.frontend.messages.entry import GENERAL_FIELDS
from netspec.frontend.messages.schema import schema
from netspec.layers.base import Layer
from netspec.problems.language import Misplaced, WrongUse
from netspec.syntax.document import Call, Field, Kind, Message, Repeat, Scalar, Statement, statements

if TYPE_CHECKING:
    from netspec.frontend.language.machine import Machine

TEXTS = (Kind.STRING, Kind.TEMPLATE)
_WORD = re.compile(r"[^\W\d]\w*")
COMPARED = frozenset([int, str, bool, float, Word, type(None)])  # the kinds of values by which uses are alike


class Filled(NamedTuple):
    """shift: what leads from the offsets of the filling to those of this use. name: what the braces say that the layer
    is called, and where."""

    filling: Filling
    shift: int
    name: tuple[str, Span] | None


class Braces(NamedTuple):
    """Those of one layer of the text. name: the field that says what it is called; fields: all others. mentions: names
    that these may depend on. depth: of the messages and conditions in them."""

    name: Field | None
    fields: tuple[Statement, ...]
    mentions: tuple[str, ...]
    depth: int

    @classmethod
    def of(cls, body: Sequence[Statement]) -> Braces | None:
        """None for those that have to be looked at each time."""
        named = [s for s in body if isinstance(s, Field) and s.name == "name"]
        fields = tuple(s for s in body if s not in named)
        plain = all(isinstance(s.value, Scalar) and s.value.kind in TEXTS for s in named)
        if not plain or len(named) > 1 or any(isinstance(s, Field) and suspect(s) for s in body):
            return None
        mentions, depth = dict[str, None](), 0
        waiting: list[tuple[Any, int]] = [(field, 0) for field in fields]
        while waiting:
            node, around = waiting.pop()
            if isinstance(node, Repeat):  # each turn has offsets of its own
                return None
            if isinstance(node, Scalar):
                if node.kind in (Kind.NAME, Kind.TEMPLATE):
                    mentions.update(dict.fromkeys(_WORD.findall(node.text)))
                continue
            around += isinstance(node, Message)
            depth = max(depth, around)
            waiting += [(part, around) for part in node if isinstance(part, tuple)]
        return cls(next(iter(named), None), fields, tuple(mentions), depth)


class Fillings:
    """What has been found."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._braces: dict[int, tuple[Call, Braces | None]] = {}  # with the call, so that its id is nobody else's
        self._known: dict[tuple[Any, ...], tuple[Filling, int]] = {}  # with the steps that it took

    def of(self, node: Call, frame: Frame) -> Filled:
        """What the braces of a layer come to in a use. Raises Wrong."""
        body = statements(node.body) if node.body else ()
        if id(node) not in self._braces:
            self._braces[id(node)] = node, Braces.of(body)
        braces = self._braces[id(node)][1]
        key = braces and self._key(node, braces, frame)
        if braces is None or key is None:
            return Filled(*self._filling(node, body, frame))
        name = self._name(braces.name, frame) if braces.name else None
        known, steps = self._known.get(key, (None, 0))
        budget = frame.module.budget
        if known is not None and budget.spent + steps <= budget.limit:
            budget.spent += steps
            return Filled(known, frame.shift, name)
        told, spent = self.machine.told, budget.spent
        filling, shift, _ = self._filling(node, braces.fields, frame)
        if self.machine.told == told:
            filling, shift = filling.moved(-frame.shift), frame.shift
            self._known[key] = filling, budget.spent - spent
        return Filled(filling, shift, name)

    def _key(self, node: Call, braces: Braces, frame: Frame) -> tuple[Any, ...] | None:
        """What is the same in uses that come to the same; None for those that are not compared."""
        if self.machine.conditions or not self.machine.allows(braces.depth):
            return None
        values = [frame.look(name) for name in braces.mentions]
        kinds = [value.__class__ for value in values]
        if not COMPARED.issuperset(kinds):
            return None
        return id(node), *[value or (repr(value),) for value in values], *kinds  # −0 is not 0

    def _name(self, field: Field, frame: Frame) -> tuple[str, Span] | None:
        node = field.value
        assert isinstance(node, Scalar)
        try:
            frame.spend(1, field)
            text = text_of(node, frame.shift) if node.kind is Kind.STRING else Evaluator(frame).value(node)
        except Wrong as fault:
            self.machine.tell(fault)
            return None
        return None if isinstance(text, Faulty) else (text, frame.span(field.span))

    def _filling(self, node: Call, body: Sequence[Statement], frame: Frame) -> Filled:
        """The fields of the type's own message, and those of any layer."""
        for statement in body:
            if isinstance(statement, Field) and (fault := misplaced(statement, frame)):
                raise fault
        made = evaluated(body, frame, self.machine)
        message, known = self._own(node.name, made)
        own, general, said, name = list[Field](), list[Field](), False, None
        for field in made:
            if field.name == "name" and name is None:
                if not isinstance(field.value, Scalar) or field.value.kind is not Kind.STRING:
                    found = field.value.text if isinstance(field.value, Scalar) else "a list"
                    raise Wrong(WrongUse, f"a layer's name is a text, not {found}", field.value.span)
                name = text_of(field.value), field.span
            elif field.name in ("type", "bottom", "top") and field.name not in known:
                text = f"the {field.name} of a layer stands in the line itself"
                raise Wrong(Misplaced, text, field.name_span, help="tops = Type(bottoms) { fields }")
            elif field.name == message and isinstance(field.value, Message):
                own += field.value.fields
                said = True
            elif field.name in known or (field.name not in GENERAL_FIELDS and not field.name.endswith("_param")):
                own.append(field)
            else:
                general.append(field)
        if own and message is None:  # a type without a message, or one that is nowhere
            own, general = [], [*own, *general]
        general = ruled(self.machine.conditions, general, node.span.start + frame.shift)
        weighed = any(field.name == "loss_weight" for field in general)
        return Filled(Filling(message, tuple(own), said, tuple(general), weighed), 0, name)

    def _own(self, type_name: str, fields: Sequence[Field]) -> tuple[str | None, Set[str]]:
        """The type's own message, and its fields. Of types that share a name, the one that has most of the fields."""
        layer = self.machine.registry.find(type_name)
        candidates: Iterable[type[Layer]] = [layer] if layer else layers.namesakes(type_name)
        best: tuple[str | None, Set[str]] = (None, frozenset())
        score = -1
        for candidate in candidates:
            own = schema(candidate).keys()
            fits = sum(field.name in own for field in fields)
            if fits > score:
                best, score = (candidate.message, own), fits
        return best
