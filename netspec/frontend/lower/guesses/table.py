"""The hypotheses in the order in which they are tried, and what comes of a net under those that hold."""

from __future__ import annotations

from netspec.frontend.lower.guesses.case import Case, Hypothesis, Measures
from netspec.frontend.lower.guesses.data import any_channels, other_shapes
from netspec.frontend.lower.guesses.forks import forks_reading
from netspec.frontend.lower.guesses.implied import implied_sizes
from netspec.frontend.lower.guesses.usual import common_sides, own_sizes

HYPOTHESES = (
    Hypothesis(
        "any channels",
        "Only a database knows how many channels its images have; where 3 do not fit, it may be any number.",
        any_channels,
    ),
    Hypothesis(
        "a fork's reading",
        "Where layers do not fit together as Caffe reads them, the net may be of a fork that reads them otherwise.",
        forks_reading,
    ),
    Hypothesis(
        "other shapes of data",
        "A layer of data gives what is in its files: one label an image or several, boxes for each class or for all.",
        other_shapes,
    ),
    Hypothesis(
        "implied sizes",
        "What reads an input needs it to have a certain size, and a size that is found may imply more.",
        implied_sizes,
        rounds=4,
    ),
    Hypothesis(
        "sizes of a kind of data",
        "Most data of a kind has the same size, and nothing but the shapes of blobs depends on it.",
        own_sizes,
    ),
    Hypothesis(
        "common sides",
        "Maps of labels are as large as their images, and a common height and width that fits both is as good as any.",
        common_sides,
    ),
)


def under_hypotheses(case: Case, first: Measures) -> Measures:
    """What comes of a net, measured again under each hypothesis in turn."""
    best = first
    for hypothesis in HYPOTHESES:
        best = under(hypothesis, case, best)
    return best


def under(hypothesis: Hypothesis, case: Case, best: Measures) -> Measures:
    """What comes of a net under a hypothesis, or the best so far. A round ends where nothing is wrong any more, and the
    next one begins with what was kept."""
    for _ in range(hypothesis.rounds):
        before = best
        for proposal in hypothesis.propose(case, before):
            tried = case.under(proposal.assumed)
            if proposal.kept(tried, best):
                best = tried
                if not best.errors:
                    break
        if best is before:
            break
    return best
