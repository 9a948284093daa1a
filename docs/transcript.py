"""The examples of a page, run: what a page shows is what the program prints.

Five kinds of fenced block are held against the program. Comments before a block are not shown on the page.

    ```console                         every `$ command` is run, what it prints is compared
    <!-- output of: COMMAND -->        the block is what the command prints
    <!-- part of: PATH -->             the block stands so in a file of the project
    <!-- file: PATH -->                the block is written to a file that later commands read
    <!-- below: LINE, in: PATH -->     the block is added to a file, below a line

A page is run from its top to its end in a copy of the project. A line `...` stands for any number of lines. Measured
numbers (`3.1e-15`, `0.42 s`, `120 images/s`) are compared as numbers only, and which of them is the worst is not
compared.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import warm

ROOT = Path(__file__).resolve().parents[1]
_FENCE = re.compile(
    r"^(?:<!-- (?P<role>output of|part of|file|below): (?P<of>.+?) -->\n)?```(?P<kind>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_MEASURED = re.compile(r"worst error \S+ in \S+|\d+(?:\.\d+)?e[+-]?\d+|\d+(?:\.\d+)? m?s\b|[\d,]+ images/s")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page. role: how the comment before it begins, "" for a transcript; of: its rest."""

    role: str
    of: str
    text: str
    start: int  # offset of `text` in the page

    def line(self, page: str) -> int:
        return page.count("\n", 0, self.start) + 1


@dataclass(frozen=True)
class Fault:
    """A block that does not show what happens. `text` is what the block should be."""

    block: Block
    command: str
    expected: str
    actual: str
    text: str


def blocks(page: str) -> Iterator[Block]:
    """The blocks that are held against the program."""
    for found in _FENCE.finditer(page):
        if found["role"] or found["kind"] == "console":
            yield Block(found["role"] or "", found["of"] or "", found["text"], found.start("text"))


def faults(page: str, folder: Path) -> list[Fault]:
    """Runs a page in an empty folder."""
    for name in ("netspec", "backends", "specs", "grammars", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    found: list[Fault] = []
    for block in blocks(page):
        match block.role:
            case "file" | "below":
                write(block, folder)
            case "part of":
                whole = (folder / block.of).read_text(encoding="utf-8")
                if not agrees("...\n" + block.text + "...\n", whole):
                    found.append(Fault(block, f"part of {block.of}", block.text, whole, block.text))
            case "output of":
                printed = run(block.of, folder)
                if not agrees(block.text, printed):
                    found.append(Fault(block, block.of, block.text, printed, printed))
            case _:
                found.extend(_transcript(block, folder))
    return found


def write(block: Block, folder: Path) -> None:
    """Puts a block where the comment before it says, below `folder`."""
    line, _, name = block.of.rpartition(", in: ") if block.role == "below" else ("", "", block.of)
    path, text = folder / name, block.text
    path.parent.mkdir(parents=True, exist_ok=True)
    if block.role == "below":
        before, found, after = (
            (path if path.exists() else ROOT / name).read_text(encoding="utf-8").partition(f"{line}\n")
        )
        assert found, f"{name} has no line {line}"
        text = before + found + text + after
    path.write_text(text, encoding="utf-8")


def _transcript(block: Block, folder: Path) -> Iterator[Fault]:
    """One fault for each command that prints something else; the texts build on each other, the last is complete."""
    text = block.text
    for command, expected in steps(block.text):
        printed = run(command, folder)
        if not agrees(expected, printed):
            text = text.replace(f"$ {command}\n{expected}", f"$ {command}\n{printed}", 1)
            yield Fault(block, command, expected, printed, text)


def steps(text: str) -> list[tuple[str, str]]:
    """The commands of a transcript, each with what it prints."""
    parts = re.split(r"^\$ (.*)\n", text, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def run(command: str, folder: Path) -> str:
    """What a terminal would show of a command, standard error included."""
    own = [warm.folder()] if hasattr(os, "fork") else []
    environment = {
        **os.environ,
        "PATH": os.pathsep.join((*own, str(Path(sys.executable).parent), os.environ.get("PATH", ""))),
        "PYTHONPATH": os.pathsep.join((str(folder), str(folder / "backends"))),
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
        "PYTHONDONTWRITEBYTECODE": "",  # the next command of the page is the sooner read
    }
    shell = shutil.which("bash") or "/bin/sh"
    done = subprocess.run(
        [shell, "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout if not done.stdout or done.stdout.endswith("\n") else done.stdout + "\n"


def agrees(expected: str, actual: str) -> bool:
    """Whether a text shows another, with `...` lines for what is left out and measured numbers masked."""
    pieces = re.split(r"^\.\.\.\n", _masked(expected), flags=re.MULTILINE)
    pattern = "(?:.*\n)*?".join(re.escape(piece) for piece in pieces)
    return re.fullmatch(pattern, _masked(actual)) is not None


def _masked(text: str) -> str:
    lines = (re.sub(" {2,}", "  ", line.rstrip()) for line in _MEASURED.sub("#", text).splitlines())
    return "".join(f"{line}\n" for line in lines)


def mended(page: str, found: list[Fault]) -> str:
    """The page with what its commands print today. A part of a file is left as it is, for a person to mend."""
    latest = {fault.block.start: fault for fault in found if fault.block.role != "part of"}
    for start in sorted(latest, reverse=True):
        fault = latest[start]
        page = page[:start] + fault.text + page[start + len(fault.block.text) :]
    return page
