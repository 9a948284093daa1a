"""What the fuzzer found once stays right: every case of its corpus goes through all oracles again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.case import kept, read
from tests.fuzz.examine import examine

CORPUS = Path(__file__).parent / "corpus"
LARGEST = 2000  # bytes of a case; small ones tell what is wrong


@pytest.mark.parametrize("path", list(kept(CORPUS)), ids=lambda path: path.name)
def test_replay(path: Path) -> None:
    assert not [finding.text for finding in examine(read(path))]


def test_the_corpus_is_small_and_named_by_content() -> None:
    cases = list(kept(CORPUS))
    assert cases == sorted(CORPUS.iterdir())
    for path in cases:
        assert path.name == read(path).name
        assert path.stat().st_size <= LARGEST
