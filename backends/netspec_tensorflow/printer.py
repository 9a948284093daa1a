"""Prints a net's class as TensorFlow source."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from netspec.emit.build import Body
from netspec.emit.code import Code, call, literal
from netspec.emit.header import docstring
from netspec.emit.library import definitions
from netspec.emit.place import Member, Module, Parameter, Statement, Tie
from netspec.emit.wrap import wrap
from netspec.net import Net
from netspec_tensorflow.fillers import filled

PACKAGE = "netspec_tensorflow"


def source(net: Net, body: Body) -> str:
    """The text of a module file: what it is, the helpers it needs, the class."""
    used = list(body.helpers)

    def helper(name: str) -> str:
        used.append(name)
        return name

    code = "\n".join(_class(body, helper))
    parts = "\n\n\n".join([*definitions(PACKAGE, used), code])
    return f"{docstring(net, body, 'TensorFlow')}\n\nimport tensorflow as tf\n\n\n{parts}\n"


def _class(body: Body, helper: Callable[[str], str]) -> Iterator[str]:
    members = [line for member in body.members for line in _member(member, helper)]
    forward = [*_forward(body)]
    yield f"class {body.class_name}(tf.Module):"
    yield "    def __init__(self, dtype=tf.float32):"
    yield "        super().__init__()"
    if any("self.dtype" in line for line in forward):
        yield "        self.dtype = dtype"
    yield from members
    specs = [call("tf.TensorSpec", list(feed.shape), Code("dtype")) for feed in body.feeds]
    yield from wrap(f"self.forward = {call('tf.function', Code('self.__call__'), input_signature=specs)}", 8)
    yield ""
    yield from forward


def _member(member: Member, helper: Callable[[str], str]) -> list[str]:
    match member:
        case Parameter(slot):
            value = filled(slot.blob.filler, slot.blob.shape, slot.order, Code("dtype"), helper)
            trainable = None if slot.blob.learnable else False
            return wrap(f"self.{slot.path} = {call('tf.Variable', value, trainable=trainable, name=slot.path)}", 8)
        case Module(name, construct):
            return wrap(f"self.{name} = {construct}", 8, member.comment)
        case Tie(path, owner):
            return [f"        self.{path} = self.{owner}"]


def _forward(body: Body) -> Iterator[str]:
    arguments = ["self", *(feed.variable for feed in body.feeds)]
    yield "    @tf.function"
    yield from wrap(f"def __call__({', '.join(arguments)}):", 4)
    for statement in body.statements:
        yield from _statement(statement)
    if len(body.results) == 1:
        yield f"        return {body.results[0][1]}"
    else:
        items = ", ".join(f"{literal(blob)}: {variable}" for blob, variable in body.results)
        yield from wrap(f"return {{{items}}}", 8)


def _statement(statement: Statement) -> list[str]:
    """An assignment, or where there is no target a call for its effect."""
    head = f"{statement.target} = " if statement.target else ""
    return wrap(f"{head}{statement.value}", 8, statement.comment)
