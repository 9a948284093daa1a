"""What a comparison of backends found: a row for every array compared."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from types import MappingProxyType

from netspec.diagnostics.listing import listing
from netspec.problems.backends import BlobsDiffer
from netspec.shapes import show


class Kind(StrEnum):
    """What an array is."""

    BLOB = "blob"  # what a layer computes
    STATE = "state"  # numbers that a layer keeps, after the forward pass
    GRADIENT = "gradient"  # of an input or of a parameter blob
    PRINTED = "as printed"  # an output or a gradient of the module with classes for blocks, less that of one class


NOUNS: Mapping[Kind, str] = MappingProxyType(
    {Kind.BLOB: "blob", Kind.STATE: "running value", Kind.GRADIENT: "gradient", Kind.PRINTED: "printed array"}
)


@dataclass(frozen=True)
class Item:
    """One of the arrays of a run: a blob, or a parameter blob, of a layer. Backends may give it different shapes."""

    kind: Kind
    layer: str
    type: str
    blob: str
    shape: tuple[int, ...] = field(compare=False)

    def __str__(self) -> str:
        """`conv1`, `∂ weight`, `mean after`."""
        match self.kind:
            case Kind.BLOB:
                return self.blob
            case Kind.STATE:
                return f"{self.blob} after"
            case Kind.GRADIENT:
                return f"∂ {self.blob}"
            case Kind.PRINTED:
                return f"{self.blob} as printed"


@dataclass(frozen=True)
class Row:
    """How far the runs are apart on one array.

    magnitude: the largest in the array. errors: the largest error of each backend, relative to that; `error` is the
    worst. bound: likewise relative. note: where the error is, or what else there is to say. unlike: whether there is no
    number to compare with, since the array has another shape, or was not computed; the errors are infinite then."""

    item: Item
    magnitude: float
    errors: Mapping[str, float]
    bound: float
    note: str = ""
    unlike: bool = False

    @property
    def error(self) -> float:
        return max(self.errors.values(), default=0.0)

    @property
    def ok(self) -> bool:
        return self.error <= self.bound

    def merged(self, other: Row) -> Row:
        """The worse of two rows of one array, by error over bound, with the errors of both."""
        worse = max(self, other, key=lambda row: (not row.ok, row.error / row.bound if row.bound else row.error))
        return replace(worse, errors={**self.errors, **other.errors})


@dataclass(frozen=True)
class Report:
    """A comparison. Rows stand in the order of computation: blobs, then gradients from the last layer to the first.

    reference: what the others were compared with. devices: where each backend ran. held: layers that depend on chance
    and ran as in TEST. drawn: layers of made-up data, in whose place values were drawn. sizes: what the names in its
    inputs stood for, in one run after another, each of which has its own rows; none for a net without names. single:
    those names that stood for one size throughout, since no other was found with which the layers fit together.
    unknown: layers of types that netspec does not know, in whose place values were drawn, too. left_out: layers that
    need something of theirs whose shape is not known. printed: for each backend whose source has classes for blocks,
    how many outputs and gradients of it were held against those of one class, to the last bit; rows there are only of
    those that differ. optimized: whether it was the optimized net that was compared with the net as read, on the blobs
    that both have.
    """

    net: str
    phase: str
    dtype: str
    seed: int
    reference: str
    devices: Mapping[str, str]
    held: tuple[str, ...]
    drawn: tuple[str, ...]
    rows: tuple[Row, ...]
    sizes: tuple[Mapping[str, int], ...] = ()
    single: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    printed: Mapping[str, int] = field(default_factory=dict[str, int])
    optimized: bool = False

    @property
    def ok(self) -> bool:
        return self.first is None

    @property
    def first(self) -> Row | None:
        """The first row above its bound; those behind it may follow from it."""
        return next((row for row in self.rows if not row.ok), None)

    @property
    def worst(self) -> Row | None:
        """The row nearest to its bound, or farthest above it."""
        return max(self.rows, key=lambda row: row.error / row.bound if row.bound else 0.0, default=None)

    @property
    def diagnostics(self) -> tuple[BlobsDiffer, ...]:
        """NS406 for the first row above its bound, or nothing."""
        row = self.first
        if row is None:
            return ()
        item = row.item
        backends = " and ".join(name for name, error in row.errors.items() if not error <= row.bound)
        named = f'{item} of layer "{item.layer}" ({item.type}, {show(item.shape)})'
        if row.unlike:
            return (BlobsDiffer(f"{named} cannot be compared: {row.note}"),)
        size = (
            f"by {row.error:.1e} of its largest value" if math.isfinite(row.error) else "not finite in the same places"
        )
        if item.kind is Kind.PRINTED:
            message = f"{named} is not that of the same net as one class: {size}"
            return (BlobsDiffer(message, help="compile --flat writes one class; netspec should not differ: report it"),)
        bound = f"; {row.bound:.1e} is allowed" if math.isfinite(row.error) else ""
        message = f"{named} differs between {backends} and {self.reference}: {size}{bound}"
        return (BlobsDiffer(message, help=row.note or None),)

    def __str__(self) -> str:
        """One line."""
        kinds = Counter(row.item.kind for row in self.rows)
        named = [_plural(kinds[kind], noun) for kind, noun in NOUNS.items() if kinds[kind]]
        counted = " and ".join(filter(None, (", ".join(named[:-1]), *named[-1:])))
        ran = ", ".join(f"{backend} on {device}" for backend, device in self.devices.items())
        failed, worst = sum(not row.ok for row in self.rows), self.worst
        verdict = f"{failed} of {counted} differ" if failed else f"equal: {counted}"
        where = f"; worst error {worst.error:.1e} in {worst.item.layer}" if worst and not failed else ""
        sizes = " and ".join(", ".join(f"{name} = {n}" for name, n in at.items()) for at in self.sizes)
        single = f"; no other {' or '.join(self.single)} was found that fits" if self.single else ""
        at_sizes = f", at {sizes}{single}" if sizes else ""
        missing = len(self.unknown) + len(self.left_out)
        printed = "; classes of blocks give the same to the last bit" if self.printed and not failed else ""
        but = f"; {_plural(missing, 'layer')} not compared" if missing else ""
        net = f"{self.net or 'net'}, {self.phase}, {self.dtype}" + ", -O" * self.optimized
        return f"{net}: {verdict}{where}{at_sizes}{printed}{but} ({ran})"

    def to_json(self) -> str:
        """An object with the fields of the report and `ok` and `first`, a row a line.

        Errors that are not finite are null; the note says why.
        """
        left_out = ("rows",) if self.optimized else ("rows", "optimized")
        head = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in left_out}
        head |= {"ok": self.ok, "first": _record(self.first) if self.first else None}
        return listing(head, "rows", map(_record, self.rows))


def _plural(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _record(row: Row) -> dict[str, object]:
    errors = {name: error if math.isfinite(error) else None for name, error in row.errors.items()}
    numbers: dict[str, object] = {
        "magnitude": row.magnitude,
        "errors": errors,
        "bound": row.bound,
        "ok": row.ok,
        "note": row.note,
    }
    return {**asdict(row.item), **numbers}
