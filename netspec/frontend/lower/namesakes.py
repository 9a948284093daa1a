"""Which layer a type name stands for, where forks of Caffe mean different ones by it."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from netspec.diagnostics.findings import Findings
from netspec.frontend.messages.decode import decode
from netspec.frontend.messages.locate import find, find_all
from netspec.frontend.messages.schema import message_of
from netspec.layers import namesakes
from netspec.layers.base import Layer
from netspec.problems.assumptions import SharedTypeName
from netspec.syntax.origin import Origin


class _Fit(NamedTuple):
    """How well a type fits a layer as written. `against`: what speaks against it. Fewer `param` than blobs are legal,
    but forks write as many."""

    layer: type[Layer]
    against: tuple[str, ...]
    other_params: bool


def choose(type_name: str, origin: Origin, report: Findings) -> type[Layer]:
    """The one with the least against it; of several that fit equally well, the first.

    A note says which, unless there is a message that no other one reads, and so says it already.
    """
    readers = Counter(layer.message for layer in namesakes(type_name))
    fits = [_fit(layer, origin, {*readers} - {layer.message, None}) for layer in namesakes(type_name)]
    best = min(fits, key=lambda fit: (len(fit.against), fit.other_params))
    own = best.layer.message
    if own and readers[own] == 1 and not best.against and find(origin, (own,)):
        return best.layer
    reasons = [f"that of {fit.layer.fork}: {fit.against[0]}" for fit in fits if fit is not best and fit.against]
    message = f'"{type_name}" is taken for the layer of {best.layer.fork}, {best.layer.type_name()}'
    rest = [fit.layer for fit in fits if fit is not best and not fit.against]
    names = " or ".join(
        f"{layer.message} {{ }}" if readers[layer.message] == 1 else f'type: "{layer.type_name()}"' for layer in rest
    )
    forks = " or ".join(layer.fork for layer in rest)
    help = f"to mean that of {forks}, write {names}" if rest else None
    report.add(SharedTypeName, message, (origin.span("type"), "; ".join(reasons)), help=help)
    return best.layer


def _fit(layer: type[Layer], origin: Origin, others: set[str | None]) -> _Fit:
    """others: the messages of its namesakes, which it does not read."""
    against = [f"it does not read {name}" for name in sorted(filter(None, others)) if find(origin, (name,))]
    if layer.message and origin.body:
        scratch = Findings(origin.source)
        fields = tuple(field for field in origin.body.fields if field.name == layer.message)
        decode({layer.message: message_of(layer, layer.message)}, fields, "a layer", scratch)
        against += [diagnostic.message for diagnostic in scratch.found]
    for name, count in (("bottom", layer.bottoms), ("top", layer.tops)):
        written = len(find_all(origin, (name,)))
        if not count.holds(written):
            against.append(f"{count} {name}{'s' * (str(count) != '1')}, not {written}")
    params = len(find_all(origin, ("param",)))
    if layer.param_count is not None and params > layer.param_count:
        against.append(f"{layer.param_count} parameter blobs, not {params}")
    return _Fit(layer, tuple(against), params not in (0, layer.param_count))
