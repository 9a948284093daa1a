"""Text as Markdown."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from netspec.cli.markdown import APART, plain, table


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("conv1_2", "conv1_2"),
        ("64×20×24×24 → 2, +3.6 %", "64×20×24×24 → 2, +3.6 %"),
        ("~", "~"),
        ("~~gone~~", r"\~\~gone\~\~"),
        ("_a_", r"\_a\_"),
        ("*a* `b` [c]", r"\*a\* \`b\` \[c\]"),
        ("<b>|", r"\<b\>\|"),
        ("a & b, &amp;", r"a & b, \&amp;"),
        ("a\\b\nc", r"a\\b c"),
        ("@name #12", f"@{APART}name #{APART}12"),
        ("https://a.b www.c.d", r"https\://a.b www\.c.d"),
    ],
)
def test_text_is_escaped_where_it_would_be_markup(text: str, wanted: str) -> None:
    assert plain(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        r"\*a*\_b_\\",
        "<script>alert(1)</script>",
        "[a](javascript:b)",
        "![a](b)",
        "``a` b",
        "a | b \\| c",
        "***",
        "~a~",
        "&lt;",
    ],
)
def test_a_reader_of_markdown_reads_the_same_text(text: str) -> None:
    """As a library has it that follows CommonMark, with tables and lines through text."""
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = reader.parse("\n".join(table(("head", "other"), [(text, "x")], (False, True))))
    inline = [token for token in tokens if token.type == "inline"]
    assert [token.content for token in inline[:2]] == ["head", "other"]
    assert len(inline) == 4
    assert {child.type for child in inline[2].children or ()} <= {"text", "text_special"}
    assert "".join(child.content for child in inline[2].children or ()) == text
