"""The tree itself, for the tests of the house."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MADE = {"build", "dist"}  # what builds leave behind


def _files() -> list[Path]:
    """The files of the project, relative to its root: what git knows or would add, else what is not hidden or made."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode == 0:
        found = [Path(name) for name in listing.stdout.split("\0") if name]
    else:
        found = [path.relative_to(ROOT) for path in ROOT.rglob("*") if not _made(path.relative_to(ROOT))]
    return sorted(path for path in found if (ROOT / path).is_file())


def _made(path: Path) -> bool:
    hidden = any(part.startswith(".") and part != ".ci" for part in path.parts[:-1])
    return hidden or path.parts[0] in MADE or "__pycache__" in path.parts or any("egg-info" in p for p in path.parts)


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder that holds the project."""
    return ROOT


@pytest.fixture(scope="session")
def files() -> list[Path]:
    """Every file that belongs to the project, relative to `root`."""
    return _files()
