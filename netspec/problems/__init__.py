"""The kinds of diagnostic, by code. Each module holds those of one stage in its tuple PROBLEMS."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from netspec.diagnostics import Diagnostic

STAGES = (
    "syntax",
    "fields",
    "assumptions",
    "shapes",
    "backends",
    "weights",
    "plugins",
    "language",
    "solver",
    "data",
    "lints",
    "configuration",
)


@cache
def catalogue() -> dict[str, type[Diagnostic]]:
    """Every kind of diagnostic under its code, in the order of the codes."""
    kinds: list[type[Diagnostic]] = []
    for stage in STAGES:
        kinds += import_module(f"netspec.problems.{stage}").PROBLEMS
    return {kind.code: kind for kind in sorted(kinds, key=lambda kind: kind.code)}
