"""A live model of a net. Importing this takes numpy."""

from __future__ import annotations

from netspec.backend.door import find
from netspec.backend.executable import Executable
from netspec.net import Net


def build(net: Net, backend: str = "torch", device: str = "cpu", dtype: str = "float32") -> Executable:
    """A live model of the net. device: "cpu" or "cuda". dtype: "float32" or "float64". Parameters begin as filled.

    Raises SpecError when the backend, its framework or the device is missing, or a layer has no meaning there.
    """
    return find(backend).build(net, device, dtype)
