"""What the numpy reference cannot be asked for."""

from __future__ import annotations

from netspec.diagnostics import SpecError
from netspec.problems.backends import NoCode


def no_code(message: str = "numpy runs a net but writes no code") -> SpecError:
    return SpecError([NoCode(message, help="torch and tensorflow do")])
