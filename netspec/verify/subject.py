"""A backend's model of a net as `verify` runs it: fed with seeded values, every array of the run under its name."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeAlias

import numpy as np

from netspec.backend.executable import Floats
from netspec.backend.live import build
from netspec.diagnostics import SpecError
from netspec.layers.data_layer import DataLayer
from netspec.net import Net, Node, Value
from netspec.net.labels import whole_numbers
from netspec.net.passes.optimize import optimized as fast
from netspec.shapes import integers
from netspec.verify.report import Item, Kind
from netspec.verify.samples import (
    Samples,
    draw_input,
    draw_parameters,
    draw_seeds,
    limited,
    parameter_names,
)
from netspec.verify.tolerance import EQUAL, difference, nudged

Run: TypeAlias = dict[Item, Floats]
REFERENCE = "float64"


class Broken(Exception):
    """A model raised an exception, which is its cause. The message says whose, and what it was doing."""

    def __init__(self, backend: str, doing: str) -> None:
        super().__init__(f"{backend} fails to {doing}")
        self.backend = backend


class Subject:
    """A live model. Names of layers are unique in its net.

    seeds: what the gradients of the outputs begin with in a net without a loss; drawn in the first run unless set.
    printed: outputs and gradients of the first run in float64 on the CPU, as the source with classes for blocks gives
    them, and as one class does; nothing for a source without such classes, or unless it is `held` against one class.
    tell: is told what is being done. optimized: its model is that of the optimized net, in which some blobs are not.
    """

    def __init__(
        self,
        net: Net,
        backend: str,
        device: str,
        dtype: str,
        values: Samples,
        grad: bool = False,
        tell: Callable[[str], object] = str,
        optimized: bool = False,
        held: bool = True,
    ) -> None:
        self.net, self.backend, self.dtype, self.grad, self.optimized = net, backend, dtype, grad, optimized
        self.seeds: dict[str, Floats] = {}
        self.printed: dict[Item, tuple[Floats, Floats]] = {}
        self.sizes: Mapping[str, int] = {}  # of the names in its inputs
        self._tell = tell
        tell(f"building the model of {self.title}")
        with self._whole_model("build it"):
            self.model = build(fast(net) if optimized else net, backend, device, dtype)
            # Only there do two orders of the same operations give the same bits.
            self._is_held = held and self.model.folded and dtype == REFERENCE and device == "cpu"
            if not self._is_held:
                self.model.renew("all")
            self.device = self.model.device
        self.model.set_params(values.given)  # which says what is wrong with them
        self._names = parameter_names(net)
        self._whole, self._limits = whole_numbers(net), limited(net)
        self.use(values)

    def use(self, values: Samples) -> None:
        """Runs from other numbers from now on."""
        self.values = values
        self._given = {
            param.owner: np.asarray(blob, np.float64)
            for node in self.net.layers
            for param, blob in zip(node.blobs, values.given.get(node.name, ()), strict=False)
        }

    @property
    def title(self) -> str:
        name = f"{self.backend} -O" if self.optimized else self.backend
        return name if self.dtype == REFERENCE else f"{name} in {self.dtype}"

    def computes(self, item: Item) -> bool:
        """Whether a run has this array."""
        return item.blob in self.model.net.latest if item.kind is Kind.BLOB else not self.optimized

    def run(self, nudge: int = 0, unit: float = 0.0) -> Run:
        """Forward and backward from the seeded values, or from those nudged with the seed `nudge`."""
        self._tell(f"running {self.title}{', with nudged numbers' if nudge else ''}")
        inputs = self._inputs(nudge, unit)
        printed = self._as_users_run_it(inputs) if self._is_held else {}
        with self._whole_model("run it"):
            self._set_parameters(nudge, unit)
            blobs = self.model.forward(inputs, blobs="all")
            run = self._named(blobs) | self._state()
        flat: Run = {}
        if printed:
            with self._whole_model("run it step by step"):
                flat = self._named(self.model.stepwise())
        if self.grad:
            with self._whole_model("differentiate it"):
                gradients = self._gradients(inputs, blobs, nudge, unit)
            run, flat = run | gradients, flat | gradients
        if printed and not all(same(value, flat[item]) for item, value in printed.items()):
            # With every blob to return, a BatchNorm and its Scale are two steps: only one class alike tells more.
            with self._whole_model("run it as one class"):
                self.model.renew()
                flat = self._outputs(inputs)
                self.model.renew("all")
        self.printed = self.printed or {item: (value, flat[item]) for item, value in printed.items()}
        return run

    def _as_users_run_it(self, inputs: Mapping[str, Floats]) -> Run:
        """What the very text that users read gives."""
        self._is_held = False  # once is enough
        with self._whole_model("run its source"):
            run = self._outputs(inputs)
            folded = self.model.folded
            self.model.renew("all")
        return run if folded else {}  # where a loss is returned besides, another text has run

    def _outputs(self, inputs: Mapping[str, Floats]) -> Run:
        """The outputs, step by step, and all gradients. An output that is another in the graph that is made of it is
        that."""
        self._set_parameters(0, 0.0)
        outputs = self.model.forward(inputs)
        steps = self.model.stepwise()
        near = {name: difference(outputs[name], steps[name], ("", "")).relative <= EQUAL for name in outputs}
        run = self._named({name: steps[name] if near[name] else outputs[name] for name in outputs})
        return run | (self._gradients(inputs, outputs, 0, 0.0) if self.grad else {})

    def _named(self, blobs: Mapping[str, Floats]) -> Run:
        found = ((node, name) for node, name in self._blobs() if name in blobs)
        return {_item(Kind.BLOB, node, name, blobs[name]): blobs[name] for node, name in found}

    @contextmanager
    def _whole_model(self, doing: str) -> Generator[None]:
        """What the model raises, with its name. What is wrong with the net or with numbers given stays as it is."""
        try:
            yield
        except SpecError:
            raise
        except (Exception, SystemExit) as error:
            raise Broken(self.backend, doing) from error

    def _inputs(self, nudge: int, unit: float) -> dict[str, Floats]:
        inputs: dict[str, Floats] = {}
        for node in self.net.layers:
            if not isinstance(node.params, DataLayer):
                continue
            for name, value in zip(node.tops, node.outputs, strict=True):
                classes = self._whole.get(value)
                shape, limits = self._shape(value), self._limits.get(value, ())
                drawn = draw_input(self.values.seed, name, shape, classes, limits)
                inputs[name] = nudged(drawn, nudge, name, unit) if nudge and classes is None else drawn
        return inputs

    def _shape(self, value: Value) -> tuple[int, ...]:
        shape = self.net.shapes[value] or ()
        if self.sizes:
            from netspec.shapes.symbols import at

            shape = at(shape, self.sizes)
        return integers(shape) or ()

    def _set_parameters(self, nudge: int, unit: float) -> None:
        """Layer by layer, so that no second copy of a large net's weights is held, unless layers are folded."""
        together: dict[str, Sequence[Floats]] = {}
        for node in self.net.layers:
            if node.blobs:
                values: Sequence[Floats] = draw_parameters(self.values, node, self._names)
                values = [self._given.get(p.owner, v).reshape(v.shape) for p, v in zip(node.blobs, values, strict=True)]
                if nudge:
                    keys = [self._names[param.owner] for param in node.blobs]
                    values = [nudged(v, nudge, key, unit) for v, key in zip(values, keys, strict=True)]
                if self.optimized:
                    together[node.name] = values
                else:
                    self.model.set_params({node.name: values})
        self.model.set_params(together)

    def _blobs(self) -> list[tuple[Node, str]]:
        """Every named blob that is computed, under the layer that writes its last version."""
        latest = {value: blob for blob, value in self.net.latest.items() if blob not in self.net.inputs}
        return [(node, latest[value]) for node in self.net.layers for value in node.outputs if value in latest]

    def _state(self) -> Run:
        """The numbers that layers keep without learning them, where a forward pass changes them."""
        kept = (node for node in self.net.layers if not all(param.blob.learnable for param in node.blobs))
        keepers = [node for node in kept if node.params.updates(node.phase) and not self.optimized]
        after = self.model.get_params() if keepers else {}
        return {
            _item(Kind.STATE, node, param.blob.name, value): value
            for node in keepers
            for param, value in zip(node.blobs, after[node.name], strict=True)
            if not param.blob.learnable
        }

    def _gradients(self, inputs: Mapping[str, Floats], blobs: Mapping[str, Floats], nudge: int, unit: float) -> Run:
        """In the order of the backward pass, so that the first one to differ is where it began."""
        net = self.net
        loss = any(weight for node in net.layers for weight in node.loss_weights)
        gradients = self.model.backward({} if loss else self._seeds(blobs, nudge, unit))
        run: Run = {}
        for node in reversed(net.layers):
            if isinstance(node.params, DataLayer):
                for name in (n for n, v in zip(node.tops, node.outputs, strict=True) if v not in self._whole):
                    value = gradients.inputs.get(name)
                    value = np.zeros_like(inputs[name]) if value is None else value
                    run[_item(Kind.GRADIENT, node, name, value)] = value
            elif node.blobs:
                for param, value in zip(node.blobs, gradients.params[node.name], strict=True):
                    if param.owner == param.key and param.blob.learnable:
                        run[_item(Kind.GRADIENT, node, param.blob.name, value)] = value
        return run

    def _seeds(self, blobs: Mapping[str, Floats], nudge: int, unit: float) -> dict[str, Floats]:
        outputs = [name for name in self.net.outputs if name not in self.net.inputs]
        self.seeds = self.seeds or {name: draw_seeds(self.values.seed, name, blobs[name]) for name in outputs}
        seeds = {  # of its own where the blob has another shape than in the backend for which they were drawn
            name: seed if seed.shape == blobs[name].shape else draw_seeds(self.values.seed, name, blobs[name])
            for name, seed in self.seeds.items()
        }
        return (
            {name: nudged(seed, nudge, f"gradient of {name}", unit) for name, seed in seeds.items()} if nudge else seeds
        )


def _item(kind: Kind, node: Node, blob: str, value: Floats) -> Item:
    return Item(kind, node.name, node.type, blob, tuple(value.shape))


def same(a: Floats, b: Floats) -> bool:
    """To the last bit."""
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
