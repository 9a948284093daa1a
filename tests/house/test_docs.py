"""The pages say what the program does: those that follow from the code are up to date, and every example is run."""

from __future__ import annotations

import re
from pathlib import Path

import generate
import grammar
import pytest
import transcript
from layerpages import INDEX, NAMES

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.every_type
@pytest.mark.parametrize("name", generate.PAGES)
def test_written_page_is_up_to_date(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == generate.PAGES[name](), "run `make docs`"


@pytest.mark.parametrize("name", generate.WRITTEN)
def test_examples_show_what_happens(name: str, tmp_path: Path) -> None:
    page = (ROOT / name).read_text(encoding="utf-8")
    found = transcript.faults(page, tmp_path)
    assert not "\n".join(
        f"{name}:{fault.block.line(page)}: $ {fault.command}\n--- shown\n{fault.expected}--- printed\n{fault.actual}"
        for fault in found
    ), "run `make docs`, and read the diff"


def test_grammar_for_people_has_every_rule() -> None:
    """Of the same names as in net.lark, and of no token that is neither a sign, nor a keyword, nor described."""
    lark = grammar.GRAMMAR.read_text(encoding="utf-8")
    rules = dict(re.findall(r"^(\w+) = ((?:.|\n +)*)", grammar.ebnf(lark), re.MULTILINE))
    assert [*rules] == re.findall(r"^\??([a-z_]+):", lark, re.MULTILINE)
    unquoted = re.sub(r'"[^"]*"', "", " ".join(rules.values()))
    assert set(re.findall(r"[A-Z]+", unquoted)) == {"NAME", "NUMBER", "QUANTITY", "STRING", "TEMPLATE"}
    assert set(re.findall(r"[a-z_]+", unquoted)) <= {*rules}


def test_links_lead_somewhere(files: list[Path]) -> None:
    """Links between the pages, and paths in `code` that look like files of the project."""
    known = {path.as_posix() for path in files} | {parent.as_posix() for path in files for parent in path.parents}
    broken: list[str] = []
    for path in (path for path in files if path.suffix == ".md"):
        page = (ROOT / path).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page):
            resolved = (ROOT / path.parent / target).resolve()
            if not resolved.is_relative_to(ROOT) or resolved.relative_to(ROOT).as_posix() not in known:
                broken.append(f"{path}: {target}")
    assert not broken


PAGE = """
<!-- file: a.txt -->
```text
one
two
three
```
```console
$ cat a.txt
one
...
three
$ echo error 3.1e-15 in 0.2 s
error 4.0e-14 in 1.5 s
$ echo wrong
right
```
<!-- output of: ls specs/lenet.net -->
```text
specs/lenet.net
```
<!-- part of: specs/lenet.net -->
```protobuf
layer { name: "not in the file" }
```
"""


def test_transcripts_are_held_against_the_program(tmp_path: Path) -> None:
    found = transcript.faults(PAGE, tmp_path)
    assert [fault.command for fault in found] == ["echo wrong", "part of specs/lenet.net"]
    assert transcript.mended(PAGE, found) == PAGE.replace("\nright\n", "\nwrong\n")


@pytest.mark.every_type
def test_no_page_of_layers_is_left_over() -> None:
    assert {f"docs/layers/{path.name}" for path in (ROOT / "docs" / "layers").iterdir()} == {*NAMES} - {INDEX}
