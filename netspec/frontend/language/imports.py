"""What a file knows before anything is carried out: its blocks, and those that it imports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from netspec.diagnostics.source import Span
from netspec.diagnostics.suggest import did_you_mean
from netspec.frontend.expressions.literals import text_of
from netspec.frontend.expressions.values import (
    Definition,
    Frame,
    Module,
    Wrong,
)
from netspec.problems.language import (
    BadImport,
    Redefined,
)
from netspec.syntax.document import (
    Block,
    Import,
    Let,
    Scalar,
    statements,
)

if TYPE_CHECKING:
    from netspec.frontend.language.machine import Machine

MAX_DEPTH = 100  # of files that import each other


class Imports:
    """importing: the files that are being read, the spec itself being None."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.importing: list[Path | None] = []
        self.brought: dict[int, tuple[str, ...]] = {}  # by the imports of the spec itself, which begin there

    def read_module(self, module: Module, path: Path | None, shift: int) -> None:
        """Makes the blocks of a file known, and what it imports. Of an imported file, the constants too; its layers are
        its own affair."""
        frame = Frame(module, self.machine.top, module.names, shift)
        self.importing.append(path)
        for statement in statements(module.document):
            try:
                if isinstance(statement, Block):
                    self._define(statement, module, frame)
                elif isinstance(statement, Import):
                    self._import(statement, module, path, frame)
                elif isinstance(statement, Let) and path:
                    self.machine.let(statement, frame)
            except Wrong as fault:
                self.machine.tell(fault)
        self.importing.pop()

    def _define(self, node: Block, module: Module, frame: Frame) -> None:
        name = node.name.text
        for what, scalars in (
            ("parameter", [parameter.name for parameter in node.parameters]),
            ("result", node.results),
        ):
            seen: dict[str, Scalar] = {}
            for scalar in scalars:
                if (first := seen.setdefault(scalar.text, scalar)) is not scalar:
                    places = frame.span(scalar.span), (frame.span(first.span), "first given here")
                    self.machine.tell(
                        Wrong(Redefined, f'"{scalar.text}" is given twice as a {what} of {name}', *places)
                    )
        there = module.blocks.get(name)
        if there is not None and there.module is module:
            places = frame.span(node.name.span), (frame.span(there.block.name.span), "first given here")
            raise Wrong(Redefined, f'a second block is called "{name}"', *places)
        module.blocks[name] = Definition.of(node, module)

    def _import(self, node: Import, module: Module, path: Path | None, frame: Frame) -> None:
        place = frame.span(node.path.span)
        target = self.machine.library.find(text_of(node.path, frame.shift), path, place)
        if target in self.importing or self._is_main(target):
            first = self.importing.index(target) if target in self.importing else 0
            between = [p.name if p else Path(self.machine.module.source.name).name for p in self.importing[first:]]
            circle = " → ".join([*between, between[0]])
            raise Wrong(BadImport, f"the import leads back to where it stands: {circle}", place)
        imported = self.machine.library.modules.get(target)
        if imported is None:
            if len(self.importing) > MAX_DEPTH:
                self.machine.stop(f"imports stand more than {MAX_DEPTH} deep", place)
            imported = self.machine.library.read(target, place)
            imported.budget = module.budget
            shift = self.machine.atlas.add(imported.source, Span(0, len(imported.source.text)), ())
            self.read_module(imported, target, shift)
        names = [(scalar.text, scalar) for scalar in node.names] or [(name, node.path) for name in imported.blocks]
        module.budget.spend(len(names), place)
        if path is None:
            self.brought[node.start] = tuple(name for name, _ in names)
        for name, scalar in names:
            definition = imported.blocks.get(name)
            if definition is None and imported in self.machine.library.damaged:
                self.machine.doubtful = True  # a syntax error may have cost it the block
                continue
            if definition is None:
                help = did_you_mean(name, imported.blocks)
                raise Wrong(BadImport, f'"{target.name}" has no block "{name}"', frame.span(scalar.span), help=help)
            there = module.blocks.get(name)
            if there is not None and there is not definition and node.names:
                message = f'a second block is called "{name}"'
                raise Wrong(Redefined, message, frame.span(scalar.span))
            module.blocks.setdefault(name, definition)

    def _is_main(self, path: Path) -> bool:
        try:
            return path.samefile(self.machine.module.source.name)
        except OSError:
            return False
