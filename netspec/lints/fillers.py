"""How parameters begin."""

from __future__ import annotations

from netspec.diagnostics.findings import Findings
from netspec.layers.weighted import Weighted
from netspec.lints.case import Case, place
from netspec.net import Node
from netspec.problems.lints import MissingFiller

FEW = 8  # of so many layers one may have been forgotten; where more have none, trained weights are meant to be loaded


def missing(case: Case, report: Findings) -> None:
    """In a net that learns: weights that begin as 0, where nearly all others have a filler."""
    for view in case.views:
        learnt = [node for node in view.net.layers if _learns(node)] if view.learns else []
        bare = [node for node in learnt if not node.params.has("weight_filler")]
        if not bare or len(learnt) < max(3, FEW * (len(bare) - 1) + 1):
            continue
        for node in bare:
            message = f'the weights of "{node.name}" begin as 0: there is no weight_filler'
            help = f'weight_filler {{ type: "{_usual(learnt)}" }}'
            report.add(MissingFiller, message, place(node), help=help)


def _learns(node: Node) -> bool:
    """Whether it has weights of its own that are learnt."""
    first = node.blobs[0] if isinstance(node.params, Weighted) and node.blobs else None
    return first is not None and bool(first.lr_mult) and first.key == first.owner


def _usual(learnt: list[Node]) -> str:
    """The filler of the first of the others."""
    return next(node.blobs[0].blob.filler.type for node in learnt if node.params.has("weight_filler"))
