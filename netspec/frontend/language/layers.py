"""Layers in short form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from typing import TYPE_CHECKING, Any

from netspec import layers
from netspec.diagnostics.fix import swap
from netspec.diagnostics.source import Span
from netspec.diagnostics.suggest import did_you_mean, sure
from netspec.frontend.expressions.evaluate import Evaluator
from netspec.frontend.expressions.literals import text_of
from netspec.frontend.expressions.values import BlobName, Faulty, Frame, List, Word, Wrong, described
from netspec.frontend.language.bodies import evaluated
from netspec.frontend.language.drafts import Draft, Piped, is_loss
from netspec.frontend.language.ruling import ruled
from netspec.frontend.language.shared_weights import applied_again, misplaced
from netspec.frontend.messages.entry import GENERAL_FIELDS
from netspec.frontend.messages.schema import schema
from netspec.frontend.messages.suggest import which_type
from netspec.layers.base import Layer
from netspec.problems.language import BadArguments, Misplaced, UnknownName, WrongUse
from netspec.syntax.document import (
    Argument,
    Binding,
    Call,
    Field,
    Items,
    Kind,
    Message,
    Scalar,
    statements,
)

if TYPE_CHECKING:
    from netspec.frontend.language.machine import Machine

TEXTS = (Kind.STRING, Kind.TEMPLATE)
SHOWN = 4  # how many fields an example repeats


class Layers:
    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def layer(
        self,
        node: Call,
        piped_in: Sequence[Any],
        targets: Sequence[str],
        binding: Binding | None,
        frame: Frame,
        piped: Piped,
    ) -> Sequence[Any]:
        machine = self.machine
        head = frame.span(node.name_span)
        if binding is not None and binding.targets and not piped:
            head = frame.span(Span(binding.start, binding.targets[-1].span.end))
        self._check_type(node, frame)
        draft = Draft(head, frame.instance, node.name, frame.span(node.name_span), end=node.end + frame.shift)
        if binding is not None and binding.targets and not piped:
            draft.name_span = head
        bottoms = [(blob, frame.span(node.name_span)) for blob in piped_in]
        self._no_fields(node, frame)
        for argument in _each(node.arguments):
            where = frame.span(argument.value.span)
            value = self.bottom(argument, frame)
            if isinstance(value, List):
                frame.spend(len(value), argument.span)
            bottoms += [(one, where) for one in (value if isinstance(value, List) else (value,))]
        names = list(targets) or ([] if binding is not None and not piped else [node.name.lower()])
        errors = machine.report.errors
        self._fill(draft, node, frame)
        if machine.report.errors > errors or any(isinstance(blob, Faulty) for blob, _ in bottoms):
            return [Faulty() for _ in names]
        draft.bottoms = bottoms
        if names:
            draft.wanted = names[0] if piped else f"{names[0]}/{node.name.lower()}"
        weighed = any(field.name == "loss_weight" for field in draft.fields)
        for i, name in enumerate(names):
            place = frame.span(binding.targets[i].span) if binding and not piped and binding.targets else head
            blob = BlobName(name, frame.instance)
            named = binding is not None and not piped
            blob.share = machine.shares(name, frame) if named else None
            blob.weighed = weighed or is_loss(self.machine.registry, node.name, i)
            former = frame.names.get(name) if named else None
            if piped_in and i == 0 and piped is Piped.YES:
                former = piped_in[0]
            draft.tops.append((blob, place))
            draft.over.append(former if isinstance(former, BlobName) else None)
        machine.add(draft, head)
        return [blob for blob, _ in draft.tops]

    def _check_type(self, node: Call, frame: Frame) -> None:
        """A type that is nowhere is for lowering to tell, unless a block was meant."""
        if self.machine.registry.find(node.name) or node.name in layers.NAMESAKES:
            return
        help = did_you_mean(node.name, frame.module.blocks)
        help = applied_again(node.name, frame) or help
        if help or (node.name.islower() and not self.machine.registry.allow_unknown):
            message = f'there is no block and no layer type "{node.name}"'
            help = help or which_type(node.name, self.machine.registry.names)
            place = frame.span(node.name_span)
            meant = sure(node.name, (*frame.module.blocks, *self.machine.registry.names))
            fix = swap(place.start, node.name, meant) if meant else None
            raise Wrong(UnknownName, message, place, help=help, fix=fix)

    def _no_fields(self, node: Call, frame: Frame) -> None:
        """`Convolution(x, num_output=4)` is Python's habit."""
        if named := [argument for argument in node.arguments if argument.name is not None]:
            fields = " ".join(
                f"{a.name}: {a.value.text if isinstance(a.value, Scalar) and len(a.value.text) <= 40 else '…'}"
                for a in named[:SHOWN]
            )
            where = frame.span(Span(named[0].span.start, named[-1].span.end))
            help = f"fields stand in braces: {node.name}(…) {{ {fields} }}"
            raise Wrong(BadArguments, "the parentheses of a layer hold the blobs that it reads", where, help=help)

    def bottom(self, argument: Argument, frame: Frame) -> Any:
        """A blob, a list of blobs, or the name of one in the text. Raises Wrong."""
        where, node = frame.span(argument.span), argument.value
        if isinstance(node, Scalar) and node.kind in TEXTS:
            name = Evaluator(frame).value(node)
            found = frame.look(name) if isinstance(name, str) else name
            if found is None:
                if frame.top:
                    return str(name)
                raise Evaluator(frame).unknown(str(name), where)
            value = found
        else:
            value = self.machine.value(node, frame)
        items = value if isinstance(value, List) else (value,)
        for item in items:
            if isinstance(item, Word):
                raise Evaluator(frame).unknown(item.text, where)
            if not isinstance(item, BlobName | Faulty):
                help = None
                if isinstance(item, int | float) and not isinstance(item, bool):
                    help = f"fields stand in braces: {{ num_output: {item} }}"
                elif isinstance(item, str) and isinstance(node, Scalar):
                    help = f'the blob of that name is read as f"{{{node.text}}}"'
                raise Wrong(WrongUse, f"a layer reads blobs, and {described(item)} is none", where, help=help)
        return next((item for item in items if isinstance(item, Faulty)), value)

    def _fill(self, draft: Draft, node: Call, frame: Frame) -> None:
        """The fields in the braces: those of the type's own message, and those of any layer."""
        body = statements(node.body) if node.body else ()
        for statement in body:
            if isinstance(statement, Field) and (fault := misplaced(statement, frame)):
                raise fault
        made = evaluated(body, frame, self.machine)
        draft.message, own = self._own(node.name, made)
        for field in made:
            if field.name == "name" and draft.name is None:
                if not isinstance(field.value, Scalar) or field.value.kind is not Kind.STRING:
                    found = field.value.text if isinstance(field.value, Scalar) else "a list"
                    raise Wrong(WrongUse, f"a layer's name is a text, not {found}", field.value.span)
                draft.name = text_of(field.value, field.value.span)
                draft.name_span = field.span
            elif field.name in ("type", "bottom", "top") and field.name not in own:
                message = f"the {field.name} of a layer stands in the line itself"
                raise Wrong(Misplaced, message, field.name_span, help="tops = Type(bottoms) { fields }")
            elif field.name == draft.message and isinstance(field.value, Message):
                draft.own += field.value.fields
                draft.said = True
            elif field.name in own or (field.name not in GENERAL_FIELDS and not field.name.endswith("_param")):
                draft.own.append(field)
            else:
                draft.fields.append(field)
        if draft.own and draft.message is None:  # a type without a message, or one that is nowhere
            draft.fields, draft.own = [*draft.own, *draft.fields], []
        draft.fields = ruled(self.machine.conditions, draft.fields, node.span.start + frame.shift)

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


def _each(arguments: Iterable[Argument]) -> Iterator[Argument]:
    """With each item of a list in the text as an argument of its own."""
    for argument in arguments:
        if isinstance(argument.value, Items) and argument.name is None:
            yield from (Argument(None, item, item.span.start) for item in argument.value.values)
        else:
            yield argument
