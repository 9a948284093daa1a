"""What a backend is, and how one is found: through the entry-point group `netspec.backends`."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Protocol

from netspec.diagnostics import SpecError
from netspec.net import Net
from netspec.problems.backends import UnknownBackend

if TYPE_CHECKING:
    from netspec.backend.executable import Executable
    from netspec.emit import Emission

GROUP = "netspec.backends"
REFERENCE = "numpy"  # runs nets slowly, for comparison; it writes no code
SYNONYMS = {"tensorflow": ("tf", "keras", "tensorflow2", "tf2"), "torch": ("pytorch", "libtorch", "pt")}


class Backend(Protocol):
    """A target framework. Importing a backend and emitting with it never import the framework; building does."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    def emit(self, net: Net, outputs: tuple[str, ...]) -> Emission:
        """The source for a net that returns the blobs named. Raises SpecError."""
        ...

    def loader(self, net: Net, emission: Emission, file: str, complete: bool) -> str:
        """A function `trained` to stand behind the emitted text: it makes the module with the weights of a
        `.safetensors` file beside it. Where that is not complete, what it lacks begins as filled."""
        ...

    def build(self, net: Net, device: str, dtype: str) -> Executable:
        """The live model: an `exec` of the emitted text. Raises SpecError when framework or device are not there."""
        ...


def find(name: str) -> Backend:
    """The backend of a name. Raises SpecError (NS403), also where its package cannot be imported."""
    found = {point.name: point for point in entry_points(group=GROUP)}
    if name not in found:
        help = f"netspec compiles to {' and '.join(sorted(found.keys() - {REFERENCE})) or 'none, as installed'}"
        if meant := next(
            (known for known, others in SYNONYMS.items() if name.lower() in others and known in found), None
        ):
            help = f"did you mean {meant}? {help}"
        raise SpecError([UnknownBackend(f'no backend "{name}"', help=help)])
    try:
        return found[name].load()
    except SpecError:
        raise
    except BaseException as error:  # its code is a package of its own
        from netspec.plugins.faults import interrupted, said

        if interrupted(error):
            raise
        raise SpecError([UnknownBackend(f'backend "{name}" cannot be loaded: {said(error)}')]) from error
