"""`netspec fmt`: which files change, what is said of it, and that nothing else happens to them."""

from __future__ import annotations

import io
import sys
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from netspec.diagnostics.source import Source
from netspec.syntax.document import Document

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec

MESSY = "a:1,b{c:'x'}# why\n"
NEAT = 'a: 1\nb { c: "x" }  # why\n'
BROKEN = "a {\n  b 1\n}\n"


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file that would change, one that would not, and one below."""
    monkeypatch.chdir(tmp_path)
    for name, text in {"messy.net": MESSY, "neat.net": NEAT, "deep/messy.prototxt": MESSY}.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(text.encode())
    return tmp_path


def test_rewrites_in_place(specs: Path, netspec: Netspec) -> None:
    neat = Path("neat.net").stat()
    Path("messy.net").chmod(0o640)
    result = netspec("fmt", ".")
    assert result == (0, "formatted deep/messy.prototxt\nformatted messy.net\n2 of 3 files changed\n", "")
    assert [Path(name).read_text("utf-8") for name in ("messy.net", "deep/messy.prototxt")] == [NEAT, NEAT]
    assert Path("messy.net").stat().st_mode & 0o777 == 0o640
    assert (Path("neat.net").stat().st_ino, Path("neat.net").stat().st_mtime_ns) == (neat.st_ino, neat.st_mtime_ns)
    assert netspec("fmt", ".") == (0, "no change to 3 files\n", "")
    assert sorted(path.name for path in specs.iterdir()) == ["deep", "messy.net", "neat.net"]


def test_check_names_what_would_change(specs: Path, netspec: Netspec) -> None:
    assert netspec("fmt", "--check", ".") == (1, "deep/messy.prototxt\nmessy.net\n", "2 of 3 files would change\n")
    assert netspec("fmt", "--check", "neat.net") == (0, "", "no change to 1 file\n")
    assert Path("messy.net").read_text("utf-8") == MESSY


DIFF = """\
--- messy.net
+++ messy.net
@@ -1 +1,2 @@
-a:1,b{c:'x'}# why
+a: 1
+b { c: "x" }  # why
"""


@pytest.mark.parametrize(
    ("options", "status"), [(["--diff"], 0), (["--diff", "--check"], 1)], ids=["alone", "with --check"]
)
def test_diff_shows_what_would_change(specs: Path, netspec: Netspec, options: list[str], status: int) -> None:
    assert netspec("fmt", *options, "messy.net", "neat.net") == (status, DIFF, "1 of 2 files would change\n")
    assert Path("messy.net").read_text("utf-8") == MESSY


def test_diff_in_colours(specs: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("messy.net").write_text("a:1\t# \x1b[2J")
    monkeypatch.setenv("FORCE_COLOR", "1")
    lines = netspec("fmt", "--diff", "messy.net").out.splitlines()
    assert lines[3:] == [
        "\x1b[1;31m-a:1    # ␛[2J\x1b[0m",
        "\\ No newline at end of file",
        "\x1b[32m+a: 1  # ␛[2J\x1b[0m",
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", b"a: 1\nb: 2\n"),
        (b"a: 1 # caf\xe9\n", b"a: 1  # caf\xe9\n"),
        ("a: 'ä'\n".encode(), 'a: "ä"\n'.encode()),
        (b"\n\n", b""),
    ],
    ids=["line ends", "a comment that is no UTF-8", "UTF-8", "nothing"],
)
def test_bytes(specs: Path, netspec: Netspec, before: bytes, after: bytes) -> None:
    Path("x.net").write_bytes(before)
    assert netspec("fmt", "x.net").status == 0
    assert Path("x.net").read_bytes() == after


def _stdin(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_standard_input(netspec: Netspec, monkeypatch: pytest.MonkeyPatch) -> None:
    for options, expected in (([], (0, NEAT, "")), (["--check"], (1, "<stdin>\n", ""))):
        _stdin(monkeypatch, MESSY)
        assert netspec("fmt", "-", *options) == expected
    _stdin(monkeypatch, BROKEN)
    result = netspec("fmt", "-")
    assert (result.status, result.out) == (1, "")
    assert "error[NS101]" in result.err


def test_what_is_broken_is_left_alone(specs: Path, netspec: Netspec) -> None:
    Path("broken.net").write_text(BROKEN)
    Path("latin.net").write_bytes(b"a: '\xe9'\n")
    result = netspec("fmt", "missing.net", "broken.net", "latin.net", "messy.net")
    assert (result.status, result.out) == (1, "formatted messy.net\n1 of 1 file changed\n")
    assert [line.split(":")[0] for line in result.err.splitlines() if line.startswith("error")] == [
        "error[NS105]",
        "error[NS101]",
        "error[NS105]",
    ]
    assert Path("broken.net").read_text("utf-8") == BROKEN


def test_a_layout_that_would_change_what_is_said(
    specs: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(document: Document) -> str:
        return document.source.text.replace("1", "2")

    monkeypatch.setattr("netspec.syntax.printing.formatting.print_document", wrong)
    result = netspec("fmt", "messy.net")
    assert (result.status, result.out) == (70, "")
    assert "internal error: messy.net: the layout would change what it says; it is left alone" in result.err
    assert Path("messy.net").read_text("utf-8") == MESSY


@pytest.mark.parametrize(
    ("argv", "message"), [(["-", "a.net"], "- stands alone"), (["empty"], "empty: no file ends in .net")]
)
def test_wrong_usage(specs: Path, netspec: Netspec, argv: list[str], message: str) -> None:
    Path("empty").mkdir()
    result = netspec("fmt", *argv)
    assert (result.status, result.out) == (2, "")
    assert message in result.err


def test_the_specs_of_netspec_are_in_the_layout(netspec: Netspec) -> None:
    folder = str(resources.files("netspec.specs"))
    result = netspec("fmt", "--check", folder)
    assert (result.status, result.out) == (0, "")


def test_what_is_written_says_the_same() -> None:
    """`same` sees every difference but spans, blanks and quotes."""
    from netspec.syntax.parser import parse
    from netspec.syntax.printing.same import same

    def read(text: str) -> Document:
        return parse(Source("x", text))[0]

    base = "a: 'x' # why\nb = f(c, d = 1) | g { h: -1 }"
    for text in ('a: "x" b=f(c,d=1)|g{h:- 1} # why', base):
        assert same(read(text), read(base)) is (text == base or "why" in text)
    for old, new in (("'x'", "'y'"), ("why", "who"), ("# why", ""), ("d = ", ""), ("-1", "1"), ("| g", ""), ("c,", "")):
        assert not same(read(base.replace(old, new)), read(base))
