"""What layers say of what the spec leaves open. A guess that fails is none, and its failure is said."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from netspec.diagnostics.findings import Findings
from netspec.frontend.lower.failing import failed
from netspec.frontend.messages.entry import Entry
from netspec.frontend.messages.locate import name_span
from netspec.layers.base import Layer, Refusal
from netspec.plugins import Plugin

T = TypeVar("T")


class Questions(NamedTuple):
    """Asks layers, and tells the report what their rules raise. `plugins` are those that layer types may come from."""

    report: Findings
    plugins: Sequence[Plugin]

    def ask(self, entry: Entry, rule: Callable[[], T], nothing: T) -> T:
        """What a rule says; `nothing` where it refuses or fails."""
        try:
            return rule()
        except Refusal:
            return nothing
        except BaseException as error:
            layer = entry.layer or Layer
            doing, place = "guess what the spec leaves open", name_span(entry.origin)
            self.report.include([failed(self.plugins, layer, doing, error, self.report.source, place)])
            return nothing
