"""Real specs: every one can be read, and printing changes nothing but the layout."""

from __future__ import annotations

from pathlib import Path

import pytest

from netspec.source import Source
from netspec.syntax.parser import parse
from netspec.syntax.printer import print_document
from netspec.syntax.recovery import recover
from tests.syntax.plain import plain, read


@pytest.mark.parametrize("part", range(8))
def test_corpus(corpus: Path, part: int) -> None:
    files = sorted(path for path in corpus.rglob("*") if path.suffix in {".prototxt", ".pt"})
    assert len(files) > 700
    for file in files[part::8]:
        source = Source(str(file), file.read_text("utf-8"))
        document, diagnostics = parse(source)
        assert not diagnostics, diagnostics
        if len(source.text) < 10_000:  # the finer terminals read it as the shortcuts do
            assert recover(source) == (document, [])
        printed = print_document(document)
        again = read(printed)
        assert plain(again.fields) == plain(document.fields), file
        assert [comment.text for comment in again.comments] == [comment.text for comment in document.comments], file
