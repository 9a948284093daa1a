"""Which layers are part of the net, by phase, level and stages.

Source: Caffe's NetState, NetStateRule and Net::StateMeetsRule.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple, TypeAlias

from netspec.layers.base import Phase

MOST_STAGES = 8  # that are added to a state
ROOM, SHARE = 24_000, 6  # layers that are checked in all states together: so many, and so many for each of the net


class NetState(NamedTuple):
    """What a net is built for."""

    phase: Phase = Phase.TEST
    level: int = 0
    stage: tuple[str, ...] = ()


class NetStateRule(NamedTuple):
    """A condition on the state; what is not given holds always."""

    phase: Phase | None = None
    min_level: int | None = None
    max_level: int | None = None
    stage: tuple[str, ...] = ()
    not_stage: tuple[str, ...] = ()

    def met(self, state: NetState) -> bool:
        return (
            self.phase in (None, state.phase)
            and (self.min_level is None or state.level >= self.min_level)
            and (self.max_level is None or state.level <= self.max_level)
            and all(stage in state.stage for stage in self.stage)
            and not any(stage in state.stage for stage in self.not_stage)
        )


class Rules(NamedTuple):
    """The rules of a layer, of one kind or the other."""

    include: tuple[NetStateRule, ...] = ()
    exclude: tuple[NetStateRule, ...] = ()


NO_RULES = Rules()  # those of nearly all layers


def states(rules: Iterable[Rules], given: NetState) -> list[NetState]:
    """The states that the rules of a net tell apart: those a rule names, in order. `given` alone where none names one.

    A layer that is excluded from a state is part of another: the opposite phase, or the state without the stages. What
    is included where a stage is off is part of the state without it.
    """
    named = dict.fromkeys(state for rule in rules for state in _named(rule, given))
    return list(named) or [given]


def _named(rules: Rules, given: NetState) -> Iterator[NetState]:
    for rule in (*rules.include, *rules.exclude):
        if rule.phase or rule.stage or rule.not_stage:
            yield NetState(rule.phase or given.phase, given.level, given.stage + rule.stage)
    for rule in rules.exclude:
        if rule.stage:
            yield given._replace(phase=rule.phase or given.phase)
        elif rule.phase:
            yield given._replace(phase=Phase.TRAIN if rule.phase is Phase.TEST else Phase.TEST)


class Wired(NamedTuple):
    """What of a layer tells in which states a net is whole: its rules, the blobs that it reads and writes, and whether
    it declares an input."""

    rules: Rules
    bottoms: tuple[str, ...]
    tops: tuple[str, ...]
    declared: bool = False


class Membership:
    """Which layers of a net are part of it in a state, found without a look at every rule for every state."""

    def __init__(self, rules: Sequence[Rules]) -> None:
        self.open = [i for i, each in enumerate(rules) if not each.include]
        self.include, self.exclude = _ByStage(), _ByStage()
        for i, each in enumerate(rules):
            for rule in each.include:
                self.include.add(i, rule)
            for rule in () if each.include else each.exclude:
                self.exclude.add(i, rule)
        self.size = len(rules)

    def of(self, state: NetState) -> list[int]:
        """The numbers of the layers, in order."""
        out, there = set(self.exclude.met(state)), list(self.open)
        if out:
            there = [i for i in there if i not in out]
        more = {*self.include.met(state)}
        return sorted([*there, *more]) if more else there

    def cost(self, state: NetState) -> float:
        """The work that a check of the state is, where that of a layer in it is 1."""
        return len(self.of(state)) + (len(self.include.free) + len(self.exclude.free)) / 64 + 1 + self.size / 1000


class _ByStage:
    """Rules, those that ask for a stage under one of these, each with the number of its layer."""

    def __init__(self) -> None:
        self.free: list[tuple[int, NetStateRule]] = []
        self.needing: dict[str, list[tuple[int, NetStateRule]]] = {}

    def add(self, number: int, rule: NetStateRule) -> None:
        (self.needing.setdefault(rule.stage[0], []) if rule.stage else self.free).append((number, rule))

    def met(self, state: NetState) -> Iterator[int]:
        """The layers of the rules that a state meets."""
        needing = (pair for stage in dict.fromkeys(state.stage) for pair in self.needing.get(stage, ()))
        return (number for number, rule in chain(self.free, needing) if rule.met(state))


def affordable(found: Sequence[NetState], members: Membership) -> list[NetState]:
    """As many of the states as are checked in a time that grows with the number of layers: the first of each phase,
    then others in order."""
    first = {state.phase: state for state in reversed(found)}.values()
    kept, left = set(first), ROOM + SHARE * members.size - sum(map(members.cost, first))
    for state in found:
        if state not in kept:
            left -= members.cost(state)
            if left < 0:
                break
            kept.add(state)
    return [state for state in found if state in kept]


def whole(found: Sequence[NetState], layers: Sequence[Wired]) -> list[NetState]:
    """States that a net is meant for. Where a blob is missing that a layer writes in other stages, these are on, too.

    A solver sets several stages at a time, and rules name them one by one. States in which nothing comes from outside
    are left out, unless all are like that: there is no net without data. So are those in which data takes the place of
    an input that is declared for every state, as in a file for training that was made one to deploy.
    """
    members = Membership([layer.rules for layer in layers])
    writers = _writers(layers)
    if writers:
        found = list(
            {
                (s.phase, frozenset(s.stage)): s
                for s in reversed([_completed(s, layers, members, writers) for s in found])
            }.values()
        )
        found.reverse()
    fed = [state for state in found if any(not layers[i].bottoms for i in members.of(state))]
    return [state for state in fed if fed_twice(members.of(state), layers) is None] or fed or list(found)


def fed_twice(there: Iterable[int], layers: Sequence[Wired]) -> tuple[int, str] | None:
    """Of the layers there, the first that has rules and feeds an input that is declared without any, and that input."""
    feeding = [i for i in there if not layers[i].bottoms]
    declared = {top for i in feeding if layers[i].declared and layers[i].rules == NO_RULES for top in layers[i].tops}
    pairs = ((i, top) for i in feeding if layers[i].rules != NO_RULES for top in layers[i].tops if top in declared)
    return next(pairs, None) if declared else None


Writers: TypeAlias = dict[str, list[tuple[int, NetStateRule]]]


def _writers(layers: Sequence[Wired]) -> Writers:
    """The include rules that ask for stages, by the blobs that their layers write."""
    writers: Writers = {}
    for i, layer in enumerate(layers):
        for rule in layer.rules.include:
            if rule.stage:
                for top in layer.tops:
                    writers.setdefault(top, []).append((i, rule))
    return writers


def _completed(state: NetState, layers: Sequence[Wired], members: Membership, writers: Writers) -> NetState:
    for _ in range(MOST_STAGES):
        missing = _missing(state, layers, members)
        more = (
            (i, rule.stage)
            for blob in missing
            for i, rule in writers.get(blob, ())
            if rule.met(state._replace(stage=state.stage + rule.stage))
        )
        _, stages = min(more, key=lambda each: each[0], default=(0, ()))
        if not stages:
            return state
        state = state._replace(stage=tuple(dict.fromkeys(state.stage + stages)))
    return state


def _missing(state: NetState, layers: Sequence[Wired], members: Membership) -> set[str]:
    """The blobs that are read and that no layer above writes."""
    written, missing = set[str](), set[str]()
    for i in members.of(state):
        layer = layers[i]
        missing.update(blob for blob in layer.bottoms if blob not in written)
        written.update(layer.tops)
    return missing
