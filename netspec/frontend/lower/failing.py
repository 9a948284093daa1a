"""What is said where the code of a layer type raises an exception while a spec is lowered."""

from __future__ import annotations

from collections.abc import Sequence

from netspec.diagnostics import Diagnostic, labels
from netspec.diagnostics.source import Source, Span
from netspec.layers.base import Layer
from netspec.plugins import Plugin


def failed(
    plugins: Sequence[Plugin], layer: type[Layer], doing: str, error: BaseException, source: Source, place: Span
) -> Diagnostic:
    """An exception that is none of the expected, as a diagnostic. Raises it again where it is Ctrl-C."""
    from netspec.plugins.faults import failure  # which sound nets do not need

    return failure(plugins, layer, doing, error, labels(source, place))
