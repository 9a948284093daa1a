"""The text of a block's class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from netspec.emit.blocks.outline import BlockClass
from netspec.emit.bodies import body
from netspec.emit.code import listing
from netspec.emit.lines import assignment, docstring, header, statement
from netspec.emit.stubs import Framework


def lines(
    block: BlockClass, framework: Framework, passed: Sequence[str] = (), first: Iterable[str] = ()
) -> Iterator[str]:
    """In the words of a framework. passed: arguments of every constructor, behind those without defaults. first: what
    the constructor does before it makes members."""
    tensor = framework.tensor
    yield f"class {block.name}({framework.base}):"
    yield from docstring(block.doc, 4)
    yield ""
    needed = sum(argument.default is None for argument in block.arguments)
    arguments = [*map(str, block.arguments)]
    yield from header("def __init__", ["self", *arguments[:needed], *passed, *arguments[needed:]], 4, " -> None:")
    yield "        super().__init__()"
    yield from first
    for target, value in (*block.stored, *block.members):
        yield from assignment(f"self.{target}", value, 8)
    yield ""
    returned = tensor if len(block.results) == 1 else f"tuple[{', '.join([tensor] * len(block.results))}]"
    inputs = ["self", *(f"{name}: {tensor}" for name in block.inputs)]
    yield from header(f"def {framework.forward}", inputs, 4, f" -> {returned}:")
    yield from body(block.statements, 8)
    yield from statement("return ", listing(block.results), 8)
