"""What netspec says of a spec. Everything that users of it need is here."""

from __future__ import annotations

from collections.abc import Sequence

from netspec.diagnostics.diagnostic import Diagnostic as Diagnostic
from netspec.diagnostics.diagnostic import Label as Label
from netspec.diagnostics.diagnostic import Severity as Severity
from netspec.diagnostics.diagnostic import errors as errors
from netspec.diagnostics.diagnostic import labels as labels


class SpecError(Exception):
    """A spec (or a comparison) has errors; `diagnostics` holds all of them, warnings included."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__(diagnostics)
        self.diagnostics = tuple(diagnostics)

    def __str__(self) -> str:
        from netspec.diagnostics.render import human

        return human(self.diagnostics)
