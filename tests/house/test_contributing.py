"""CONTRIBUTING.md, followed to the letter in a copy of the project: what it tells is enough."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import transcript


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def copy(root: Path, files: list[Path], page: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with everything that the page adds to it."""
    folder = tmp_path_factory.mktemp("copy")
    for path in files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / path, folder / path)
    for block in transcript.blocks(page):
        if block.role in ("file", "below"):
            transcript.write(block, folder)
    return folder


def run(command: str, folder: Path) -> str:
    """What a command prints with the Python that runs the tests; `make` takes it for the one that it has set up."""
    ready = folder / "build" / "ready"
    ready.parent.mkdir(exist_ok=True)
    ready.touch()
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(folder), str(folder / "backends"))),
        "MAKEFLAGS": f"READY={ready} BIN={Path(sys.executable).parent} WORKERS=0",
    }
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"$ {command}\n{done.stdout[-5000:]}{done.stderr[-5000:]}"
    return done.stdout


def test_the_layers_that_it_adds_lack_nothing(copy: Path, page: str) -> None:
    """Its own commands write what follows from the code, and run the tests of these types and of the list of types."""
    (commands,) = re.findall(r"^```sh\n(make .*?)^```$", page, re.MULTILINE | re.DOTALL)
    *_, passed = [run(command, copy) for command in commands.splitlines()]
    assert "Squash" in passed


def test_what_it_adds_is_formatted(copy: Path) -> None:
    run(f"{sys.executable} -m ruff format --check . && {sys.executable} -m ruff check .", copy)
