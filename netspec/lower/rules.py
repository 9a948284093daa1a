"""Which layers are part of the net, by phase, level and stages.

Source: Caffe's NetState, NetStateRule and Net::StateMeetsRule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from netspec.layers.base import Phase

MOST_STAGES = 8  # that are added to a state


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

    def admit(self, state: NetState) -> bool:
        if self.include:
            return any(rule.met(state) for rule in self.include)
        return not any(rule.met(state) for rule in self.exclude)


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
    """What of a layer tells in which states a net is whole: its rules, and the blobs that it reads and writes."""

    rules: Rules
    bottoms: tuple[str, ...]
    tops: tuple[str, ...]


def whole(found: Sequence[NetState], layers: Sequence[Wired]) -> list[NetState]:
    """States that a net is meant for. Where a blob is missing that a layer writes in other stages, these are on, too.

    A solver sets several stages at a time, and rules name them one by one. States in which nothing comes from outside
    are left out, unless all are like that: there is no net without data.
    """
    stages = {
        stage for layer in layers for rule in (*layer.rules.include, *layer.rules.exclude) for stage in rule.stage
    }
    if stages:
        found = list(
            {(s.phase, frozenset(s.stage)): s for s in reversed([_completed(s, layers) for s in found])}.values()
        )
        found.reverse()
    fed = [state for state in found if any(not layer.bottoms and layer.rules.admit(state) for layer in layers)]
    return fed or list(found)


def _completed(state: NetState, layers: Sequence[Wired]) -> NetState:
    for _ in range(MOST_STAGES):
        missing = _missing(state, layers)
        more = (
            rule.stage
            for layer in layers
            if not missing.isdisjoint(layer.tops)
            for rule in layer.rules.include
            if rule.stage and rule.met(state._replace(stage=state.stage + rule.stage))
        )
        stages = next(more, ())
        if not stages:
            return state
        state = state._replace(stage=tuple(dict.fromkeys(state.stage + stages)))
    return state


def _missing(state: NetState, layers: Sequence[Wired]) -> set[str]:
    """The blobs that are read and that no layer above writes."""
    written, missing = set[str](), set[str]()
    for layer in layers:
        if layer.rules.admit(state):
            missing.update(blob for blob in layer.bottoms if blob not in written)
            written.update(layer.tops)
    return missing
