"""Reading specs: from a file or a text to a net, or to what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypedDict, Unpack

from netspec.diagnostics import Diagnostic, SpecError, errors
from netspec.diagnostics.source import Source
from netspec.frontend.driver import examined, in_order, lowered, read
from netspec.frontend.lower.solver import block_of, is_solver
from netspec.frontend.recent import offsets, parsed, spec_of
from netspec.frontend.spec import Request, Spec
from netspec.host.collecting import uncollected
from netspec.layers.base import Phase
from netspec.net import Net
from netspec.plugins.registry import registry
from netspec.syntax.parser import parse
from netspec.syntax.text import read_source

if TYPE_CHECKING:
    from netspec.frontend.solvers import Sized
    from netspec.plugins.load import Given
    from netspec.solver import Solver

Inputs = Mapping[str, Sequence[int | str]]  # a size may be an expression, as "N" or "16*h"


class Options(TypedDict, total=False):
    """How a spec is read, beside its phase.

    level: what its include rules compare with, 0 by default. stages: those that are on. inputs: shapes of the tops of
    Input and data layers, in the place of what the file says of them; likely: of those that it has, others being passed
    over. plugins: files or modules with further layer types. allow_unknown: a layer may be of a type that is nowhere;
    shapes: of tops of such layers; same_shape: other tops of such layers are as their first bottom. lenient: fields
    that are nowhere are read over. edition: "caffe" takes what only forks of Caffe have for errors.
    import_path: folders that the file may import from, beside its own. max_layers: how many layers it may expand to;
    by default 100,000, and what takes no more than 300,000 steps. lints: codes of optional ones, as "NS860", for
    `check` to look for.
    """

    level: int
    stages: Sequence[str]
    inputs: Inputs | None
    likely: Inputs | None
    plugins: Sequence[Given]
    allow_unknown: bool
    shapes: Inputs | None
    same_shape: bool
    lenient: bool
    edition: str | None
    import_path: Sequence[str | Path]
    max_layers: int | None
    lints: Sequence[str]


def load(path: str | Path, phase: str | None = None, **options: Unpack[Options]) -> Net:
    """The net in a file, as Caffe's Net(file, phase, level, stages) builds it; `Options` tells the options.

    Without a phase it is the one that the file's own `state` names, else TEST; for a file whose rules leave that
    without data, the first state that they give some.
    Raises SpecError.
    """
    return load_source(read_source(path), phase, **options)


def load_text(text: str, name: str = "<text>", phase: str | None = None, **options: Unpack[Options]) -> Net:
    """As `load`; `name` is what diagnostics call the text."""
    return load_source(Source(name, text), phase, **options)


@uncollected()
def load_source(source: Source, phase: str | None = None, **options: Unpack[Options]) -> Net:
    """As `load`, for a text that has been read."""
    return in_phases(source, **options).net(phase)


class Phased(NamedTuple):
    """A text that has been read, as the nets that it is in several phases."""

    spec: Spec
    asked: Request
    found: Sequence[Diagnostic]  # in reading it

    def net(self, phase: str | None) -> Net:
        """The net in a phase, as `load` has it. Raises SpecError."""
        return self.net_and_warnings(phase)[0]

    @uncollected()
    def net_and_warnings(self, phase: str | None) -> tuple[Net, list[Diagnostic]]:
        """As `net`, with what is to be said of it."""
        net, more = lowered(self.spec, self.asked._replace(phase=Phase(phase) if phase else None))
        found = in_order([*self.found, *more])
        if net is None or errors(self.found):
            raise SpecError(found)
        return net, found

    @property
    def same(self) -> bool:
        """Whether the net is known to be the same in TEST and TRAIN, but for what its layers compute."""
        return self.spec.alike_in_phases(self.asked.level, self.asked.stages)


def in_phases(source: Source, **options: Unpack[Options]) -> Phased:
    """As `load`, for a text that has been read and is wanted in several phases."""
    asked = request(None, **options)
    with uncollected():
        document, found = parse(source)
        return Phased(read(document, asked, offsets(found)), asked, found)


def check(path: str | Path, phase: str | None = None, **options: Unpack[Options]) -> list[Diagnostic]:
    """What is wrong with a file: in a phase, or in every state that its include and exclude rules tell apart. Of a
    solver, what is wrong with it and with its nets in the states that it gives them.

    Never raises for what a file holds, or for its absence.
    """
    try:
        source = read_source(path)
    except SpecError as error:
        return list(error.diagnostics)
    return check_source(source, phase, **options)


def check_source(source: Source, phase: str | None = None, **options: Unpack[Options]) -> list[Diagnostic]:
    """As `check`, for a text that has been read."""
    try:
        asked = request(phase, **options)
    except SpecError as error:
        return list(error.diagnostics)
    with uncollected():
        document, found = parsed(source)
        if is_solver(document.fields):
            from netspec.frontend.solvers import read_solver

            return read_solver(document, found, asked)[1]
        more = examined(spec_of(document, found, asked), document, asked, bool(found))
        if block_of(document.fields):
            from netspec.frontend.solvers import read_solver

            said = read_solver(document, found, asked)[1]
            return in_order(dict.fromkeys([*found, *more, *said]))
    return in_order([*found, *more])


def load_solver(path: str | Path, **options: Unpack[Options]) -> Solver:
    """The solver in a file, with its nets as Caffe builds them; `Options` tells how these are read. Level and stages
    are those of the net that is trained, beside those of its `train_state`.

    Files that it names are looked for beside it, where a path begins with folders that it lies in from there, and in
    the folders of `import_path`. Raises SpecError.
    """
    return load_solver_source(read_source(path), **options)


def is_solver_source(source: Source, phase: str | None = None) -> bool:
    """Whether a text says how a net is trained, if it may hold the net as well. With a phase, what is meant is the net
    that a solver stands beside."""
    if not any(word in source.text for word in ("base_lr", "lr_policy")):
        return False
    fields = parse(source)[0].fields
    return is_solver(fields) or (phase is None and block_of(fields) is not None)


@uncollected()
def load_solver_source(source: Source, sized: Sized | None = None, **options: Unpack[Options]) -> Solver:
    """As `load_solver`, for a text that has been read. sized: from a net, in which sizes may be open, to the shapes of
    its inputs; it is asked of each net in turn, first of the one that is trained."""
    from netspec.frontend.solvers import read_solver

    asked = request(None, **options)
    document, found = parse(source)
    solver, found = read_solver(document, found, asked, sized)
    if solver is None:
        raise SpecError(found)
    return solver


def request(
    phase: str | None,
    level: int = 0,
    stages: Sequence[str] = (),
    inputs: Inputs | None = None,
    likely: Inputs | None = None,
    plugins: Sequence[Given] = (),
    allow_unknown: bool = False,
    shapes: Inputs | None = None,
    same_shape: bool = False,
    lenient: bool = False,
    edition: str | None = None,
    import_path: Sequence[str | Path] = (),
    max_layers: int | None = None,
    lints: Sequence[str] = (),
) -> Request:
    """What is asked of a spec, from `Options`. Raises SpecError for a plugin that cannot be used."""
    types, search = registry(plugins, allow_unknown, lenient, edition, same_shape), tuple(map(Path, import_path))
    given = {**(inputs or {}), **(shapes or {})}
    state = Phase(phase) if phase else None, level, tuple(stages)
    return Request(*state, given, types, search, max_layers, tuple(lints), {**(likely or {})})
