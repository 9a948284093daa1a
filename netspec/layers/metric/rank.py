"""A loss of order: which of two items should have the higher score."""

from typing import ClassVar

from netspec.arrays import Array, align, cut, log, maximum, sigmoid, stop_gradient, total, vector, where
from netspec.layers.base import CallSite, Field, Refusal
from netspec.layers.caffe.loss import LossLayer
from netspec.layers.fit import axes, counted, needs_number
from netspec.layers.losses import LOG_THRESHOLD, expect_items, shaped
from netspec.problems.shapes import BadDimensions, NotDivisible, ShapeMismatch
from netspec.shapes import Shape, product, show

MOST = 10_000  # items of which all pairs are formed, side by side


class RankLoss(LossLayer):
    """The mean of −log P over pairs of items (i, j), P = sigmoid(sᵢ − sⱼ) if the label of i is higher, else 1 − that.

    The pairs are items 0 and 1, 2 and 3, …, or with allpairs all i < j. No P counts as less than 1e−20.
    Bottoms: scores, N or N×1, or probabilities of two classes, N×2, of which the second is the score; labels, N.
    The gradient is Caffe's, which is not that of the value: each pair moves its scores apart, or together where the
    first label is lower, by sigmoid(sⱼ − sᵢ) / N. Of two classes each takes half, the first the other way.
    Source: rank_loss_layer.cpp of gnina.
    """

    edition: ClassVar = "gnina"
    message: ClassVar = "rank_loss_param"

    allpairs: bool = Field(False, description="all pairs, not only those side by side")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        scores, labels = site.bottoms
        expect_items(self, scores, labels)
        for i, (shape, most) in enumerate(((scores, 2), (labels, 1))):
            numbers = product(shape[1:])
            if isinstance(numbers, int) and not 1 <= numbers <= most:
                form = "one score, or two, for each item" if i == 0 else "one label for each item"
                message = f"RankLoss takes {form}, not {counted(shape[1:])}"
                problem = BadDimensions if i == 0 else ShapeMismatch
                raise Refusal(problem, message, bottoms={i: ""}, label=f"{show(shape)} has {axes(len(shape))}")
        if not self.allpairs and scores[0] % 2 != 0:
            message = f"RankLoss takes items in pairs: {scores[0]} mod 2 = {scores[0] % 2}"
            raise Refusal(NotDivisible, message, bottoms={0: ""}, help="use an even batch size, or allpairs")
        if isinstance(scores[0], int) and scores[0] < 2:
            raise Refusal(BadDimensions, f"RankLoss needs a pair of items, not {scores[0]}", bottoms={0: ""})
        return ((),)

    def lacks(self, site: CallSite) -> str:
        n = site.bottoms[0][0]
        if self.allpairs and isinstance(n, int) and n > MOST:
            return f"there is no room for all pairs of {n} items, but of {MOST}"
        sizes = (n, *(product(shape[1:]) for shape in site.bottoms))
        return next((reason for size in sizes if (reason := needs_number(size))), "")

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        self.infer(site)
        n, classes = xs[0].shape[0], product(xs[0].shape[1:])
        rows = shaped(xs[0], (n, classes))
        score = shaped(cut(rows, 1, classes - 1, classes), (n,)).named("score")
        # What a pair moves: the score, or of two classes half of what one is ahead of the other.
        moved = score if classes == 1 else ((score - shaped(cut(rows, 1, 0, 1), (n,))) / 2).named("ahead")
        first, second, pair = self._pairs(shaped(stop_gradient(xs[1]), (n,)).named("label"))
        high, low, _ = self._pairs(score)
        apart = stop_gradient(high - low).named("apart")
        probability = sigmoid(apart).named("probability")
        right = where(first > second, probability, 1 - probability)
        losses = -log(maximum(right, LOG_THRESHOLD))
        push = where(first < second, sigmoid(-apart), -sigmoid(-apart)).named("push")
        one, other, _ = self._pairs(moved)
        moves = push * (one - other)
        if pair is not None:
            losses, moves = where(pair, losses, 0.0), where(pair, moves, 0.0)
        size = float(n) if isinstance(n, int) else 2.0
        pairs = size * (size - 1) / 2 if self.allpairs else size / 2
        everything = range(losses.rank)
        move = (total(moves, everything) / size).named("move")
        return (total(losses, everything) / pairs + (move - stop_gradient(move)),)

    def _pairs(self, x: Array) -> tuple[Array, Array, Array | None]:
        """The first of each pair, the second, and which of all are pairs (None: all)."""
        (n,) = x.shape
        if not self.allpairs:
            pairs = shaped(x, (n // 2, 2))
            return cut(pairs, 1, 0, 1), cut(pairs, 1, 1, 2), None
        place = vector([float(i) for i in range(n if isinstance(n, int) else 2)]).named("place")
        return align(x, 0, 2), align(x, 1, 2), align(place, 0, 2) < align(place, 1, 2)
