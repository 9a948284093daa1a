"""The types that the layers of a spec may have: netspec's own, and those of plugins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from netspec import layers
from netspec.diagnostics import Diagnostic, SpecError
from netspec.layers.base import Layer, PythonLayer
from netspec.layers.index import PYTHON
from netspec.plugins import Plugin
from netspec.problems.plugins import RedefinedType

if TYPE_CHECKING:
    from netspec.plugins.load import Given


@dataclass(frozen=True)
class Registry:
    """allow_unknown, lenient: a type, or a field, that is nowhere passes with a warning. edition: "caffe" where what
    only forks have is an error. same_shape: layers of types that are nowhere keep the shape of their first bottom."""

    plugins: tuple[Plugin, ...] = ()
    allow_unknown: bool = False
    lenient: bool = False
    edition: str = ""
    same_shape: bool = False

    def find(self, type_name: str) -> type[Layer] | None:
        return layers.find(type_name) or self.types.get(type_name)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of all types."""
        return (*self.types, *layers.FAMILY, *layers.NAMESAKES)

    @cached_property
    def types(self) -> Mapping[str, type[Layer]]:
        """Those of plugins, by name."""
        return {layer.type_name(): layer for plugin in self.plugins for layer in plugin.layers}

    def python(self, module: str, layer: str) -> type[Layer] | None:
        """The type that stands for a Python layer: a plugin's, rather than netspec's own."""
        own = next((known for known in self.types.values() if _pair(known) == (module, layer)), None)
        return own or layers.find(PYTHON.get((module, layer), ""))

    @cached_property
    def messages(self) -> Mapping[str, type[Layer]]:
        """The messages that types of plugins read, with one such type each."""
        from netspec.frontend.messages.schema import beside

        return {
            message: layer
            for layer in self.types.values()
            for message in (*beside(layer), layer.message)
            if message is not None
        }

    def joined(self, plugin: Plugin) -> Registry:
        """With another plugin. Raises SpecError (NS602) where one of its types is there already."""
        if faults := list(self._redefined(plugin)):
            raise SpecError(faults)
        return replace(self, plugins=(*self.plugins, plugin))

    def with_installed(self) -> tuple[Registry, list[Diagnostic]]:
        """With the plugins of installed packages, and what is wrong with them. Types that are here already are kept."""
        from netspec.plugins.load import installed

        result = self
        plugins, faults = installed()
        for plugin in plugins:
            if not any(layer.type_name() in self.types for layer in plugin.layers):
                try:
                    result = result.joined(plugin)
                except SpecError as fault:
                    faults.append(fault)
        return result, [diagnostic for fault in faults for diagnostic in fault.diagnostics]

    def _redefined(self, plugin: Plugin) -> Iterator[Diagnostic]:
        types, python = dict.fromkeys(layers.FAMILY, "netspec"), dict[tuple[str, str], str]()
        for known in (*self.plugins, plugin):
            for layer in known.layers:
                name, pair = layer.type_name(), _pair(layer)
                if known is plugin and (there := types.get(name)):
                    yield _fault(plugin, f"the layer type {name}", there)
                elif known is plugin and pair and (there := python.get(pair)):
                    yield _fault(plugin, f"the Python layer {'.'.join(pair)}", there)
                types[name] = f"plugin {known.name}"
                if pair:
                    python[pair] = f"plugin {known.name}"


BUILT_IN = Registry()


def registry(
    plugins: Sequence[Given] = (),
    allow_unknown: bool = False,
    lenient: bool = False,
    edition: str | None = None,
    same_shape: bool = False,
) -> Registry:
    """With the types of these plugins; one that is named twice counts once. Raises SpecError (NS601, NS602), and
    ValueError for an edition that is none."""
    if edition not in (None, "caffe"):
        raise ValueError(f'edition is "caffe" or None, not {edition!r:.80}')
    result = Registry((), allow_unknown, lenient, edition or "", same_shape)
    if plugins:
        from netspec.plugins.load import load

        for plugin in map(load, plugins):
            if plugin not in result.plugins:
                result = result.joined(plugin)
    return result


def _pair(layer: type[Layer]) -> tuple[str, str] | None:
    """The module and class of the Python layer that a type stands for."""
    return layer.python if issubclass(layer, PythonLayer) else None


def _fault(plugin: Plugin, what: str, there: str) -> Diagnostic:
    message = f"plugin {plugin.name} defines {what}, which {there} has already"
    return RedefinedType(message, help="give the class another name, and the layers in the spec")
