"""From what a user names to a plugin: a file, a module, or what is installed under the entry-point group of plugins.

A plugin's module has a tuple `LAYERS` of layer types and, for those that are no formulas, `EMITTERS` by backend:
`{"torch": {Gelu: gelu}, …}`. What is wrong with it is said before any spec is read with it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from hashlib import sha256
from importlib.util import decode_source
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import Any, TypeAlias, cast

from netspec.diagnostics import Label, SpecError
from netspec.layers.base import Formula, Layer, PythonLayer
from netspec.layers.construction import constructible
from netspec.plugins import Plugin
from netspec.plugins.faults import interrupted, raised, said
from netspec.problems.plugins import BadPlugin
from netspec.syntax.text import file_bytes

GROUP = "netspec.layers"
Given: TypeAlias = ModuleType | str | os.PathLike[str]

_IMPORTING = RLock()  # two threads that name the same file get the same module


def load(given: Given) -> Plugin:
    """The plugin in a file, which is run, or in a module. Raises SpecError (NS601)."""
    if isinstance(given, ModuleType):
        return plugin_in(given, given.__name__)
    name = os.fspath(given)
    with _IMPORTING:
        return plugin_in(_module(name), name)


def installed() -> tuple[list[Plugin], list[SpecError]]:
    """The plugins of installed packages, and what keeps others from being used."""
    from importlib.metadata import entry_points

    plugins: list[Plugin] = []
    faults: list[SpecError] = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.value):
        try:
            plugins.append(plugin_in(_called(point.value, "", point.load), point.value))
        except SpecError as fault:
            faults.append(fault)
    return plugins, faults


def plugin_in(module: object, name: str) -> Plugin:
    """What a module says of itself. Raises SpecError (NS601)."""
    try:
        return _plugin(module, name)
    except SpecError:
        raise
    except BaseException as error:  # of its classes' own code
        if interrupted(error):
            raise
        labels = raised(getattr(module, "__file__", None) or "", error)
        raise bad(name, f"cannot be used: {said(error)}", labels) from error


def _plugin(module: object, name: str) -> Plugin:
    if not isinstance(module, ModuleType):
        raise bad(name, f"is {_kind(module)}, not a module")
    listed: object = getattr(module, "LAYERS", None)
    if not isinstance(listed, tuple | list):
        what = "no LAYERS" if listed is None else f"LAYERS that is {_kind(listed)}"
        raise bad(name, f"has {what}", help="name its layer types in a tuple: LAYERS = (MyLayer,)")
    layers = tuple(_checked(layer, name) for layer in cast("tuple[object, ...]", listed))
    return Plugin(name, getattr(module, "__file__", None) or "", layers, _emitters(module, name, layers))


def bad(name: str, what: str, labels: tuple[Label, ...] = (), help: str | None = None) -> SpecError:
    return SpecError([BadPlugin(f"plugin {name} {what}", labels, help)])


def _module(path: str) -> ModuleType:
    """The module in a file. Its name holds a digest: the same text is run once, and gives the same types."""
    try:
        data = file_bytes(path)
    except SpecError as error:
        raise bad(path, error.diagnostics[0].message.removeprefix(path).strip()) from None
    name = f"netspec_plugin_{Path(path).stem}_{sha256(os.fsencode(path) + data).hexdigest()[:16]}"
    if name in sys.modules:
        return sys.modules[name]
    module = ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module  # where the fields look up the annotations of the module's classes
    try:
        _called(path, path, lambda: exec(compile(decode_source(data), path, "exec"), vars(module)))
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _called(name: str, file: str, run: Callable[[], object]) -> object:
    """Raises SpecError for whatever goes wrong in code of the user's own."""
    try:
        return run()
    except BaseException as error:
        if interrupted(error):
            raise
        raise bad(name, f"cannot be imported: {said(error)}", raised(file, error)) from error


def _checked(layer: object, name: str) -> type[Layer]:
    if not (isinstance(layer, type) and issubclass(layer, Layer)):
        raise bad(name, f"lists {layer!r:.80} in LAYERS", help="derive it from netspec.layers.base.Layer or Formula")
    if fault := _fault(layer):
        raise bad(name, f"has a layer type {layer.type_name()} that {fault}")
    return layer


def _fault(layer: type[Layer]) -> str | None:
    """Why a class is no layer type."""
    if issubclass(layer, Formula):
        if layer.formula is Formula.formula and layer.compute is Formula.compute:
            return "has no formula"
    elif layer.infer is Layer.infer:
        return "has no shape rule: it needs infer(self, site), or a formula"
    python: object = getattr(layer, "python", None)
    if issubclass(layer, PythonLayer):
        if not _is_pair(python):
            return f'has python = {python!r:.80}, not ("module", "Layer")'
    elif python is not None:
        return "has python, but is not derived from netspec.layers.base.PythonLayer"
    return _unreadable(layer)


def _is_pair(value: object) -> bool:
    parts = cast("tuple[object, ...]", value) if isinstance(value, tuple) else ()
    return len(parts) == 2 and all(isinstance(part, str) and part for part in parts)


def _has(base: type[Layer], name: str) -> bool:
    """Whether a class has something of a name that is no field."""
    return hasattr(base, name) and name not in base.model_fields


def _unreadable(layer: type[Layer]) -> str | None:
    """Why its fields cannot be read from a spec."""
    try:
        return _misnamed(layer) or _read(layer)
    except Exception as error:
        return f"has fields that a spec cannot hold: {said(error)}"


def _misnamed(layer: type[Layer]) -> str | None:
    from netspec.frontend.messages.schema import beside

    bases = [base for base in layer.__mro__[1:] if issubclass(base, Layer)]
    if taken := next((name for name in layer.model_fields if any(_has(base, name) for base in bases)), None):
        return f"has a field {taken}, which is the name of something that every layer type has"
    own = [name for name in layer.model_fields if name not in beside(layer)]
    if own and layer.message is None:
        return f"has the field {own[0]}, but does not say in which message: message: ClassVar = …"
    return None


def _read(layer: type[Layer]) -> None:
    """Builds what reads its fields. Raises what their kinds make of that."""
    from netspec.frontend.messages.schema import beside, message_of, schema

    schema(layer)
    for name in beside(layer):
        message_of(layer, name)
    if not constructible(layer):
        from netspec.layers.judging import twin

        twin(layer)


def _emitters(
    module: ModuleType, name: str, layers: tuple[type[Layer], ...]
) -> dict[str, Mapping[type[Layer], Callable[..., Any]]]:
    given: object = getattr(module, "EMITTERS", {})
    form = 'EMITTERS is {"torch": {MyLayer: function}, …}'
    if not isinstance(given, Mapping):
        raise bad(name, f"has EMITTERS that is {_kind(given)}", help=form)
    for backend, table in cast("Mapping[object, object]", given).items():
        if not isinstance(backend, str) or not isinstance(table, Mapping):
            raise bad(name, f"has {_kind(table)} in EMITTERS under {backend!r:.80}", help=form)
        for layer, emitter in cast("Mapping[object, object]", table).items():
            if not any(layer is listed for listed in layers):
                raise bad(name, f"has {layer!r:.80} in EMITTERS, which is not in its LAYERS")
            if not callable(emitter):
                raise bad(name, f"has {_kind(emitter)} as emitter in EMITTERS[{backend!r}]", help=form)
    return dict(cast("Mapping[str, Mapping[type[Layer], Callable[..., Any]]]", given))


def _kind(value: object) -> str:
    return f"a {type(value).__name__}"
