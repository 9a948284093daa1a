"""A net as TensorFlow's dataflow graph: what `tf.compat.v1.Session`, TensorBoard and graph converters read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial, reduce
from importlib import import_module
from typing import Any

from numpy.typing import ArrayLike

from netspec.backend.executable import Floats, started
from netspec.emit import Emission
from netspec.net import Net
from netspec_tensorflow.nodes import Names, named, node_names, scope_beside, spread
from netspec_tensorflow.runner import framework, inside, starter
from netspec_tensorflow.target import emitted


def graph_def(
    net: Net,
    params: Mapping[str, Sequence[ArrayLike]] | None = None,
    dtype: str = "float32",
    text: bool = False,
) -> bytes | str:
    """A serialised `GraphDef`, or its text form (pbtxt), of a net.

    It has a placeholder for each input and an identity for each output, named as the blobs are, and one for each layer
    of the layer's name, with an output for each top; foreign characters of a name become `_`. Parameters are constants:
    those given, in Caffe's order and layout, else what their fillers drew. Nothing is updated: what a forward pass
    would change (running statistics, the state of recurrent layers) stays what it is at first. Raises SpecError as
    building the net does.
    """
    net, outputs, emit = whole(net)
    emission, runner = started(net, lambda _: emit(), starter(net, "cpu", dtype), params)
    names = node_names(net, outputs)
    definition = _graph(runner.module, emission, dtype, names)
    return as_text(definition) if text else bytes(definition.SerializeToString())


def whole(net: Net) -> tuple[Net, tuple[str, ...], Callable[[], Emission]]:
    """The net as it is compiled with a blob for each value, the blobs that it returns itself, and what emits it as one
    class that returns them all."""
    outputs, net = net.compiled.returned, spread(net.compiled)
    every = dict.fromkeys((*outputs, *net.latest))
    return net, outputs, partial(emitted, net, tuple(every), flat=True)


def as_text(definition: Any) -> str:
    return str(import_module("google.protobuf.text_format").MessageToString(definition))


def _graph(module: Any, emission: Emission, dtype: str, names: Names) -> Any:
    """The graph of a module's forward function, its inner nodes in a scope of their own."""
    tf = framework()
    values: dict[str, Floats] = {path: variable.numpy() for path, variable in members(module)}
    scope = scope_beside(emission.class_name, names.all)
    with tf.Graph().as_default() as graph:
        feeds = placeholders(module, dtype)
        with tf.name_scope(scope):
            for path, value in values.items():
                put(module, path, assignable(tf.constant(value, name=path.replace(".", "/")), lambda new: new))
            results = forward(module, emission, feeds)
        renamed = nodes_of(names, dict(zip(emission.inputs, feeds, strict=True)), results)
    definition = graph.as_graph_def()
    named(definition, renamed)
    return definition


def placeholders(module: Any, dtype: str) -> list[Any]:
    tf = framework()
    return [tf.compat.v1.placeholder(dtype, spec.shape) for spec in module.forward.input_signature]


def forward(module: Any, emission: Emission, feeds: Sequence[Any]) -> dict[str, Any]:
    """The tensors of the blobs that the module returns, in the graph that is open."""
    call: Any = type(module).__call__
    result: Any = call.python_function(module, *feeds)
    return {emission.outputs[0]: result} if len(emission.outputs) == 1 else result


def nodes_of(names: Names, feeds: Mapping[str, Any], results: Mapping[str, Any]) -> dict[str, str]:
    """Makes the nodes that have names, and gives for what these are called now what they are to be called."""
    tf = framework()
    found = {feeds[blob].op.name: name for blob, name in names.inputs.items()}
    for blob, name in names.outputs.items():
        if blob not in names.inputs:
            found[tf.identity(results[blob]).op.name] = name
    for name, blobs in names.layers.items():
        tensors = [results[blob] for blob in blobs]
        node = tf.identity(tensors[0]) if len(tensors) == 1 else tf.identity_n(tensors)[0]
        found[node.op.name] = name
    return found


def members(module: Any) -> Iterator[tuple[str, Any]]:
    """Every variable of a module and of the modules in it, with its path."""
    for name, value in module.__dict__.items():
        if hasattr(value, "assign"):
            yield name, value
        elif hasattr(value, "trainable_variables"):
            yield from ((f"{name}.{path}", variable) for path, variable in members(value))


def assignable(tensor: Any, assign: Callable[[Any], Any]) -> Any:
    """A tensor in the place of a variable, which the forward function may assign to."""
    tensor.assign = assign
    return tensor


def put(module: Any, path: str, value: Any) -> None:
    *parents, name = path.split(".")
    setattr(reduce(inside, parents, module), name, value)
