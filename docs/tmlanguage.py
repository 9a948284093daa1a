"""The TextMate grammar of .net files, docs/editor/netspec.tmLanguage.json, which editors colour them by.

Its patterns are written so that Oniguruma, which editors use, and Python's `re`, which the tests use, read them alike.
A rule sees one line at a time.
"""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from netspec.highlight import types
from netspec.syntax.words import CONSTANTS, DECLARING, LOGICAL, STEERING, any_of, keywords

Rule: TypeAlias = dict[str, Any]

NAME = r"[A-Za-z_][A-Za-z0-9_]*"
NUMBER = (
    r"\b0[xX][0-9A-Fa-f]+"
    r"|(?<![A-Za-z0-9_])(?:[0-9]+(?=\.\.)|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?(?:[fF]|[kMGT]B?)?)"
)


def _scoped(scope: str) -> Rule:
    return {"name": f"{scope}.netspec"}


def _match(pattern: str, *scopes: str) -> Rule:
    """A rule for groups, each with its scope."""
    return {"match": pattern, "captures": {str(i): _scoped(scope) for i, scope in enumerate(scopes, 1)}}


def _whole(pattern: str, scope: str) -> Rule:
    return {"match": pattern, **_scoped(scope)}


def _include(*names: str) -> list[Rule]:
    return [{"include": f"#{name}"} for name in names]


def _text(quote: str, scope: str) -> Rule:
    """Between quotes on one line."""
    return {
        **_scoped(f"string.quoted.{scope}"),
        "begin": quote,
        "end": f"{quote}|$",
        "patterns": [_whole(r"\\.", "constant.character.escape")],
    }


def _template(quote: str, scope: str) -> Rule:
    filling = {
        **_scoped("meta.embedded.line"),
        "begin": r"\{",
        "end": r"\}|$",
        "beginCaptures": {"0": _scoped("punctuation.section.embedded.begin")},
        "endCaptures": {"0": _scoped("punctuation.section.embedded.end")},
        "patterns": _include("expression"),
    }
    return {
        **_scoped(f"string.interpolated.{scope}"),
        "begin": rf"\b(f){quote}",
        "end": f"{quote}|$",
        "beginCaptures": {"1": _scoped("storage.type.string")},
        "patterns": [_whole(r"\\.|\{\{|\}\}", "constant.character.escape"), filling],
    }


def _head(begin: str, *scopes: str) -> Rule:
    """From a keyword to the brace that it needs: a name before that brace is none of a field."""
    return {
        "begin": begin,
        "beginCaptures": {str(i): _scoped(scope) for i, scope in enumerate(scopes, 1)},
        "end": r"(?=\{)",
        "patterns": _include("comment", "keyword", "expression"),
    }


def grammar() -> Rule:
    known, block = types(), keywords()["BLOCK"]
    steering = any_of(("IF", "REPEAT", "STAGE"))
    quoted = rf"([\"'])({known})(\2)"
    class_, function, property_ = "support.class", "entity.name.function", "support.type.property-name"
    after = r"(?=[ \t]*(?:[A-Za-z_}>,;#]|$))"
    return {
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "name": "netspec",
        "scopeName": "source.netspec",
        "fileTypes": ["net", "prototxt"],
        "patterns": _include("comment", "statement", "keyword", "field", "expression"),
        "repository": {
            "comment": _whole("#.*$", "comment.line.number-sign"),
            "statement": {
                "patterns": [
                    _head(rf"\b({block})[ \t]+({NAME})", "storage.type", function),
                    _head(f"({steering})", "keyword.control"),
                    _match(
                        rf"({any_of(('INPUT', 'EXPECT'))})[ \t]+({NAME})(?=[ \t]*:)", "storage.type", "variable.other"
                    ),
                ]
            },
            "keyword": {
                "patterns": [
                    # A line ends where the grammar's pattern for `else` may look further.
                    _whole(any_of(STEERING).replace(r"[ \t\r\n]*\{", r"[ \t]*(?:\{|$)"), "keyword.control"),
                    _whole(any_of(DECLARING), "storage.type"),
                    _whole(any_of(LOGICAL), "keyword.operator.logical"),
                ]
            },
            "field": {
                "patterns": [
                    _match(
                        rf"\b(type)[ \t]*:[ \t]*{quoted}",
                        *(property_, "string.quoted", class_, "string.quoted"),
                    ),
                    _match(rf"\b({NAME})[ \t]*:[ \t]*([A-Z][A-Z0-9_]*){after}", property_, "constant.other.enum"),
                    _match(rf"\b({NAME})(?=[ \t]*:)", property_),
                    _match(rf"(\|)[ \t]*({known})", "keyword.operator", class_),
                    _match(rf"(\|)[ \t]*({NAME})", "keyword.operator", function),
                    _match(rf"(=)[ \t]*({known})(?=[ \t]*\{{)", "keyword.operator", class_),
                    _match(rf"(=)[ \t]*({NAME})(?=[ \t]*\{{)", "keyword.operator", function),
                    _match(
                        rf"\b({NAME})(?=[ \t]*(?:\{{|<[ \t]*(?:>|$|{NAME}[ \t]*[:{{<])|\[[ \t]*[{{<]))",
                        "entity.name.tag",
                    ),
                ]
            },
            "expression": {
                "patterns": [
                    _template('"', "double"),
                    _template("'", "single"),
                    _text('"', "double"),
                    _text("'", "single"),
                    _whole(NUMBER, "constant.numeric"),
                    _whole(rf"\b(?:{'|'.join(CONSTANTS)})\b(?![ \t]*[:({{])", "constant.language"),
                    _whole(rf"\b{known}(?=[ \t]*\()", class_),
                    _whole(rf"\b{NAME}(?=[ \t]*\()", function),
                    _whole(any_of(LOGICAL), "keyword.operator.logical"),
                    _whole(rf"\b{NAME}", "variable.other"),
                    _whole(r"->|==|!=|<=|>=|\.\.|[=|+\-*/%<>]", "keyword.operator"),
                ]
            },
        },
    }


def page() -> str:
    """The file."""
    return json.dumps(grammar(), indent=2, ensure_ascii=False) + "\n"
