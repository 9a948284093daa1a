"""Prints a net's class as PyTorch source."""

from __future__ import annotations

from collections.abc import Iterator, Set

from netspec.emit.blocks.text import lines as block_lines
from netspec.emit.bodies import body as body_lines
from netspec.emit.build import Body
from netspec.emit.code import Code, call, dictionary, method, names, subscript
from netspec.emit.formula import printed
from netspec.emit.header import docstring
from netspec.emit.learning import Learning
from netspec.emit.library import definitions
from netspec.emit.lines import assignment, header, statement
from netspec.emit.parts import Module, Parameter, Slot, Tie, Without
from netspec.emit.preprocess import Dialect, function
from netspec.emit.stubs import Framework, definition
from netspec.layers.base import Phase
from netspec.net import Net
from netspec_torch.fast import ChannelsLast
from netspec_torch.fillers import constant
from netspec_torch.initialise import init_weights
from netspec_torch.learning import frozen, param_groups

PACKAGE = "netspec_torch"
STUB = Framework(
    "nn.Module", "forward", "Tensor", 'self.register_parameter(f"blob_{i}", nn.Parameter(torch.zeros(shape)))'
)


def _vector(values: Code) -> Code:
    return subscript(method(Code("images"), "new_tensor", values), ":", "None", "None")


DIALECT = Dialect(
    "Tensor",
    _vector,
    ("if not images.is_floating_point():", "    images = images.to(torch.get_default_dtype())"),
    Code("mean.to(images)"),
)


def source(net: Net, body: Body) -> str:
    """The text of a module file: what it is, its imports, the helpers it needs, the class."""
    used = list(body.helpers)
    fills = init_weights(body, used)
    codes = [*body.codes, *(value for _, value in _members(body))]
    helpers = definitions(PACKAGE, used, codes)
    reads = names(codes).union(*(helper.reads for helper in helpers))
    parts = [helper.text for helper in helpers]
    parts += [printed(name, function) for name, function in body.functions.items()]
    parts += [definition(stub, STUB) for stub in body.stubs]
    parts += ["\n".join(block_lines(block, STUB)) for block in (body.outline.classes if body.outline else ())]
    code = "\n\n\n".join([*parts, "\n".join(_class(body, net, fills))])
    imports = _imports(reads | ({"torch"} if body.preprocesses or any(stub.blobs for stub in body.stubs) else set()))
    return "\n".join([docstring(net, body, "PyTorch", _mode(net, body)), "", *imports, "", "", code, ""])


def _imports(names: Set[str]) -> Iterator[str]:
    standard = {
        "math": "import math",
        "OrderedDict": "from collections import OrderedDict",
        "Callable": "from collections.abc import Callable",
    }
    if found := [line for name, line in standard.items() if name in names]:
        yield from (*found, "")
    if "torch" in names:
        yield "import torch"
    if "F" in names:
        yield "import torch.nn.functional as F"
    yield "from torch import Tensor, nn"


def _class(body: Body, net: Net, fills: list[str]) -> Iterator[str]:
    members, statements = body.top
    yield f"class {body.class_name}(nn.Module):"
    if members:
        yield "    def __init__(self) -> None:"
        yield "        super().__init__()"
        for target, value in _members(body):
            yield from assignment(f"self.{target}", value, 8)
        if fills:
            yield "        self.init_weights()"
        yield from frozen(body)
        if any(isinstance(step.node.params, ChannelsLast) for step in body.steps):
            yield "        self.to(memory_format=torch.channels_last)  # of images and kernels: the faster order"
        if net.phase is Phase.TEST:
            yield f"        self.eval()  # as in TEST{'' if net.plain else '; train() for training'}"
        if fills:
            yield ""
            yield "    def init_weights(self) -> None:"
            yield '        """Fills the parameters as the spec says."""'
            yield from fills
        yield ""
    yield from param_groups(body.learning)
    for preprocess in body.preprocesses:
        yield from function(preprocess, DIALECT)
    yield from _head(body)
    yield from body_lines(statements, 8)
    results = [(blob, Code(variable)) for blob, variable in body.results]
    yield from statement("return ", results[0][1] if len(results) == 1 else dictionary(results), 8)


def _mode(net: Net, body: Body) -> str:
    return "; the module begins in evaluation mode" if net.phase is Phase.TEST and body.members else ""


def declared(learning: Learning, slot: Slot) -> Code:
    """What a parameter of a class's own begins with."""
    value = constant(slot) or call("torch.empty", *(slot.shape or (Code("()"),)))
    return call("nn.Parameter", value, requires_grad=False if slot.path in learning.frozen else None)


def _members(body: Body) -> Iterator[tuple[str, Code]]:
    """What the net's class has, each with what it is made of."""
    for member in body.top[0]:
        match member:
            case Module(name, construct):
                yield name, construct
            case Parameter(slot):
                yield slot.path, declared(body.learning, slot)
            case Tie(path, owner):
                yield path, Code(f"self.{owner}")
            case Without(path):
                yield path, Code("None")


def _head(body: Body) -> list[str]:
    arguments = ["self", *(f"{feed.variable}: Tensor" for feed in body.feeds)]
    returned = "Tensor" if len(body.results) == 1 else "dict[str, Tensor]"
    return header("def forward", arguments, 4, f" -> {returned}:")
