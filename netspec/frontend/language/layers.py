"""Layers in short form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from netspec import layers
from netspec.diagnostics.fix import swap
from netspec.diagnostics.source import Span
from netspec.diagnostics.suggest import did_you_mean, sure
from netspec.frontend.expressions.evaluate import Evaluator
from netspec.frontend.expressions.values import BlobName, Faulty, Frame, List, Word, Wrong, described
from netspec.frontend.language.drafts import Draft, Piped, is_loss
from netspec.frontend.language.fillings import Fillings
from netspec.frontend.language.shared_weights import applied_again
from netspec.frontend.messages.suggest import which_type
from netspec.problems.language import BadArguments, UnknownName, WrongUse
from netspec.syntax.document import (
    Argument,
    Binding,
    Call,
    Items,
    Kind,
    Scalar,
)

if TYPE_CHECKING:
    from netspec.frontend.language.machine import Machine

TEXTS = (Kind.STRING, Kind.TEMPLATE)
SHOWN = 4  # how many fields an example repeats


class Layers:
    def __init__(self, machine: Machine) -> None:
        self.machine, self.fillings = machine, Fillings(machine)
        self._sound: dict[int, Call] = {}  # calls in which there is nothing wrong by themselves, by identity

    def layer(
        self,
        node: Call,
        piped_in: Sequence[Any],
        targets: Sequence[str],
        binding: Binding | None,
        frame: Frame,
        piped: Piped,
    ) -> Sequence[Any]:
        machine, begin = self.machine, node.start + frame.shift
        type_span = Span(begin, begin + len(node.name))
        named = binding if not piped else None  # whose targets are those of this layer
        head = type_span
        if named is not None and named.targets:
            head = Span(named.start + frame.shift, named.targets[-1].span.end + frame.shift)
        if id(node) not in self._sound:
            self._check_type(node, frame)
            self._no_fields(node, frame)
            self._sound[id(node)] = node
        draft = Draft(head, frame.instance, node.name, type_span, end=node.end + frame.shift)
        bottoms = [(blob, type_span) for blob in piped_in]
        for argument in _each(node.arguments):
            where = frame.span(argument.value.span)
            value = self.bottom(argument, frame)
            if isinstance(value, List):
                frame.spend(len(value), argument)
            bottoms += [(one, where) for one in value] if isinstance(value, List) else [(value, where)]
        names = list(targets) or ([] if named is not None else [node.name.lower()])
        errors = machine.report.errors
        draft.filling, draft.shift, name = self.fillings.of(node, frame)
        if machine.report.errors > errors or any(isinstance(blob, Faulty) for blob, _ in bottoms):
            return [Faulty() for _ in names]
        if name is not None:
            draft.name, draft.name_span = name
        elif named is not None and named.targets:
            draft.name_span = head
        draft.bottoms = bottoms
        if names:
            draft.wanted = names[0] if piped else f"{names[0]}/{node.name.lower()}"
        for i, name in enumerate(names):
            blob = BlobName(name, frame.instance)
            blob.weighed = draft.filling.weighed or is_loss(machine.registry, node.name, i)
            place, former = head, None
            if named is not None:
                place = frame.span(named.targets[i].span)
                blob.share, former = machine.shares(name, frame), frame.names.get(name)
            elif piped is Piped.YES and piped_in and i == 0:
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


def _each(arguments: Iterable[Argument]) -> Iterator[Argument]:
    """With each item of a list in the text as an argument of its own."""
    for argument in arguments:
        if isinstance(argument.value, Items) and argument.name is None:
            yield from (Argument(None, item, item.span.start) for item in argument.value.values)
        else:
            yield argument
