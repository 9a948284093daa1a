"""What differs between backends: a live module of a framework, and one that learns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

from netspec.emit.parts import Slot
from netspec.emit.slots import Floats as Floats
from netspec.solver.rules import Words

Pass: TypeAlias = tuple[float, float | None]  # seconds forward, and backward if there is a way back


class Program(Protocol):
    """A net made ready to return some of its blobs; `netspec.emit.Emission` is one."""

    @property
    def text(self) -> str: ...

    @property
    def inputs(self) -> tuple[str, ...]: ...

    @property
    def outputs(self) -> tuple[str, ...]: ...

    @property
    def slots(self) -> Mapping[tuple[int, int], Slot]:
        """Where parameters live, keyed as `Param.key`."""
        ...


P = TypeVar("P", bound=Program)


class Runner(Protocol):
    """One live module of a framework. Parameters are read and written by slot path, in the framework's own layout."""

    @property
    def device(self) -> str:
        """What it runs on, for people: `cpu`, `cuda:0 (NVIDIA H200)`."""
        ...

    def read(self, path: str) -> Floats: ...

    def write(self, path: str, value: Floats) -> None: ...

    def forward(self, inputs: Sequence[Floats]) -> list[Floats]:
        """The outputs of the program, in its order."""
        ...

    def stepwise(self) -> list[Floats]:
        """The outputs of the last forward pass once more, operation by operation as `backward` runs it. Where a graph
        is rewritten before it runs, they differ from its outputs by rounding."""
        ...

    def stopwatch(self, inputs: Sequence[Floats], wanted: Sequence[bool] | None) -> Callable[[], Pass]:
        """What runs once with these inputs, which lie ready on the device, and gives the seconds of the pass forward
        and of that backward: to the parameters that learn, and to the inputs that are `wanted`; with None there is no
        pass backward."""
        ...

    def backward(self, seeds: Sequence[Floats | None]) -> tuple[list[Floats | None], dict[str, Floats]]:
        """Gradients of the last forward pass for each input, and for each parameter path, of the sum over outputs of
        output · seed; a seed of None counts for nothing."""
        ...


class Learner(Runner, Protocol):
    """A live module that learns. Its tensors are the framework's own, on its device, laid out as it keeps them."""

    @property
    def words(self) -> Words: ...

    def tensor(self, path: str) -> Any:
        """The parameter of a path."""
        ...

    def kept(self, values: Floats) -> Any:
        """An array as a tensor."""
        ...

    def fetched(self, tensor: Any) -> Floats: ...

    def assign(self, path: str, tensor: Any) -> None: ...

    def gradients(
        self, inputs: Sequence[Floats], weights: Sequence[float | None], paths: Sequence[str]
    ) -> tuple[float, list[Any]]:
        """One pass forward and one backward: the loss, which is the sum over outputs of weight · its elements, and its
        gradient for the parameter of each path."""
        ...

    def latest(self) -> list[Floats]:
        """The outputs of the last pass of `gradients`, in the program's order."""
        ...

    def state(self) -> dict[str, Floats]:
        """What the passes to come depend on beside parameters: the random numbers that are drawn, and what layers keep
        that no file of weights holds. Numbers of 32 or 64 bits."""
        ...

    def restore(self, state: Mapping[str, Floats]) -> None:
        """Goes on from what `state` gave. Raises KeyError and ValueError for that of another module."""
        ...

    def number(self, value: float) -> Any:
        """What tensors are multiplied by, and `compiled` takes as it changes."""
        ...

    def compiled(self, function: F) -> F:
        """The same function of tensors, made to be called often."""
        ...


R = TypeVar("R", bound=Runner)
F = TypeVar("F", bound=Callable[..., Any])
