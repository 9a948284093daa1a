"""Pieces of specs that the tests of lowering put together."""

from __future__ import annotations

from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source, load_text
from netspec.net import Net


def data(*dims: int, name: str = "data", rest: str = "") -> str:
    """An Input layer."""
    sizes = " ".join(f"dim: {dim}" for dim in dims)
    return f'layer {{ name: "{name}" type: "Input" top: "{name}" {rest} input_param {{ shape {{ {sizes} }} }} }}\n'


def layer(type_name: str, bottoms: str = "data", tops: str = "y", rest: str = "") -> str:
    """A layer called after its type and tops; bottoms and tops as words."""
    blobs = "".join(f' bottom: "{b}"' for b in bottoms.split()) + "".join(f' top: "{t}"' for t in tops.split())
    return f'layer {{ name: "{type_name} {tops}" type: "{type_name}"{blobs} {rest} }}\n'


def load(*parts: str, phase: str = "TEST", stages: tuple[str, ...] = (), level: int = 0) -> Net:
    return load_text("".join(parts), phase=phase, stages=stages, level=level)


def codes(*parts: str, phase: str | None = None) -> list[str]:
    """The codes of what is found, in order."""
    return [diagnostic.code for diagnostic in check_source(Source("test.net", "".join(parts)), phase)]


def messages(*parts: str) -> list[str]:
    return [diagnostic.message for diagnostic in check_source(Source("test.net", "".join(parts)))]
