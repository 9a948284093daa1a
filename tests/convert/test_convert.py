"""Conversion, both ways: what it writes, and that it is the same net with the same comments."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

from netspec.convert.same import difference, meanings, written_alike
from netspec.convert.spec import FORMS, convert, written
from netspec.diagnostics import SpecError
from netspec.diagnostics.findings import Findings
from netspec.diagnostics.source import Source
from netspec.syntax.document import Document
from netspec.syntax.parser import parse
from netspec.syntax.printing.printer import print_document
from tests.convert.specs import CASES, LANGUAGE
from tests.convert.whole import comments, faults, specs

SPECS = sorted(file.name for file in resources.files("netspec.specs").iterdir() if file.name.endswith(".net"))
EVERY = 16  # file of the corpus; `tests/convert/whole.py` takes each


def read(name: str, text: str) -> Document:
    document, faults = parse(Source(name, text))
    assert not faults, faults
    return document


def converted(document: Document, form: str) -> Document:
    """The document in another form, found to be the same net, and to have lost no comment."""
    report = Findings(document.source)
    text, _ = written(document, form, report)
    other = read(f"{document.source.name} as {form}", text)
    assert not report.errors
    assert print_document(other) == text, "netspec fmt would change it"
    assert not difference(meanings(document), meanings(other))
    assert comments(other) == comments(document)
    return other


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", CASES)
def test_prototxt(name: str, form: str, golden: Callable[[str, str], None]) -> None:
    golden(f"convert/{name}.{form}", converted(read(f"{name}.prototxt", CASES[name]), form).source.text)


@pytest.mark.parametrize("name", LANGUAGE)
def test_language_to_prototxt(name: str, golden: Callable[[str, str], None]) -> None:
    plain = converted(read(f"{name}.net", LANGUAGE[name]), "prototxt")
    assert plain.plain
    golden(f"convert/{name}.prototxt", plain.source.text)


@pytest.mark.parametrize("name", CASES)
def test_there_and_back(name: str) -> None:
    """What has been converted once is the same text when it is converted again, to the same form or by way of both."""
    document = read(f"{name}.prototxt", CASES[name])
    plain, short = converted(document, "prototxt"), converted(document, "net")
    assert converted(plain, "prototxt").source.text == plain.source.text
    assert converted(plain, "net").source.text == short.source.text
    assert not difference(meanings(document), meanings(converted(short, "prototxt")))


@pytest.mark.parametrize("name", SPECS)
def test_own_specs(name: str) -> None:
    text = resources.files("netspec.specs").joinpath(name).read_text(encoding="utf-8")
    assert not faults(Source(name, text))


def test_corpus(corpus: Path) -> None:
    paths = specs(corpus)
    assert len(paths) > 700
    for path in paths[::EVERY]:
        assert not faults(Source(str(path), path.read_text("utf-8"))), path


def test_a_net_that_takes_many_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was a list of layers is converted also where its short form is more than is expanded without being asked."""
    layer = 'layer {{ name: "t{0}" type: "TanH" bottom: "x" top: "t{0}" tanh_param {{ engine: CAFFE }} }}\n'
    text = 'input: "x" input_shape { dim: 2 }\n' + "".join(map(layer.format, range(20)))
    monkeypatch.setattr("netspec.frontend.expressions.values.MAX_STEPS", 10)
    converted, _ = convert(Source("net", text), "net")
    assert "t19 = TanH(x)" in converted


# Two texts, and whether they are written alike.
ALIKE = [
    ("a: 1 b { c: X }", "a:   1\n\n# so\nb {\n  c: X\n}", True),
    ("a: 1", "a: 2", False),
    ("a: 1", "a: 1 a: 1", False),
    ("a: 1", "b: 1", False),
    ("a: 1", 'a: "1"', False),
    ("a: [1, 2]", "a: 1 a: 2", False),
    ("a { }", "a: 1", False),
    ("repeat i in 1..3 { x = TanH(x) }", "repeat i in 1..3 {\n  x = TanH(x)\n}", True),
    ("repeat i in 1..3 { x = TanH(x) }", "repeat i in 1..4 { x = TanH(x) }", False),
    ("x = TanH(x)", "x = ReLU(x)", False),
    ("let n = 3", "let n = 1 + 2", False),
    (f"{'a { ' * 90}{'}' * 90}", f"{'a {' * 90}{' }' * 90}", True),
]


@pytest.mark.parametrize(("one", "other", "alike"), ALIKE)
def test_written_alike(one: str, other: str, alike: bool) -> None:
    a, b = (parse(Source("net", text))[0] for text in (one, other))
    assert written_alike(a, b) is written_alike(b, a) is alike


VALUES = """
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 3 } } }
layer {
  name: "ip" type: "InnerProduct" bottom: "x" top: "ip"
  inner_product_param { num_output: 2 weight_filler { type: "values" values: 1 values: [2, 3, 4, 5, 6] } }
}
"""


def test_values_of_a_filler_are_for_no_caffe() -> None:
    text, _ = convert(Source("values.prototxt", VALUES), "net")
    for source in (Source("values.prototxt", VALUES), Source("values.net", text)):
        with pytest.raises(SpecError) as refused:
            convert(source, "prototxt")
        (found,) = refused.value.diagnostics
        assert (found.code, source.text[found.labels[0].span.start :][:6]) == ("NS235", "values")
