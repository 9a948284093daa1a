"""What a backend is. `door` finds one by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from netspec.net import Net

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import ArrayLike

    from netspec.backend.executable import Executable
    from netspec.emit import Emission


class Backend(Protocol):
    """A target framework. Importing a backend and emitting with it never import the framework; building does.

    One that can write more than source also has `exports`: an `Export` by the name of the option that asks for it.
    """

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    def emit(self, net: Net, outputs: tuple[str, ...], flat: bool | None = None) -> Emission:
        """The source for a net that returns the blobs named. flat: as one class, whatever blocks the spec has; None: if
        others are returned than the net's outputs, which may be inside of blocks. Raises SpecError."""
        ...

    def loader(self, net: Net, emission: Emission, file: str, complete: bool) -> str:
        """A function `trained` to stand behind the emitted text: it makes the module with the weights of a
        `.safetensors` file beside it. Where that is not complete, what it lacks begins as filled."""
        ...

    def build(self, net: Net, device: str, dtype: str) -> Executable:
        """The live model of `net.compiled`: an `exec` of the emitted text. Raises SpecError when framework or device
        are not there."""
        ...


class Export(Protocol):
    """What a backend writes in the place of source: a graph, or a model in a format that others read.

    params: a net's parameters in Caffe's order and layout; what they leave out is as filled. replace: what is there
    already may go.
    """

    def __call__(
        self, net: Net, path: Path, params: Mapping[str, Sequence[ArrayLike]] | None, replace: bool
    ) -> str | bytes | None:
        """What is to stand in the file of that path; None where it has been written there.

        Raises SpecError, FileExistsError, and OSError where it cannot be written.
        """
        ...
