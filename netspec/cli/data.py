"""`netspec data`: data for training made, and looked at."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from netspec.cli import FINE
from netspec.cli.output import add_force, there_already
from netspec.cli.table import aligned, plural
from netspec.cli.terminal import BOLD, Paint, width
from netspec.diagnostics.render import harmless
from netspec.host.packages import require
from netspec.shapes import show

if TYPE_CHECKING:
    from netspec.data.inspecting import Contents
    from netspec.data.items import Item

DESCRIPTION = """\
Makes a database that Caffe reads of images, or of other data, and shows what data holds. Data is what its content says:
LMDB, LevelDB, HDF5, .npz, idx files of MNIST (.gz, too), a folder with a folder for each class, or a list of images and
the numbers of their classes.
"""
EPILOG = """\
examples:
  netspec data make train-images-idx3-ubyte.gz -o mnist.lmdb     the labels are beside it
  netspec data make photos/ -o photos.lmdb --resize 256x256 --shuffle --split 0.8
  netspec data make list.txt -o photos.lmdb --encoded --mean mean.binaryproto
  netspec data info photos_train.lmdb
  netspec data head mnist.lmdb -n 3

exit status: 0 done, 1 the data is bad, 2 wrong usage
"""
DEFAULT = 5  # items that head shows
LABELS = 20  # labels that info lists


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("make", "info", "head"), help="what to do")
    parser.add_argument("source", type=Path, metavar="SOURCE", help="the data: a file, a folder, a database")
    parser.add_argument("--root", type=Path, metavar="FOLDER", help="where the images of a list lie, unless beside it")
    group = parser.add_argument_group("make")
    help = "what is written; .lmdb, .leveldb, .h5 or .npz says as what"
    group.add_argument("-o", "--output", type=Path, metavar="OUT", help=help)
    group.add_argument("--resize", type=_size, metavar="HxW", help="bring images to this height and width")
    group.add_argument("--gray", action="store_true", help="one channel")
    group.add_argument("--encoded", action="store_true", help="keep images as files hold them (databases)")
    group.add_argument("--shuffle", action="store_true", help="in an order by chance")
    group.add_argument("--seed", type=int, default=0, metavar="N", help="of the order (default: %(default)s)")
    help = "the share of a first part; with a second one the parts are train, val and test"
    group.add_argument("--split", type=_share, nargs="+", default=[], metavar="SHARE", help=help)
    group.add_argument("--mean", type=Path, metavar="FILE", help="write the mean image, as .binaryproto, too")
    add_force(group.add_argument)
    group = parser.add_argument_group("head")
    group.add_argument("-n", type=int, default=DEFAULT, metavar="N", help="how many items (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="for programs")


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", text)
    if not found or not all(map(int, found.groups())):
        raise argparse.ArgumentTypeError(f"expected a height and a width, as 256x256, not {text!r}")
    return int(found[1]), int(found[2])


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"expected a share between 0 and 1, not {text!r}")
    return share


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    if args.action == "make":
        _usage(args, parser)
    elif args.output:
        parser.error(f"-o goes with make, not with {args.action}")
    if args.n < 1:
        parser.error(f"-n needs a number above 0, not {args.n}")
    require("data", "numpy")
    return {"make": _make, "info": _info, "head": _head}[args.action](args, parser)


def _usage(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    suffixes = (".lmdb", ".leveldb", ".h5", ".hdf5", ".npz")
    if args.output is None:
        parser.error("make needs -o OUT")
    suffix = args.output.suffix.lower()
    if suffix not in suffixes:
        parser.error(f"{args.output} ends in none of {', '.join(suffixes)}")
    if args.encoded and suffix not in (".lmdb", ".leveldb"):
        parser.error("--encoded goes with .lmdb and .leveldb: arrays hold numbers")
    if len(args.split) > 2 or sum(args.split) >= 1:
        parser.error("--split takes one or two shares, which leave something for the last part")


def _search(args: argparse.Namespace) -> tuple[Path, ...]:
    return (args.root,) if args.root else (Path(),)


def _make(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from netspec.data.kinds import recognised, source
    from netspec.data.making import Recipe, make, replaceable, targets

    shuffle = args.seed if args.shuffle else None
    recipe = Recipe(args.resize, args.gray, args.encoded, shuffle, tuple(args.split))
    for path in (*targets(args.output, recipe), *((args.mean,) if args.mean else ())):
        if path.exists() and not args.force:
            there_already(path, parser)
        if not replaceable(path):
            parser.error(f"{path} is a folder, and no database: it is not replaced")
    items = source(recognised(args.source), _search(args), args.seed, args.shuffle)
    made = make(items, args.output, recipe, args.force, args.mean)
    items.close()
    if args.json:
        print(json.dumps([{"path": str(one.path), "items": one.items} for one in made], indent=2))
    else:
        for one in made:
            print(f"wrote {one.path}: {plural(one.items, 'item')}")
        if args.mean:
            print(f"wrote {args.mean}")
    return FINE


def _info(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from netspec.data.inspecting import contents

    found = contents(args.source, _search(args))
    if args.json:
        shapes = [{"shape": list(shape), "items": count} for shape, count in found.shapes.items()]
        arrays = {name: list(shape) for name, shape in found.arrays.items()}
        said = {"kind": found.kind, "items": found.items, "encoded": found.encoded, "shapes": shapes}
        print(json.dumps({"path": str(args.source), **said, "labels": found.labels, "arrays": arrays}, indent=2))
    else:
        _print(args.source, found)
    return FINE


def _print(path: Path, found: Contents) -> None:
    paint = Paint(sys.stdout)
    print(paint(BOLD, f"{path}: {found.kind}, {plural(found.items, 'item')}"))
    for name, shape in found.arrays.items():
        print(f"  {harmless(name)}: {show(shape)}")
    for shape, count in list(found.shapes.items())[:LABELS]:
        print(f"  {show(shape)}: {plural(count, 'image')}")
    if found.encoded:
        print(f"  encoded: {'all' if found.encoded == found.items else found.encoded}")
    if found.labels:
        rows = [(str(label), str(count)) for label, count in found.labels.items()]
        print(*aligned(("label", "items"), rows[:LABELS], (True, True)), sep="\n")
        if rows[LABELS:]:
            print(f"and {len(rows) - LABELS} further labels, up to {max(found.labels)}")


def _head(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from netspec.data.inspecting import first, record

    items = first(args.source, args.n, _search(args))
    if args.json:
        print(json.dumps([record(item) for item in items], indent=2))
        return FINE
    head, right = ("item", "label", "shape", ""), (False, True, False, False)
    print(*aligned(head, [_row(item) for item in items], right, width(sys.stdout)), sep="\n")
    _sketch(items)
    return FINE


def _row(item: Item) -> tuple[str, ...]:
    label = "–" if item.label is None else str(item.label)
    return harmless(item.place), label, show(item.shape()), "encoded" if isinstance(item.content, bytes) else ""


def _sketch(items: list[Item]) -> None:
    from netspec.data.inspecting import sketch

    for item in items[:1]:
        if lines := sketch(item.pixels()):
            print("", *lines, sep="\n")
