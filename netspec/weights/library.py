"""Libraries that only some formats need, imported when they are."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from netspec.diagnostics import SpecError
from netspec.problems.weights import MissingLibrary


def library(name: str) -> Any:
    """Raises SpecError (NS505) where it is not installed."""
    try:
        return import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        help = 'pip install "netspec-compiler[weights]"'
        raise SpecError([MissingLibrary(f"{package} cannot be imported: {error}", help=help)]) from None
