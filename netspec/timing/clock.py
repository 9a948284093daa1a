"""Each layer of a net by itself, and the whole, forward and backward, some times over.

A layer is timed as the code that a backend writes for a net of that layer alone, with drawn numbers of the shapes that
it reads in its net. So what a backend joins, a BatchNorm and the Scale behind it say, counts apart here and together in
the whole. As in Caffe, a layer runs backward where something before it, or in it, learns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import median

from netspec.backend.live import build
from netspec.backend.runner import Pass
from netspec.diagnostics import SpecError
from netspec.diagnostics.listing import listing
from netspec.layers.caffe.input import Input
from netspec.layers.data_layer import DataLayer
from netspec.net import Net, Node, Value
from netspec.net.asking import rule_failure
from netspec.net.labels import whole_numbers
from netspec.problems.backends import UnknownSize
from netspec.shapes import integers
from netspec.verify.samples import Samples, draw_input, draw_parameters, limited, parameter_names
from netspec.verify.unknown import without_unknown

WARM = 2  # passes that do not count: the first makes graphs, memory and kernels


@dataclass(frozen=True)
class Time:
    """Of a layer, the median of its seconds; `backward` is None where it has nothing to do."""

    layer: str
    type: str
    forward: float
    backward: float | None


@dataclass(frozen=True)
class Times:
    """layers: those that compute, in their order. whole: the net as it is compiled. unknown: layers of types that
    netspec does not know, which are not timed."""

    net: str
    phase: str
    backend: str
    device: str
    iterations: int
    layers: tuple[Time, ...]
    whole: Time
    unknown: tuple[str, ...] = ()

    def to_json(self) -> str:
        """An object with the fields, times in seconds, a layer a line."""
        head = {name: value for name, value in asdict(self).items() if name not in ("layers", "whole")}
        whole = {"forward": self.whole.forward, "backward": self.whole.backward}
        return listing({**head, **whole}, "layers", map(asdict, self.layers))


def layer_times(
    net: Net,
    backend: str = "torch",
    device: str = "cpu",
    iterations: int = 50,
    tell: Callable[[str], object] = str,
) -> Times:
    """Times a net and each of its layers in float32. `tell` is told what happens.

    Raises SpecError where the backend cannot take the net, has not the device, or sizes are not numbers (NS402).
    """
    found, unknown, left_out = without_unknown(net.compiled)
    if found.symbols is not None:
        message = f"times are of sizes that are numbers; {', '.join(found.symbols.order)} are names"
        raise SpecError([UnknownSize(message, help="give numbers with --input")])
    learning = _learning(found)
    whole, name = _seconds(found, found, backend, device, iterations, [False] * len(found.inputs), tell)
    times = [
        Time(node.name, node.type, *_seconds(found, alone, backend, device, iterations, wanted, tell)[0])
        for node, alone, wanted in _alone(found, learning)
    ]
    row = Time(found.name, "", *whole)
    return Times(net.name, net.phase.value, backend, name, iterations, tuple(times), row, (*unknown, *left_out))


def _learning(net: Net) -> frozenset[Value]:
    """The values for which there is a gradient to compute. Source: Net::Init (net.cpp), layer_need_backward."""
    found: set[Value] = set()
    for node in net.layers if net.plain is None else ():
        flags = node.propagate_down or (True,) * len(node.inputs)
        reads = any(value in found and flag for value, flag in zip(node.inputs, flags, strict=False))
        if net.force_backward or reads or any(param.blob.learnable and param.lr_mult for param in node.blobs):
            found.update(node.outputs)
    return frozenset(found)


def _alone(net: Net, learning: frozenset[Value]) -> Iterator[tuple[Node, Net, list[bool]]]:
    """Every layer that computes, in a net of its own, and for which inputs of that a gradient is wanted."""
    for node in net.layers:
        if isinstance(node.params, DataLayer) or not node.inputs:
            continue
        values = tuple(dict.fromkeys(node.inputs))
        names = {value: Value(f"{value.blob or 'blob'} {i}") for i, value in enumerate(values)}
        layers = [
            Node(new.blob, Input.model_construct(), (), (new.blob,), (), (new,), node.origin, phase=node.phase)
            for new in names.values()
        ]
        own = tuple(param._replace(owner=param.key, name="") for param in node.blobs)
        layers.append(node._replace(inputs=tuple(names[value] for value in node.inputs), blobs=own))
        shapes = {**{names[value]: net.shapes[value] for value in values}, **{v: net.shapes[v] for v in node.outputs}}
        alone = replace(net.changed(layers, shapes), plain=None, folds={})
        yield node, replace(alone, plain=alone) if net.plain else alone, [value in learning for value in values]


def _seconds(
    whole: Net,
    net: Net,
    backend: str,
    device: str,
    iterations: int,
    wanted: Sequence[bool],
    tell: Callable[[str], object],
) -> tuple[Pass, str]:
    """The median pass of a net, and what it ran on; what a plugin's code raises becomes a diagnostic of its layer."""
    node = net.layers[-1] if net.layers else None  # there is none if all are left out
    tell(f"timing {node.name if node and net is not whole else net.name or 'the net'}")
    try:
        model = build(net, backend, device, "float32")
        plain, samples = net.plain or net, Samples(0)
        names = parameter_names(plain)
        model.set_params({n.name: draw_parameters(samples, n, names) for n in plain.layers if n.blobs})
        classes, limits = whole_numbers(net), limited(net)
        fed = {
            top: draw_input(0, top, integers(net.shapes[value]) or (), classes.get(value), limits.get(value, ()))
            for each in net.layers
            if isinstance(each.params, DataLayer)
            for top, value in zip(each.tops, each.outputs, strict=True)
        }
        learning = {name for name, flag in zip(net.inputs, wanted, strict=False) if flag}
        once = model.stopwatch(fed, None if net.plain else learning)
        passes = [once() for _ in range(WARM + iterations)][WARM:]
    except SpecError:
        raise
    except Exception as error:
        if not net.plugins or node is None:
            raise
        raise SpecError([rule_failure(net, node, "run", error)]) from error
    backward = [back for _, back in passes if back is not None]
    return (median(ahead for ahead, _ in passes), median(backward) if backward else None), model.device
