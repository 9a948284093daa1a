"""A live model behind one interface: numpy arrays in Caffe's names, order and layout, in and out.

A framework's model is the emitted text, run by `exec` and registered with `linecache`, so that tracebacks show it. What
differs between backends is a `Runner`; names, shapes and messages are handled here.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any, cast
from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike

from netspec.backend.binding import Fitting
from netspec.backend.runner import Learner, P, Pass, Program, R, Runner
from netspec.diagnostics import SpecError
from netspec.emit.parts import Slot
from netspec.emit.slots import Floats as Floats
from netspec.emit.slots import all_restored, all_stored, restored
from netspec.emit.stubs import unfilled
from netspec.layers.unknown import Unknown
from netspec.net import Net, Node, Param
from netspec.problems.backends import NotExported, UnknownBlob
from netspec.problems.weights import FoldedWeights, ParamShape, UnknownLayer
from netspec.shapes import integers, show


@dataclass(frozen=True)
class Gradients:
    """What a backward pass gives: for each fed blob, and for each layer's parameters in Caffe's order and layout."""

    inputs: dict[str, Floats]
    params: dict[str, list[Floats]]


class Executable:
    """A net that runs. `source` is the text that users read, and what runs; for blobs that it does not return another
    is written, of one class. A module is made when it is first used."""

    def __init__(self, net: Net, emit: Callable[[tuple[str, ...]], P], start: Callable[[P], Runner]) -> None:
        self.net = net
        self._layers = {node.name: node for node in reversed(net.layers) if node.blobs}
        self._unknown = {n.name for n in net.layers if isinstance(n.params, Unknown)} - self._layers.keys()
        self._emit: Callable[..., Program] = emit
        self._make: Callable[[Any], Runner] = start
        self._program = self._emit(net.returned)
        self._has_blocks = self.folded
        self._live: Runner | None = None
        self._shapes: dict[str, tuple[int, ...]] = {}  # of what the last forward pass computed

    @property
    def source(self) -> str:
        return self._emit(self.net.returned).text

    @property
    def folded(self) -> bool:
        """Whether what runs at present has classes for blocks."""
        return getattr(self._program, "folded", False)

    def renew(self, blobs: str | Sequence[str] | None = None) -> None:
        """Begins anew, with one class that returns these blobs, as `forward` names them, and parameters as filled."""
        flat = {"flat": True} if self._has_blocks else {}
        self._program, self._live = self._emit(self._computed(self._blobs(blobs)), **flat), None

    @property
    def runner(self) -> Runner:
        """The live module, made now if there is none yet."""
        if self._live is None:
            self._live = self._make(self._program)
        return self._live

    @property
    def device(self) -> str:
        return self.runner.device

    def set_params(self, params: Mapping[str, Sequence[ArrayLike]]) -> None:
        """Sets all parameter blobs of the layers named, in Caffe's order and layout; other layers keep theirs. Those of
        layers of unknown types have no place until these are filled in. Of an optimized net they are those of the net
        as read, and are folded; what is folded into one layer is set at once.

        Raises SpecError (NS501, NS502) when a layer is not there or a shape is not the layer's, (NS510) when weights of
        some layers are missing that are folded into one.
        """
        if self.net.plain is None:
            self._set(params)
            return
        from netspec.emit.reckoning import folded

        read = {node.name: node for node in reversed(self.net.plain.layers) if node.blobs}
        given = {
            layer: self._arrays(layer, blobs, read) for layer, blobs in params.items() if layer not in self._unknown
        }
        self._set(folded(self.net, given))

    def _set(self, params: Mapping[str, Sequence[ArrayLike]]) -> None:
        for layer, blobs in params.items():
            if layer in self._unknown:
                continue
            arrays = self._arrays(layer, blobs, self._layers)
            for path, array in all_stored(self._slots(self._params(layer)), arrays):
                self.runner.write(path, array)

    def _arrays(self, layer: str, blobs: Sequence[ArrayLike], layers: Mapping[str, Node]) -> list[Floats]:
        """The blobs of one of these layers, once they have its shapes. Raises SpecError."""
        own = _params(layer, layers)
        arrays = [np.asarray(blob, order="C") for blob in blobs]
        shapes = [integers(param.blob.shape) for param in own]
        if [a.shape for a in arrays] != shapes:
            given, wanted = (
                " and ".join(show(s) for s in x if s is not None) for x in ([a.shape for a in arrays], shapes)
            )
            raise SpecError([ParamShape(f'layer "{layer}" has parameters of {wanted}, not {given or "none"}')])
        return arrays

    def get_params(self, layers: Container[str] | None = None) -> dict[str, list[Floats]]:
        """The parameters of these layers, by default of all, in Caffe's order and layout. Raises SpecError (NS510) for
        an optimized net, whose parameters are no longer those of its layers as read."""
        if self.net.folds:
            message = "the weights of an optimized net are products of those of its layers as read"
            raise SpecError([FoldedWeights(message, help="take them from the net as read, or from their file")])
        return self._get(layers)

    def _get(self, layers: Container[str] | None = None) -> dict[str, list[Floats]]:
        wanted = (layer for layer in self.net.params if layers is None or layer in layers)
        return {layer: all_restored(self._slots(self._params(layer)), self.runner.read) for layer in wanted}

    def forward(self, inputs: Mapping[str, ArrayLike], blobs: str | Sequence[str] | None = None) -> dict[str, Floats]:
        """Runs the net. `blobs` names what to return: None is the outputs, "all" every blob in its last version.

        An input whose shape has names in it may have any sizes that fit it, the same for one name everywhere.
        Raises SpecError (NS407) for an input that is missing, foreign or of another shape, for sizes with which the
        layers do not fit together, and for an unknown blob.
        """
        wanted = self._blobs(blobs)
        computed = self._readied(wanted)
        outputs = dict(zip(computed, self.runner.forward(self._fed(inputs)), strict=True))
        self._shapes = {name: output.shape for name, output in outputs.items()}
        return {name: outputs[name] for name in wanted}

    def ready(self, blobs: str | Sequence[str] | None = None) -> None:
        """Makes the live module that `forward` with these blobs, or `gradients` with none named, runs: later it draws
        numbers for no filler."""
        self._readied(self._blobs(blobs))
        _ = self.runner

    def _readied(self, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """What the module returns that is ready to return these blobs."""
        computed = self._computed(wanted)
        if computed != self._program.outputs:
            self._switch(computed)
        return computed

    def _fed(self, inputs: Mapping[str, ArrayLike]) -> list[Floats]:
        """The arrays for the program's inputs, in its order. Raises SpecError (NS407)."""
        shapes, fits = self.net.blobs, Fitting(self.net)
        if foreign := next((name for name in inputs if name not in self.net.inputs), None):
            raise SpecError([UnknownBlob(f'no input "{foreign}"', help=f"inputs: {', '.join(self.net.inputs)}")])
        fed: list[Floats] = []
        for name in self._program.inputs:
            if name not in inputs:
                raise SpecError([UnknownBlob(f'input "{name}" is missing; it has the shape {show(shapes[name])}')])
            array = np.asarray(inputs[name], order="C")
            if message := fits.fault(name, shapes[name], array.shape):
                raise SpecError([UnknownBlob(message)])
            fed.append(array)
        if message := fits.broken():
            raise SpecError([UnknownBlob(message)])
        return fed

    @property
    def learner(self) -> Learner | None:
        """What runs the net, where it can learn. A pass of `gradients` may begin another."""
        return cast("Learner", self.runner) if hasattr(self.runner, "gradients") else None

    def slot(self, param: Param) -> Slot:
        """Where a parameter lives in what runs."""
        return self._program.slots[param.key]

    def gradients(self, inputs: Mapping[str, ArrayLike], paths: Sequence[str]) -> tuple[float, list[Any]]:
        """The loss, and its gradients for the parameters of these paths, as the learner's tensors; layers that keep
        averages take the inputs in. Raises SpecError (NS407)."""
        computed = self._readied(self.net.returned)
        taken = self._followed
        weights = [float(self._losses[name]) if name in self._losses and name in taken else None for name in computed]
        return cast("Learner", self.runner).gradients(self._fed(inputs), weights, paths)

    def latest(self) -> dict[str, Floats]:
        """What the last pass of `gradients` computed, by the names of the blobs."""
        return dict(zip(self._program.outputs, cast("Learner", self.runner).latest(), strict=True))

    def stepwise(self) -> dict[str, Floats]:
        """What the last forward pass computed, operation by operation."""
        return dict(zip(self._program.outputs, self.runner.stepwise(), strict=True))

    def stopwatch(self, inputs: Mapping[str, ArrayLike], wanted: Container[str] | None = ()) -> Callable[[], Pass]:
        """What runs the net once with these inputs, and gives the seconds of the pass forward and of that backward:
        from ones, to the parameters that learn and to the inputs that are `wanted`. None: forward alone."""
        names = self._program.inputs
        fed = [np.asarray(inputs[name], order="C") for name in names]
        return self.runner.stopwatch(fed, None if wanted is None else [name in wanted for name in names])

    def backward(self, seeds: Mapping[str, ArrayLike]) -> Gradients:
        """Gradients of the last forward pass: of the sum over `seeds` of blob · seed. `seeds` names blobs that it
        returned; `{}` starts from the loss weights.

        As in Caffe, parameters with lr_mult 0 take no gradient unless the net says `force_backward: true`, and seeds on
        blobs that no loss depends on count for nothing where it says `force_backward: false`. In a net that says
        neither they count, so that a deployed net can be differentiated as it is. What takes no gradient gets zeros.
        """
        weights = {name: np.asarray(seed, order="C") for name, seed in (seeds or self._losses).items()}
        if foreign := next((name for name in weights if name not in self._program.outputs), None):
            raise SpecError([UnknownBlob(f'"{foreign}" was not returned by the last forward pass')])
        taken = self._followed
        seeded = [
            np.broadcast_to(weights[name], self._shapes[name]).copy() if name in weights and name in taken else None
            for name in self._program.outputs
        ]
        inputs, slots = self.runner.backward(seeded)
        params = {layer: [self._gradient(param, slots) for param in self._params(layer)] for layer in self.net.params}
        found = {k: v for k, v in zip(self._program.inputs, inputs, strict=True) if v is not None}
        return Gradients(found, params)

    @cached_property
    def _losses(self) -> dict[str, Floats]:
        """The blobs that are terms of the loss, each with the weight of its elements."""
        names = {value: blob for blob, value in self.net.latest.items()}
        return {
            names[value]: np.asarray(weight, np.float64)
            for node in self.net.layers
            for value, weight in zip(node.outputs, node.loss_weights, strict=False)
            if weight and value in names
        }

    @cached_property
    def _followed(self) -> frozenset[str]:
        """The blobs from which Caffe's backward pass goes on. Source: Net::Init (net.cpp).

        A layer without bottoms has no backward pass: the gradient of a Parameter is what the layers that read it add.
        """
        names = {value: blob for blob, value in self.net.latest.items()}
        contributing: set[str] = set()
        followed: set[str] = set()
        for node in reversed(self.net.layers):
            tops = {names.get(value, value.blob) for value in node.outputs}
            if self.net.force_backward is not False or any(node.loss_weights) or tops & contributing:
                contributing.update(value.blob for value in node.inputs)
                followed.update(tops if node.inputs else ())
        return frozenset(followed)

    def _gradient(self, param: Param, found: Mapping[str, Floats]) -> Floats:
        slot = self._program.slots[param.key]
        learned = param.blob.learnable and (param.lr_mult or self.net.force_backward)
        gradient = found.get(slot.path) if learned else None
        return np.zeros(integers(slot.blob.shape) or ()) if gradient is None else restored(slot, gradient)

    def _slots(self, params: Sequence[Param]) -> list[Slot]:
        return [self._program.slots[param.key] for param in params]

    def _switch(self, outputs: tuple[str, ...]) -> None:
        """Goes over to a module that returns other blobs; the parameters, whatever their slots there, move along."""
        params = self._get() if self._live else {}
        self._program, self._live = self._emit(outputs), None
        self._set(params)

    def _computed(self, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """And the losses, where backward({}) begins."""
        return (*wanted, *(loss for loss in self._losses if loss not in wanted))

    def _blobs(self, blobs: str | Sequence[str] | None) -> tuple[str, ...]:
        if blobs is None:
            return self.net.returned
        if blobs == "all":
            return tuple(self.net.latest)
        names = (blobs,) if isinstance(blobs, str) else tuple(blobs)
        if unknown := next((name for name in names if name not in self.net.latest), None):
            close = get_close_matches(unknown, self.net.latest, 1)
            raise SpecError(
                [UnknownBlob(f'no blob "{unknown}"', help=f'did you mean "{close[0]}"?' if close else None)]
            )
        return names

    def _params(self, layer: str) -> tuple[Param, ...]:
        """The parameters of the first layer of a name, which is the one that Caffe's weights go to."""
        return _params(layer, self._layers)


def _params(layer: str, layers: Mapping[str, Node]) -> tuple[Param, ...]:
    """Those of one of these layers. Raises SpecError (NS502)."""
    if layer in layers:
        return layers[layer].blobs
    close = get_close_matches(layer, layers, 1)
    raise SpecError(
        [UnknownLayer(f'no layer "{layer}" with parameters', help=f'did you mean "{close[0]}"?' if close else None)]
    )


def started(
    net: Net,
    emit: Callable[[tuple[str, ...]], P],
    start: Callable[[P], R],
    params: Mapping[str, Sequence[ArrayLike]] | None,
) -> tuple[P, R]:
    """The program of a net, and the live module of it, with these parameters; what they leave out is as filled.

    It is to be exported. Raises SpecError (NS409) where a layer is to be filled in first.
    """
    expect_filled_in(net)
    made: list[tuple[P, R]] = []

    def keep(program: P) -> R:
        made.append((program, start(program)))
        return made[-1][1]

    if params:
        Executable(net, emit, keep).set_params(params)
    if not made:
        keep(emit(net.returned))
    return made[-1]


def expect_filled_in(net: Net) -> None:
    """Raises SpecError (NS409) where a layer is to be filled in before a model can be made of the net."""
    if open_ := unfilled(net):
        message = f"{open_[0].message}, before a model can be made of it"
        raise SpecError([NotExported(message, open_[0].labels, "compile the source, fill it in, and export that")])


def run_text(text: str, name: str) -> dict[str, Any]:
    """The namespace that a source text defines. Tracebacks through it show its lines, whatever else has that name."""
    digest = crc32(text.encode("utf-8", "surrogatepass"))
    filename = f"<netspec {name} {digest:08x}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    namespace: dict[str, Any] = {"__name__": filename}
    exec(compile(text, filename, "exec"), namespace)
    return namespace
