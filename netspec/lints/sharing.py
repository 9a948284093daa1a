"""Uses of blocks that may have been meant to share their parameters."""

from __future__ import annotations

from itertools import pairwise

from netspec.diagnostics.findings import Findings
from netspec.diagnostics.source import BlockUse, Turn
from netspec.frontend.expressions.values import BlobName
from netspec.lints.case import Case, View
from netspec.net import Node, Value
from netspec.net.scopes import uses
from netspec.problems.lints import TwinsApart

COMPARE = ("ContrastiveLoss", "EuclideanLoss", "GeneralContrastiveLoss", "RankLoss")


def apart(case: Case, report: Findings) -> None:
    """Two uses of a block with the same constants, each with parameters of its own, whose results a loss compares."""
    for view in case.views:
        _apart(view, report)


def _apart(view: View, report: Findings) -> None:
    layers: dict[int, tuple[BlockUse, list[Node]]] = {}
    makers: dict[Value, int] = {}
    for node in view.net.layers:
        path = uses(node)
        if path and not isinstance(path[0], Turn):
            layers.setdefault(id(path[0]), (path[0], []))[1].append(node)
            makers.update(dict.fromkeys(node.outputs, id(path[0])))
    for loss in view.of(*COMPARE):
        compared = list(dict.fromkeys(makers[value] for value in loss.inputs if value in makers))
        for one, other in pairwise(compared):
            (first, nodes), (second, others) = layers[one], layers[other]
            if _alike(first, second) and _owns(nodes) and _owns(others):
                message = f'{loss.type} compares two uses of "{first.block}", each with parameters of its own'
                help = f"one network for both: {{ share: … }} behind the second use of {first.block}"
                report.add(TwinsApart, message, second.place, (first.place, "the other use"), help=help)


def _owns(nodes: list[Node]) -> bool:
    """Whether there are parameters, and none is another layer's, too."""
    params = [param for node in nodes for param in node.blobs]
    return bool(params) and all(param.owner == param.key and not param.name for param in params)


def _alike(first: BlockUse, second: BlockUse) -> bool:
    """Whether they are uses of one block with the same constants."""
    if first.definition is not second.definition or first.shares or second.shares:
        return False
    pairs = zip(first.arguments, second.arguments, strict=False)
    return all(a == b or (isinstance(a, BlobName) and isinstance(b, BlobName)) for (_, a), (_, b) in pairs)
