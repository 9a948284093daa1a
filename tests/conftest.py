"""What every test may use: golden files, the corpus of real specs, and how Hypothesis draws its examples."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings
from tally import Tally

HERE = Path(__file__).parent
CACHE = pytest.StashKey[str]()  # of this run alone
GOLDEN = HERE / "golden"

# The examples of laws are the same in every run, so that a change alone makes a test fail. Others each time, which find
# what nobody thought of: NETSPEC_HYPOTHESIS=random, or pytest's --hypothesis-profile=random; --hypothesis-seed repeats.
settings.register_profile("fixed", derandomize=True, database=None, deadline=None)
settings.register_profile("random", derandomize=False, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("NETSPEC_HYPOTHESIS") or "fixed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files instead of comparing")


def pytest_configure(config: pytest.Config) -> None:
    os.environ["XDG_CACHE_HOME"] = config.stash[CACHE] = tempfile.mkdtemp(prefix="netspec-cache-")
    if config.getoption("--update-golden") and not hasattr(config, "workerinput"):  # not in one of several processes
        config.pluginmanager.register(Tally())


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash[CACHE], ignore_errors=True)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """`golden("syntax/brace.txt", text)` compares the text with that file of tests/golden."""

    def compare(path: str, text: str) -> None:
        file = GOLDEN / path
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8", newline="\n")
        assert file.exists(), f"no golden file {path}: run pytest --update-golden, and read what it writes"
        assert text == file.read_text("utf-8")

    return compare


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real specs, which are not part of this repository: NETSPEC_CORPUS, or ../shared/corpus."""
    folder = Path(os.environ.get("NETSPEC_CORPUS") or HERE.parents[1] / "shared" / "corpus")
    if not folder.is_dir():
        pytest.skip(f"no corpus at {folder}")
    return folder
