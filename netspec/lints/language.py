"""Names of .net files that nothing mentions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from netspec.diagnostics.findings import Findings
from netspec.diagnostics.fix import Fix, cut
from netspec.lints.case import Case
from netspec.problems.lints import UnusedBlock, UnusedImport, UnusedLet, UnusedParameter
from netspec.syntax.document import Block, Call, Field, Import, Kind, Let, Scalar, statements


class Mentions:
    """Of pieces of a document: the names that they mention, those that `let` sets, and the blocks and types called."""

    def __init__(self, pieces: Iterable[Any]) -> None:
        self.names, self.calls, self.lets = set[str](), set[str](), list[Let]()
        word, waiting = re.compile(r"[^\W\d]\w*"), list(pieces)
        while waiting:
            node = waiting.pop()
            match node:
                case Scalar(Kind.NAME | Kind.TEMPLATE, text):
                    self.names.update(word.findall(text))
                    continue
                case Scalar():
                    continue
                case Let():
                    self.lets.append(node)
                    waiting.append(node.value)
                    continue
                case Field("bottom"):  # of a layer in full form, which reads what its texts name
                    self.names.update(_texts(node))
                case Call():
                    self.calls.add(node.name)
                case _:
                    pass
            waiting += [part for part in node if isinstance(part, tuple)]
        self.lets.sort(key=lambda let: let.start)


def _texts(field: Field) -> Iterator[str]:
    values = getattr(field.value, "values", (field.value,))
    return (value.text.strip("\"'") for value in values if isinstance(value, Scalar))


def unused(case: Case, report: Findings) -> None:
    """Constants, blocks, their parameters, and imports. What a library defines and imports is for others."""
    body = statements(case.document)
    blocks = [s for s in body if isinstance(s, Block)]
    imports = [s for s in body if isinstance(s, Import)]
    outside = Mentions(s for s in body if not isinstance(s, Block | Import))
    inside = [Mentions((b.body, b.results, *(p.default for p in b.parameters if p.default))) for b in blocks]
    text = case.document.source.text
    _lets(outside, outside.names.union(*(block.names for block in inside)), text, report)
    for block, mentions in zip(blocks, inside, strict=True):
        for parameter in block.parameters:
            if parameter.name.text not in mentions.names:
                message = f'the block "{block.name.text}" never mentions its parameter "{parameter.name.text}"'
                report.add(UnusedParameter, message, parameter.span)
        _lets(mentions, mentions.names, text, report)
    if not case.library:
        _blocks(
            blocks, outside.calls, {b.name.text: m.calls for b, m in zip(blocks, inside, strict=True)}, text, report
        )
        _imports(imports, case, outside.calls.union(*(block.calls for block in inside)), report)


def _lets(mentions: Mentions, names: set[str], text: str, report: Findings) -> None:
    for let in mentions.lets:
        if let.name.text not in names:
            fix = Fix((cut(text, let.span),), safe=False)
            report.add(UnusedLet, f'nothing mentions "{let.name.text}"', let.name.span, fix=fix)


def _blocks(blocks: list[Block], calls: set[str], inside: dict[str, set[str]], text: str, report: Findings) -> None:
    """Those that no use leads to, through other blocks either."""
    used, waiting = set[str](), [*calls]
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            waiting += inside.get(name, ())
    for block in blocks:
        if block.name.text not in used:
            fix = Fix((cut(text, block.span),), safe=False)
            report.add(UnusedBlock, f'nothing uses the block "{block.name.text}"', block.name.span, fix=fix)


def _imports(imports: list[Import], case: Case, calls: set[str], report: Findings) -> None:
    for each in imports:
        brought = case.imported.get(each.start, ())
        if brought and calls.isdisjoint(brought):
            fix = Fix((cut(case.document.source.text, each.span),), safe=False)
            report.add(UnusedImport, "nothing uses what is imported here", each.span, fix=fix)
            continue
        for name in each.names:
            if name.text not in calls:
                report.add(UnusedImport, f'nothing uses "{name.text}", which is imported here', name.span)
