"""What may have been meant: the answers of difflib, found without its work."""

from __future__ import annotations

import random
from difflib import get_close_matches

import pytest

from netspec.diagnostics.suggest import did_you_mean
from netspec.plugins.registry import BUILT_IN

# name, candidates, slip, cutoff, answer
CASES: list[tuple[str, list[str], bool, float, str | None]] = [
    ("Convolutoin", ["Concat", "Convolution", "Convolution3D"], False, 0.6, "Convolution"),
    ("relu_parm", ["prelu_param", "relu_param"], False, 0.6, "relu_param"),
    ("CONCAT", ["Concat"], False, 1, "Concat"),
    ("Concats", ["Concat"], False, 1, None),
    ("strid", ["stride", "string"], True, 0.6, "stride"),
    ("sride_hw", ["stride"], True, 0.6, None),
    ("x", [], False, 0.6, None),
    ("", ["a"], False, 0.6, None),
    ("a" * 101, ["a" * 101], False, 0.6, None),
    ("abcd", ["dcba", "abce", "abcf"], False, 0.6, "abcf"),  # of those that are as near, the last
]


@pytest.mark.parametrize(("name", "candidates", "slip", "cutoff", "answer"), CASES)
def test_did_you_mean(name: str, candidates: list[str], slip: bool, cutoff: float, answer: str | None) -> None:
    assert did_you_mean(name, candidates, slip, cutoff) == (answer and f"did you mean {answer}?")


@pytest.mark.parametrize("cutoff", [0.6, 0.7, 0.85])
def test_as_difflib(cutoff: float) -> None:
    drawn = random.Random(4)
    stems = {name.lower(): name for name in BUILT_IN.names}
    answers = set[str | None]()
    for _ in range(400):
        letters = list(drawn.choice(BUILT_IN.names))
        for _ in range(drawn.randrange(6)):
            at = drawn.randrange(len(letters) + 1)
            letters[at : at + drawn.randrange(2)] = drawn.choice(["", "x", "é", "_", "Bn"])
        name = "".join(letters)
        close = get_close_matches(name.lower(), stems, n=1, cutoff=cutoff)
        expected = f"did you mean {stems[close[0]]}?" if close else None
        assert did_you_mean(name, BUILT_IN.names, cutoff=cutoff) == expected
        answers.add(expected)
    assert len(answers) > 100
    assert None in answers
