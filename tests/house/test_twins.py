"""What the backends for PyTorch and TensorFlow say alike is said once, in `netspec.emit.shared`."""

from __future__ import annotations

from difflib import SequenceMatcher
from pathlib import Path

import pytest

BACKENDS = Path(__file__).resolve().parents[2] / "backends"
ONE, OTHER = BACKENDS / "netspec_torch", BACKENDS / "netspec_tensorflow"
EQUAL = 10  # lines in a row
# Files that may have them, and why.
REASONS = {
    "trained.py": "imports and the signature of `Backend.loader`; the texts below are different",
}
PAIRS = sorted(str(path.relative_to(ONE)) for path in ONE.rglob("*.py") if (OTHER / path.relative_to(ONE)).exists())


def longest(name: str) -> int:
    """How many lines in a row are equal in the files of this name."""
    one, other = ((folder / name).read_text().splitlines() for folder in (ONE, OTHER))
    return max(block.size for block in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks())


@pytest.mark.every_type
@pytest.mark.parametrize("name", PAIRS)
def test_few_lines_in_a_row_are_equal(name: str) -> None:
    assert (longest(name) >= EQUAL) == (name in REASONS)


def test_there_are_pairs() -> None:
    assert len(PAIRS) > 20
    assert REASONS.keys() <= set(PAIRS)
