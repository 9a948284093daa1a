"""Layer types that users bring along, as Python modules. A plugin is named by who runs netspec, never by a spec."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from netspec.layers.base import Blob, CallSite, Layer
from netspec.shapes import Size


class Plugin(NamedTuple):
    """A module of layer types.

    name: what messages call it. file: where its text is, "" if nowhere. emitters: for each backend by name, what it
    does with the types that are no formulas.
    """

    name: str
    file: str
    layers: tuple[type[Layer], ...]
    emitters: Mapping[str, Mapping[type[Layer], Callable[..., Any]]]


def emitters(plugins: Sequence[Plugin], backend: str) -> dict[type[Layer], Callable[..., Any]]:
    """Those of all plugins for a backend."""
    return {layer: emitter for plugin in plugins for layer, emitter in plugin.emitters.get(backend, {}).items()}


def owner(plugins: Sequence[Plugin], layer: type[Layer]) -> Plugin | None:
    """The plugin that a layer type comes from, None for netspec's own."""
    return next((plugin for plugin in plugins if layer.base_type() in plugin.layers), None)


def check_answer(tops: object, blobs: object, site: CallSite) -> None:
    """Raises TypeError where the rules of a layer gave what they cannot: shapes of tops, and blobs."""
    if not holds(tops, lambda top: top is None or _is_shape(top), site.tops):
        raise TypeError(f"infer gave {tops!r:.80}, not a tuple of {site.tops} shapes, one for each top")
    if not holds(blobs, lambda blob: isinstance(blob, Blob) and _is_shape(blob.shape)):
        raise TypeError(f"blobs gave {blobs!r:.80}, not a tuple of Blob")


def holds(values: object, sound: Callable[[object], bool], number: int | None = None) -> bool:
    """Whether something is a tuple of sound values, and of so many."""
    if not isinstance(values, tuple):
        return False
    items = cast("tuple[object, ...]", values)
    return number in (None, len(items)) and all(map(sound, items))


def _is_shape(shape: object) -> bool:
    return holds(shape, lambda dim: isinstance(dim, int | Size))
