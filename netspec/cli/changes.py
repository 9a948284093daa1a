"""A difference between nets as rows: what `netspec diff` prints, but for its layout."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, cast

from netspec.cli.folding import Folding, Row
from netspec.cli.table import NOTHING, change, plural, signed
from netspec.diagnostics.fitting import shortened
from netspec.diagnostics.render import harmless
from netspec.layers.literal import literal
from netspec.net.compare import Change, Difference, Pair, Resized, Side
from netspec.net.cost import Cost, net_cost
from netspec.shapes import Shape, show
from netspec.shapes.units import size

REMOVED, ADDED, CHANGED, RENAMED, MOVED, FOLLOWS = "-", "+", "~", "→", "↕", " "
MORE = {REMOVED: "removed", ADDED: "added", RENAMED: "renamed", FOLLOWS: "in consequence"}
LONG = 12  # rows of one kind in a row from which most are counted, not shown
BEGIN = 5  # rows of those that are shown
WIDEST = 70  # characters of a value
NAMES = 4  # layers whose weights no longer fit, which are named


def news(row: Row) -> tuple[object, ...]:
    """What makes it worth a row in another phase, too. The shapes of a layer that is in both nets do not."""
    return row.sign, row.name, row.type, row.details, row.output if row.sign in (REMOVED, ADDED) else ""


def cells(row: Row) -> tuple[str, ...]:
    costs = (
        signed(row.old.parameters, row.new.parameters),
        signed(row.old.macs, row.new.macs),
        signed(row.old.activations, row.new.activations, size),
    )
    return f"{row.sign} {row.name}", row.type, row.output, *costs


HEAD = ("  layer", "type", "output", "parameters", "MACs", "memory")
RIGHT = (False, False, False, True, True, True)


def rows(difference: Difference, everything: bool = False, folding: Folding | None = None) -> list[Row]:
    """In the order of the new net, removed layers where they stood. Without `everything`, long runs are cut, and the
    layers that differ only in shape since others do are counted. folding: what is the same in every use of a block is
    one row."""
    places = [
        *(((side.stands, 0, side.index), _lone(REMOVED, side)) for side in difference.removed),
        *(((side.index, 1, 0), _lone(ADDED, side)) for side in difference.added),
        *(((pair.new.index, 1, 0), _pair(pair)) for pair in difference.changed),
    ]
    if everything:
        places += [((pair.new.index, 1, 0), _pair(pair)) for pair in difference.following]
    ordered = [row for _, row in sorted(places, key=lambda place: place[0])]
    ordered = ordered if folding is None else folding.folded(ordered)
    if everything:
        return ordered
    shown = [row for _, run in groupby(ordered, _kind) for row in _cut(list(run))]
    return [*shown, *_followers(difference.following)]


def whole(difference: Difference) -> list[str]:
    """What the nets say as a whole, a text each."""
    return [_of_net(change) for change in difference.net]


def totals(difference: Difference) -> list[tuple[str, str]]:
    """What the nets cost, by name."""
    old, new = difference.cost
    changed = [_told(pair)[0] for pair in difference.changed]
    renamed, moved = changed.count(RENAMED), changed.count(MOVED)
    counts = len(difference.removed), len(difference.added), renamed, moved, len(changed) - renamed - moved
    counts += (len(difference.following),)
    words = "removed", "added", "renamed", "moved", "changed", "following"
    said = ", ".join(f"{n} {word}" for n, word in zip(counts, words, strict=True) if n)
    before, after = difference.layers
    layers = str(after) if before == after else f"{before} → {after}"
    kept = [("kept", change(old.state, new.state))] if str(old.state) != str(new.state) else []
    return [
        ("layers", f"{layers}  ({said})" if said else layers),
        ("parameters", change(old.parameters, new.parameters)),
        *kept,
        ("MACs", change(old.macs, new.macs)),
        ("memory", change(old.activations, new.activations, size)),
    ]


def _lone(sign: str, side: Side) -> Row:
    costs = (side.cost, Cost()) if sign == REMOVED else (Cost(), side.cost)
    return Row(sign, _name(side), side.type, _shapes(side.shapes), *costs, gone=sign == REMOVED, layer=side.index)


def _told(pair: Pair) -> tuple[str, list[Change]]:
    """The sign of a layer that is in both nets, and those of its changes that are told."""
    own = [change for change in pair.changes if not _implied(change, pair)]
    return _sign(own) if own else RENAMED if pair.renamed else CHANGED if pair.changes else FOLLOWS, own


def _pair(pair: Pair) -> Row:
    sign, own = _told(pair)
    told = [_change(change) for change in own]
    sizes = [f"{resized.what}: {_turned(resized, show)}" for resized in pair.resized if resized.blob]
    if sign == FOLLOWS:
        told = [_change(change) for change in pair.follows] + told
    old, new = _shapes(pair.old.shapes), _shapes(pair.new.shapes)
    return Row(
        sign,
        f"{_name(pair.old)} → {_name(pair.new)}" if pair.renamed else _name(pair.new),
        pair.new.type,
        new if old == new else f"{old} → {new}",
        pair.old.cost,
        pair.new.cost,
        (*told, *sizes),
        sizes=len(sizes),
        renamed=pair.renamed,
        layer=pair.new.index,
    )


def _sign(changes: Sequence[Change]) -> str:
    return MOVED if all(change.what == "after" for change in changes) else CHANGED


def _implied(change: Change, pair: Pair) -> bool:
    """Whether a renamed layer has a renamed top for that reason: most tops are called as their layer."""
    named = (pair.old.name,), (pair.new.name,)
    return change.what == "top" and pair.renamed and (change.old, change.new) == named


def _kind(row: Row) -> object:
    """What makes rows a run; one with details is none."""
    return (row.sign, "") if row.sign in MORE and not row.details else (row.sign, row.name)


def _cut(run: list[Row]) -> Iterator[Row]:
    if len(run) < LONG:
        yield from run
        return
    yield from run[:BEGIN]
    left = run[BEGIN:-1]
    yield _sum(run[0].sign, "…", f"{len(left)} more", MORE[run[0].sign], left)
    yield run[-1]


def _sum(sign: str, name: str, type_name: str, output: str, left: Iterable[Row], *details: str) -> Row:
    rows = [*left]
    return Row(sign, name, type_name, output, net_cost(r.old for r in rows), net_cost(r.new for r in rows), details)


def _followers(following: Sequence[Pair]) -> Iterator[Row]:
    """One row for all layers that follow."""
    if not following:
        return
    resized = sum(1 for pair in following if any(not resized.blob for resized in pair.resized))
    renamed = sum(1 for pair in following if pair.follows)
    trained = [_name(pair.new) for pair in following if any(resized.blob for resized in pair.resized)]
    names = ", ".join(trained[:NAMES] + [f"{len(trained) - NAMES} more"] * (len(trained) > NAMES))
    details = (
        f"other shapes in {plural(resized, 'layer')}" if resized else "",
        f"blobs of other names in {plural(renamed, 'layer')}" if renamed else "",
        f"parameters of other shapes in {names}" if names else "",
    )
    yield _sum(FOLLOWS, "…", f"{len(following)} further", MORE[FOLLOWS], map(_pair, following), *filter(None, details))


def _name(side: Side) -> str:
    return harmless(side.name) or "(no name)"


def _shapes(shapes: Sequence[Shape | None]) -> str:
    texts = [show(shape) for shape in shapes]
    if len(texts) > 1 and len(set(texts)) == 1:
        return f"{len(texts)} of {texts[0]}"
    return ", ".join(texts) if len(texts) <= 3 else f"{texts[0]}, … {len(texts) - 1} more"


def _turned(change: Change | Resized, told: Callable[[Any], str]) -> str:
    """`3 → 5`, with what is a default marked."""
    defaults = change.defaults if isinstance(change, Change) else (False, False)
    texts = [
        NOTHING if value is None or value == () else f"{told(value)} (default)" if default else told(value)
        for value, default in zip((change.old, change.new), defaults, strict=True)
    ]
    return " → ".join(texts)


def _change(change: Change) -> str:
    match change.what:
        case "after":
            ends = [f"after {harmless(name)}" if name else "first" for name in (change.old, change.new)]
            return f"moved: {' → '.join(ends)}"
        case "type":
            return f"type: {_turned(change, _bare)}"
        case "bottom" | "top":
            return f"{change.what}: {_turned(change, _names)}"
        case _:
            return f"{change.what}: {_apart(change)}"


def _of_net(change: Change) -> str:
    if change.what not in ("inputs", "outputs"):
        return f"{change.what}: {_turned(change, _bare)}"
    old, new = cast("tuple[str, ...]", change.old), cast("tuple[str, ...]", change.new)
    removed, added = [f"−{x}" for x in old if x not in new], [f"+{x}" for x in new if x not in old]
    said = _names([*removed, *added]) if removed or added else f"{_names(old)} → {_names(new)}"
    return f"{change.what}: {said}"


def _bare(value: object) -> str:
    return harmless(value) if isinstance(value, str) else _value(value)


def _names(names: Sequence[str]) -> str:
    return shortened(", ".join(map(harmless, names)), WIDEST)


def _apart(change: Change) -> str:
    """Two values; of long ones the part from where they differ."""
    old, new = change.old, change.new
    if isinstance(old, str) and isinstance(new, str) and max(len(old), len(new)) > WIDEST:
        same = next((i for i, (x, y) in enumerate(zip(old, new, strict=False)) if x != y), min(len(old), len(new)))
        begin = max(0, same - 10)
        old, new = (f"{'…' if begin else ''}{text[begin:]}" for text in (old, new))
        change = Change(change.what, old, new, change.defaults)
    return _turned(change, _short)


def _short(value: object) -> str:
    return shortened(_value(value), WIDEST)


def _value(value: Any) -> str:
    """As a prototxt writes it; a list of one as its element, and a number with all its digits."""
    match value:
        case float():
            short = f"{value:g}"
            return short if float(short) == value or value != value else repr(value)
        case (one,):
            return _value(one)
        case tuple():
            return f"[{', '.join(map(_value, cast('tuple[Any, ...]', value)))}]"
        case int() if not isinstance(value, bool) and type(value) is int:
            return str(value)
        case _:
            return harmless(literal(value))
