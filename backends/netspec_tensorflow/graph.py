"""A net as TensorFlow's dataflow graph: what `tf.compat.v1.Session`, TensorBoard and graph converters read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial, reduce
from importlib import import_module
from typing import Any

from numpy.typing import ArrayLike

from netspec.backend.executable import Floats, started
from netspec.emit import Emission
from netspec.net import Net
from netspec_tensorflow.runner import framework, inside, starter
from netspec_tensorflow.target import emitted

_FOREIGN = re.compile(r"[^A-Za-z0-9_.\\/>-]")  # what the name of a node may not hold
_NAME = re.compile(r"[^^:]+")


def graph_def(
    net: Net,
    params: Mapping[str, Sequence[ArrayLike]] | None = None,
    dtype: str = "float32",
    text: bool = False,
) -> bytes | str:
    """A serialised `GraphDef`, or its text form (pbtxt), for the outputs of a net.

    It has a placeholder for each input and an identity for each output, named as the blobs are; foreign characters of a
    name become `_`. Parameters are constants: those given, in Caffe's order and layout, else what their fillers drew.
    Nothing is updated: what a forward pass would change (running statistics, the state of recurrent layers) stays what
    it is at first. Raises SpecError as building the net does.
    """
    net = net.compiled
    emission, runner = started(net, partial(emitted, net), starter(net, "cpu", dtype), params)
    definition = _graph(runner.module, emission, dtype)
    if text:
        return str(import_module("google.protobuf.text_format").MessageToString(definition))
    return bytes(definition.SerializeToString())


def _graph(module: Any, emission: Emission, dtype: str) -> Any:
    """The graph of a module's forward function, its inner nodes in a scope of their own."""
    tf, kind = framework(), module.__class__
    paths = (slot.path.split(".") for slot in emission.slots.values())
    loops = dict.fromkeys(path[0] for path in paths if len(path) > 1 and isinstance(getattr(module, path[0]), Mapping))
    values: dict[str, Floats] = {path: variable.numpy() for path, variable in _variables(module, loops)}
    names = _node_names((*emission.inputs, *emission.outputs))
    scope = emission.class_name
    while any(name.lower().startswith(scope.lower()) for name in names.values()):
        scope = f"net_{scope}"
    with tf.Graph().as_default() as graph:
        feeds: list[Any] = [tf.compat.v1.placeholder(dtype, spec.shape) for spec in module.forward.input_signature]
        with tf.name_scope(scope):
            for path, value in values.items():
                _replace(module, path, _constant(tf, value, path))
            result = kind.__call__.python_function(module, *feeds)
        results: list[Any] = [result] if len(emission.outputs) == 1 else [result[name] for name in emission.outputs]
        nodes: dict[str, str] = {f.op.name: names[blob] for blob, f in zip(emission.inputs, feeds, strict=True)}
        for blob, value in zip(emission.outputs, results, strict=True):
            if blob not in emission.inputs:
                nodes[tf.identity(value).op.name] = names[blob]
    return _renamed(graph.as_graph_def(), nodes)


def _variables(module: Any, loops: Iterable[str] = ()) -> Iterator[tuple[str, Any]]:
    """Every variable of a module and of the modules in it, with its path; those of loops are in dictionaries."""
    members: dict[str, Any] = dict(module.__dict__)
    for name in loops:
        members |= {f"{name}.{key}": value for key, value in members.pop(name).items()}
    for name, value in members.items():
        if hasattr(value, "assign"):
            yield name, value
        elif hasattr(value, "trainable_variables"):
            yield from ((f"{name}.{path}", variable) for path, variable in _variables(value))


def _constant(tf: Any, value: Floats, path: str) -> Any:
    """A constant in the place of a variable. The forward function may assign to it, which has no effect."""

    def ignore(new: Any) -> Any:
        return new

    constant = tf.constant(value, name=path.replace(".", "/"))
    constant.assign = ignore
    return constant


def _replace(module: Any, path: str, value: Any) -> None:
    *parents, name = path.split(".")
    setattr(reduce(inside, parents, module), name, value)


def _node_names(blobs: Iterable[str]) -> dict[str, str]:
    """A name for the node of each blob; equal ones get numbers."""
    names: dict[str, str] = {}
    for blob in blobs:
        base = name = _FOREIGN.sub("_", blob) if blob[:1].isalnum() else "blob" + _FOREIGN.sub("_", blob)
        while blob not in names and name in names.values():
            name = f"{base}_{len(names)}"
        names.setdefault(blob, name)
    return names


def _renamed(definition: Any, names: Mapping[str, str]) -> Any:
    """The same graph with some of its nodes named otherwise. An input may be `^name` or `name:port`."""
    for node in definition.node:
        node.name = names.get(node.name, node.name)
        for i, source in enumerate(node.input):
            node.input[i] = _NAME.sub(lambda found: names.get(found[0], found[0]), source, count=1)
    return definition
