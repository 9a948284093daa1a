"""Rows of `netspec diff` that say the same of every use of a block, as one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from netspec.cli.table import plural
from netspec.diagnostics.render import harmless
from netspec.net import Net
from netspec.net.cost import Cost, net_cost
from netspec.net.scopes import Stand, stands


class Row(NamedTuple):
    """A layer that differs, or a number of them. details: what differs, a text each; the last `sizes` of them are about
    shapes. old, new: the costs. layer: which it is, of the new net or, with `gone`, of the old one; -1 for none."""

    sign: str
    name: str
    type: str
    output: str
    old: Cost
    new: Cost
    details: tuple[str, ...] = ()
    sizes: int = 0
    renamed: bool = False
    gone: bool = False
    layer: int = -1


Place = tuple[bool, tuple[object, ...]]


class Folding:
    """Where the layers of two nets stand in blocks. The nets themselves are let go of."""

    def __init__(self, old: Net, new: Net) -> None:
        self._stands = {True: [(*stands(node),) for node in old.layers], False: [(*stands(n),) for n in new.layers]}
        self._layers: defaultdict[Place, int] = defaultdict(int)
        self._uses: defaultdict[Place, set[int]] = defaultdict(set)
        for gone, layers in self._stands.items():
            for stand in (stand for layer in layers for stand in layer):
                self._layers[gone, stand.place] += 1
                self._uses[gone, stand.place].add(id(stand.use))

    def folded(self, rows: Sequence[Row]) -> list[Row]:
        """The rows; those that are the same in every use of a block as one, where the first of them stood. Of blocks in
        blocks it is the innermost of which that holds."""
        groups: defaultdict[object, list[int]] = defaultdict(list)
        for i, row in enumerate(rows):
            for stand in self._of(row):
                groups[_said(row, stand)].append(i)
        made, taken = list[Row](), set[int]()
        for i, row in enumerate(rows):
            if i not in taken:
                stand = next((s for s in self._of(row) if self._in_all(row, s, groups[_said(row, s)])), None)
                members = groups[_said(row, stand)] if stand else [i]
                taken.update(members)
                made.append(self._one([(rows[j], self._like(rows[j], stand)) for j in members]) if stand else row)
        return made

    def _of(self, row: Row) -> Sequence[Stand]:
        return self._stands[row.gone][row.layer] if row.layer >= 0 else ()

    def _in_all(self, row: Row, stand: Stand, members: Sequence[int]) -> bool:
        """Whether the same is said in all of several uses."""
        place = row.gone, stand.place
        return len(members) == self._layers[place] and len(self._uses[place]) > 1

    def _like(self, row: Row, stand: Stand) -> Stand:
        """What corresponds to a stand of another layer."""
        return next(each for each in self._of(row) if each.place == stand.place)

    def _one(self, members: Sequence[tuple[Row, Stand]]) -> Row:
        rows, (row, stand) = [row for row, _ in members], members[0]
        names = [_within(each.name, at) for each, at in members]
        outputs = {each.output for each in rows}
        uses = len(self._uses[row.gone, stand.place])
        details = tuple(_within(text, stand) for text in _changes(row))
        name = names[0] + ", …" * (len(set(names)) > 1)
        return row._replace(
            name=f"{name} in {plural(uses, 'use')} of {harmless(stand.use.block)}",
            output=row.output if len(outputs) == 1 else "…",
            old=net_cost(each.old for each in rows),
            new=net_cost(each.new for each in rows),
            details=(*details, *["parameters of other shapes"] * any(each.sizes for each in rows)),
        )


def _said(row: Row, stand: Stand) -> object:
    """What a row says of a layer in a block, but for its sizes and costs."""
    name = _within(row.name, stand) if row.renamed else ""
    return row.gone, stand.place, row.sign, row.type, name, tuple(_within(text, stand) for text in _changes(row))


def _changes(row: Row) -> Iterable[str]:
    return row.details[: len(row.details) - row.sizes]


def _within(text: str, stand: Stand) -> str:
    """A text without the name of the use that names in it begin with."""
    return text.replace(harmless(stand.prefix), "") if stand.prefix else text
