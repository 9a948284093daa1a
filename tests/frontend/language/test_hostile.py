"""Texts made to take time, memory or the process down: each ends in a diagnostic or in a result, and soon.

Sizes are small enough to be quick here, and large enough that what takes time by their square, or recurses, would show.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from netspec.diagnostics.source import Source
from netspec.frontend.expressions import values
from netspec.frontend.language import imports, library, machine
from netspec.frontend.load import check, check_source
from netspec.syntax.parser import quick
from tests.frontend.language.lines import DATA, expansion, said

MANY = 5000
NINES = "9" * 5000

# What is refused, and for what.
REFUSED: dict[str, tuple[str, str]] = {
    "a million layers": ("repeat i in 1..15000 { y = ReLU(data) }", "the spec expands to more than 1,200 layers"),
    "layers of older kinds": ("repeat i in 1..15000 { layers { } }", "the spec expands to more than 1,200 layers"),
    "turns within turns": (
        "repeat a in 1..9999 { repeat b in 1..9999 { } }",
        "the spec takes more than 300,000 steps to expand",
    ),
    "turns among fields": (
        "y = ReLU(data) { repeat a in 1..9999 { repeat b in 1..9999 { } } }",
        "the spec takes more than 300,000 steps to expand",
    ),
    "too long a range": (
        "repeat i in 0..9223372036854775807 { }",
        f"{2**63:,} times are more than the 60,000 that a spec may take",
    ),
    "recursion": ("block b(x) -> y { y = b(x) }\ny = b(data)", "blocks, bodies and calls stand more than 100 deep"),
    "recursion in a pipe": (
        "block b(x) -> y { y = x | b }\ny = b(data)",
        "blocks, bodies and calls stand more than 100 deep",
    ),
    "recursion in an argument": (
        "block b(x, n) -> y { y = b(b(x, n), n) }\ny = b(data, 1)",
        "blocks, bodies and calls stand more than 100 deep",
    ),
    "blocks of blocks": (
        "block b0(x) -> y { y = x }\n"
        + "".join(f"block b{i + 1}(x) -> y {{ y = b{i}(b{i}(b{i}(x))) }}\n" for i in range(12))
        + "y = b12(data)",
        "the spec takes more than 300,000 steps to expand",
    ),
    "texts of texts": (
        'let a = "0123456789"\nrepeat i in 1..40 { let a = a + a }',
        "a text of 10240 characters: the limit is 10000",
    ),
    "templates of templates": (
        'let a = "0123456789"\nrepeat i in 1..40 { let a = f"{a}{a}" }',
        "a text of 10240 characters: the limit is 10000",
    ),
    "lists of lists": (
        "let a = [1]\nrepeat i in 1..40 { let a = a + a }",
        "a list of 131072 values: the limit is 100000",
    ),
    "lists in lists": ("let a = [1]\nrepeat i in 1..40 { let a = [a] }", "lists stand more than 8 deep"),
    "wide lists in lists": (
        "let a = [1]\nrepeat i in 1..6 { let a = [a, a, a, a, a, a, a, a, a, a] }",
        "a list of 1000000 values: the limit is 100000",
    ),
    "lists one by one": (
        "let a = []\nrepeat i in 1..50000 { let a = a + [i] }",
        "the spec takes more than 300,000 steps to expand",
    ),
    "lists of blobs one by one": (
        "let a = [data]\nrepeat i in 1..50000 { let a = a + [data] }",
        "the spec takes more than 300,000 steps to expand",
    ),
    "long lists in many layers": (
        f"let a = [1{', 1' * MANY}]\nrepeat i in 1..1000 {{ y = Foo(data) {{ a: a }} }}",
        "the spec takes more than 300,000 steps to expand",
    ),
    "many bottoms in many layers": (
        f"let a = [data{', data' * MANY}]\nrepeat i in 1..1000 {{ y = Concat(a) }}",
        "the spec takes more than 300,000 steps to expand",
    ),
    "many fields in many layers": (
        f"repeat i in 1..1000 {{ y = Foo(data) {{ {'a: 1 ' * MANY} }} }}",
        "the spec takes more than 300,000 steps to expand",
    ),
    "long names of many layers": (
        f'let a = "{"x" * 9000}"\nrepeat i in 1..9000 {{ f"{{a}}{{i}}" = ReLU(data) }}',
        "the spec takes more than 300,000 steps to expand",
    ),
    "long texts, many times": (
        f'repeat i in 1..9000 {{ let n = len("{"x" * 100000}") }}',
        "the spec takes more than 300,000 steps to expand",
    ),
    "long sums, many times": (
        f"repeat i in 1..9000 {{ let n = 1{' + 1' * MANY} }}",
        "the spec takes more than 300,000 steps to expand",
    ),
    "past 64 bits": (f"let n = {NINES}", f"{NINES[:39]}… is past 64 bits"),
    "past 64 bits, hexadecimal": (f"let n = 0x{NINES} + 1", f"0x{NINES[:37]}… is past 64 bits"),
    "past 64 bits, thousands": (f"let n = {NINES}k", f"{NINES[:39]}… has too many digits"),
    "past 64 bits, in a product": ("let n = 4294967296 * 4294967296", "4294967296 * 4294967296 is past 64 bits"),
    "past 64 bits, step by step": (
        "let n = 2\nrepeat i in 1..9 { let n = n * n }",
        "4294967296 * 4294967296 is past 64 bits",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "MAX_LAYERS", 1200)
    text, message = REFUSED[name]
    found = said(check_source(Source("test.net", DATA + text)))
    assert [said for _, said in found] == [message]
    assert found[0][0] in {"NS704", "NS708"}


# What is merely long, and means something.
LONG = {
    "a sum": "let n = 1" + " + 1" * MANY,
    "a product of parts": "let n = 1" + " * 1 - 0" * MANY,
    "conditions": "if " + "true and " * MANY + "true { }",
    "other conditions": "if " + "false or " * MANY + "true { }",
    "negations": "if " + "not " * 90 + "true { }",
    "branches": "if false { }" + " else if false { }" * MANY,
    "constants": "".join(f"let a{i} = {i}\n" for i in range(MANY)),
    "blocks": "".join(f"block b{i}(x) -> y {{ y = ReLU(x) }}\n" for i in range(MANY)),
    "a pipe": "y = data" + " | ReLU" * MANY,
    "a pipe of fields": "y = data" + " | ReLU { }" * MANY,
    "bottoms": "y = Concat(data" + ", data" * MANY + ")",
    "targets": ", ".join(f"a{i}" for i in range(300)) + " = Split(data)",
    "parameters": "block b(" + ", ".join(f"a{i} = {i}" for i in range(MANY)) + ") -> y { y = ReLU(a0) }\ny = b(data)",
    "arguments": "block b(" + ", ".join(f"a{i}" for i in range(MANY)) + ") { }\n"
    "b(" + ", ".join(f"a{i} = {i}" for i in range(MANY)) + ")",
    "a list": "let n = len([1" + ", 1" * MANY + "])",
    "a template": 'let n = f"' + "{1}" * MANY + '"',
    "a text": f'let n = "{"x" * 1_000_000}"',
    "adjacent texts": "let n = " + '"x" ' * MANY,
    "expectations": "expect layers == 1\n" * MANY,
    "turns": "repeat i in 1..10000 { }",
    "an empty range": "repeat i in 9223372036854775807..-9223372036854775807 { }",
    "uses of a block": "block b(x) -> y { y = x }\n" + "y = b(data)\n" * MANY,
    "a deep block": "block b(x, n) -> y { if n > 0 { y = b(x, n - 1) } else { y = x } }\ny = b(data, 48)",
    "deep parentheses": "let n = " + "(" * 95 + "1" + ")" * 95,
    "deep bodies": "if true { " * 95 + "}" * 95,
    "deep fields": "y = Foo(data) { " + "a { " * 90 + "}" * 90 + " }",
    "deep calls": "y = " + "ReLU(" * 90 + "data" + ")" * 90,
    "names one like another": "".join(f"y{'_2' * (i % 3)} = Flatten(data)\n" for i in range(1000)),
}


@pytest.mark.parametrize("name", LONG)
def test_long(name: str) -> None:
    assert expansion(DATA + LONG[name]).found == ()


DEEP = {
    "parentheses": "let n = " + "(" * MANY + "1" + ")" * MANY,
    "lists": "let n = " + "[" * MANY + "1" + "]" * MANY,
    "calls": "y = " + "ReLU(" * MANY + "data" + ")" * MANY,
    "bodies": "if true { " * MANY + "}" * MANY,
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_text_is_refused(name: str) -> None:
    assert quick(Source("test.net", DATA + DEEP[name])) is None


# A fault that is met many times is told once, and looked for no longer than is sensible.
REPEATED = {
    "in turns": ("repeat i in 1..100000 { y = ReLU(dta) }", 1),
    "in uses": ("block b(x) -> y { y = ReLU(z) }\nrepeat i in 1..100000 { y = b(data) }", 1),
    "among many names": (
        "".join(f"let a{i} = {i}\n" for i in range(MANY)) + "repeat i in 1..9999 { y = ReLU(dta) }",
        1,
    ),
    "of many kinds": ("".join(f"y = ReLU(dta{i})\n" for i in range(MANY)), 100),
    "in many fields": ("repeat i in 1..9999 { y = ReLU(data) { a: 1 / 0 } }", 1),
}


@pytest.mark.parametrize("name", REPEATED)
def test_repeated_faults(name: str) -> None:
    text, count = REPEATED[name]
    assert len(expansion(DATA + text).found) == count


def test_import_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that import two others each, a chain without end, and too many files or too much text."""
    for i in range(60):
        (tmp_path / f"a{i}.net").write_text(
            f'import "a{i + 1}.net"\nimport "a{i + 2}.net"\nblock b{i}(x) -> y {{ y = x }}\n'
        )
    for i in (60, 61):
        (tmp_path / f"a{i}.net").write_text("let n = 1\n")
    main = tmp_path / "main.net"
    main.write_text(DATA + 'import "a0.net"\ny = b59(data)')
    assert not check(main)
    monkeypatch.setattr(imports, "MAX_DEPTH", 50)
    assert said(check(main)) == [("NS708", "imports stand more than 50 deep")]
    monkeypatch.undo()
    monkeypatch.setattr(library, "MAX_FILES", 10)
    assert {code for code, _ in said(check(main))} == {"NS708", "NS701"}
    monkeypatch.undo()
    monkeypatch.setattr("netspec.syntax.text.MAX_BYTES", 300)
    assert "NS708" in {code for code, _ in said(check(main))}


def test_imports_of_many_blocks_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.net").write_text("".join(f"block b{i}(x) -> y {{ y = x }}\n" for i in range(300)))
    (tmp_path / "main.net").write_text(DATA + 'import "a.net"\n' * 300)
    assert {d.code for d in check(tmp_path / "main.net")} == {"NS858"}  # nothing uses what is imported
    monkeypatch.setattr(values.Budget, "spend", _little)
    assert said(check(tmp_path / "main.net")) == [("NS708", "too much")]


def _little(budget: values.Budget, steps: int, place: object) -> None:
    budget.spent += steps
    if budget.spent > 50_000:
        raise values.Stop("too much")


def test_what_is_usual_may_be_raised() -> None:
    text = DATA + 'repeat i in 1..30000 { y = ReLU(data) { name: f"{i}" } }'
    (found,) = check_source(Source("test.net", text))
    assert (found.code, found.help) == ("NS708", "--max-layers N lets it expand further")
    assert not check_source(Source("test.net", text), max_layers=30_001)
    (found,) = check_source(Source("test.net", text), max_layers=30_000)
    assert found.message == "the spec expands to more than 30,000 layers"
