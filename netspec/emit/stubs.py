"""Classes to be filled in: one for every layer type that netspec does not know, with what the spec says to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from netspec.diagnostics import Diagnostic
from netspec.emit.code import Argument, Code, call, dictionary
from netspec.emit.lines import docstring, header, statement
from netspec.emit.names import Namespace, class_name, identifier, remark
from netspec.layers.unknown import Unknown
from netspec.net import Net, Node
from netspec.problems.backends import UnfilledLayer
from netspec.shapes import Shape, integers, show

SHOWN = 3  # how many layers of a type are described


class Use(NamedTuple):
    """A layer of the type."""

    node: Node
    inputs: Sequence[Shape]
    outputs: Sequence[Shape]
    arguments: dict[str, Any]

    def __str__(self) -> str:
        """`odd makes y 2×3 of x 2×3`."""
        inputs, outputs = (
            ", ".join(f"{remark(blob)} {show(shape)}" for blob, shape in zip(blobs, shapes, strict=True))
            for blobs, shapes in ((self.node.bottoms, self.inputs), (self.node.tops, self.outputs))
        )
        blobs = " and ".join(f"{param.blob.name} {show(param.blob.shape)}" for param in self.node.blobs)
        return f"{remark(self.node.name) or 'it'} makes {outputs} of {inputs}{blobs and f', with {blobs}'}"


@dataclass
class Stub:
    """The class of a type, of which more layers may come. `names` are those of its arguments."""

    kind: str
    name: str
    names: Namespace
    uses: list[Use] = field(default_factory=list[Use])
    fields: dict[str, str] = field(default_factory=dict[str, str])  # the argument of each field

    @property
    def blobs(self) -> bool:
        """Whether layers of the type have parameters, which a file of weights tells."""
        return any(use.node.blobs for use in self.uses)

    def add(
        self,
        node: Node,
        inputs: Sequence[Shape],
        outputs: Sequence[Shape],
        values: dict[str, Any],
        precision: Code | None,
    ) -> Code:
        """The construction of what stands for another layer. `precision` is what it is told of its parameters'."""
        for name in values:
            if name not in self.fields:
                self.fields[name] = self.names.fresh(f"field_{name}" if name.startswith("blob_") else name)
        arguments = {self.fields[name]: value for name, value in values.items()}
        self.uses.append(Use(node, inputs, outputs, arguments))
        told: dict[str, Argument] = {name: _code(value) for name, value in arguments.items()}
        if node.blobs:
            told |= {"blobs": [[*(integers(param.blob.shape) or ())] for param in node.blobs], "dtype": precision}
        return call(self.name, **told)


class Framework(NamedTuple):
    """How it spells a class. base: what the class is derived from. forward: the method that computes. tensor: the
    type of arrays."""

    base: str
    forward: str
    tensor: str
    keep: str  # the statement that makes the i-th parameter, of a shape
    arguments: tuple[str, ...] = ()  # what that needs


def definition(stub: Stub, framework: Framework) -> str:
    """The class."""
    told = [f"Layer {use}." for use in stub.uses[:SHOWN]]
    if len(stub.uses) > SHOWN:
        told.append(f"There are {len(stub.uses) - SHOWN} more.")
    told += (f"{name}: in the spec {remark(own)}." for own, name in stub.fields.items() if own != name)
    text = f"The layer type {remark(stub.kind)}, which netspec does not know: `{framework.forward}` is to be filled in."
    lines = docstring("\n\n".join([text, "\n".join(told)]), 4)
    head = f"class {stub.name}({framework.base}):"
    return "\n".join([head, *lines, "", *_init(stub, framework), *_forward(stub, framework)])


def _init(stub: Stub, framework: Framework) -> Iterator[str]:
    arguments = [f"{name}: {_annotation(stub, name)}" for name in stub.fields.values()]
    if stub.blobs:
        arguments += ["blobs: list[list[int]] | None = None", *framework.arguments]
    if not arguments:
        return
    yield from header("def __init__", ["self", "*", *arguments], 4, " -> None:")
    yield "        super().__init__()"
    for name in stub.fields.values():
        yield f"        self.{name} = {name}"
    if stub.blobs:
        yield "        for i, shape in enumerate(blobs or []):"
        yield f"            {framework.keep}"
    yield ""


def _annotation(stub: Stub, name: str) -> str:
    values = [use.arguments[name] for use in stub.uses if name in use.arguments]
    kind = _union(values)
    return kind if len(values) == len(stub.uses) else f"{kind} | None = None"


def _union(values: Sequence[Any]) -> str:
    kinds = dict.fromkeys(map(_kind, values))
    if "float" in kinds:
        kinds.pop("int", None)
    return " | ".join(kinds) or "object"


def _kind(value: Any) -> str:
    match value:
        case tuple():
            return f"list[{_union(cast('tuple[Any, ...]', value))}]"
        case dict():
            return "dict[str, object]"
        case _:
            return type(value).__name__


def _forward(stub: Stub, framework: Framework) -> Iterator[str]:
    tensor, tensors = framework.tensor, f"tuple[{framework.tensor}, ...]"
    inputs, outputs = {len(use.inputs) for use in stub.uses}, {len(use.outputs) for use in stub.uses}
    if len(inputs) == 1:
        (count,) = inputs
        arguments = [f"{name}: {tensor}" for name in (f"x{i}" if count > 1 else "x" for i in range(count))]
    else:
        arguments = [f"*xs: {tensor}"]
    returned = tensor if outputs == {1} else tensors if 1 not in outputs else f"{tensor} | {tensors}"
    yield from header(f"def {framework.forward}", ["self", *arguments], 4, f" -> {returned}:")
    message = f"{stub.name}.{framework.forward} is to be filled in: {stub.uses[0]}"
    yield from statement("raise ", call("NotImplementedError", message), 8)


def _code(value: Any) -> Argument:
    """A value as an argument: tuples as lists, for what they hold may be of one kind or not."""
    match value:
        case tuple():
            return [_code(item) for item in cast("tuple[Any, ...]", value)]
        case dict():
            return dictionary([(name, _code(item)) for name, item in cast("dict[str, Any]", value).items()])
        case _:
            return value


def class_of(kind: str) -> str:
    """What the class of a type is called: as the type where that is as classes are called."""
    name = identifier(kind)
    return name if name[0].isupper() else class_name(kind)


def unfilled(net: Net) -> list[Diagnostic]:
    """A warning for every type of which emitted code has a class to be filled in."""
    first: dict[str, Node] = {}
    for node in net.layers:
        if isinstance(node.params, Unknown) and node.inputs and node.outputs:
            first.setdefault(node.params.class_name, node)
    return [
        UnfilledLayer(
            f'netspec does not know the layer type "{kind}": its class is to be filled in',
            node.origin.labels(f'layer "{node.name}"'),
        )
        for kind, node in first.items()
    ]
