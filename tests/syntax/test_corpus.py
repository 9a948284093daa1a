"""Real specs: every one can be read, and printing changes nothing but the layout."""

from __future__ import annotations

from pathlib import Path

import pytest

import netspec
from netspec.diagnostics.source import Source
from netspec.syntax.parser import parse
from netspec.syntax.printing.printer import print_document
from netspec.syntax.printing.same import same
from netspec.syntax.recovery.repair import recover
from tests.syntax.plain import read


def _files(corpus: Path) -> list[Path]:
    return sorted(path for path in corpus.rglob("*") if path.suffix in {".prototxt", ".pt"})


@pytest.mark.parametrize("part", range(8))
def test_corpus(corpus: Path, part: int) -> None:
    files = _files(corpus)
    assert len(files) > 700
    for file in files[part::8]:
        source = Source(str(file), file.read_text("utf-8"))
        document, diagnostics = parse(source)
        assert not diagnostics, diagnostics
        if len(source.text) < 10_000:  # the finer terminals read it as the shortcuts do
            assert recover(source) == (document, [])
        printed = print_document(document)
        again = read(printed)
        assert same(again, document), file
        assert print_document(again) == printed, file


@pytest.mark.parametrize("part", range(8))
def test_a_printed_net_is_the_same_net(corpus: Path, part: int) -> None:
    """Its layers, what they read and write, and every shape, of one file in ten."""
    for file in _files(corpus)[part::80]:
        text = file.read_text("utf-8")
        nets = [_net(each) for each in (text, print_document(read(text)))]
        assert nets[0] == nets[1], file


def _net(text: str) -> object:
    try:
        net = netspec.load_text(text, allow_unknown=True, lenient=True)
    except netspec.SpecError as error:
        return [(diagnostic.code, diagnostic.message) for diagnostic in error.diagnostics]
    return net.name, [(n.name, n.type, n.bottoms, n.tops, [net.shapes[v] for v in n.outputs]) for n in net.layers]
