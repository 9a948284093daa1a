"""How the laws get their examples: the same ones in every run, or others each time where that is asked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

OVERRIDES = re.compile(r"\b(?:derandomize|database)=")
PROFILES = Path("tests/conftest.py")


@pytest.mark.parametrize(("profile", "same"), [("fixed", True), ("random", False)])
def test_a_profile_says_whether_examples_repeat(profile: str, same: bool) -> None:
    def drawn() -> list[int]:
        seen: list[int] = []

        @settings(settings.get_profile(profile), max_examples=50, database=None)
        @given(st.integers())
        def law(number: int) -> None:
            seen.append(number)

        law()
        return seen

    assert (drawn() == drawn()) is same


def test_no_law_says_otherwise_than_the_profile(root: Path, files: list[Path]) -> None:
    tests = [path for path in files if path.parts[0] == "tests" and path.suffix == ".py"]
    assert PROFILES in tests
    ours = {PROFILES, Path(__file__).relative_to(root)}
    assert not [path for path in tests if path not in ours and OVERRIDES.search((root / path).read_text("utf-8"))]
