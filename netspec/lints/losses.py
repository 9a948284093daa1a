"""What a loss is given."""

from __future__ import annotations

from netspec.diagnostics.findings import Findings
from netspec.diagnostics.fix import Fix, within
from netspec.diagnostics.source import Source, Span
from netspec.layers.caffe.activation import ReLU
from netspec.lints.case import Case, Ends, View, kind, place
from netspec.net import Node
from netspec.problems.lints import NormalizedTwice, RectifiedScores

HOPS = 8  # layers in a row that only hand on
HANDS_ON = frozenset({"Dropout", "Flatten", "Reshape", "Split", "Permute"})
# Losses of scores, and the layer that each begins with.
BEGINS = {"SoftmaxWithLoss": "Softmax", "SoftmaxWithLossOHEM": "Softmax", "SigmoidCrossEntropyLoss": "Sigmoid"}


def normalized_twice(case: Case, report: Findings) -> None:
    """Softmax or Sigmoid before a loss that begins with it."""
    ends = Ends()
    for view in case.views:
        for loss in view.of(*BEGINS):
            maker = _maker(view, loss)
            own = BEGINS[kind(loss)]
            if maker and kind(maker) == own:
                message = f'{loss.type} begins with {own}, and reads what {own} "{maker.name}" gives'
                help = f"give it what {own} reads"
                at = ends.place(loss, "bottom", 0)
                fix = _past(loss, maker, at)
                report.add(NormalizedTwice, message, at, (place(maker), "here"), help=help, fix=fix)


def _past(loss: Node, maker: Node, at: Span) -> Fix | None:
    """The loss reads what the layer before it reads, if that is its own bottom, and in a text of full layers."""
    source = loss.origin.source
    if type(source) is not Source or loss.inputs[0] not in maker.outputs or maker.tops[0] == maker.bottoms[0]:
        return None
    edit = within(source.text, at, f'"{loss.bottoms[0]}"', f'"{maker.bottoms[0]}"')
    return Fix((edit,), safe=False) if edit else None


def rectified(case: Case, report: Findings) -> None:
    """Scores that cannot be below 0."""
    ends = Ends()
    for view in case.views:
        for loss in view.of(*BEGINS):
            maker = _maker(view, loss)
            if maker and isinstance(maker.params, ReLU) and maker.params.negative_slope == 0:
                message = f'the scores that {loss.type} reads cannot be below 0: ReLU "{maker.name}" gives them'
                help = "give the loss what ReLU reads"
                report.add(RectifiedScores, message, ends.place(loss, "bottom", 0), (place(maker), "here"), help=help)


def _maker(view: View, loss: Node) -> Node | None:
    """The layer that the first bottom of a loss comes of."""
    node = view.writers[loss.inputs[0]]
    for _ in range(HOPS):
        if kind(node) not in HANDS_ON or not node.inputs:
            return node
        node = view.writers[node.inputs[0]]
    return None
