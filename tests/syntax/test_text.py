"""The texts of files, in whatever encoding they are."""

from __future__ import annotations

import pytest

import netspec
from netspec import SpecError
from netspec.syntax.text import decoded
from tests.frontend.pieces import data, layer

NET = data(1, 2) + layer("ReLU")


def test_other_encodings_may_stand_in_comments() -> None:
    """As they do in many a file; Caffe's reader skips comments byte by byte."""
    text = "# \xe9t\xe9\nname: 'a' # \xfc\n"
    assert decoded("a.net", text.encode("latin-1")).text == text.replace("\xe9", "\ufffd").replace("\xfc", "\ufffd")
    with pytest.raises(SpecError) as caught:
        decoded("a.net", "# \xe9t\xe9\nname: 'a#\xfc'".encode("latin-1"))
    ((label,),) = (diagnostic.labels for diagnostic in caught.value.diagnostics)
    assert label.source.position(label.span.start) == (2, 10)


def test_marks_and_line_ends_of_windows() -> None:
    assert decoded("a.net", b"\xef\xbb\xbfname: 'a'\r\n" + NET.replace("\n", "\r\n").encode())
    assert netspec.load_text("\ufeffname: 'a'\r\n" + NET.replace("\n", "\r\n")).name == "a"
