"""Prints a net's class as TensorFlow source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from netspec.emit.blocks.outline import BlockClass
from netspec.emit.blocks.text import lines as block_lines
from netspec.emit.bodies import body as body_lines
from netspec.emit.build import Body, Feed
from netspec.emit.code import CONDITION, Code, atoms, call, dictionary, prefixed, subscript
from netspec.emit.formula import printed
from netspec.emit.header import docstring
from netspec.emit.learning import Learning
from netspec.emit.library import definitions
from netspec.emit.lines import assignment, header, statement
from netspec.emit.parts import Module, Parameter, Slot, Tie, Without
from netspec.emit.preprocess import Dialect, function
from netspec.emit.stubs import Framework, definition
from netspec.net import Net
from netspec_tensorflow.fillers import filled
from netspec_tensorflow.learning import param_groups
from netspec_tensorflow.names import graph_name

PACKAGE = "netspec_tensorflow"
STUB = Framework(
    "tf.Module",
    "__call__",
    "tf.Tensor",
    'setattr(self, f"blob_{i}", tf.Variable(tf.zeros(shape, dtype), name=f"blob_{i}"))',
    ("dtype: tf.DType = tf.float32",),
)
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

    members = list(_members(body, helper))
    helpers = definitions(PACKAGE, used, [*body.codes, *(value for _, value in members)])
    standard = "from collections.abc import Callable\n\n" if any("Callable" in h.reads for h in helpers) else ""
    parts = [helper.text for helper in helpers]
    parts += [printed(name, function) for name, function in body.functions.items()]
    parts += [definition(stub, STUB) for stub in body.stubs]
    parts += ["\n".join(_block(block)) for block in (body.outline.classes if body.outline else ())]
    code = "\n\n\n".join([*parts, "\n".join(_class(body, members))])
    return f"{docstring(net, body, 'TensorFlow')}\n\n{standard}import tensorflow as tf\n\n\n{code}\n"


def _block(block: BlockClass) -> Iterator[str]:
    """The class of a block."""
    reads = _reads_dtype([*block.results, *(let.value for let in block.statements)])
    return block_lines(block, STUB, ("dtype: tf.DType",), ("        self.dtype = dtype",) if reads else ())


def _reads_dtype(codes: Iterable[Code]) -> bool:
    return any("self.dtype" in text for code in codes for text in atoms(code))


def _class(body: Body, members: Sequence[tuple[str, Code]]) -> Iterator[str]:
    yield f"class {body.class_name}(tf.Module):"
    yield "    def __init__(self, dtype: tf.DType = tf.float32) -> None:"
    yield "        super().__init__()"
    if _reads_dtype(body.outline.own if body.outline else (let.value for let in body.statements)):
        yield "        self.dtype = dtype"
    for target, value in members:
        yield from statement(f"{target} = " if target else "", value, 8)
    yield from _stored(body)
    yield ""
    if not all(target for target, _ in members):
        yield from (METHOD, "")
    yield from _forward(body)


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


def _members(body: Body, helper: Callable[[str], str]) -> Iterator[tuple[str, Code]]:
    """The statements that make what the class has: what they bind, and what to. One without a target binds itself."""
    for member in body.top[0]:
        match member:
            case Parameter(slot):
                value, trainable = _begin(body.learning, slot, helper)
                if (name := graph_name(slot.path)) == slot.path:
                    yield "", call(VARIABLE, name, value, trainable=trainable)
                else:
                    yield f"self.{slot.path}", call("tf.Variable", value, trainable=trainable, name=name)
            case Module(name, construct):
                yield f"self.{name}", construct
            case Tie(path, owner):
                yield f"self.{path}", Code(f"self.{owner}")
            case Without(path):
                yield f"self.{path}", Code("None")


def _begin(learning: Learning, slot: Slot, helper: Callable[[str], str]) -> tuple[Code, bool | None]:
    """What a variable begins with, and False if it is not trained."""
    value = filled(slot.blob.filler, slot.blob.shape, slot.order, Code("dtype"), helper)
    return value, False if not slot.blob.learnable or slot.path in learning.frozen else None


def declared(learning: Learning, slot: Slot, name: str, helper: Callable[[str], str]) -> Code:
    """A variable in the class of a block."""
    value, trainable = _begin(learning, slot, helper)
    return call("tf.Variable", value, trainable=trainable, name=name)


def _forward(body: Body) -> Iterator[str]:
    yield from param_groups(body.learning)
    for preprocess in body.preprocesses:
        yield from function(preprocess, DIALECT)
    yield "    @tf.function(autograph=False)"
    yield from _head(body)
    yield from body_lines(body.top[1], 8)
    results = [(blob, Code(variable)) for blob, variable in body.results]
    yield from statement("return ", results[0][1] if len(results) == 1 else dictionary(results), 8)


def _head(body: Body) -> list[str]:
    arguments = ["self", *(f"{feed.variable}: tf.Tensor" for feed in body.feeds)]
    returned = "tf.Tensor" if len(body.results) == 1 else "dict[str, tf.Tensor]"
    return header("def __call__", arguments, 4, f" -> {returned}:")
