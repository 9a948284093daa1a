"""What a solver says, for people and for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import cast

from netspec.cli.markdown import table
from netspec.cli.table import aligned, plural
from netspec.cli.terminal import BOLD, Paint, width
from netspec.diagnostics.render import harmless
from netspec.layers.message import Message
from netspec.solver import Solver
from netspec.solver.rules import USES
from netspec.solver.schedule import POLICIES, boundaries, rate_of

SHOWN = 8  # iterations whose rate is shown
PARTS = 4  # of all iterations, where the rate changes with each


def print_solver(solver: Solver, markdown: bool) -> None:
    rows = [*_said(solver)]
    rates = [(str(i), f"{rate_of(solver.params, i):g}") for i in milestones(solver)]
    heading = f"{solver.type}, {plural(solver.params.max_iter, 'iteration')}"
    if markdown:
        print(f"**{heading}**\n", *table(("", "says"), rows, (False, False)), "", sep="\n")
        print(*table(("iteration", "rate"), rates, (True, True)), sep="\n")
        return
    paint = Paint(sys.stdout)
    print(f"{paint(BOLD, heading)}\n")
    _, *lines = aligned(("", ""), rows, (False, False), width(sys.stdout))
    head, *numbers = aligned(("iteration", "rate"), rates, (True, True), width(sys.stdout))
    print(*lines, "", paint(BOLD, head), *numbers, sep="\n")


def _said(solver: Solver) -> Iterator[tuple[str, str]]:
    p = solver.params
    yield "rate", f"{p.lr_policy}: {_fields(solver, ('base_lr', *_of_policy(p.lr_policy)))}"
    if rule := _fields(solver, USES[solver.type]):
        yield "rule", rule
    if p.weight_decay:
        yield "decay", f"{p.weight_decay:g}, {p.regularization_type}"
    if p.clip_gradients >= 0:
        yield "gradients", f"a norm of {p.clip_gradients:g} at most"
    if p.iter_size != 1:
        yield "batches", f"{p.iter_size} an iteration"
    if solver.test_nets:
        batches = ", ".join(f"{count} batch{'es' * (count != 1)}" for count in p.test_iter)
        first = "" if p.test_initialization else ", not before the first"
        yield "tests", f"{batches} every {plural(p.test_interval, 'iteration')}{first}"
    if p.snapshot or p.snapshot_after_train:
        every = f"every {plural(p.snapshot, 'iteration')}" if p.snapshot else "at the end"
        prefix = f", {harmless(p.snapshot_prefix)}" if p.snapshot_prefix else ""
        yield "snapshots", f"{every}{prefix}, {p.snapshot_format.name}"
    for path in solver.weights:
        yield "begins with", harmless(str(path))


def _of_policy(policy: str) -> Sequence[str]:
    found = POLICIES[policy]
    steps = ("stepvalue",) if policy == "multistep" else ()
    return (*found.uses, *(name for name in found.needs if name != "max_iter"), *steps)


def _fields(solver: Solver, names: Sequence[str]) -> str:
    return ", ".join(f"{name} {_number(getattr(solver.params, name))}" for name in names)


def _number(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, cast("tuple[int, ...]", value))) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def milestones(solver: Solver) -> list[int]:
    """Iterations that show how the rate changes: where it does, else a few of all."""
    p = solver.params
    last = max(p.max_iter - 1, 0)
    match p.lr_policy:
        case "fixed":
            return [0]
        case "step":
            found = [*range(0, last + 1, p.stepsize)[:SHOWN]]
        case "multistep":
            found = [0, *(i for i in boundaries(p.stepvalue) if i <= last)][:SHOWN]
        case _:
            found = [last * i // PARTS for i in range(PARTS)]
    return sorted({*found, last})


def as_json(solver: Solver) -> dict[str, object]:
    """Its rule, the fields that the file gives, and the rate where it is shown."""
    given = _given(solver.params)
    rates = [{"iteration": i, "rate": rate_of(solver.params, i)} for i in milestones(solver)]
    return {"type": solver.type, "max_iter": solver.params.max_iter, "fields": given, "rates": rates}


def _given(message: Message) -> dict[str, object]:
    """The fields that a text gives, as JSON has them."""
    return {name: _plain(getattr(message, name)) for name in sorted(message.model_fields_set)}


def _plain(value: object) -> object:
    match value:
        case Message():
            return _given(value)
        case tuple():
            return [_plain(each) for each in cast("tuple[object, ...]", value)]
        case Enum():
            return value.name
        case _:
            return value
