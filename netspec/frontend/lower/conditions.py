"""What has to hold of sizes with names for the layers of a net to fit together, as diagnostics with places."""

from collections.abc import Mapping, Sequence
from itertools import combinations, islice
from typing import TYPE_CHECKING, NamedTuple

from netspec.diagnostics.findings import Findings
from netspec.diagnostics.source import Span
from netspec.frontend.lower.wiring import Wire
from netspec.frontend.messages.entry import Entry
from netspec.frontend.messages.locate import name_span
from netspec.net import Value
from netspec.problems.shapes import ShapeMismatch, SometimesEqual
from netspec.shapes import Dim, Shape, show

if TYPE_CHECKING:
    from netspec.shapes.claims import ValueSet
    from netspec.shapes.symbols import Premises
    from netspec.shapes.terms import Claim

SHOWN = 3  # how many of the other places a diagnostic shows


def conditions(given: Mapping[str, Shape]) -> "tuple[Conditions | None, Mapping[str, Shape]]":
    """Where the conditions on the sizes of a net are gathered, and the given shapes with sizes that tell it of them.

    None where no size has a name.
    """
    if all(isinstance(dim, int) or not dim.symbolic for shape in given.values() for dim in shape):
        return None, given
    from netspec.shapes.symbols import Premises, owned

    premises = Premises()
    shapes = owned(given, premises)
    return Conditions(premises, shapes), shapes


class _Meeting(NamedTuple):
    """A condition, and the layer whose rule it comes from."""

    claim: "Claim"
    entry: Entry
    wire: Wire


class Conditions:
    """Those of a net, by layer. `given` are the shapes that have names in them."""

    def __init__(self, premises: "Premises", given: Mapping[str, Shape]) -> None:
        self.premises, self.given = premises, given
        self.places: list[tuple[int, Entry, Wire]] = []

    def enter(self, entry: Entry, wire: Wire) -> None:
        """What is claimed from here on comes from a layer."""
        if self.places and self.places[-1][0] == len(self.premises.claims):
            self.places.pop()
        self.places.append((len(self.premises.claims), entry, wire))

    def report(self, report: Findings, shapes: Mapping[Value, Shape | None], writers: Mapping[Value, Entry]) -> None:
        """One diagnostic for each symbol, or for several with one remedy, and for each equation of several."""
        from netspec.shapes.claims import roots
        from netspec.shapes.terms import symbols_of

        self.premises.closed = True
        solution = self.premises.solve()
        single: dict[str, list[tuple[_Meeting, ValueSet]]] = {}
        equations: dict[Claim, _Meeting] = {}
        for meeting in self._meetings():
            found = roots(meeting.claim.terms)
            if meeting.claim in solution.equations:
                equations.setdefault(meeting.claim, meeting)
            elif found is not None:
                (name,) = symbols_of(meeting.claim.terms)
                single.setdefault(name, []).append((meeting, found))
        sayer = _Sayer(self, report, shapes, writers, solution.values)
        sayer.values(single)
        for meeting in equations.values():
            sayer.equation(meeting)

    def _meetings(self) -> list[_Meeting]:
        from netspec.shapes.claims import simplified

        claims = list(self.premises.claims)
        ends = [start for start, _, _ in self.places[1:]] + [len(claims)]
        return [
            _Meeting(simplified(claim), entry, wire)
            for (start, entry, wire), end in zip(self.places, ends, strict=True)
            for claim in claims[start:end]
            if claim.equal
        ]


class _Sayer:
    """Puts conditions into words. `allowed` are the values that each symbol may have."""

    def __init__(
        self,
        conditions: Conditions,
        report: Findings,
        shapes: Mapping[Value, Shape | None],
        writers: Mapping[Value, Entry],
        allowed: "Mapping[str, ValueSet]",
    ) -> None:
        self.conditions, self.report, self.shapes, self.writers = conditions, report, shapes, writers
        self.allowed = allowed

    def values(self, single: "Mapping[str, Sequence[tuple[_Meeting, ValueSet]]]") -> None:
        """The conditions on one symbol each; those of one layer that one remedy is for are one."""
        alike: dict[tuple[object, ...], list[str]] = {}
        for name, meetings in single.items():
            if self.allowed[name].none:
                self._never(name, meetings)
            elif not self.allowed[name].all:
                meeting, help = _strongest(meetings), self._help(name)
                alike.setdefault((id(meeting.entry), self._values(meeting), help or name), []).append(name)
        for names in alike.values():
            self._sometimes({name: single[name] for name in names})

    def _never(self, name: str, meetings: "Sequence[tuple[_Meeting, ValueSet]]") -> None:
        meeting = next((m for m, found in reversed(meetings) if found.none), meetings[-1][0])
        condition = " and ".join(dict.fromkeys(found.say(name) for _, found in meetings if not found.none))
        message = f"{self._who(meeting)} for no {name}" + (f": {condition}" if condition else "")
        self.report.add(ShapeMismatch, message, *self._places(meeting))

    def _sometimes(self, single: "Mapping[str, Sequence[tuple[_Meeting, ValueSet]]]") -> None:
        strongest = {name: _strongest(meetings) for name, meetings in single.items()}
        first, *_ = strongest.values()
        conditions: dict[ValueSet, list[str]] = {}
        others: dict[tuple[Span, str, ValueSet], list[str]] = {}
        for name, meetings in single.items():
            conditions.setdefault(self.allowed[name], []).append(name)
            for meeting, found in meetings:
                if meeting.entry is not first.entry:
                    key = name_span(meeting.entry.origin), self._pair(meeting), found
                    others.setdefault(key, []).append(name)
        said = " and ".join(allowed.say(*names) for allowed, names in conditions.items())
        elsewhere = ((span, f"{pair} {found.say(*names)}") for (span, pair, found), names in others.items())
        self.report.add(
            SometimesEqual,
            f"{self._who(first)} only when {said}",
            *self._places(*strongest.values()),
            *islice(elsewhere, SHOWN),
            help=self._help(next(iter(single))),
        )

    def equation(self, meeting: _Meeting) -> None:
        from netspec.shapes.claims import equation

        condition = equation(meeting.claim.terms, self.conditions.premises.order)
        message = f"{self._who(meeting)} only when {condition}"
        self.report.add(SometimesEqual, message, *self._places(meeting))

    def _who(self, meeting: _Meeting) -> str:
        """`"up4" and "conv4" agree`, `layer "slice" works`."""
        values = self._values(meeting)
        if values is None:
            return f'layer "{meeting.entry.fields.name}" works'
        return f"{_named(values)} agree"

    def _pair(self, meeting: _Meeting) -> str:
        """What another of the conditions is about."""
        values = self._values(meeting)
        if values is None:
            return "this one needs that"
        return f"{_named(values)} agree when"

    def _places(self, meeting: _Meeting, *more: _Meeting) -> list[Span | tuple[Span, str]]:
        """The layer where sizes meet, and those that made them. `more`: meetings of the same sizes on other axes."""
        entry, values = meeting.entry, self._values(meeting)
        read = values or meeting.wire.inputs[:SHOWN]
        label = "; ".join(self._sizes(m, *values) for m in (meeting, *more)) if values else ""
        makers = ((name_span(self.writers[v].origin), f'"{v.blob}" is {show(self.shapes[v])}') for v in read)
        return [(name_span(entry.origin), label), *makers]

    def _values(self, meeting: _Meeting) -> tuple[Value, Value] | None:
        """The two inputs that the condition is about."""
        return next((pair for pair in combinations(meeting.wire.inputs, 2) if self._met(meeting, *pair)), None)

    def _sizes(self, meeting: _Meeting, a: Value, b: Value) -> str:
        axis, x, y = self._met(meeting, a, b) or (0, 0, 0)
        return f"axis {axis}: {x} and {y}"

    def _met(self, meeting: _Meeting, a: Value, b: Value) -> tuple[int, Dim, Dim] | None:
        """The axis on which two values have the sizes of a condition, and these sizes."""
        from netspec.shapes.claims import simplified
        from netspec.shapes.symbols import Symbolic
        from netspec.shapes.terms import Claim

        for axis, (x, y) in enumerate(zip(self.shapes[a] or (), self.shapes[b] or (), strict=False)):
            difference = x - y
            if isinstance(difference, Symbolic) and simplified(Claim(True, difference.terms)) == meeting.claim:
                return axis, x, y
        return None

    def _help(self, name: str) -> str | None:
        """The input declared so that every symbol has such values alone, where these are of one form."""
        from netspec.shapes.symbols import Symbolic, substituted, symbol

        values: dict[str, Dim] = {}
        for other in self.conditions.premises.order:
            allowed = self.allowed.get(other)
            values[other] = symbol(other)
            if allowed is None or allowed.all or allowed.none:
                continue
            if allowed.few is not None:
                values[other] = allowed.few[0]
            elif len(allowed.residues) == 1:
                (residue,) = allowed.residues
                values[other] = symbol(self._fresh(other)) * allowed.period + residue - bool(residue) * allowed.period
            elif other == name:
                return None
        for blob, shape in self.conditions.given.items():
            if any(isinstance(dim, Symbolic) and name in dim.symbols for dim in shape):
                dims = [substituted(d.terms, values) if isinstance(d, Symbolic) else d for d in shape]
                return f"an input of no other sizes: --input {blob}={','.join(str(d).replace(' ', '') for d in dims)}"
        return None

    def _fresh(self, name: str) -> str:
        """`h` for `H`, unless there is one."""
        return name if name.lower() in self.conditions.premises.order else name.lower()


def _strongest(meetings: "Sequence[tuple[_Meeting, ValueSet]]") -> _Meeting:
    return max(meetings, key=lambda pair: (pair[1].few is not None, pair[1].period))[0]


def _named(values: tuple[Value, Value]) -> str:
    return " and ".join(f'"{value.blob}"' for value in values)
