"""A document whose fields have been read, and how that was asked for: what a net is made of, in whatever state."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from netspec.diagnostics import Diagnostic, labels
from netspec.diagnostics.source import Source
from netspec.frontend.messages.entry import Entry, NetParameter, SharedLayer
from netspec.frontend.messages.rules import NO_RULES, Membership, NetState, Wired, affordable, fed_twice, states, whole
from netspec.layers.base import Phase
from netspec.net import Net
from netspec.plugins import Plugin, owner
from netspec.plugins.registry import BUILT_IN, Registry
from netspec.problems.language import UncheckedStates

if TYPE_CHECKING:
    from netspec.frontend.language.expectations import Expectation


class Request(NamedTuple):
    """How a document is to be read: for which state of its rules, and with what else.

    phase: None is that of the net's own state, else TEST, or where its layers read what only another state has, the
    first that has it; to examine, every state. inputs: shapes in the place of those that the document gives, and of
    tops of unknown layers. search: folders that it may import from, beside its own. max_layers: how many it may expand
    to, None for as many as is usual. lints: codes of those to look for that are optional. likely: inputs, if there are
    such.
    """

    phase: Phase | None = None
    level: int = 0
    stages: tuple[str, ...] = ()
    inputs: Mapping[str, Sequence[Any]] = MappingProxyType[str, Sequence[Any]]({})
    registry: Registry = BUILT_IN
    search: tuple[Path, ...] = ()
    max_layers: int | None = None
    lints: tuple[str, ...] = ()
    likely: Mapping[str, Sequence[Any]] = MappingProxyType[str, Sequence[Any]]({})


AS_IT_IS = Request()
INPUT = "Input"  # the type of what a net declares as an input


@dataclass(frozen=True)
class Spec:
    """A document whose fields have been read, for any state.

    found: what is wrong with it in every state. hints: why a blob may be missing. doubtful: a syntax error may have
    cost it fields whose absence would be felt elsewhere. plugins: where its layer types may come from. sizes: of inputs
    that are declared with sizes that are no numbers. expectations: what the spec expects of its net. blocks: whether it
    has some, for other files to import. shared: layers that share their parameters, by where each begins. imported: the
    blocks that an import makes known, by where it begins.
    """

    source: Source
    net: NetParameter
    entries: tuple[Entry, ...]
    found: tuple[Diagnostic, ...]
    hints: Mapping[str, str]
    doubtful: bool
    plugins: tuple[Plugin, ...]
    edition: str  # as of the registry
    sizes: Mapping[str, tuple[Any, ...]]
    expectations: "tuple[Expectation, ...]"
    blocks: bool
    shared: Mapping[int, SharedLayer]
    imported: Mapping[int, tuple[str, ...]]

    def state(self, phase: Phase, level: int, stages: Sequence[str]) -> NetState:
        """As Caffe's Net(file, phase, level, stages) has it: the file's own stages count, too."""
        return NetState(phase, level, (*self.net.state.stage, *stages))

    @cached_property
    def nets(self) -> dict[NetState, tuple[Net | None, Sequence[Diagnostic]]]:
        """Those of some states, with what is wrong in them: no shapes but its own are given to it."""
        return {}

    @cached_property
    def members(self) -> Membership:
        return Membership([entry.rules for entry in self.entries])

    def writers(self, blob: str) -> Sequence[Entry]:
        """The layers that write a blob in some state."""
        return self._writers.get(blob, ())

    @cached_property
    def _writers(self) -> Mapping[str, Sequence[Entry]]:
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            for top in dict.fromkeys(entry.fields.top):
                found.setdefault(top, []).append(entry)
        return found

    def layers(self, state: NetState) -> list[Entry]:
        """Those that are part of the net in a state."""
        return [self.entries[i] for i in self.members.of(state)]

    def states(self, level: int, stages: Sequence[str]) -> list[NetState]:
        """Those that the rules tell apart, as many as can be looked at, and in which the net is whole; of the phase
        that its own state names, if it names one."""
        if all(entry.rules == NO_RULES for entry in self.entries):
            return [self._own(level, stages)]
        found = affordable(self.told_apart(level, stages), self.members)
        if any(fed_twice(self.members.of(state), self._wired) for state in found):
            found = list(dict.fromkeys([*found, self._own(level, stages)]))  # the one without rules for it
        return whole(found, self._wired)

    @cached_property
    def _wired(self) -> list[Wired]:
        return [
            Wired(entry.rules, entry.fields.bottom, entry.fields.top, entry.fields.type == INPUT)
            for entry in self.entries
        ]

    def alike_in_phases(self, level: int, stages: Sequence[str]) -> bool:
        """Whether the net has the same layers with the same sizes in TEST and in TRAIN, as far as can be told early."""
        test, train = (self.members.of(self.state(phase, level, stages)) for phase in (Phase.TEST, Phase.TRAIN))
        return not self.expectations and test == train and not any(self._phased(self.entries[i]) for i in test)

    def _phased(self, entry: Entry) -> bool:
        params = entry.params
        own = params is None or params.phased or owner(self.plugins, type(params)) is not None
        return own or entry.fields.phase is not None

    def unchecked(self, kept: Sequence[NetState], level: int, stages: Sequence[str]) -> Iterator[Diagnostic]:
        """What is said where the states are too many."""
        found = self.told_apart(level, stages)
        looked = affordable(found, self.members)
        if len(looked) < len(found):
            covered = {i for state in kept for i in self.members.of(state)}
            missed = (entry for i, entry in enumerate(self.entries) if i not in covered)
            place = next((labels(self.source, e.origin.span("name"), "is in none of these") for e in missed), ())
            message = f"the rules tell apart {len(found)} states of the net, of which {len(looked)} are checked"
            yield UncheckedStates(message, place, "check others by themselves: --phase TRAIN --stage …")

    def unfed(self, kept: Sequence[NetState], level: int, stages: Sequence[str]) -> Iterator[tuple[Phase, Entry, str]]:
        """The phases that its rules tell apart, of which no state is among those kept, each with a layer there, and
        why."""
        others = {state.phase: state for state in reversed(self.told_apart(level, stages))}
        for phase in sorted(others.keys() - {state.phase for state in kept}):
            if there := self.members.of(others[phase]):
                if twice := fed_twice(there, self._wired):
                    yield phase, self.entries[twice[0]], f'"{twice[1]}" is fed twice'
                    continue
                elsewhere = {i for state in kept for i in self.members.of(state)}
                only = (i for i in there if i not in elsewhere)
                yield phase, self.entries[next(only, there[0])], "nothing is fed to the net"

    def _own(self, level: int, stages: Sequence[str]) -> NetState:
        return self.state(self.net.state.phase or Phase.TEST, level, stages)

    def told_apart(self, level: int, stages: Sequence[str]) -> list[NetState]:
        """The states that the rules tell apart, however many, and whatever the net is there."""
        own = self._own(level, stages)
        found = states((entry.rules for entry in self.entries), own)
        if self.net.state.phase is None:
            return found
        return [state for state in found if state.phase is own.phase] or [own]
