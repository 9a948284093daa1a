"""Uses of a block that share the parameters of another use: `b = tower(y) { share: a }`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from netspec.diagnostics.source import Source, Span, Trace
from netspec.frontend.expressions.evaluate import Evaluator
from netspec.frontend.expressions.values import (
    BlobName,
    Definition,
    Faulty,
    Frame,
    Instance,
    Value,
    Word,
    Wrong,
    described,
)
from netspec.frontend.language.drafts import Draft
from netspec.frontend.messages.entry import SharedLayer
from netspec.layers.base import Layer
from netspec.problems.language import BadShare, Misplaced
from netspec.syntax.document import Field, Kind, Scalar

FIELD = "share"
OTHERS = frozenset(["shared", "shares", "sharing", "share_with", "weights", "tied", "reuse", "same", "like"])


class Sharer:
    """A use that shares, and the place that says so."""

    def __init__(self, use: Instance, other: Instance, place: Span) -> None:
        self.use, self.other, self.place = use, other, place


def meant(field: Field, definition: Definition, use: Instance, frame: Frame) -> Instance | None:
    """The use of the same block that `share: blob` means: the one that the blob came out of. None where that rests on
    what has been reported. Raises Wrong."""
    name, place = definition.block.name.text, frame.span(field.value.span)
    value = _value(field, frame)
    text = brief(field.value)
    if isinstance(value, Faulty):
        return None
    help = f"a = {name}(…) is shared by b = {name}(…) {{ share: a }}"
    if not isinstance(value, BlobName):
        said = f"the block {text}" if text in frame.module.blocks else described(value)
        raise Wrong(BadShare, f"share takes what another use of {name} gives, not {said}", place, help=help)
    around, found = set[int](), None
    at: Instance | None = use
    while at is not None:
        around.add(id(at))
        at = at.outer
    at, outermost = value.instance, value.instance
    while at is not None and id(at) not in around:
        outermost, found = at, at if at.definition is definition else found
        at = at.outer
    if found is not None:
        return found
    if id(outermost) not in around:
        message, there = f"{text} is what a use of {outermost.block} gives, not one of {name}", "this use"
        raise Wrong(BadShare, message, place, (outermost.place, there), help=help)
    help += "; what a layer makes of that is called otherwise"
    raise Wrong(BadShare, f"{text} is not what a use of {name} gives", place, help=help)


def _value(field: Field, frame: Frame) -> Value:
    node = field.value
    if not isinstance(node, Scalar):
        place = frame.span(field.name_span)
        raise Wrong(BadShare, "share takes what one use gives", place, help="share: a")
    value = Evaluator(frame).value(node)
    if node.kind in (Kind.STRING, Kind.TEMPLATE) and isinstance(value, str):
        found = frame.look(value)
        if found is None:
            raise Evaluator(frame).unknown(value, frame.span(node.span))
        return found
    if isinstance(value, Word) and node.text not in frame.module.blocks:
        raise Evaluator(frame).unknown(value.text, frame.span(node.span))
    return value


def suspect(field: Field) -> bool:
    """Whether a field is called as one that shares, or as people may call it."""
    return field.name == FIELD or field.name in OTHERS


def misplaced(field: Field, frame: Frame) -> Wrong | None:
    """What is wrong with a field by which something else than a use of a block is to share."""
    value = field.value
    if not suspect(field):
        return None
    if not isinstance(value, Scalar) or not isinstance(frame.look(value.text.strip("\"'")), BlobName):
        return None
    message = f"{field.name} stands behind no use of a block"
    help = f'b = tower(…) {{ share: {brief(value)} }}; layers share by a name: param {{ name: "w" }} in each of them'
    return Wrong(Misplaced, message, frame.span(field.span), help=help)


def applied_again(name: str, frame: Frame) -> str | None:
    """What to write instead of `a(y)`, where `a` is what a use of a block gives, as if that were a function."""
    value = frame.look(name)
    at = value.instance if isinstance(value, BlobName) else None
    block = ""
    while at is not None and at is not frame.instance:
        at, block = at.outer, at.block
    return f"{name} is a blob; once more with the same parameters: {block}(…) {{ share: {name} }}" if block else None


def differing(one: Instance, other: Instance) -> str | None:
    """The constants that two uses of a block are given otherwise, as a hint."""
    theirs = dict(other.arguments)
    pairs = [
        f"{name} is {_said(value)} here and {_said(theirs[name])} there"
        for name, value in one.arguments
        if name in theirs and not isinstance(value, BlobName | Faulty) and value != theirs[name]
    ]
    return ", ".join(pairs) or None


def shared_layers(
    sharers: Sequence[Sharer],
    drafts: Iterable[object],
    find: Callable[[str], type[Layer] | None],
    trace: Callable[[Span], Trace],
    tell: Callable[[Wrong], None],
    spend: Callable[[int, Span], None],
) -> Mapping[int, SharedLayer]:
    """The layers whose parameters are those of layers in other uses, and those, by where each begins in the net.

    Layers correspond in their order, where they stand in the same place of the text. What has no parameters may differ.
    A layer is a step for each use that takes part and holds it, since blocks may share on each of a hundred levels.
    Raises Stop.
    """
    taking_part = {id(use) for sharer in sharers for use in (sharer.use, sharer.other)}
    within: dict[int, list[Draft]] = {use: [] for use in taking_part}
    order: dict[int, Draft] = {}
    for draft in drafts:
        if isinstance(draft, Draft) and _may_learn(find(draft.type_name)):
            at: Instance | None = draft.instance
            while at is not None:
                if id(at) in taking_part:
                    spend(1, draft.head)
                    within[id(at)].append(draft)
                    order[id(draft)] = draft
                at = at.outer
    groups, asked = _Groups(), dict[int, Sharer]()
    for sharer in sharers:
        mine, theirs = within[id(sharer.use)], within[id(sharer.other)]
        if fault := _unlike(sharer, mine, theirs, trace):
            tell(fault)
            continue
        for one, other in zip(mine, theirs, strict=True):
            groups.join(id(one), id(other))
            asked.setdefault(id(one), sharer)
    return _named(order, groups, asked)


def _may_learn(layer: type[Layer] | None) -> bool:
    """Whether layers of a type may have parameters; of one that is nowhere nobody knows."""
    return layer is None or layer.blobs is not Layer.blobs


def _unlike(
    sharer: Sharer, mine: Sequence[Draft], theirs: Sequence[Draft], trace: Callable[[Span], Trace]
) -> Wrong | None:
    """What is wrong where two uses have other layers."""

    def origin(draft: Draft) -> tuple[str, Source, Span]:
        place = trace(draft.head)
        return draft.type_name, place.source, place.span

    pairs = ((one, other) for one, other in zip(mine, theirs, strict=False) if origin(one) != origin(other))
    uneven = next(pairs, None)
    if uneven is None and len(mine) == len(theirs):
        return None
    name, help = sharer.use.block, differing(sharer.use, sharer.other)
    if uneven is not None:
        message = f"the two uses of {name} have other layers: {uneven[0].type_name} here, {uneven[1].type_name} there"
        places = [(uneven[0].head, "here"), (uneven[1].head, "there")]
    else:
        message = f"the two uses of {name} have other layers: {len(mine)} have parameters here, {len(theirs)} there"
        places = [(sharer.other.place, "there")]
    return Wrong(BadShare, message, sharer.place, *places, help=help)


class _Groups:
    """Sets of layers that share, which are joined in pairs."""

    def __init__(self) -> None:
        self._up: dict[int, int] = {}

    def of(self, one: int) -> int:
        path = list[int]()
        while (up := self._up.get(one, one)) != one:
            path.append(one)
            one = up
        self._up.update(dict.fromkeys(path, one))
        return one

    def join(self, one: int, other: int) -> None:
        self._up[self.of(one)] = self.of(other)


def _named(order: Mapping[int, Draft], groups: _Groups, asked: Mapping[int, Sharer]) -> Mapping[int, SharedLayer]:
    """With the name of each group: that of its first layer."""
    joined = {groups.of(key) for key in asked}
    stems, taken = dict[int, str](), set[str]()
    made: dict[int, SharedLayer] = {}
    for key, draft in order.items():
        if (group := groups.of(key)) in joined:
            if group not in stems:
                name = wanted = draft.name or draft.wanted
                count = 1
                while name in taken:
                    count += 1
                    name = f"{wanted}_{count}"
                taken.add(name)
                stems[group] = name
            sharer = asked.get(key)
            help = differing(sharer.use, sharer.other) if sharer else None
            made[draft.head.start] = SharedLayer(stems[group], sharer.place if sharer else None, help)
    return made


def brief(value: object) -> str:
    """What stands in the text, where it is short."""
    return value.text if isinstance(value, Scalar) and len(value.text) <= 40 else "a"


def _said(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case _:
            return described(value).removeprefix("the name ").removeprefix("the text ")
