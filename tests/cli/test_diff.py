"""`netspec diff`: what it prints, and its exit status."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec

SOUND = """\
name: "Small"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } } }
layer {
  name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 4 kernel_size: 3 }
}
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip" inner_product_param { num_output: 5 } }
"""
CHANGED = (
    SOUND.replace('"Small"', '"Wider"')
    .replace("num_output: 4 kernel_size: 3", 'num_output: 6 kernel_size: 3 pad: 1 weight_filler { type: "xavier" }')
    .replace('layer { name: "relu" type: "ReLU"', 'layer { name: "act" type: "ReLU"')
    .replace(
        'layer { name: "ip"',
        'layer { name: "drop" type: "Dropout" bottom: "conv" top: "conv" }\nlayer { name: "ip"',
    )
)
TRAINED = SOUND + 'layer { name: "mask" type: "ReLU" bottom: "ip" top: "mask" include { phase: TRAIN } }\n'


def block(name: str, bottom: str, count: int) -> str:
    return "".join(
        f'layer {{ name: "{name}{i}" type: "ReLU" bottom: "{bottom}" top: "{bottom}" }}\n' for i in range(count)
    )


# Blocks in blocks: one of the two convolutions of `pair` has no name of its own, and `alone` is used once.
BLOCKS = """\
input data: [1, 4, 8, 8]
block conv(x, n) -> y {
  y = Convolution(x) { num_output: n kernel_size: 3 pad: 1 }
  y = ReLU(y) { name: "act" }
}
block pair(x, n) -> y { a = conv(x, n)  y = conv(a, 2 * n) { name: "" } | Pooling { kernel_size: 2 stride: 2 } }
block alone(x) -> y { y = InnerProduct(x) { num_output: 3 } }
x = pair(data, 4)
repeat i in 1..2 { x = pair(x, 8) }
y = alone(x)
"""
BIASED = BLOCKS.replace("kernel_size: 3 pad: 1", "kernel_size: 3 pad: 1 bias_term: false")

GIT = ("0123abc", "100644")  # what git says of a file behind its name
# The old net, the new one, and options.
CASES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "changed": (SOUND, CHANGED, ()),
    "back": (CHANGED, SOUND, ()),
    "all": (SOUND, CHANGED, ("--all",)),
    "markdown": (SOUND, CHANGED, ("--format", "markdown")),
    "github": (SOUND, CHANGED, ("--format", "github")),
    "train_github": (SOUND, TRAINED, ("--format", "github")),
    "json": (SOUND, CHANGED, ("--format", "json", "--phase", "TEST")),
    "train": (SOUND, TRAINED, ()),
    "train_markdown": (SOUND, TRAINED, ("--format", "markdown")),
    "runs": (SOUND + block("a", "ip", 20), SOUND + block("b", "ip", 40), ()),
    "fold": (BLOCKS, BIASED.replace("num_output: 3", "num_output: 4"), ("--fold",)),
    "fold_markdown": (BIASED, BLOCKS, ("--fold", "--format", "markdown")),
    "fold_inner": (BLOCKS, BLOCKS.replace("conv(a, 2 * n)", "conv(a, 3 * n)"), ("--fold", "--all")),
    "fold_renamed": (BLOCKS, BLOCKS.replace('"act"', '"relu"'), ("--fold",)),
    "fold_removed": (BLOCKS, BLOCKS.replace('  y = ReLU(y) { name: "act" }\n', ""), ("--fold",)),
    "fold_some": (BLOCKS, BLOCKS.replace("MAX", "AVE").replace("pair(x, 8)", "pair(x, 16)"), ("--fold",)),
    "fold_flat": (SOUND, CHANGED, ("--fold",)),
    "types": (SOUND, SOUND.replace('"ReLU"', '"PReLU"'), ()),
    "equal": (SOUND, f"# the same\n{SOUND}", ()),
    "open": (
        'layer { name: "d" type: "Data" top: "d" data_param { batch_size: 2 source: "x" } }\n',
        'layer { name: "d" type: "Data" top: "d" top: "l" data_param { batch_size: 4 source: "y" } }\n',
        (),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_prints(folder: Path, netspec: Netspec, golden: Callable[[str, str], None], case: str) -> None:
    old, new, options = CASES[case]
    (folder / "a.net").write_text(old)
    (folder / "b.net").write_text(new)
    result = netspec("diff", "a.net", "b.net", *options)
    assert (result.status, result.err) == (0 if case == "equal" else 1, "")
    golden(f"cli/diff.{case}.txt", result.out)


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("small.net", "deep/test.pt"), 0, "small.net and deep/test.pt are equal: 4 layers, TEST and TRAIN"),
        (("small.net", "small.net", "--phase", "TRAIN"), 0, "4 layers, TRAIN"),
        (("small.net", "small.net", "--quiet"), 0, ""),
        (("small.net", "changed.net", "-q"), 1, ""),
        (("small.net", "faulty.net"), 1, "error[NS"),
        (("small.net", "absent.net"), 1, "absent.net cannot be read"),
        (("-", "-"), 2, "only one of the two"),
        (("small.net",), 2, "takes OLD and NEW, not 1 file"),
        (("small.net", "small.net", "small.net"), 2, "takes OLD and NEW, not 3 files"),
        (("small.net", "small.net", "--git"), 2, "PATH, then a file, its hash and its mode, twice"),
        (("small.net", *GIT, "small.net", *GIT, "--git"), 2, "PATH, then a file"),
        (("x.net", "small.net", *GIT, "changed.net", *GIT, "--git"), 0, "--- a/x.net (Small, TEST)"),
        (("x.net", "small.net", *GIT, "changed.net", *GIT, "y.net", "moved", "--git"), 0, "+++ b/y.net (Wider, TEST)"),
        (("x.net", "small.net", *GIT, "faulty.net", *GIT, "--git"), 0, "error[NS"),
        (("x.net", "/dev/null", ".", ".", "small.net", *GIT, "--git"), 0, "0 → 4  (4 added)"),
        (("small.net", "/dev/null"), 1, "4 → 0  (4 removed)"),
        (("/dev/null", "train.net"), 1, "+++ train.net (Small, TRAIN)"),
        (("/dev/null", "/dev/null"), 0, "/dev/null and /dev/null are equal: 0 layers, TEST and TRAIN"),
        (("small.net", "train.net"), 1, "train.net is no net in TEST, and not compared there"),
    ],
)
def test_status(folder: Path, netspec: Netspec, arguments: tuple[str, ...], status: int, said: str) -> None:
    (folder / "changed.net").write_text(CHANGED)
    (folder / "train.net").write_text(SOUND.replace('top: "data"', 'top: "data" include { phase: TRAIN }'))
    result = netspec("diff", *arguments)
    assert result.status == status
    assert said in result.out + result.err
    if not said:
        assert result.out + result.err == ""


def test_standard_input(folder: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments in (("-", "small.net"), ("small.net", "-")):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(SOUND.encode())))
        result = netspec("diff", *arguments)
        assert result.status == 0
        assert "standard input" in result.out


def test_json_has_plain_values(folder: Path, netspec: Netspec) -> None:
    (folder / "new.net").write_text(CHANGED.replace('"xavier"', '"xavier" variance_norm: AVERAGE'))
    found = json.loads(netspec("diff", "small.net", "new.net", "--format", "json").out)
    assert not found["equal"]
    assert [phase["phase"] for phase in found["phases"]] == ["TEST", "TRAIN"]
    (conv,) = (pair for pair in found["phases"][0]["changed"] if pair["new"]["name"] == "conv")
    values = {each["field"]: (each["old"], each["new"]) for each in conv["changes"]}
    assert values["num_output"] == (4, 6)
    assert values["pad"] == ([0], [1])
    assert values["weight_filler.variance_norm"] == ("FAN_IN", "AVERAGE")
    assert values["weight_filler.type"] == ("constant", "xavier")


def test_colours_only_where_they_are_wanted(folder: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "new.net").write_text(CHANGED)
    assert "\x1b" not in netspec("diff", "small.net", "new.net").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr("netspec.cli.terminal.colours", lambda stream: True)  # the fixture unsets FORCE_COLOR
    assert "\x1b[32m+ drop" in netspec("diff", "small.net", "new.net").out


def test_names_and_values_cannot_write_to_the_terminal(folder: Path, netspec: Netspec) -> None:
    evil = CHANGED.replace('"drop"', '"\\033[2Jdrop"').replace('"Wider"', '"\\033[1m"').replace("xavier", "\\033[1m")
    evil = evil.replace('top: "ip"', 'top: "\\033[3m" param { name: "\\033[4m" }')
    (folder / "evil.net").write_text(evil)
    (folder / "fine.net").write_text(SOUND.replace("4 kernel", '4 weight_filler { type: "gaussian" } kernel'))
    for form in ("human", "markdown", "github", "json"):
        for options in ((), ("--all",)):
            for files in (("fine.net", "evil.net"), ("evil.net", "fine.net")):
                assert "\x1b" not in netspec("diff", *files, "--format", form, *options).out


def test_names_and_values_are_no_markdown(folder: Path, netspec: Netspec) -> None:
    evil = "<img src=x> @torvalds | [a](https://a.b) ![b](c) `d` *e* _f_ ~~g~~ #1 &lt; www.a.b"
    (folder / "evil.net").write_text(CHANGED.replace('"drop"', f'"{evil}"').replace('"Wider"', f'"{evil}"'))
    for form in ("markdown", "github"):
        text = netspec("diff", "small.net", "evil.net", "--format", form).out
        assert text.count("img src") == 3  # the title, the name of the net, and that of the layer
        for sign in ("<img", "@t", " | [a]", "](", "![", " `d", " *e", " _f", " ~~g", "#1", "&lt;", "://", "www.a"):
            assert sign not in text.replace(f"\\{sign.lstrip()}", ""), sign
        rows = [line for line in text.splitlines() if line.startswith("| +")]
        assert len(rows) == 1 and len(re.findall(r"(?<!\\)\|", rows[0])) == 9


def test_a_comment_has_room(folder: Path, netspec: Netspec) -> None:
    """GitHub takes 65,536 characters."""
    old, new = (SOUND + block(name, "ip", 2000) for name in "ab")
    (folder / "a.net").write_text(old)
    (folder / "b.net").write_text(new.replace('"ReLU" bottom: "ip"', '"TanH" bottom: "ip"'))
    text = netspec("diff", "a.net", "b.net", "--all", "--format", "github").out
    assert 55_000 < len(text) < 65_536
    found = re.search(r"… and (\d+) more rows, for which a comment has no room", text)
    assert found and int(found[1]) == 4000 - text.count("\n| +") - text.count("\n| -") + text.count("\n| ---")
    assert text.endswith("\n</details>\n")


@pytest.fixture
def repository(folder: Path) -> Callable[..., str]:
    """git, in a repository with three nets, one of which imports blocks of the third."""
    program = shutil.which("git")
    if program is None:
        pytest.skip("there is no git here")
    netspec = f"'{sys.executable}' -m netspec"
    settings = {
        "user.name": "A",
        "user.email": "a@example.org",
        "diff.netspec.command": f"{netspec} diff --git",
        "diff.layers.textconv": f'f() {{ {netspec} show "$1" 2>/dev/null || cat "$1"; }}; f',
    }
    given = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
    root = Path(__file__).resolve().parents[2]
    paths = os.pathsep.join((str(root), str(root / "backends")))
    environment = {**os.environ, "PYTHONPATH": paths, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

    def git(*argv: str) -> str:
        command = [program, *given, *argv]
        done = subprocess.run(
            command, cwd=folder / "repo", env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    (folder / "repo" / "nets").mkdir(parents=True)
    nets = folder / "repo" / "nets"
    (nets / "small.net").write_text(SOUND)
    (nets / "other.net").write_text(SOUND)
    (nets / "blocks.net").write_text("block b(x) -> y { y = InnerProduct(x) { num_output: 3 } }\n")
    (nets / "uses.net").write_text('import "blocks.net"\ninput x: [2, 5]\ny = b(x)\n')
    (folder / "repo" / ".gitattributes").write_text("*.net diff=netspec\n")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "before")
    return git


def test_git_shows_what_differs(folder: Path, repository: Callable[..., str]) -> None:
    """In what is written, added, removed, renamed, faulty or imports: `git diff` goes through all of it."""
    nets = folder / "repo" / "nets"
    (nets / "small.net").write_text(CHANGED)
    (nets / "uses.net").write_text('import "blocks.net"\ninput x: [2, 7]\ny = b(x)\n')
    (nets / "faulty.net").write_text(SOUND.replace("ReLU", "Relu"))
    (nets / "new.net").write_text(SOUND.replace("num_output: 4", "num_output: 3"))
    repository("rm", "-q", "nets/other.net")
    repository("add", ".")
    text = repository("diff", "--cached", "--no-renames")
    assert "--- a/nets/small.net (Small, TEST)\n+++ b/nets/small.net (Wider, TEST)\n" in text
    assert "--- /dev/null (TEST)\n+++ b/nets/new.net (Small, TEST)\n" in text
    assert "--- a/nets/other.net (Small, TEST)\n+++ /dev/null (TEST)\n" in text
    assert "2×5 → 2×7" in text
    assert "error[NS208]" in text and "--> b/nets/faulty.net:7:22" in text
    assert repository("diff", "--cached", "--no-renames", "--", "nets/small.net") in text
    repository("commit", "-qm", "after")
    assert "+++ b/nets/new.net" in repository("show", "--ext-diff", "--no-renames")
    comment = ("-c", f"diff.netspec.command='{sys.executable}' -m netspec diff --git --format github")
    text = repository(*comment, "diff", "HEAD~1...", "--", "*/small.net", "*/other.net")
    assert re.findall("^### netspec: (.*)", text, re.MULTILINE) == [
        "a/nets/other.net (Small, TEST) → /dev/null (TEST)",
        "a/nets/small.net (Small, TEST) → b/nets/small.net (Wider, TEST)",
    ]


def test_git_compares_tables(folder: Path, repository: Callable[..., str]) -> None:
    """As text: what `show` prints of each version, and a file as it is that has errors."""
    (folder / "repo" / ".gitattributes").write_text("*.net diff=layers\n")
    nets = folder / "repo" / "nets"
    (nets / "small.net").write_text(SOUND.replace("num_output: 4", "num_output: 6"))
    (nets / "other.net").write_text(SOUND.replace("ReLU", "Relu"))
    text = repository("diff")
    assert re.search(r"^-conv +Convolution +2×4×6×6 ", text, re.MULTILINE)
    assert re.search(r"^\+conv +Convolution +2×6×6×6 ", text, re.MULTILINE)
    assert '+layer { name: "relu" type: "Relu"' in text
