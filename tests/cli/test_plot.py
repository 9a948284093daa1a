"""`netspec plot`: pictures of runs."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("matplotlib")

from netspec.training.log import Log, columns, line, rows
from netspec.training.plots import history
from netspec.training.run import Evaluated, Saved, Shown, Stepped

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec


def logged(folder: Path, iterations: int, begin: int = 0) -> None:
    log = Log(folder, columns(("loss", "top1"), [("accuracy", "loss")]), 1, begin)
    for i in range(begin, iterations):
        if i % 4 == 0:
            log(Evaluated(i, i / 10, i / 2, 0, {"accuracy": 1 - 1 / (i + 1), "loss": 1 / (i + 1)}))
        log(Shown(i, i / 10, i / 2, 100.0, 0.1, 2 / (i + 1), {"loss": 2 / (i + 1), "top1": 0.5}))
        log(Stepped(i + 1, 2 / (i + 1)))
    log(Saved(iterations, folder / "iter"))
    log.close()


def test_several_runs(tmp_path: Path, netspec: Netspec) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        logged(tmp_path / name, 10)
    runs = (tmp_path / "one", tmp_path / "two" / "log.csv")
    assert netspec("plot", *runs, "-o", tmp_path / "a.svg").status == 0
    text = (tmp_path / "a.svg").read_text("utf-8")
    words = {element.text for element in ElementTree.fromstring(text).iter() if element.text and element.text.strip()}
    assert {"loss", "accuracy", "rate", "iteration", "one: loss", "two: test loss", "two: test accuracy"} <= words
    assert netspec("plot", *runs, "-o", tmp_path / "b.svg").status == 0
    assert (tmp_path / "b.svg").read_text("utf-8") == text
    assert netspec("plot", *runs, "-o", tmp_path / "a.png").status == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert netspec("plot", *runs, "-o", tmp_path / "a.png").status == 2


@pytest.mark.parametrize("content", [None, "", "a,b\n1,2\n", "iteration\nmany\n", "iteration,loss\n1,2,3\n" + '"' * 9])
def test_what_is_no_log(tmp_path: Path, netspec: Netspec, content: str | None) -> None:
    if content is not None:
        (tmp_path / "log.csv").write_text(content, encoding="utf-8")
    result = netspec("plot", tmp_path, "-o", tmp_path / "a.png")
    assert result.status == 1 and "NS815" in result.err
    assert netspec("plot", tmp_path, "-o", tmp_path / "a.pdf").status == 2


def test_what_comes_again_is_logged_once(tmp_path: Path) -> None:
    logged(tmp_path, 10)
    whole = rows(tmp_path / "log.csv")
    logged(tmp_path, 10, 6)
    assert rows(tmp_path / "log.csv") == whole
    assert history(tmp_path).columns["test accuracy"].iterations == (0, 4, 8)


def test_lines() -> None:
    assert line(Stepped(1, 0.5)) == ""
    shown = Shown(100, 1.5, 2.0, 3012.4, 0.01, 0.25, {"loss": 0.2, "top1": 0.75})
    assert line(shown) == "iteration 100, epoch 1.50: loss 0.25, top1 0.75, rate 0.01, 3,012 images/s"
    assert line(shown._replace(displayed=False)) == ""
    assert line(Evaluated(5, 0.1, 1.0, 1, {"a": 0.5}), 2) == "iteration 5, epoch 0.10: test 1: a 0.5"
