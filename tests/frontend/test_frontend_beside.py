"""Which file a solver means by a path."""

from __future__ import annotations

from pathlib import Path

import pytest

from netspec.frontend.beside import located

FILES = (
    "a/b/solver/net.net",
    "a/b/net.net",
    "a/b/deep/net.net",
    "a/b/solver/x/y.net",
    "elsewhere/net.net",
    "a/secret.net",
)

# what is written, and what it means to a solver in a/b/solver
PATHS = [
    ("net.net", "a/b/solver/net.net"),
    ("./net.net", "a/b/solver/net.net"),
    ("x/y.net", "a/b/solver/x/y.net"),
    ("a/b/net.net", "a/b/net.net"),
    ("b/deep/net.net", "a/b/deep/net.net"),
    ("a/b/solver/x/y.net", "a/b/solver/x/y.net"),
    ("models/of/old/net.net", "a/b/solver/net.net"),
    ("/somebody/models/x/y.net", "a/b/solver/x/y.net"),
    ("C:\\models\\net.net", "a/b/solver/net.net"),
    ("../../elsewhere/net.net", "a/b/solver/net.net"),
    ("a/secret.net", "a/secret.net"),
    ("../../secret.net", None),
    ("a/b/../secret.net", None),
    ("missing.net", None),
    ("a/b/solver", None),
    ("", None),
    ("net.net\0", None),
    ("x" * 5000, None),
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("written", "meant"), PATHS)
def test_what_is_meant(tree: Path, written: str, meant: str | None) -> None:
    found = located(written, tree / "a/b/solver")
    assert found == (tree / meant if meant else None)


def test_a_folder_that_a_flag_names(tree: Path) -> None:
    assert located("elsewhere/net.net", tree / "a/b/solver", [tree]) == tree / "elsewhere/net.net"
    assert located("net.net", None, [tree / "a/b"]) == tree / "a/b/net.net"
    assert located("net.net", None) is None


def test_relative_to_where_one_is(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree / "a")
    assert located("net.net", Path("b/solver")) == Path("b/solver/net.net")
    monkeypatch.chdir(tree / "a/b/solver")
    assert located("a/b/net.net", Path()) == tree / "a/b/net.net"


def test_a_link_does_not_lead_out(tree: Path) -> None:
    (tree / "a/b/solver/link.net").symlink_to(tree / "elsewhere/net.net")
    (tree / "a/b/solver/circle.net").symlink_to(tree / "a/b/solver/circle.net")
    assert located("link.net", tree / "a/b/solver") is None
    assert located("circle.net", tree / "a/b/solver") is None
