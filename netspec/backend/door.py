"""The front door to the backends: the only place where one is found by its name.

They are found through the entry-point group `netspec.backends`, so that others can bring their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points

from netspec.backend import Backend, Export
from netspec.diagnostics import SpecError
from netspec.emit import Emission
from netspec.host.collecting import uncollected
from netspec.net import Net
from netspec.problems.backends import UnknownBackend

GROUP = "netspec.backends"
REFERENCE = "numpy"  # runs nets slowly, for comparison; it writes no code
SYNONYMS = {"tensorflow": ("tf", "keras", "tensorflow2", "tf2"), "torch": ("pytorch", "libtorch", "pt")}


def emit(net: Net, backend: str = "torch", flat: bool = False) -> str:
    """The source text of an equivalent module, with a class for each block of the spec, or `flat`, as one class.

    Raises SpecError for layers that the backend cannot express (NS401).
    """
    return emission(net, backend, flat).text


@uncollected()
def emission(net: Net, backend: str, flat: bool = False) -> Emission:
    """What a backend makes of a net, without the layers that compiled code leaves out. Raises SpecError."""
    net = net.compiled
    found = find(backend)
    return found.emit(net, net.returned, flat=True) if flat else found.emit(net, net.returned)


def export(backend: str, form: str) -> Export:
    """How a backend writes a form other than source. Raises SpecError, and KeyError where it does not know the form."""
    exports: Mapping[str, Export] = getattr(find(backend), "exports", {})
    return exports[form]


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
