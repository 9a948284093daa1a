"""What stands to the right of `=`: calls and pipes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from netspec.diagnostics.source import Span
from netspec.diagnostics.suggest import one_of
from netspec.frontend.expressions.evaluate import FUNCTIONS, Evaluator
from netspec.frontend.expressions.values import BlobName, Faulty, Frame, Word, Wrong, described
from netspec.frontend.language.blocks import Blocks
from netspec.frontend.language.drafts import Piped
from netspec.frontend.language.layers import Layers
from netspec.problems.language import UnevenBinding, WrongUse
from netspec.syntax.document import (
    Argument,
    Binding,
    Call,
    Kind,
    Pipe,
    Scalar,
)

if TYPE_CHECKING:
    from netspec.frontend.language.machine import Machine

TEXTS = (Kind.STRING, Kind.TEMPLATE)


class Calls:
    """What stands to the right of `=`."""

    def __init__(self, machine: Machine) -> None:
        self.machine, self.blocks, self.layers = machine, Blocks(machine), Layers(machine)

    def results(self, node: Binding, targets: Sequence[str], frame: Frame) -> Sequence[Any]:
        """The values of the targets of a binding. Raises Wrong."""
        value = node.value
        if isinstance(value, Call) and not self.is_function(value, frame):
            return self._counted(self.call(value, (), targets, node, frame), node, frame)
        if isinstance(value, Pipe):
            return self._counted(self.pipe(value, targets, node, frame), node, frame)
        result = self.machine.value(value, frame)
        if isinstance(value, Scalar) and value.kind in TEXTS and isinstance(result, str):
            named = frame.look(result)
            result = named if isinstance(named, BlobName | Faulty) else result
        if isinstance(result, Faulty):
            return (result,) * len(targets)
        place = frame.span(value.span)
        if isinstance(result, Word):
            raise Evaluator(frame).unknown(result.text, place)
        if not isinstance(result, BlobName):
            help = f"let {targets[0]} = {value.text if isinstance(value, Scalar) else '…'}" if targets else None
            raise Wrong(WrongUse, f"{described(result)} is no blob; a constant is set with let", place, help=help)
        return self._counted((result,), node, frame)

    def _counted(self, results: Sequence[Any], node: Binding, frame: Frame) -> Sequence[Any]:
        count = len(node.targets)
        if not count or len(results) == count:
            return results[:count]
        if results and all(isinstance(result, Faulty) for result in results):
            return (results[0],) * count
        message = f"{count} name{'s' * (count != 1)} for {len(results)} value{'s' * (len(results) != 1)}"
        called = node.value.stages[-1] if isinstance(node.value, Pipe) else node.value
        definition = frame.module.blocks.get(called.name) if isinstance(called, Call) else None
        help = None
        if definition is not None:
            given = [result.text for result in definition.block.results]
            help = f"{definition.block.name.text} gives {one_of(given).replace(' or ', ' and ') or 'nothing'}"
        raise Wrong(UnevenBinding, message, frame.span(Span(node.start, node.targets[-1].span.end)), help=help)

    def single(self, node: Call | Pipe, frame: Frame) -> Any:
        """The one result of a call within an expression. Raises Wrong."""
        with self.machine.deeper(frame.span(node.span)):
            results = (
                self.pipe(node, (), None, frame) if isinstance(node, Pipe) else self.call(node, (), (), None, frame)
            )
        if len(results) != 1:
            message = f"one value belongs here, not {len(results)}"
            raise Wrong(UnevenBinding, message, frame.span(node.span))
        return results[0]

    def is_function(self, node: Call | Pipe, frame: Frame) -> bool:
        """Whether it is a function of numbers or texts, as min is, and neither a layer nor a block."""
        return isinstance(node, Call) and node.name in FUNCTIONS and node.name not in frame.module.blocks

    def pipe(self, node: Pipe, targets: Sequence[str], binding: Binding | None, frame: Frame) -> Sequence[Any]:
        """The results of the last stage; the first takes the target's name."""
        first = node.first
        if isinstance(first, Call):
            results = self.call(first, (), targets[:1], binding, frame)
        else:
            results = (self.layers.bottom(Argument(None, first, first.start), frame),)
        anchor = targets[0] if targets else (first.name if isinstance(first, Call) else first.text.strip("\"'")).lower()
        kept = not isinstance(first, Call) and first.text.strip("\"'") not in targets
        for i, stage in enumerate(node.stages):
            if len(results) != 1:
                message = f"a stage reads one blob; the one before it gives {len(results)}"
                raise Wrong(UnevenBinding, message, frame.span(stage.name_span))
            if isinstance(results[0], Faulty):
                return results
            last = i == len(node.stages) - 1
            wanted = [f"{anchor}/{stage.name.lower()}"]
            if last and len(targets) > 1:
                wanted = list(targets)
            results = self.call(
                stage, results, wanted, binding, frame, Piped.AFTER_NAME if kept and not i else Piped.YES
            )
        return results

    def call(
        self,
        node: Call,
        piped_in: Sequence[Any],
        targets: Sequence[str],
        binding: Binding | None,
        frame: Frame,
        piped: Piped = Piped.NO,
    ) -> Sequence[Any]:
        """The results of a layer or of a block. Raises Wrong."""
        self.machine.step(frame, node)
        definition = frame.module.blocks.get(node.name)
        if definition is not None:
            return self.blocks.use(definition, node, piped_in, targets, frame)
        if len(targets) != len(set(targets)):
            twice = next(name for name in targets if targets.count(name) > 1)
            message = f'"{twice}" is set twice at once'
            raise Wrong(UnevenBinding, message, frame.span(node.name_span))
        return self.layers.layer(node, piped_in, targets, binding, frame, piped)
