"""Conversion, both ways: what it writes, and that it is the same net with the same comments."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

from netspec.convert.same import difference
from netspec.convert.spec import written
from netspec.lower.report import Report
from netspec.plugins.registry import BUILT_IN
from netspec.source import Source
from netspec.syntax.document import Document
from netspec.syntax.parser import parse
from tests.convert.cases import CASES

SPECS = sorted(file.name for file in resources.files("netspec.specs").iterdir() if file.name.endswith(".net"))
EVERY = 12  # of the corpus, each so many files; `NETSPEC_CONVERT_ALL=1` takes all


def read(name: str, text: str) -> Document:
    document, faults = parse(Source(name, text))
    assert not faults, faults
    return document


def converted(document: Document, form: str) -> Document:
    """The document in another form, found to be the same net, and to have lost no comment."""
    report = Report(document.source)
    other = read(f"{document.source.name} as {form}", written(document, form, report, BUILT_IN))
    assert not report.errors
    assert not difference(document, other)
    for one in (other, document):
        assert all(comment.text.startswith("#") for comment in one.comments)
    assert sorted(c.text for c in other.comments) == sorted(c.text for c in document.comments)
    return other


@pytest.mark.parametrize("form", ["net", "prototxt"])
@pytest.mark.parametrize("name", CASES)
def test_cases(name: str, form: str, golden: Callable[[str, str], None]) -> None:
    golden(f"convert/{name}.{form}", converted(read(f"{name}.prototxt", CASES[name]), form).source.text)


@pytest.mark.parametrize("name", CASES)
def test_there_and_back(name: str) -> None:
    """What has been converted once is converted again to the same text, from either form."""
    document = read(f"{name}.prototxt", CASES[name])
    plain, short = converted(document, "prototxt"), converted(document, "net")
    assert converted(plain, "prototxt").source.text == plain.source.text
    assert not difference(converted(short, "prototxt"), document)
    assert converted(short, "net").source.text == short.source.text


@pytest.mark.parametrize("name", SPECS)
def test_own_specs(name: str) -> None:
    document = read(name, resources.files("netspec.specs").joinpath(name).read_text(encoding="utf-8"))
    assert not difference(converted(converted(document, "net"), "prototxt"), document)
    assert converted(document, "prototxt").plain
