"""Blocks of other files: which files may be read, and what their blocks see."""

from __future__ import annotations

from pathlib import Path

import pytest

from netspec.diagnostics.render import human
from netspec.frontend import load as spec
from tests.frontend.language.lines import expansion, lines, said

MAIN = "input data: [1, 3, 8, 8]\n"
B = "block b(x) -> y { y = TanH(x) }\n"


def files(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


# The text, the files beside it, and what it comes to.
CASES: dict[str, tuple[str, dict[str, str], str]] = {
    "all blocks": (
        'import "a.net"\ny = b(data)\nz = c(y)',
        {"a.net": B + "block c(x) -> y { y = ReLU(x) }"},
        "y/y: TanH(data) -> y/y\nz/y: ReLU(y/y) -> z/y",
    ),
    "some": (
        'import c, b from "a.net"\ny = b(data)\nz = c(y)',
        {"a.net": B + "block c(x) -> y { y = ReLU(x) }"},
        "y/y: TanH(data) -> y/y\nz/y: ReLU(y/y) -> z/y",
    ),
    "in a folder below": ('import "sub/a.net"\ny = b(data)', {"sub/a.net": B}, "y/y: TanH(data) -> y/y"),
    "imports of imports": (
        'import "a.net"\ny = c(data)',
        {"a.net": 'import "sub/b.net"\nblock c(x) -> y { y = b(x) }', "sub/b.net": B},
        "y/y/y: TanH(data) -> y/y/y",
    ),
    "blocks are passed on": (
        'import "a.net"\ny = b(data)',
        {"a.net": 'import "b.net"', "b.net": B},
        "y/y: TanH(data) -> y/y",
    ),
    "a file beside the one that imports it": (
        'import "sub/a.net"\ny = b(data)',
        {"sub/a.net": 'import "b.net"', "sub/b.net": B, "b.net": "block b(x) -> y { y = ReLU(x) }"},
        "y/y: TanH(data) -> y/y",
    ),
    "up again, within the folder": (
        'import "sub/a.net"\ny = b(data)',
        {"sub/a.net": 'import "../b.net"', "b.net": B},
        "y/y: TanH(data) -> y/y",
    ),
    "a diamond": (
        'import "a.net"\nimport "b.net"\ny = b(data)',
        {"a.net": 'import "c.net"', "b.net": 'import "c.net"', "c.net": B},
        "y/y: TanH(data) -> y/y",
    ),
    "the same twice": (
        'import "a.net"\nimport "a.net"\nimport b from "a.net"\ny = b(data)',
        {"a.net": B},
        "y/y: TanH(data) -> y/y",
    ),
    "its own constants": (
        'import "a.net"\nlet n = 2\ny = c(data)',
        {"a.net": "let n = 5\nlet m = n + 1\nblock c(x, k = m) -> y { y = Power(x) { scale: n shift: k } }"},
        "y/y: Power(data) -> y/y power_param { scale: 5 shift: 6 }",
    ),
    "its layers are its own": (
        'import "a.net"\ny = b(data)',
        {"a.net": B + 'name: "lib"\ninput data: [7]\nz = ReLU(data)\nexpect z: [8]\n'},
        "y/y: TanH(data) -> y/y",
    ),
    "a block of the spec comes first": (
        'import "a.net"\nblock b(x) -> y { y = ReLU(x) }\ny = b(data)',
        {"a.net": B},
        "y/y: ReLU(data) -> y/y",
    ),
    "imports stand anywhere at the top": ('y = b(data)\nimport "a.net"', {"a.net": B}, "y/y: TanH(data) -> y/y"),
    "blocks that use each other": (
        'import "a.net"\ny = c(data)',
        {"a.net": "block c(x) -> y { y = d(x) }\nblock d(x) -> y { y = TanH(x) }"},
        "y/y/y: TanH(data) -> y/y/y",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_comes_to(name: str, tmp_path: Path) -> None:
    text, others, expected = CASES[name]
    files(tmp_path, others)
    assert "\n".join(lines(MAIN + text, tmp_path)) == expected


# The text, the files beside it, and what is said.
FAULTS: dict[str, tuple[str, dict[str, str], list[tuple[str, str]]]] = {
    "missing": ('import "a.net"', {}, [("NS707", 'there is no file "a.net"')]),
    "a folder": ('import "sub"', {"sub/a.net": B}, [("NS707", 'there is no file "sub"')]),
    "no name": ('import ""', {}, [("NS707", '"" is no path relative to this file')]),
    "absolute": ('import "/etc/passwd"', {}, [("NS707", '"/etc/passwd" is no path relative to this file')]),
    "of Windows": ('import "C:\\\\a.net"', {}, [("NS707", '"C:\\a.net" is no path relative to this file')]),
    "with a zero": ('import "a\\0.net"', {}, [("NS707", '"a\0.net" is no path relative to this file')]),
    "outside": ('import "../a.net"', {}, [("NS707", '"../a.net" lies outside of the folder of the spec')]),
    "outside, in the middle": (
        'import "sub/../../a.net"',
        {"sub/a.net": B},
        [("NS707", '"sub/../../a.net" lies outside of the folder of the spec')],
    ),
    "a long name": (f'import "{"a" * 500}"', {}, [("NS707", f'there is no file "{"a" * 500}"')]),
    "no such block": ('import c from "a.net"', {"a.net": B}, [("NS707", '"a.net" has no block "c"')]),
    "a second block of the name": (
        'import b from "a.net"\nimport b from "c.net"',
        {"a.net": B, "c.net": B},
        [("NS711", 'a second block is called "b"')],
    ),
    "itself": ('import "main.net"', {}, [("NS707", "the import leads back to where it stands: main.net → main.net")]),
    "a circle": (
        'import "a.net"',
        {"a.net": 'import "c.net"', "c.net": 'import "a.net"'},
        [("NS707", "the import leads back to where it stands: a.net → c.net → a.net")],
    ),
    "a circle through the spec": (
        'import "sub/main.net"',
        {"sub/main.net": 'import "../main.net"'},
        [("NS707", "the import leads back to where it stands: main.net → main.net → main.net")],
    ),
    "in a block": (
        'block c(x) -> y { import "a.net"  y = x }\ny = c(data)',
        {"a.net": B},
        [("NS706", "an import stands at the top level of a file")],
    ),
    "under a condition": (
        'if true { import "a.net" }',
        {"a.net": B},
        [("NS706", "an import stands at the top level of a file")],
    ),
    "not a text": ('import "a.net"', {"a.net": "\0"}, []),
}


@pytest.mark.parametrize("name", FAULTS)
def test_fault(name: str, tmp_path: Path) -> None:
    text, others, expected = FAULTS[name]
    files(tmp_path, {**others, "main.net": MAIN + text})
    found = spec.check(tmp_path / "main.net")
    if expected:
        assert [(code, message.replace(str(tmp_path), "")) for code, message in said(found)] == expected
    assert human(found)


def test_a_link_that_leads_out(tmp_path: Path) -> None:
    files(tmp_path, {"out/a.net": B, "in/main.net": 'import "a.net"\nimport "d/a.net"'})
    (tmp_path / "in/a.net").symlink_to(tmp_path / "out/a.net")
    (tmp_path / "in/d").symlink_to(tmp_path / "out")
    found = spec.check(tmp_path / "in/main.net")
    assert said(found) == [
        ("NS707", '"a.net" lies outside of the folder of the spec'),
        ("NS707", '"d/a.net" lies outside of the folder of the spec'),
    ]
    assert not spec.check(tmp_path / "in/main.net", import_path=[tmp_path / "out"])


def test_a_link_in_a_circle(tmp_path: Path) -> None:
    files(tmp_path, {"main.net": 'import "a.net"'})
    (tmp_path / "a.net").symlink_to(tmp_path / "a.net")
    assert said(spec.check(tmp_path / "main.net")) == [("NS707", 'there is no file "a.net"')]


@pytest.mark.parametrize("link", ["symlink_to", "hardlink_to"])
def test_the_spec_under_another_name(link: str, tmp_path: Path) -> None:
    files(tmp_path, {"main.net": 'import "other.net"'})
    getattr(tmp_path / "other.net", link)(tmp_path / "main.net")
    (message,) = [message for _, message in said(spec.check(tmp_path / "main.net"))]
    assert message == "the import leads back to where it stands: main.net → main.net"
    assert [code for code, _ in said(spec.check(tmp_path / "other.net"))] == ["NS707"]


def test_search_path(tmp_path: Path) -> None:
    """The file's own folder comes first, then the folders in order."""
    files(tmp_path, {"one/a.net": 'import "b.net"', "one/b.net": B, "two/a.net": "", "two/c.net": 'import "a.net"'})
    one, two = tmp_path / "one", tmp_path / "two"
    made = ["y/y: TanH(data) -> y/y"]
    assert lines(MAIN + 'import "a.net"\ny = b(data)', tmp_path, [one, two]) == made
    assert lines(MAIN + 'import "a.net"\nimport b from "b.net"\ny = b(data)', two, [one]) == made
    assert lines(MAIN + 'import "a.net"\ny = b(data)', None, [one]) == made
    assert said(expansion('import "c.net"\nimport b from "a.net"', one, [two]).found) == []


def test_a_text_from_nowhere() -> None:
    found = expansion('import "a.net"').found
    assert said(found) == [("NS707", "a text that comes from no file has no folder to import from")]


def test_syntax_error_in_a_file(tmp_path: Path) -> None:
    """It is shown where it is; that the block is missing is no news."""
    files(tmp_path, {"main.net": MAIN + 'import b from "a.net"\ny = b(data)', "a.net": 'layer { name: "x" '})
    found = spec.check(tmp_path / "main.net")
    assert [diagnostic.code[:3] for diagnostic in found] == ["NS1"]
    assert found[0].labels[0].source.name.endswith("a.net")


def test_faults_in_imported_blocks_show_both_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files(
        tmp_path,
        {"main.net": MAIN + 'import "a.net"\ny = c(data)', "a.net": "block c(x) -> y { y = Flatten(x) { axis: 9 } }"},
    )
    assert (
        human(spec.check("main.net"))
        == """\
error[NS303]: axis 9 is out of range for a blob of 4 axes
  --> a.net:1:36
  |
1 | block c(x) -> y { y = Flatten(x) { axis: 9 } }
  |                                    ^^^^^^^ 1×3×8×8 has axes -4 to 3
  ::: main.net:3:5
  |
3 | y = c(data)
  |     - in this use of c
  |
1 | input data: [1, 3, 8, 8]
  |       ---- "data" is 1×3×8×8
"""
    )


def test_a_library_alone_is_no_empty_net(tmp_path: Path) -> None:
    files(tmp_path, {"a.net": "let n = 2\n" + B})
    assert [d.code for d in spec.check(tmp_path / "a.net")] == ["NS855"]  # of the constant
