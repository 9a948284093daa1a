"""`netspec draw`: files of every form, its exit status, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec

POOL = 'layer {{ name: "p{0}" type: "Pooling" bottom: "b{0}" top: "b{1}" pooling_param {{ kernel_size: 1 }} }}\n'
DENSE = 'layer {{ name: "e{0}" type: "Eltwise" {2} top: "b{1}" }}\n'
INPUT = 'layer { name: "d" type: "Input" top: "b0" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }\n'
BEGIN = {"svg": b"<svg xmlns=", "png": b"\x89PNG\r\n\x1a\n", "dot": b"digraph net {\n", "html": b"<!DOCTYPE html>"}


@pytest.mark.parametrize("form", BEGIN)
def test_the_name_says_the_form(folder: Path, netspec: Netspec, form: str) -> None:
    result = netspec("draw", "small.net", "-o", f"a.{form}")
    if "NS419" in result.err:
        pytest.skip("there is no font here")
    assert result == (0, "", "")
    written = Path(f"a.{form}").read_bytes()
    assert written.startswith(BEGIN[form])
    assert netspec("draw", "small.net", "-o", "b", "--format", form).status == 0
    assert Path("b").read_bytes() == written


def test_dot_goes_to_standard_output(folder: Path, netspec: Netspec) -> None:
    assert netspec("draw", "small.net").out == netspec("draw", "small.net", "--format", "dot").out
    assert netspec("draw", "small.net").out.startswith('digraph net {\n  label="Small, TEST"')


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("small.net", "-o", "notes.txt"), 2, "notes.txt ends in none of svg, png, dot, html; --format says"),
        (("small.net", "-o", "there.svg"), 2, "there.svg is there already; --force replaces it"),
        (("small.net", "-o", "there.svg", "--force"), 0, ""),
        (("small.net", "-o", "nowhere/a.dot"), 2, "nowhere/a.dot cannot be written"),
        (("small.net", "--depth", "-1"), 2, "--depth"),
        (("small.net", "--format", "gif"), 2, "gif"),
        (("faulty.net", "-o", "new.svg"), 1, "error[NS"),
        (("absent.net",), 1, "absent.net cannot be read"),
    ],
)
def test_status(folder: Path, netspec: Netspec, arguments: tuple[str, ...], status: int, said: str) -> None:
    Path("there.svg").write_text("mine")
    result = netspec("draw", *arguments)
    assert result.status == status
    assert said in result.err
    assert (Path("there.svg").read_text() == "mine") is (status != 0)
    assert not Path("new.svg").exists()


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        (1500, "the picture would have 1501 boxes; 1500 are drawn at most"),
        (-40, "the picture would have 41 boxes, and lines past"),
    ],
)
def test_what_is_too_large_is_refused(folder: Path, netspec: Netspec, layers: int, said: str) -> None:
    """A long chain, and a short one in which each layer reads all that there is."""
    chain = [POOL.format(i, i + 1) for i in range(abs(layers))]
    if layers < 0:
        chain[1:] = [
            DENSE.format(i, i + 1, " ".join(f'bottom: "b{j}"' for j in range(i + 1))) for i in range(1, -layers)
        ]
    Path("large.prototxt").write_text(INPUT + "".join(chain))
    result = netspec("draw", "large.prototxt", "-o", "large.svg")
    assert (result.status, result.out) == (1, "")
    assert f"error[NS418]: {said}" in result.err
    assert not Path("large.svg").exists()
    assert netspec("draw", "large.prototxt", "-o", "large.dot").status == 0


def test_depth_opens_blocks(folder: Path, netspec: Netspec) -> None:
    Path("blocks.net").write_text(
        "input x: [1, 2, 8, 8]\n"
        "block two(x) -> y { y = Pooling(x) { kernel_size: 2 } | Pooling { kernel_size: 2 } }\n"
        "a = two(x)\nb = two(a)\n"
    )
    boxes = {depth: netspec("draw", "blocks.net", "--depth", depth).out.count(" [label=") for depth in "0123"}
    edges = {"0": 4, "1": 2, "2": 4, "3": 4}
    assert boxes == {depth: count + count + 1 for depth, count in edges.items()}
