"""Layers and tops that nothing needs.

In a net that judges itself, by losses or metrics, that is what leads to neither. In any other, what nothing reads is a
result; an input that nothing reads is none.
"""

from __future__ import annotations

from collections.abc import Sequence

from netspec.diagnostics.findings import Findings
from netspec.diagnostics.fix import Edit, Fix, cut
from netspec.diagnostics.source import Source, Span
from netspec.layers.data_layer import DataLayer
from netspec.layers.unknown import Unknown
from netspec.lints.case import Case, Ends, View, judge, kind, place
from netspec.net import Node, Value
from netspec.problems.lints import DeadBranch, UnneededLayer, UnusedTop

RESULTS = frozenset({"Softmax", "Sigmoid", "ArgMax"})  # that people look at beside the loss
PIECES = frozenset({"Slice", "Split", "Pooling"})  # whose further tops are there to be read


def unneeded(case: Case, report: Findings) -> None:
    """What no state needs. Of layers that nobody knows it is not known what they need."""
    if any(isinstance(node.params, Unknown) for net in case.nets for node in net.layers):
        return
    needed, wasted = set[Span](), dict[Span, tuple[View, Node]]()
    used, loose = set[tuple[Span, int]](), dict[tuple[Span, int], Node]()
    for view in case.views:
        live = _live(view)
        for node in view.net.layers:
            at = node.origin.name
            if id(node) in live:
                needed.add(at)
            else:
                wasted.setdefault(at, (view, node))
            if len(node.tops) > 1:
                for i, value in enumerate(node.outputs):
                    if value in view.readers:
                        used.add((at, i))
                    elif _may_go(node, i, view.judges):
                        loose.setdefault((at, i), node)
    ends, read = Ends(), {at for at, _ in used}
    for (at, i), node in loose.items():
        if at in read and (at, i) not in used:
            help = (
                "remove it" if isinstance(node.params, DataLayer) else "a layer of type Silence reads what is not used"
            )
            report.add(UnusedTop, f'nothing reads "{node.tops[i]}"', ends.place(node, "top", i), help=help)
    _tell({at: each for at, each in wasted.items() if at not in needed}, report)


def _may_go(node: Node, i: int, judged: bool) -> bool:
    """Whether a top that nothing reads is no result, and the layer could go without. judged: whether the net is."""
    if isinstance(node.params, DataLayer):
        return judged and i >= node.params.tops.least
    return kind(node) in PIECES


def _live(view: View) -> set[int]:
    """The layers that are needed, by identity."""
    live, read = set[int](), set[Value]()
    for node in reversed(view.net.layers):
        end = judge(node) or node.params.is_metric or not node.outputs
        end = end or (kind(node) in RESULTS and view.readers.keys().isdisjoint(node.outputs))
        if not view.judges:
            end = end or not isinstance(node.params, DataLayer) or not read
        if end or not read.isdisjoint(node.outputs):
            live.add(id(node))
            read.update(node.inputs)
    return live


def _tell(dead: dict[Span, tuple[View, Node]], report: Findings) -> None:
    """Layers that lead to the same end are one branch."""
    branch, members = dict[Span, Span](), dict[Span, list[Node]]()
    for at, (view, node) in reversed(dead.items()):
        readers = (reader.origin.name for value in node.outputs for reader in view.readers.get(value, ()))
        branch[at] = next((branch[reader] for reader in readers if reader in branch), at)
        members.setdefault(branch[at], []).append(node)
    for last, *before in reversed(members.values()):
        what = f'nothing needs what {last.type} "{last.name}" gives'
        if before:
            which = f"the {len(before)} layers" if len(before) > 1 else "the layer"
            message, begin = f"{what}, nor {which} that lead{'s' * (len(before) == 1)} there alone", place(before[-1])
            help = "remove them, or give the net a use for them"
            shown = (begin, "the branch begins here")
            report.add(DeadBranch, message, place(last), shown, help=help, fix=_without((last, *before)))
        else:
            help = "remove it, or give the net a use for it"
            report.add(UnneededLayer, what, place(last), help=help, fix=_without((last,)))


def _without(nodes: Sequence[Node]) -> Fix | None:
    """What takes layers away that are written in full, each in its own place of the file."""
    edits = list[Edit]()
    for node in nodes:
        source, body = node.origin.source, node.origin.body
        if body is None or type(source) is not Source or not source.text.startswith("layer", node.origin.name.start):
            return None
        edits.append(cut(source.text, Span(node.origin.name.start, body.end)))
    return Fix(tuple(edits), safe=False)
