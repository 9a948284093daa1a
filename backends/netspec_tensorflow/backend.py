"""The TensorFlow backend: what it emits, and how that is brought to life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from netspec.emit import Emission
from netspec.net import Net
from netspec_tensorflow import trained
from netspec_tensorflow.target import TARGET, emitted

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from netspec.backend import Export
    from netspec.backend.executable import Executable
    from netspec.solver import Solver


def graph(net: Net, path: Path, params: Mapping[str, Sequence[ArrayLike]] | None, replace: bool) -> bytes | str:
    """`netspec.backend.Export` of a GraphDef, as text where the file ends in .pbtxt."""
    from netspec_tensorflow.graph import graph_def

    return graph_def(net, params, text=path.suffix == ".pbtxt")


def saved_model(net: Net, path: Path, params: Mapping[str, Sequence[ArrayLike]] | None, replace: bool) -> None:
    """`netspec.backend.Export` of a SavedModel, which is a folder."""
    from netspec_tensorflow.saved import save_model

    save_model(net, path, params, replace)


class TensorFlowBackend:
    """`netspec.backend.Backend` for TensorFlow."""

    name = TARGET.name
    title = TARGET.title
    exports: ClassVar[Mapping[str, Export]] = {"graph": graph, "saved-model": saved_model}

    def emit(self, net: Net, outputs: tuple[str, ...], flat: bool | None = None) -> Emission:
        return emitted(net, outputs, flat)

    def loader(self, net: Net, emission: Emission, file: str, complete: bool) -> str:
        return trained.loader(emission, file, complete)

    def script(self, solver: Solver) -> str:
        """The text of a program that trains. Raises SpecError."""
        from netspec_tensorflow.script import script

        return script(solver)

    def trainable_graph(
        self, solver: Solver, params: Mapping[str, Sequence[ArrayLike]] | None, form: str
    ) -> bytes | str:
        """A graph that a session can train, as a GraphDef or a MetaGraphDef. Raises SpecError."""
        from netspec_tensorflow.trainable import trainable_graph

        return trainable_graph(solver, params, form)

    def seed(self, number: int) -> None:
        """What chance begins from, in fillers and layers."""
        from netspec_tensorflow.runner import framework

        framework().random.set_seed(number % (1 << 31))

    def deterministic(self) -> AbstractContextManager[None]:
        """Inside, the same numbers come out each time; what draws some needs a seed."""
        from netspec_tensorflow.runner import deterministic

        return deterministic()

    def build(self, net: Net, device: str, dtype: str) -> Executable:
        from netspec.backend.executable import Executable
        from netspec_tensorflow.runner import starter

        net = net.compiled
        return Executable(net, partial(emitted, net), starter(net, device, dtype))
