"""The function with which an emitted file makes its module with trained weights."""

from __future__ import annotations

from netspec.emit import Emission
from netspec.emit.code import literal


def loader(emission: Emission, file: str, complete: bool) -> str:
    """`file` lies beside the source. Where it is not complete, what it lacks begins as filled."""
    strict = "" if complete else ", strict=False"
    return f'''

def trained() -> {emission.class_name}:
    """The module with its trained weights, which lie beside this file."""
    import pathlib

    import safetensors.torch

    module = {emission.class_name}()
    path = pathlib.Path(__file__).with_name({literal(file)})
    safetensors.torch.load_model(module, path{strict})
    return module
'''
