"""Which layer a type name stands for, where forks of Caffe mean different ones by it."""

from collections import Counter
from typing import NamedTuple

from netspec.diagnostics.findings import Findings
from netspec.frontend.messages.decode import decode
from netspec.frontend.messages.locate import find, find_all
from netspec.frontend.messages.schema import message_of
from netspec.layers import NAMESAKES, namesakes
from netspec.layers.base import Layer
from netspec.layers.shared_names import Namesake
from netspec.problems.assumptions import SharedTypeName
from netspec.syntax.origin import Origin


class _Fit(NamedTuple):
    """How well a type fits a layer as written. `against`: what speaks against it. Fewer `param` than blobs are legal,
    but forks write as many."""

    layer: type[Layer]
    own: Namesake
    against: tuple[str, ...]
    other_params: bool
    misread: bool = False  # whether its message lacks fields of the layer, or takes others for them


def choose(type_name: str, origin: Origin, report: Findings) -> type[Layer]:
    """The one with the least against it; of several that fit equally well, the first.

    A note says which, unless there is a message that no other one reads, or reads without a fault, and so says it.
    """
    meanings = [*zip(namesakes(type_name), NAMESAKES[type_name], strict=True)]
    readers = Counter(layer.message for layer, _ in meanings)
    fits = [_fit(layer, own, origin, {*readers} - {layer.message, None}) for layer, own in meanings]
    best = min(fits, key=lambda fit: (len(fit.against), fit.other_params))
    own = best.layer.message
    alone = all(fit.misread or fit.layer.message != own for fit in fits if fit is not best)
    if own and alone and not best.against and find(origin, (own,)):
        return best.layer
    reasons = [f"that of {fit.own.fork}: {fit.against[0]}" for fit in fits if fit is not best and fit.against]
    message = f'"{type_name}" is taken for the layer of {best.own.fork}, {best.layer.type_name()}'
    rest = [fit for fit in fits if fit is not best and not fit.against]
    names = " or ".join(
        f"{layer.message} {{ }}" if readers[layer.message] == 1 else f'type: "{layer.type_name()}"'
        for layer, *_ in rest
    )
    forks = " or ".join(fit.own.fork for fit in rest)
    help = f"to mean that of {forks}, write {names}" if rest else None
    report.add(SharedTypeName, message, (origin.span("type"), "; ".join(reasons)), help=help)
    return best.layer


def _fit(layer: type[Layer], own: Namesake, origin: Origin, others: set[str | None]) -> _Fit:
    """others: the messages of its namesakes, which it does not read."""
    against = [f"it does not read {name}" for name in sorted(filter(None, others)) if find(origin, (name,))]
    misread = False
    if layer.message and origin.body:
        scratch = Findings(origin.source)
        fields = tuple(field for field in origin.body.fields if field.name == layer.message)
        decode({layer.message: message_of(layer, layer.message)}, fields, "a layer", scratch)
        against += [diagnostic.message for diagnostic in scratch.found]
        misread = bool(scratch.found)
    for name, count in (("bottom", layer.bottoms), ("top", layer.tops)):
        written = len(find_all(origin, (name,)))
        if not count.holds(written):
            against.append(f"{count} {name}{'s' * (str(count) != '1')}, not {written}")
    params = len(find_all(origin, ("param",)))
    if own.blobs is not None and params > own.blobs:
        against.append(f"{own.blobs} parameter blobs, not {params}")
    return _Fit(layer, own, tuple(against), params not in (0, own.blobs), misread)
