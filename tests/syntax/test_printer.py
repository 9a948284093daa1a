"""Printing, and the law that what is printed reads back the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec.syntax.printer import print_document, print_value
from tests.syntax.plain import plain, read

PRINTS = {
    "empty": ("", ""),
    "scalar": ("a:1", "a: 1\n"),
    "message": ("a:{b:1;c<>}", "a {\n  b: 1\n  c {}\n}\n"),
    "lists": ("a:[1,2]b[{c:1 d{}},<>]e:[]", "a: [1, 2]\nb: [{ c: 1 d {} }, {}]\ne: []\n"),
    "a blank line stays": ("a: 1\n\n\n\nb: 2\nc: 3", "a: 1\n\nb: 2\nc: 3\n"),
    "none at the edges of a message": ("a {\n\n  b: 1\n\n}", "a {\n  b: 1\n}\n"),
    "comment of its own": ("# one\n\n# two\na: 1", "# one\n\n# two\na: 1\n"),
    "comment after a field": ("a: 1 # one\nb { # two\n} # three", "a: 1  # one\nb {  # two\n}  # three\n"),
    "comment at the end of a message": ("a {\n b: 1\n # one\n}", "a {\n  b: 1\n  # one\n}\n"),
    "comment in an empty message": ("a {\n # one\n}", "a {\n  # one\n}\n"),
    "comment within a field": ("a: # one\n 1 # two", "# one\na: 1  # two\n"),
    "comment within a list": ("a: [1, # one\n 2] # two", "# one\na: [1, 2]  # two\n"),
    "comment before a brace": ("a # one\n { b: 1 }", "# one\na {\n  b: 1\n}\n"),
    "strings stay as written": ("a: 'x'   \"y\"", "a: 'x'   \"y\"\n"),
}


@pytest.mark.parametrize(("text", "printed"), PRINTS.values(), ids=PRINTS)
def test_prints(text: str, printed: str) -> None:
    assert print_document(read(text)) == printed
    assert print_document(read(printed)) == printed


def test_print_value() -> None:
    assert print_value(read("a { b: 1 c: [x] d { e: 'f' } }").fields[0].value) == "{ b: 1 c: [x] d { e: 'f' } }"


space = st.text(" \t\n\r", max_size=2) | st.just(" # remark\n") | st.just("\n\n")
words = st.sampled_from(["a", "layer", "x_1", "T"])
scalars = st.sampled_from(
    ["1", "-1", "- 2.5f", "0x1F", "inf", "-inf", "MAX", '"s"', "'#'", '"a"\n\'b\' # c\n"d"', r'"\""']
)
separators = st.sampled_from([" ", ",", ";", "\n"])


def _join(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """The parts with any space between."""
    spaced = [piece for part in parts for piece in (part, space)]
    return st.tuples(*spaced).map("".join)


def _message(fields: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(_join(st.just("{"), fields, st.just("}")), _join(st.just("<"), fields, st.just(">")))


def _items(value: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(value, min_size=1, max_size=3).map(lambda values: f"[{', '.join(values)}]")


def _fields(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    message = _message(inner)
    colon = st.sampled_from([":", ""])
    field = st.one_of(
        _join(words, st.just(":"), scalars | _items(scalars), separators),
        _join(words, colon, message | _items(message), separators),
    )
    return st.lists(field, max_size=4).map("\n".join)


texts = _join(space, st.recursive(st.just(""), _fields, max_leaves=6))


@given(texts)
def test_reads_back(text: str) -> None:
    document = read(text)
    printed = print_document(document)
    again = read(printed)
    assert plain(again.fields) == plain(document.fields)
    assert [comment.text for comment in again.comments] == [comment.text for comment in document.comments]
    assert print_document(again) == printed
