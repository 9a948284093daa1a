"""Where in the text a layer came from."""

from typing import NamedTuple

from netspec.diagnostics import Label, labels
from netspec.diagnostics.source import Source, Span
from netspec.syntax.document import Field, Message


class Origin(NamedTuple):
    """The text that a layer came from. `name` is the field that begins it (`layer`, or an `input:` of old)."""

    source: Source
    name: Span
    body: Message | None = None

    def labels(self, text: str) -> tuple[Label, ...]:
        """A remark on the layer as a whole, and on what it came from."""
        return labels(self.source, self.name, text)

    def span(self, *path: str) -> Span:
        """The place of a field, given the names that lead to it; the start of the layer where it is not written."""
        return next((field.span for field in self.fields(*path)), self.name)

    def fields(self, *path: str) -> tuple[Field, ...]:
        """All fields of a name below the layer, in the order written."""
        bodies = (self.body,) if self.body else ()
        for step in path[:-1]:
            bodies = tuple(f.value for b in bodies for f in b.fields if f.name == step and isinstance(f.value, Message))
        return tuple(f for b in bodies for f in b.fields if f.name == path[-1])
