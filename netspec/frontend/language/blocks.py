"""Uses of blocks: what they are given, and what they give."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from netspec.diagnostics.source import Use
from netspec.diagnostics.suggest import did_you_mean, one_of
from netspec.frontend.expressions.evaluate import Evaluator
from netspec.frontend.expressions.literals import text_of
from netspec.frontend.expressions.values import TURN, Definition, Faulty, Frame, Instance, Word, Wrong, shown
from netspec.frontend.language.bodies import evaluated
from netspec.frontend.language.shared_weights import FIELD, OTHERS, Sharer, brief, meant
from netspec.problems.language import BadArguments, Misplaced, Redefined, UnknownName, WrongUse
from netspec.syntax.document import (
    Argument,
    Call,
    Field,
    If,
    Kind,
    Scalar,
    Statement,
    statements,
)

if TYPE_CHECKING:
    from netspec.frontend.language.machine import Machine

TEXTS = (Kind.STRING, Kind.TEMPLATE)


class Blocks:
    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def use(
        self, definition: Definition, node: Call, piped_in: Sequence[Any], targets: Sequence[str], frame: Frame
    ) -> Sequence[Any]:
        block, module = definition.block, definition.module
        name = block.name.text
        instance = Instance(frame.instance, targets[0] if targets else name.lower(), parent=frame.scope)
        instance.definition = definition
        instance.place = frame.span(node.name_span)
        if node.body is not None:
            said, asked = self._braces(statements(node.body), frame)
            instance.name = self._name(said, node.name)
            if asked is not None:
                self._share(asked, definition, instance, frame)
        frame.module.budget.spend(TURN, instance.place)
        use = Use(frame.source, node.name_span, f"in this use of {name}")
        uses = (use, *frame.uses)
        shift = self.machine.atlas.add(module.source, block.span, shown(uses), instance)
        inner = Frame(module, instance, {}, shift, uses)
        help = "a block that uses itself has to end: if depth > 0 { … }"
        with self.machine.deeper(frame.span(node.name_span), help):
            given = self._given(definition, node, piped_in, frame)
            instance.values, instance.passed = given, len(given)
            for parameter in block.parameters:
                key = parameter.name.text
                if key not in given and parameter.default is not None:
                    given[key] = self.machine.constant(parameter.default, inner)
                inner.names[key] = given[key]
            if definition.names and instance.name is None:
                instance.name = self._name(evaluated(definition.names, inner, self.machine), name)
            self.machine.carry_out(definition.body, inner)
        return [self._result(result, name, inner) for result in block.results]

    def _braces(self, body: Sequence[Statement], frame: Frame) -> tuple[list[Field], Field | None]:
        """What the braces behind a use hold, evaluated; and by itself what it shares, which is no constant."""
        said, asked = list[Field](), None
        for statement in body:
            if isinstance(statement, Field) and statement.name == FIELD:
                if asked is not None:
                    self.machine.tell(Wrong(Redefined, "share is given twice", frame.span(statement.span)))
                asked = statement
            elif isinstance(statement, If):
                self.machine.step(frame, statement)
                branch = self.machine.branch(statement, frame)
                more, other = self._braces(statements(branch), frame) if branch is not None else ([], None)
                said, asked = [*said, *more], other or asked
            elif isinstance(statement, Field) and statement.name in OTHERS:
                message, place = "the braces behind a block hold its name, and what it shares", statement.name_span
                help = f"to have the parameters of another use: share: {brief(statement.value)}"
                self.machine.tell(Wrong(Misplaced, message, frame.span(place), help=help))
            else:
                said += evaluated((statement,), frame, self.machine)
        return said, asked

    def _share(self, asked: Field, definition: Definition, instance: Instance, frame: Frame) -> None:
        try:
            other = meant(asked, definition, instance, frame)
        except Wrong as fault:
            self.machine.tell(fault)
            return
        if other is not None:
            instance.shares = other
            self.machine.sharers.append(Sharer(instance, other, frame.span(asked.span)))

    def _result(self, result: Scalar, name: str, inner: Frame) -> Any:
        """What the body of the block called `name` has set a result to."""
        try:
            target = self.machine.target(result, inner)
            value = inner.names.get(target)
            if value is None:
                message = f'the block {name} never sets its result "{target}"'
                help = did_you_mean(target, inner.names)
                raise Wrong(UnknownName, message, inner.span(result.span), help=help)
        except Wrong as fault:
            self.machine.tell(fault)
            return Faulty()
        return value

    def _name(self, fields: Iterable[Field], called: str) -> str | None:
        """What the braces behind the use of a block say, or a field of its body: its name, and nothing else."""
        name: str | None = None
        for field in fields:
            if field.name == "name" and isinstance(field.value, Scalar) and field.value.kind is Kind.STRING:
                if name is not None:
                    self.machine.tell(Wrong(Redefined, "the name of a block is given twice", field.span))
                name = text_of(field.value)
            elif field.name == "name":
                found = field.value.text if isinstance(field.value, Scalar) else "a list"
                self.machine.tell(Wrong(WrongUse, f"the name of a block is a text, not {found}", field.span))
            else:
                help = "a block takes its arguments in parentheses: " + f"{called}(…, {field.name} = …)"
                message = "the braces behind a block hold its name, and what it shares"
                self.machine.tell(Wrong(Misplaced, message, field.name_span, help=help))
        return name

    def _given(self, definition: Definition, node: Call, piped_in: Sequence[Any], frame: Frame) -> dict[str, Any]:
        """The arguments by parameter. Raises Wrong."""
        names = definition.parameters
        given: dict[str, Any] = dict(zip(names, piped_in, strict=False))
        place = len(piped_in)
        for argument in node.arguments:
            name = argument.name
            if name is None:
                name, place = names[place] if place < len(names) else None, place + 1
            if name is None or name not in names or name in given:
                raise self._unfit(definition, node, argument, name, frame)
            value = self.machine.value(argument.value, frame)
            if isinstance(value, Word) and not value.text.isupper():  # not a value of an enum, such as MAX
                raise Evaluator(frame).unknown(value.text, frame.span(argument.value.span))
            given[name] = value
        if not definition.required <= given.keys():
            missing = [name for name in names if name in definition.required and name not in given]
            message = f"{node.name} needs {one_of(missing).replace(' or ', ' and ')}"
            raise Wrong(BadArguments, message, frame.span(node.name_span), help=_title(definition, node))
        return given

    def _unfit(self, definition: Definition, node: Call, argument: Argument, name: str | None, frame: Frame) -> Wrong:
        """What is wrong with an argument that no parameter takes. name: None where all have been given."""
        where, title, names = frame.span(argument.span), _title(definition, node), definition.parameters
        if name is None:
            count = len(names)
            message = f"{node.name} takes {count} argument{'s' * (count != 1)}, and this is one more"
            return Wrong(BadArguments, message, where, help=title)
        if name in names:
            return Wrong(BadArguments, f'"{name}" is given twice', where, help=title)
        help = did_you_mean(name, names) or title
        if name in (FIELD, *OTHERS):
            help = f"what it shares stands in braces behind it: {node.name}(…) {{ share: {brief(argument.value)} }}"
        return Wrong(BadArguments, f'{node.name} has no parameter "{name}"', where, help=help)


def _title(definition: Definition, node: Call) -> str:
    """How a block is used."""
    text = definition.module.source.text
    parameters = (text[p.span.start : p.span.end] for p in definition.block.parameters)
    return f"{node.name}({', '.join(parameters)})"
