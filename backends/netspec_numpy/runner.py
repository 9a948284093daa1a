"""Runs a net layer by layer, with the shapes that its blobs really have."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from netspec.backend.executable import Floats
from netspec.backend.runner import Pass
from netspec.diagnostics import Diagnostic, SpecError
from netspec.emit.build import no_meaning, unknown_sizes, without_emitter
from netspec.emit.parts import Slot
from netspec.layers.base import CallSite, Formula, Layer, Refusal
from netspec.layers.data_layer import DataLayer
from netspec.layers.filler import UNMEANT
from netspec.net import Net, Node, Value
from netspec.net.asking import asked, rule_failure
from netspec.plugins import emitters
from netspec.shapes import integers
from netspec_numpy import (
    activation,
    box_output,
    boxes,
    convolution,
    correlation,
    ctc,
    data,
    evaluation,
    field_losses,
    flow,
    icnet,
    linear,
    malis,
    meanfield,
    merge,
    multibox,
    normalization,
    pooling,
    prior_box,
    proposals,
    recurrent,
    regions,
    resize,
    stochastic,
    yolo,
    yolo3,
    yolo_cells,
)
from netspec_numpy.faults import no_code
from netspec_numpy.fillers import FILLERS
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values, evaluate

MEANINGS: dict[type[Layer], Meaning] = {
    **activation.MEANINGS,
    **stochastic.MEANINGS,
    **boxes.MEANINGS,
    **box_output.MEANINGS,
    **convolution.MEANINGS,
    **correlation.MEANINGS,
    **ctc.MEANINGS,
    **evaluation.MEANINGS,
    **field_losses.MEANINGS,
    **flow.MEANINGS,
    **icnet.MEANINGS,
    **linear.MEANINGS,
    **malis.MEANINGS,
    **meanfield.MEANINGS,
    **merge.MEANINGS,
    **multibox.MEANINGS,
    **normalization.MEANINGS,
    **pooling.MEANINGS,
    **prior_box.MEANINGS,
    **proposals.MEANINGS,
    **recurrent.MEANINGS,
    **resize.MEANINGS,
    **yolo.MEANINGS,
    **yolo3.MEANINGS,
    **yolo_cells.MEANINGS,
    **regions.MEANINGS,
}


@dataclass(frozen=True)
class Program:
    """A `netspec.backend.executable.Program`. Parameters live under `layer index.blob index`, as Caffe has them."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    slots: dict[tuple[int, int], Slot]

    @property
    def text(self) -> str:
        raise no_code()


def meanings(net: Net) -> dict[type[Layer], Meaning]:
    """What is done with native layers, those of plugins among them."""
    return {**MEANINGS, **emitters(net.plugins, "numpy")}


def program(net: Net, outputs: tuple[str, ...]) -> Program:
    """Raises SpecError with a diagnostic for each layer without a meaning here, and for unknown sizes."""
    problems = unknown_sizes(net, "run it with numpy") or list(_without_meaning(net))
    if problems:
        raise SpecError(problems)
    params = [param for node in net.layers for param in node.blobs]
    slots = {p.key: Slot(_path(p.key), None, integers(p.blob.shape) or (), p.blob) for p in params}
    return Program(net.inputs, outputs, slots)


def starter(net: Net, dtype: str) -> Callable[[Program], NumpyRunner]:
    """Makes nets that run. Random numbers begin at the same place in each, so that a run can be repeated."""
    return lambda program: NumpyRunner(net, program, np.dtype(dtype), np.random.default_rng(0))


class NumpyRunner:
    """`netspec.backend.executable.Runner` for a net."""

    device = "cpu"

    def __init__(self, net: Net, program: Program, precision: np.dtype[Any], random: np.random.Generator) -> None:
        self._net, self._program, self._precision, self._random = net, program, precision, random
        self._meanings = meanings(net)
        self._outputs: list[Floats] = []
        self._memory: list[dict[str, Values]] = [{} for _ in net.layers]
        self._params: dict[tuple[int, int], Values] = {}
        for param in (param for node in net.layers for param in node.blobs):
            shape = program.slots[param.key].shape
            if param.owner == param.key:
                filler = param.blob.filler
                blob = np.array(FILLERS[filler.type](filler, shape, random), precision)
            else:
                blob = self._params[param.owner].reshape(shape)  # another view of the owner's numbers
            self._params[param.key] = blob
        self._paths = {_path(key): blob for key, blob in self._params.items()}

    def read(self, path: str) -> Floats:
        return self._paths[path].copy()

    def write(self, path: str, value: Floats) -> None:
        self._paths[path][...] = value

    def forward(self, inputs: Sequence[Floats]) -> list[Floats]:
        fed = dict(zip(self._program.inputs, inputs, strict=True))
        values: dict[Value, Values] = {}
        with np.errstate(all="ignore"):  # infinities and NaN come out as they come out of Caffe
            for node, memory in zip(self._net.layers, self._memory, strict=True):
                if isinstance(node.params, DataLayer):
                    tops = tuple(np.array(fed[blob], self._precision) for blob in node.tops)
                else:
                    read = tuple(values[value] for value in node.inputs)
                    tops = asked(self._net, node, "compute its tops", partial(self._run, node, read, memory))
                values.update(zip(node.outputs, tops, strict=True))
        self._outputs = [values[self._net.latest[blob]] for blob in self._program.outputs]
        return self._outputs

    def stepwise(self) -> list[Floats]:
        return self._outputs

    def stopwatch(self, inputs: Sequence[Floats], wanted: Sequence[bool] | None) -> Callable[[], Pass]:
        def once() -> Pass:
            begin = time.perf_counter()
            self.forward(inputs)
            return time.perf_counter() - begin, None

        return once

    def backward(self, seeds: Sequence[Floats | None]) -> tuple[list[Floats | None], dict[str, Floats]]:
        raise no_code("numpy computes no gradients")

    def _run(self, node: Node, inputs: tuple[Values, ...], memory: dict[str, Values]) -> tuple[Values, ...]:
        """The tops of a layer. Their shapes follow those of the inputs, which behind a Filter are not the net's."""
        layer = node.params
        bottoms = tuple(x.shape for x in inputs)
        site = CallSite(bottoms, len(node.outputs), node.phase, propagate_down=node.propagate_down)
        params = tuple(self._params[param.key] for param in node.blobs)
        if meaning := self._meanings.get(layer.base_type()):
            tops = meaning(layer, Place(site, inputs, params, self._random, memory))
            return tuple(top.astype(self._precision, copy=False) for top in tops)
        assert isinstance(layer, Formula)
        leaves = {f"x{i}": x for i, x in enumerate(inputs)}
        leaves |= {param.blob.name: value for param, value in zip(node.blobs, params, strict=True)}
        return evaluate(layer.trace(site), leaves, self._precision)


def _without_meaning(net: Net) -> Iterator[Diagnostic]:
    native = meanings(net)
    for node in net.layers:
        if isinstance(node.params, DataLayer):
            continue
        try:
            reason = _refusal(node, net.site(node), native)
        except BaseException as error:
            yield rule_failure(net, node, "say what it computes", error)
            continue
        if reason is not None:
            yield no_meaning(node, "numpy", reason or without_emitter(net, node, "numpy"))


def _refusal(node: Node, site: CallSite, native: Container[type[Layer]]) -> str | None:
    """Why a layer does not run here, "" where there is nothing more to say of it, None where it does."""
    if unknown := next((p.blob.filler.type for p in node.blobs if p.blob.filler.type not in FILLERS), None):
        return UNMEANT.get(unknown, f"filler {unknown}")
    if node.params.base_type() in native:
        return node.params.lacks(site) or None
    if not isinstance(node.params, Formula):
        return data.WITHOUT.get(node.params.base_type(), "")
    try:
        if reason := node.params.lacks(_sized(site)):
            return reason
        node.params.trace(site)
    except Refusal as refusal:
        return str(refusal)
    return None


def _path(key: tuple[int, int]) -> str:
    return f"{key[0]}.{key[1]}"


def _sized(site: CallSite) -> CallSite:
    """A site with numbers for sizes that only a run knows: here formulas do without them."""
    return site._replace(bottoms=tuple(tuple(d if isinstance(d, int) else 2 for d in b) for b in site.bottoms))
