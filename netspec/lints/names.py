"""Names that are easily taken for each other."""

from __future__ import annotations

from netspec.diagnostics.findings import Findings
from netspec.diagnostics.source import Span
from netspec.lints.case import Case, Ends, place
from netspec.net import Node
from netspec.problems.lints import NamesAlike


def alike(case: Case, report: Findings) -> None:
    """Layers, or blobs, whose names differ in case alone."""
    ends = Ends()
    for view in case.views:
        layers, blobs = dict[str, Node](), dict[str, tuple[Node, int]]()
        for node in view.net.layers:
            first = layers.setdefault(node.name.casefold(), node)
            if first.name != node.name:
                _tell("layers", node.name, first.name, report, (place(node), place(first)))
                continue
            for i, top in enumerate(node.tops):
                other, j = blobs.setdefault(top.casefold(), (node, i))
                if other.tops[j] != top:
                    _tell(
                        "blobs", top, other.tops[j], report, (ends.place(node, "top", i), ends.place(other, "top", j))
                    )


def _tell(what: str, name: str, other: str, report: Findings, places: tuple[Span, Span]) -> None:
    message = f'"{name}" and "{other}" are two {what}, whose names differ in case alone'
    report.add(NamesAlike, message, places[0], (places[1], f'"{other}" is here'))
