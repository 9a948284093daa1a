"""From the text of a solver to a Solver with its nets, or to what is wrong with it.

Source: Solver::InitTrainNet and InitTestNets (solver.cpp), UpgradeSolverType (upgrade_proto.cpp), and the checks of
sgd_solvers.hpp.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from netspec.diagnostics import Diagnostic, SpecError, errors
from netspec.diagnostics.findings import Findings
from netspec.diagnostics.fix import Edit, Fix
from netspec.diagnostics.grouping import once
from netspec.diagnostics.source import Span
from netspec.diagnostics.suggest import did_you_mean, one_of, sure
from netspec.frontend.beside import located
from netspec.frontend.driver import in_order, in_state, read
from netspec.frontend.lower.solver import whole
from netspec.frontend.lower.validate import said
from netspec.frontend.messages.decode import decode
from netspec.frontend.messages.locate import find, respelt
from netspec.frontend.messages.rules import NetState
from netspec.frontend.messages.schema import FieldSpec, Schema, schema
from netspec.frontend.recent import parsed, spec_of
from netspec.frontend.spec import Request, Spec
from netspec.layers.base import Phase
from netspec.net import Net
from netspec.problems.fields import InvalidValue
from netspec.problems.lints import DeprecatedField
from netspec.problems.solver import (
    BadSchedule,
    MissingFile,
    TrainNetCount,
    TwoSolverTypes,
    UnknownPolicy,
    UnknownRegularization,
    UnknownSolverType,
    UnmatchedTests,
    UnsaidRate,
    UnusableMomentum,
)
from netspec.solver import Solver
from netspec.solver.fields import SolverParameter, StateParameter
from netspec.solver.rules import REGULARIZATIONS, RULES, type_of
from netspec.solver.schedule import POLICIES
from netspec.syntax.document import Document, Field, Message, Scalar
from netspec.syntax.origin import Origin
from netspec.syntax.text import read_source

TRAIN_NETS = ("net", "net_param", "train_net", "train_net_param")
Sized: TypeAlias = Callable[
    [Net], Mapping[str, Sequence[int]]
]  # the shapes that a net's data have, where they are known
NO_STATE = StateParameter.model_construct()


class Named(NamedTuple):
    """A net of the solver: its field, and the state that the solver gives it. path: None for one inside of it."""

    place: Span
    message: Field | None
    path: str | None
    state: StateParameter
    phase: Phase


def read_solver(
    document: Document, broken: Sequence[Diagnostic], request: Request, sized: Sized | None = None
) -> tuple[Solver | None, list[Diagnostic]]:
    """The solver that a document is, None if it or one of its nets has errors, and all that is wrong with them.

    broken: what is wrong with its syntax, by which it may have lost fields. request: how its nets are read; level and
    stages are those of the net that is trained. sized: asked of each net in turn, first of the one that is trained.
    """
    found = [*broken]
    if not document.plain:
        from netspec.frontend.language import Library, expand

        library = Library(document.source.folder, request.search)
        expansion = expand(document, request.registry, library, bool(broken), request.max_layers)
        document, found = expansion.document, [*broken, *expansion.found]
    document = document._replace(fields=whole(document.fields))
    report = Findings(document.source, request.registry.lenient)
    origin = Origin(document.source, Span(0, 0), Message(document.fields, 0, 0))
    values = decode(_schema(), document.fields, "a solver", report)
    inside = {name: values.pop(name) for name in [*values] if name in _NETS}
    damaged = bool(errors(found)) or bool(report.errors)
    params = _made(values, origin, report)
    if params is None:
        return None, in_order([*found, *report.found])
    _judge(params, origin, report, damaged)
    if params.solver_type is not None and DeprecatedField.code in request.lints:
        _deprecated(params, origin, report)
    named = _nets(params, inside, origin, report, damaged)
    files = _Files(document, request, report, sized)
    weights = files.weights(params, origin)
    read = [files.net(each) for each in named]
    found = once([*in_order([*found, *report.found]), *(fault for _, more in read for fault in more)])
    nets = [net for net, _ in read if net]
    if errors(found) or not nets:
        return None, found
    return Solver(document.source.name, params, nets[0], tuple(nets[1:]), weights, origin), found


_NETS: Schema = {
    "net_param": FieldSpec(None, None, False),
    "train_net_param": FieldSpec(None, None, False),
    "test_net_param": FieldSpec(None, None, True),
}


@cache
def _schema() -> Schema:
    return {**schema(SolverParameter), **_NETS}


def _made(values: dict[str, Any], origin: Origin, report: Findings) -> SolverParameter | None:
    try:
        return SolverParameter.model_validate(values)
    except ValueError as error:
        from netspec.layers.judging import faults

        for fault in faults(error) or ():
            report.add(InvalidValue, said(fault, str(fault["loc"][0])), _span(origin, *fault["loc"]))
    return None


def _span(origin: Origin, *path: str | int) -> Span:
    return find(origin, path) or find(origin, path[:1]) or origin.name


def _judge(params: SolverParameter, origin: Origin, report: Findings, damaged: bool) -> None:
    """What Caffe finds wrong with the fields when it begins to train, or would go wrong then."""

    def span(name: str) -> Span:
        return _span(origin, name)

    if params.has("type") and params.solver_type is not None:
        message = "type and solver_type both say the rule"
        report.add(TwoSolverTypes, message, span("solver_type"), span("type"), help="remove solver_type")
    rule = RULES.get(type_of(params))
    if rule is None:
        help = did_you_mean(params.type, RULES) or f"it is {one_of([*RULES])}"
        fix = respelt(origin, ("type",), sure(params.type, RULES))
        report.add(UnknownSolverType, f'there is no solver type "{params.type}"', span("type"), help=help, fix=fix)
    elif params.momentum and not rule.momentum:
        message = f"{type_of(params)} has no momentum, but momentum is {params.momentum:g}"
        report.add(UnusableMomentum, message, span("momentum"))
    if params.regularization_type not in REGULARIZATIONS and params.weight_decay:
        message = f'regularization_type is L1 or L2, not "{params.regularization_type}"'
        meant = params.regularization_type.upper()
        fix = respelt(origin, ("regularization_type",), meant) if meant in REGULARIZATIONS else None
        report.add(UnknownRegularization, message, span("regularization_type"), fix=fix)
    policy = POLICIES.get(params.lr_policy)
    if policy is None and not (damaged and not params.has("lr_policy")):
        given = params.has("lr_policy")
        message = f'there is no policy "{params.lr_policy}"' if given else "lr_policy is not given"
        help = (did_you_mean(params.lr_policy, POLICIES) if given else None) or f"it is {one_of([*POLICIES])}"
        fix = respelt(origin, ("lr_policy",), sure(params.lr_policy, POLICIES))
        report.add(UnknownPolicy, message, span("lr_policy"), help=help, fix=fix)
    elif policy is not None and not damaged:
        _judge_schedule(params, origin, report)


def _deprecated(params: SolverParameter, origin: Origin, report: Findings) -> None:
    """Tells of `solver_type`; the field of today takes its place."""
    field, rule = origin.fields("solver_type")[0], type_of(params)
    old = field.value.text if isinstance(field.value, Scalar) else ""
    edits = Edit(field.name_span, field.name, "type"), Edit(field.value.span, old, f'"{rule}"')
    report.add(DeprecatedField, "solver_type is called type today", field.span, fix=Fix(edits))


def _judge_schedule(params: SolverParameter, origin: Origin, report: Findings) -> None:
    policy, which = POLICIES[params.lr_policy], find(origin, ("lr_policy",)) or origin.name
    for name in policy.needs:
        if getattr(params, name) <= 0:
            said = f"is {getattr(params, name)}" if params.has(name) else "is not given"
            place = find(origin, (name,)) or which
            report.add(BadSchedule, f"{params.lr_policy} needs {name} above 0, which {said}", place)
    if "gamma" in policy.uses and params.gamma < 0:
        report.add(BadSchedule, f"gamma is at least 0, not {params.gamma:g}", _span(origin, "gamma"))
    if params.lr_policy == "multistep" and not params.stepvalue:
        report.add(UnsaidRate, "multistep without stepvalue never changes the rate", which)
    for name in ("base_lr", *policy.uses):
        if not params.has(name):
            report.add(UnsaidRate, f"{name} is not given, and so 0", which)


def _nets(
    params: SolverParameter, inside: Mapping[str, Any], origin: Origin, report: Findings, damaged: bool
) -> list[Named]:
    """The nets in Caffe's order, first the one that is trained."""
    given = [name for name in TRAIN_NETS if name in inside or params.has(name)]
    if len(given) != 1:
        if len(given) > 1:
            message = f"the net to train is given by {' and by '.join(given)}"
            report.add(TrainNetCount, message, *(_span(origin, name) for name in given), help="keep one of them")
        elif not damaged:
            help = f'name its file: {TRAIN_NETS[0]}: "…"'
            report.add(TrainNetCount, "the solver names no net to train", origin.name, help=help)
        return []

    def named(name: str, i: int, state: StateParameter, phase: Phase) -> Named:
        if name in _NETS:
            message = inside[name][i] if _NETS[name].repeated else inside[name]
            return Named(_span(origin, name, i), message, None, state, phase)
        path = params.test_net[i] if name == "test_net" else getattr(params, name)
        return Named(_span(origin, name, i), None, path, state, phase)

    tested = [(name, i) for name in ("test_net_param", "test_net") for i in range(_count(params, inside, name))]
    generic = given[0] in ("net", "net_param")
    count, wanted = len(params.test_iter), len(tested)
    if (count < wanted if generic else count != wanted) and not damaged:
        message = f"test_iter is given {_times(count)}, but there {_nets_for_tests(wanted)}"
        place = find(origin, ("test_iter",)) or (_span(origin, *tested[0]) if tested else origin.name)
        report.add(UnmatchedTests, message, place, help="give one test_iter for each, in their order")
        return [named(given[0], 0, params.train_state or NO_STATE, Phase.TRAIN)]
    tested += [(given[0], 0)] * (count - wanted) if generic else []
    states = params.test_state
    if states and len(states) != len(tested):
        message = f"test_state is given {_times(len(states))}, but there {_nets_for_tests(len(tested))}"
        report.add(UnmatchedTests, message, _span(origin, "test_state"), help="give one for each, or none")
        states = ()
    if tested and params.test_interval <= 0 and not damaged:
        place = find(origin, ("test_interval",)) or _span(origin, "test_iter")
        report.add(UnmatchedTests, "test_interval does not say how often it is tested", place)
    train = named(given[0], 0, params.train_state or NO_STATE, Phase.TRAIN)
    return [
        train,
        *(named(*one, states[i] if states else NO_STATE, Phase.TEST) for i, one in enumerate(tested)),
    ]


def _count(params: SolverParameter, inside: Mapping[str, Any], name: str) -> int:
    return len(inside.get(name, ())) if name in _NETS else len(getattr(params, name))


def _times(count: int) -> str:
    return {0: "not at all", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _nets_for_tests(count: int) -> str:
    return "is 1 net for tests" if count == 1 else f"are {count or 'no'} nets for tests"


class _Files:
    """What a solver names, each file read once. What is not there is put in the report."""

    def __init__(self, document: Document, request: Request, report: Findings, sized: Sized | None) -> None:
        self.document, self.request, self.report, self.sized = document, request, report, sized
        self._specs: dict[tuple[str | None, Span], tuple[Spec | None, Sequence[Diagnostic]]] = {}

    def net(self, named: Named) -> tuple[Net | None, list[Diagnostic]]:
        """The net in its state, None if it has errors, and what is wrong with it."""
        key = named.path, Span(0, 0) if named.path is not None else named.place
        if key not in self._specs:
            self._specs[key] = self._read(named)
        spec, found = self._specs[key]
        if spec is None:
            return None, [*found]
        own, given, asked = spec.net.state, named.state, self.request
        phase, level, stages = given.phase or own.phase or named.phase, own.level, (*own.stage, *given.stage)
        level = level if given.level is None else given.level
        if named.phase is Phase.TRAIN:
            level, stages = asked.level or level, (*stages, *asked.stages)
        net, more = in_state(spec, NetState(phase, level, stages), asked)
        if net and self.sized and not errors([*found, *more]):
            asked = asked._replace(inputs={**self.sized(net), **asked.inputs})
            net, more = in_state(spec, NetState(phase, level, stages), asked)
        return (None if errors(found) else net), in_order([*found, *more])

    def _read(self, named: Named) -> tuple[Spec | None, Sequence[Diagnostic]]:
        if named.message is not None:
            body = named.message.value
            assert isinstance(body, Message)
            return read(self.document._replace(fields=body.fields), self.request), ()
        path = self._file(named.path or "", named.place)
        if path is None:
            return None, ()
        try:
            document, found = parsed(read_source(path))
        except SpecError as error:
            return None, error.diagnostics
        return spec_of(document, found, self.request), found

    def _file(self, name: str, place: Span) -> Path | None:
        path = located(name, self.document.source.folder, self.request.search)
        if path is None:
            help = "put it beside the solver, or say where its path begins: --import-path FOLDER"
            self.report.add(MissingFile, f'there is no file "{name}"', place, help=help)
        return path

    def weights(self, params: SolverParameter, origin: Origin) -> tuple[Path, ...]:
        """The files that it begins with, as LoadNetWeights splits them."""
        names = ((i, name.strip()) for i, names in enumerate(params.weights) for name in names.split(","))
        return tuple(path for i, name in names if (path := self._file(name, _span(origin, "weights", i))))
