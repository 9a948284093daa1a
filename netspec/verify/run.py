"""The same net in several backends, with the same numbers: does each blob and each gradient come out equal?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from netspec.diagnostics import SpecError
from netspec.layers.base import Layer, Phase, Stochastic
from netspec.layers.caffe.input import DummyData
from netspec.net import Net, Node
from netspec.net.asking import asked
from netspec.problems.backends import NoDevice, UnknownBackend, UnknownSize
from netspec.verify.failing import up_to_failure
from netspec.verify.report import Item, Kind, Report, Row
from netspec.verify.samples import EMPTY, Given, Samples
from netspec.verify.subject import REFERENCE, Broken, Run, Subject, same
from netspec.verify.tolerance import EQUAL, FACTOR, FLOOR, HOLLOW, MORE_NUDGES, NUDGES, UNIT, Difference, difference
from netspec.verify.unknown import without_unknown

GAINS = (1.0, 0.5, 0.25, 0.125)  # factors on weights, tried in turn
LARGE = 64.0
SIZES = 3  # how many values each name in the inputs takes in turn, where so many fit


def verify(
    net: Net | str | Path,
    backends: Sequence[str] = ("torch", "tensorflow"),
    device: str = "cpu",
    dtype: str = "float64",
    grad: bool = True,
    seed: int = 0,
    params: Given = EMPTY,
    tell: Callable[[str], object] = str,
    optimized: bool = False,
) -> Report:
    """Compares every blob and, with `grad`, the gradient of every input and parameter, from seeded values; parameters
    in `params`, which are as `load_weights` gives them, begin from those.

    float64: the backends with the first of them. float32: each with the first one's float64 run on the CPU. A path is
    loaded in phase TEST. Layers that depend on chance run as in TEST, and DummyData gives drawn values, as do layers of
    unknown types; what reads a blob of theirs without a known shape is left out. Where sizes of
    inputs have names, everything is compared at three small sizes of each, or at fewer where no others fit; the report
    says at which. With "cuda", a backend without a GPU runs on the CPU; the report says what ran where.
    `netspec.verify.tolerance` says what counts as equal. `tell` is told what happens.

    optimized: what every backend makes of the optimized net, with the first one's float64 run of the net as read, on
    the blobs that both have; without gradients.

    Raises SpecError when the net is at fault, when a backend cannot take it, and when none has the device (NS405).
    """
    from netspec.frontend.load import load

    grad = grad and not optimized
    if (len(backends) < 2 and dtype == REFERENCE and not optimized) or len(set(backends)) < len(backends):
        raise SpecError([UnknownBackend("a comparison takes two different backends, or float32 with its float64 run")])
    whole = (net if isinstance(net, Net) else load(net)).compiled
    net, unknown, left_out = without_unknown(whole)
    certain, held, drawn = _certain(net)

    def compared(net: Net) -> Report:
        """Of the whole net, or of its first layers."""
        known = {name: params[name] for name in params if name not in (*unknown, *left_out)}
        given = {name: known[name] for name in known if name in net.params or name not in certain.params}
        return _verified(net, backends, device, dtype, grad, seed, given, tell, optimized)

    try:
        report = compared(certain)
    except Broken as broken:
        if not net.plugins:
            raise broken.__cause__ or broken from None  # a fault of netspec
        nothing = Report(net.name, net.phase.value, dtype, seed, backends[0], {}, (), (), ())
        report = up_to_failure(certain, broken, compared, nothing)
    return replace(report, held=held, drawn=drawn, unknown=unknown, left_out=left_out)


def _verified(
    net: Net,
    backends: Sequence[str],
    device: str,
    dtype: str,
    grad: bool,
    seed: int,
    params: Given,
    tell: Callable[[str], object],
    optimized: bool,
) -> Report:
    """The comparison of a net that leaves nothing to chance. Raises Broken where a backend raises an exception."""
    values = Samples(seed, given=params)
    subjects = _start(net, backends, device, dtype, values, grad, tell, optimized)
    sizes = _sizes(net)
    values = _calm(net, backends[0], values, tell, sizes[-1])
    for subject in subjects:
        subject.use(values)
    if dtype == REFERENCE and not optimized:
        reference, compared = subjects[0], subjects[1:]
    else:
        reference, compared = Subject(net, backends[0], "cpu", REFERENCE, values, grad, tell), subjects
    rows: list[Row] = []
    for at in sizes:
        for subject in {id(subject): subject for subject in (reference, *compared)}.values():
            subject.sizes, subject.seeds = at, {}
        if at:
            tell(f"with {', '.join(f'{name} = {n}' for name, n in at.items())}")
        rows += _compare(reference, compared, dtype)
    rows += [row for subject in (reference, *compared) for row in _as_printed(subject, [s.backend for s in compared])]
    return Report(
        net=net.name,
        phase=net.phase.value,
        dtype=dtype,
        seed=seed,
        reference=_named(reference, dtype, optimized),
        devices={subject.backend: subject.device for subject in subjects},
        held=(),
        drawn=(),
        rows=tuple(rows),
        sizes=tuple(at for at in sizes if at),
        single=tuple(name for name in sizes[0] if len({at[name] for at in sizes}) == 1),
        optimized=optimized,
        printed={subject.backend: len(subject.printed) for subject in (reference, *compared) if subject.printed},
    )


def _named(reference: Subject, dtype: str, optimized: bool) -> str:
    name = f"{reference.backend} without -O" if optimized else reference.backend
    return f"{name} in {REFERENCE}" if dtype != REFERENCE else name


def _as_printed(subject: Subject, compared: Sequence[str]) -> Iterator[Row]:
    """A row for each array in which the source with classes for blocks differs from one class in any bit."""
    names = (f"{subject.title} as printed", "one class")
    for item, (value, flat) in subject.printed.items():
        if not same(value, flat):
            apart = difference(value, flat, names)
            error = apart.relative or float(np.nextafter(0.0, 1.0))
            row = replace(_row(item, subject.backend, apart, 0.0), item=replace(item, kind=Kind.PRINTED))
            yield replace(
                row, errors=dict.fromkeys(compared, error), note=f"in {subject.backend}; {row.note}".strip("; ")
            )


def _start(
    net: Net,
    backends: Sequence[str],
    device: str,
    dtype: str,
    values: Samples,
    grad: bool,
    tell: Callable[[str], object],
    optimized: bool,
) -> list[Subject]:
    """The models; those that do not find the device on the CPU, unless that is all of them."""
    subjects: list[Subject] = []
    lacking = 0
    for backend in backends:
        try:
            subjects.append(Subject(net, backend, device, dtype, values, grad, tell, optimized))
        except SpecError as error:
            lacking += 1
            if lacking == len(backends) or not all(isinstance(d, NoDevice) for d in error.diagnostics):
                raise
            subjects.append(Subject(net, backend, "cpu", dtype, values, grad, tell, optimized))
    return subjects


def _certain(net: Net) -> tuple[Net, tuple[str, ...], tuple[str, ...]]:
    """The net with layers that depend on chance as in TEST and made-up data as inputs, and the names of both.

    Layers of one name get a number, since parameters are given by name.
    """
    held: list[str] = []
    drawn: list[str] = []
    seen: dict[str, int] = {}
    nodes = list(net.layers)
    for i, node in enumerate(nodes):
        update: dict[str, object] = {}
        data, certain = asked(net, node, "say what it leaves to chance", partial(_steady, net, node))
        if data:
            drawn.append(node.name)
            update["params"] = data
        elif certain:
            held.append(node.name)
            update |= {"phase": Phase.TEST, "params": certain}
        seen[node.name] = seen.get(node.name, 0) + 1
        if seen[node.name] > 1:
            update["name"] = f"{node.name} ({seen[node.name]})"
        nodes[i] = node._replace(**update) if update else node
    return net.changed(nodes), tuple(held), tuple(drawn)


def _steady(net: Net, node: Node) -> tuple[Layer | None, Layer | None]:
    """What stands in the place of a layer of made-up data, and of one that depends on chance."""
    layer, site = node.params, net.site(node)
    data = layer.as_input(site) if isinstance(layer, DummyData) else None
    return data, layer.deterministic() if isinstance(layer, Stochastic) and layer.random(site) else None


def _without_chance(layer: Layer) -> Layer:
    return layer.deterministic() if isinstance(layer, Stochastic) else layer


def _sizes(net: Net) -> list[Mapping[str, int]]:
    """What the names in a net's inputs stand for in one run after another: small sizes with which its layers fit
    together. One run without any where there are no names. Raises SpecError (NS402) where none are found."""
    if net.symbols is None:
        return [{}]
    found = net.symbols.samples(SIZES)
    if not found:
        message = "no small sizes were found with which the layers fit together"
        raise SpecError([UnknownSize(message, help="give numbers with --input")])
    return list(found)


def _calm(net: Net, backend: str, values: Samples, tell: Callable[[str], object], sizes: Mapping[str, int]) -> Samples:
    """Samples under which the net stays in a range where its gradients mean something.

    Layers that keep statistics get them from a pass in which they take those of the batch, as training would leave
    them, mixed with the drawn ones; else sums over many blocks grow without end. Weights get smaller until no blob is
    above LARGE, from where on a softmax of float32 knows 0 and 1 alone.
    """
    keepers = {n.name for n in net.layers if n.phase is Phase.TEST and not all(p.blob.learnable for p in n.blobs)}
    training = {
        n.name: {"phase": Phase.TRAIN, "params": _without_chance(n.params)} for n in net.layers if n.name in keepers
    }
    layers = tuple(n._replace(**training.get(n.name, {})) for n in net.layers)
    subject = Subject(net.changed(layers), backend, "cpu", REFERENCE, values, tell=tell, held=False)
    subject.sizes = sizes
    for gain in GAINS:
        subject.use(values._replace(gain=gain))
        if all(float(np.abs(blob[np.isfinite(blob)]).max(initial=0.0)) <= LARGE for blob in subject.run().values()):
            break
    kept = subject.model.get_params(keepers)
    finite = {name: [np.float32(b) for b in bs] for name, bs in kept.items() if all(np.isfinite(b).all() for b in bs)}
    return subject.values._replace(given={**finite, **values.given})


def _compare(reference: Subject, compared: Sequence[Subject], dtype: str) -> list[Row]:
    """A row for each array, with the errors of all that are compared."""
    unit = UNIT[dtype]
    expected = reference.run()
    items = [item for item in expected if all(subject.computes(item) for subject in compared)]
    changes = _changes(reference, items, unit) if dtype != REFERENCE else {}
    judged: list[Row] = []
    for subject in compared:
        subject.seeds = reference.seeds
        run = subject.run()
        rows: list[Row] = []
        for item in items:
            apart = difference(run[item], expected[item], (subject.title, reference.title))
            bound = EQUAL if dtype == REFERENCE else FACTOR * changes[item] / apart.magnitude + FLOOR * unit
            rows.append(_row(item, subject.backend, apart, bound))
        rows = _second_look(rows, expected, reference, subject, unit)
        judged = [old.merged(new) for old, new in zip(judged, rows, strict=True)] if judged else rows
    return judged


def _row(item: Item, backend: str, apart: Difference, bound: float) -> Row:
    note = apart.note
    if not note and apart.relative > bound and apart.place:
        note = f"at {apart.place}"
    return Row(item, apart.magnitude, {backend: apart.relative}, bound, note, apart.unlike)


def _changes(subject: Subject, items: Sequence[Item], unit: float, nudges: Sequence[int] = NUDGES) -> dict[Item, float]:
    """The largest absolute change that a nudge makes in each of these arrays."""
    names = (subject.title, subject.title)
    wanted = set(items)
    still = {item: value for item, value in subject.run().items() if item in wanted}
    largest = dict.fromkeys(items, 0.0)
    for nudge in nudges:
        moved = subject.run(nudge, unit)
        for item, value in still.items():
            largest[item] = max(largest[item], difference(moved[item], value, names).error)
    return largest


def _second_look(rows: Sequence[Row], expected: Run, reference: Subject, subject: Subject, unit: float) -> list[Row]:
    """The rows again; those above their bound with one that knows of the rounding of the runs themselves."""
    for nudges in (NUDGES, MORE_NUDGES):
        failed = [row.item for row in rows if not row.ok and np.isfinite(row.error)]
        if not failed:
            break
        changes = _changes(reference, failed, UNIT[REFERENCE], nudges)
        if subject.dtype != REFERENCE:
            failed = [item for item in failed if changes[item] > HOLLOW * float(np.abs(expected[item]).max())]
            changes = dict.fromkeys(failed, 0.0)
        if failed:
            own = _changes(subject, failed, unit, nudges)
            changes = {item: max(changes[item], own[item]) for item in failed}
        if not any(changes.values()):
            break
        rows = [_excused(row, changes) for row in rows]
    return list(rows)


def _excused(row: Row, changes: Mapping[Item, float]) -> Row:
    bound = FACTOR * changes.get(row.item, 0.0) / row.magnitude
    if not row.bound < bound < np.inf:
        return row
    note = "holds little but rounding errors" if bound >= row.error else row.note
    return replace(row, bound=bound, note=note)
