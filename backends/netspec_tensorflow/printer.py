"""Prints a net's class as TensorFlow source."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from netspec.emit.build import Body, Feed
from netspec.emit.code import CONDITION, Code, atoms, call, dictionary, prefixed, subscript
from netspec.emit.header import docstring
from netspec.emit.learning import Learning
from netspec.emit.library import definitions
from netspec.emit.lines import assignment, header, statement
from netspec.emit.parts import Member, Module, Parameter, Tie, Without
from netspec.emit.preprocess import Dialect, function
from netspec.emit.stubs import Framework, definition
from netspec.net import Net
from netspec_tensorflow.fillers import filled
from netspec_tensorflow.learning import param_groups
from netspec_tensorflow.names import graph_name

PACKAGE = "netspec_tensorflow"
STUB = Framework("tf.Module", "__call__", "tf.Tensor")
VARIABLE = "self.variable"  # says the name of a variable once
METHOD = '''\
    def variable(self, name: str, value: tf.Tensor, trainable: bool = True) -> None:
        """Makes `self.name`, in graphs of the same name."""
        setattr(self, name, tf.Variable(value, trainable=trainable, name=name))'''


def _vector(values: Code) -> Code:
    return subscript(call("tf.constant", values, Code("images.dtype")), ":", "None", "None")


DIALECT = Dialect(
    "tf.Tensor",
    _vector,
    (
        "images = tf.convert_to_tensor(images)",
        "if not images.dtype.is_floating:",
        "    images = tf.cast(images, tf.float32)",
    ),
    Code("tf.cast(mean, images.dtype)"),
)


def source(net: Net, body: Body) -> str:
    """The text of a module file: what it is, the helpers it needs, the class."""
    used = list(body.helpers)

    def helper(name: str) -> str:
        used.append(name)
        return name

    code = "\n".join(_class(body, helper))
    stubs = (definition(stub, STUB) for stub in body.stubs)
    parts = "\n\n\n".join([*definitions(PACKAGE, used), *body.functions, *stubs, code])
    standard = "from collections.abc import Callable\n\n" if "Callable[" in parts else ""
    return f"{docstring(net, body, 'TensorFlow')}\n\n{standard}import tensorflow as tf\n\n\n{parts}\n"


def _class(body: Body, helper: Callable[[str], str]) -> Iterator[str]:
    members = [line for member in body.members for line in _member(member, helper, body.learning)]
    forward = [*_forward(body)]
    yield f"class {body.class_name}(tf.Module):"
    yield "    def __init__(self, dtype: tf.DType = tf.float32) -> None:"
    yield "        super().__init__()"
    if any("self.dtype" in text for let in body.statements for text in atoms(let.value)):
        yield "        self.dtype = dtype"
    yield from members
    yield from _stored(body)
    yield ""
    if any(line.startswith(f"        {VARIABLE}(") for line in members):
        yield from (METHOD, "")
    yield from forward


def _stored(body: Body) -> Iterator[str]:
    """The function that a SavedModel has. Its outputs have names, also where there is one."""
    stored, autograph = Code("self.__call__"), None
    if len(body.results) == 1:
        variables = [feed.variable for feed in body.feeds]
        result = dictionary([(body.results[0][0], call("self", *map(Code, variables)))])
        stored, autograph = prefixed(f"lambda {', '.join(variables)}".strip() + ": ", result, CONDITION), False
    specs = [_spec(feed) for feed in body.feeds]
    stored = call("tf.function", stored, input_signature=specs, autograph=autograph)
    yield "        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names."
    yield from assignment("self.forward", stored, 8)


def _spec(feed: Feed) -> Code:
    """The shape of an argument. It has its name from the function, unless that is none for a graph."""
    name = graph_name(feed.variable)
    shape = [size if isinstance(size, int) else None for size in feed.shape]
    return call("tf.TensorSpec", shape, Code("dtype"), name=None if name == feed.variable else name)


def _member(member: Member, helper: Callable[[str], str], learning: Learning) -> list[str]:
    match member:
        case Parameter(slot):
            value = filled(slot.blob.filler, slot.blob.shape, slot.order, Code("dtype"), helper)
            frozen = not slot.blob.learnable or slot.path in learning.frozen
            trainable = False if frozen else None
            if (name := graph_name(slot.path)) == slot.path:
                return statement("", call(VARIABLE, name, value, trainable=trainable), 8)
            return assignment(f"self.{slot.path}", call("tf.Variable", value, trainable=trainable, name=name), 8)
        case Module(name, construct):
            return assignment(f"self.{name}", construct, 8, member.comment)
        case Tie(path, owner):
            return [f"        self.{path} = self.{owner}"]
        case Without(path):
            return [f"        self.{path} = None"]


def _forward(body: Body) -> Iterator[str]:
    yield from param_groups(body.learning)
    for preprocess in body.preprocesses:
        yield from function(preprocess, DIALECT)
    yield "    @tf.function(autograph=False)"
    yield from _head(body)
    for let in body.statements:  # where there is no target, a call for its effect
        yield from statement(f"{let.target} = " if let.target else "", let.value, 8, let.comment, let.note)
    results = [(blob, Code(variable)) for blob, variable in body.results]
    yield from statement("return ", results[0][1] if len(results) == 1 else dictionary(results), 8)


def _head(body: Body) -> list[str]:
    arguments = ["self", *(f"{feed.variable}: tf.Tensor" for feed in body.feeds)]
    returned = "tf.Tensor" if len(body.results) == 1 else "dict[str, tf.Tensor]"
    return header("def __call__", arguments, 4, f" -> {returned}:")
