"""A live TensorFlow module. The only file here, beside the helpers that are text, that imports tensorflow."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import reduce
from importlib import import_module
from typing import Any, TypeVar, cast

from netspec.backend.executable import Floats, run_text
from netspec.backend.runner import Pass
from netspec.diagnostics import SpecError
from netspec.emit import Emission
from netspec.host.packages import require
from netspec.layers.base import Stochastic
from netspec.net import Net
from netspec.problems.backends import NoDevice
from netspec.solver.rules import Words
from netspec_tensorflow.chance import Drawing
from netspec_tensorflow.startup import quiet, without_keras


def starter(net: Net, device: str, dtype: str) -> Callable[[Emission], TensorFlowRunner]:
    """Makes a live module of an emission. Raises SpecError (NS404, NS405) without the framework or the device."""
    tf = framework()
    gpus = [f"cuda:{i}" for i in range(len(tf.config.list_physical_devices("GPU")))]
    if device not in ("cpu", *gpus, *(("cuda",) if gpus else ())):
        here = f"TensorFlow finds {', '.join(gpus) or 'no GPU'} here"
        raise SpecError([NoDevice(f'no device "{device}": {here}', help="use --device cpu")])
    random = any(isinstance(node.params, Stochastic) and node.params.random(net.site(node)) for node in net.layers)
    return lambda emission: TensorFlowRunner(
        tf, emission, f"{net.name} {', '.join(emission.outputs)}", device, dtype, random
    )


def framework() -> Any:
    """The tensorflow module, whose start-up log stays quiet unless the user has asked for it. Raises SpecError."""
    with quiet(), without_keras():
        require("tensorflow")
    return import_module("tensorflow")


@contextmanager
def deterministic() -> Generator[None]:
    """Inside, operations do the same each time."""
    tf = framework()
    tf.config.experimental.enable_op_determinism()
    try:
        yield
    finally:  # for which there is no public name
        import_module("tensorflow.python.framework.config").disable_op_determinism()


def inside(owner: Any, name: str) -> Any:
    """What is called so in a module, or in a dictionary of modules."""
    return cast("Mapping[str, Any]", owner)[name] if isinstance(owner, Mapping) else getattr(owner, name)


def words() -> Words:
    """What Caffe's rules need, for tensors of a graph as well."""
    tf = framework()

    def scale(squares: Any, most: float) -> Any:
        norm = tf.sqrt(squares)
        return tf.where(norm > most, most / norm, tf.ones_like(norm))

    def square_sum(x: Any) -> Any:
        return tf.reduce_sum(x * x)

    return Words(tf.sign, square_sum, scale)


F = TypeVar("F", bound=Callable[..., Any])


class TensorFlowRunner:
    """`netspec.backend.executable.Runner` for one emitted module.

    A forward pass runs the graph and records no gradients. A backward pass runs the same text again under a tape, from
    the state that it began with, so that nothing is updated twice; operation by operation, since the tracing of a
    gradient graph takes many times longer than one run of it. Only of a module that draws random numbers is every
    forward pass taped.
    """

    def __init__(self, tf: Any, emission: Emission, name: str, device: str, dtype: str, random: bool) -> None:
        self._tf, self._emission, self._dtype, self._random = tf, emission, dtype, random
        kind, _, index = device.partition(":")
        self._device = f"/GPU:{index or 0}" if kind == "cuda" else "/CPU:0"
        with self._exact():
            self._names = run_text(emission.text, name)
            self.module = self._names[emission.class_name](tf.as_dtype(dtype))
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []
        self._before: list[Any] = []  # the state at the begin of the last forward pass
        self._tape: Any = None
        self._passes: dict[object, Any] = {}  # what `gradients` has traced
        self._drawing: Drawing | None = None
        self._latest: list[Any] = []

    @property
    def device(self) -> str:
        if self._device == "/CPU:0":
            return "cpu"
        index = int(self._device.rpartition(":")[2])
        gpu = self._tf.config.list_physical_devices("GPU")[index]
        details = self._tf.config.experimental.get_device_details(gpu)
        return f"cuda:{index} ({details.get('device_name', 'GPU')})"

    def read(self, path: str) -> Floats:
        return self._variable(path).numpy()

    def write(self, path: str, value: Floats) -> None:
        self._variable(path).assign(value.astype(self._dtype))

    def forward(self, inputs: Sequence[Floats]) -> list[Floats]:
        with self._exact():
            self._inputs = [self._tf.convert_to_tensor(x.astype(self._dtype)) for x in inputs]
            self._before, self._tape = self._state(), None
            if self._random:
                outputs = self._taped()
            else:
                named = self.module.forward(*self._inputs)
                outputs = [named[name] for name in self._emission.outputs]
            return [output.numpy() for output in outputs]

    def stepwise(self) -> list[Floats]:
        with self._exact():
            if self._tape is None:
                self._replay()
            return [output.numpy() for output in self._outputs]

    def backward(self, seeds: Sequence[Floats | None]) -> tuple[list[Floats | None], dict[str, Floats]]:
        paths = list(dict.fromkeys(slot.path for slot in self._emission.slots.values() if slot.path))
        with self._exact():
            tape = self._tape or self._replay()
            sources = [*self._inputs, *(self._variable(path) for path in paths)]
            seeded = [(y, s.astype(self._dtype)) for y, s in zip(self._outputs, seeds, strict=True) if s is not None]
            found = tape.gradient([y for y, _ in seeded], sources, [self._tf.constant(s) for _, s in seeded])
            arrays = [None if g is None else self._tf.convert_to_tensor(g).numpy() for g in found]
        given = zip(paths, arrays[len(self._inputs) :], strict=True)
        return arrays[: len(self._inputs)], {path: g for path, g in given if g is not None}

    def stopwatch(self, inputs: Sequence[Floats], wanted: Sequence[bool] | None) -> Callable[[], Pass]:
        tf = self._tf
        with self._exact():
            given = [tf.convert_to_tensor(x.astype(self._dtype)) for x in inputs]
        watched = [x for x, flag in zip(given, wanted or (), strict=False) if flag]
        sources = [*watched, *self.module.trainable_variables] if wanted is not None else []

        def once() -> Pass:
            with self._exact():
                if not sources:
                    begin = time.perf_counter()
                    self._fetched(self.module(*given))
                    return time.perf_counter() - begin, None
                with tf.GradientTape() as tape:
                    for x in watched:
                        tape.watch(x)
                    begin = time.perf_counter()
                    outputs = self._named(self.module(*given))
                    self._fetched(outputs)
                    middle = time.perf_counter()
                forward, middle = middle - begin, time.perf_counter()
                found = [x for x in tape.gradient(outputs, sources) if x is not None]
                self._fetched(found)
                return forward, time.perf_counter() - middle if found else None

        return once

    @property
    def words(self) -> Words:
        return words()

    def tensor(self, path: str) -> Any:
        return self._tf.convert_to_tensor(self._variable(path))

    def kept(self, values: Floats) -> Any:
        with self._exact():
            return self._tf.convert_to_tensor(values.astype(self._dtype))

    def fetched(self, tensor: Any) -> Floats:
        return tensor.numpy()

    def assign(self, path: str, tensor: Any) -> None:
        self._variable(path).assign(tensor)

    def number(self, value: float) -> Any:
        return self._tf.constant(value, self._dtype)

    def compiled(self, function: F) -> F:
        return self._tf.function(function, autograph=False)

    def gradients(
        self, inputs: Sequence[Floats], weights: Sequence[float | None], paths: Sequence[str]
    ) -> tuple[float, list[Any]]:
        asked = tuple(weights), tuple(paths)
        if asked not in self._passes:
            self._passes[asked] = self._pass(*asked)
        with self._exact():
            given = [self._tf.convert_to_tensor(x.astype(self._dtype)) for x in inputs]
            loss, found, self._latest = self._passes[asked](*given)
        return float(loss), found

    def latest(self) -> list[Floats]:
        return [y.numpy() for y in self._latest]

    def state(self) -> dict[str, Floats]:
        kept = {f"variable {i}": variable.numpy() for i, variable in enumerate(self._own_variables())}
        return {"random": self._draw().state, **kept} if self._random else kept

    def restore(self, state: Mapping[str, Floats]) -> None:
        if self._random:
            self._draw().state = state["random"]
        for i, variable in enumerate(self._own_variables()):
            variable.assign(state[f"variable {i}"])

    def _draw(self) -> Drawing:
        """Where the numbers that the module draws come from, from now on."""
        if self._drawing is None:
            self._drawing = Drawing(self._tf)
            self._names["tf"] = self._drawing.framework
        return self._drawing

    def _own_variables(self) -> list[Any]:
        """Those that are no parameters of a layer, and do not learn."""
        slots = {id(self._variable(slot.path)) for slot in self._emission.slots.values() if slot.path}
        return [variable for variable in self.module.non_trainable_variables if id(variable) not in slots]

    def _pass(self, weights: Sequence[float | None], paths: Sequence[str]) -> Any:
        """As `gradients`, traced once for inputs of the same shapes."""
        tf, call = self._tf, cast("Any", type(self.module).__call__)
        if self._random:
            self._draw()
        sources = [self._variable(path) for path in paths]

        def run(*given: Any) -> tuple[Any, list[Any], list[Any]]:
            with tf.GradientTape() as tape:
                for variable in sources:
                    tape.watch(variable)
                outputs = self._named(call.python_function(self.module, *given))
                pairs = zip(outputs, weights, strict=True)
                terms = [tf.reduce_sum(y) * weight for y, weight in pairs if weight is not None]
                loss = tf.add_n(terms) if terms else tf.zeros([], self._dtype)
            found = tape.gradient(loss, sources, unconnected_gradients=tf.UnconnectedGradients.ZERO)
            return loss, [tf.convert_to_tensor(gradient) for gradient in found], outputs

        return tf.function(run, autograph=False, reduce_retracing=True)

    def _fetched(self, arrays: Any) -> None:
        """Waits until they are computed."""
        for array in self._tf.nest.flatten(arrays):
            self._tf.convert_to_tensor(array).numpy()

    def _state(self) -> list[Any]:
        return [self._tf.identity(variable) for variable in self.module.non_trainable_variables]

    def _load(self, state: Sequence[Any]) -> None:
        for variable, value in zip(self.module.non_trainable_variables, state, strict=True):
            variable.assign(value)

    def _replay(self) -> Any:
        """The tape of the last forward pass, run once more."""
        after = self._state()
        self._load(self._before)
        self._taped()
        self._load(after)
        return self._tape

    def _taped(self) -> list[Any]:
        with self._tf.GradientTape(persistent=True) as self._tape:
            learned = [slot.path for slot in self._emission.slots.values() if slot.blob.learnable]
            for x in (*self._inputs, *map(self._variable, learned)):  # frozen ones, too, for force_backward
                self._tape.watch(x)
            call: Any = type(self.module).__call__
            self._outputs = self._named(call.python_function(self.module, *self._inputs))
        return self._outputs

    def _named(self, result: Any) -> list[Any]:
        names = self._emission.outputs
        return [result] if len(names) == 1 else [result[name] for name in names]

    def _variable(self, path: str) -> Any:
        return reduce(inside, path.split("."), self.module)

    @contextmanager
    def _exact(self) -> Generator[None]:
        """Runs on the device, with float32 in full: TensorFlow would round it to TensorFloat-32 on a GPU."""
        config = self._tf.config.experimental
        before = config.tensor_float_32_execution_enabled()
        config.enable_tensor_float_32_execution(False)
        try:
            with self._tf.device(self._device):
                yield
        finally:
            config.enable_tensor_float_32_execution(before)
