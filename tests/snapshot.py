"""Digests of all that netspec prints for many files, to hold one state of the code against another.

    python tests/snapshot.py build/before.tsv                 writes them
    python tests/snapshot.py build/now.tsv build/before.tsv   and tells which of them differ

The files are those of specs/, and with NETSPEC_CORPUS those below that folder. For each: check, show and convert both
ways, fmt, and for both backends in both phases the text of the module. A command that fails is held to what it says. It
is for changes that move code and must not change a byte of what users read; it asks the command line alone.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import netspec
from netspec.cli.main import main as command_line

ROOT = Path(__file__).resolve().parents[1]
KINDS = (".net", ".prototxt", ".pt")
FILE = "…"  # stands for the file in the command lines below
COMMANDS = {
    "check": ("check", FILE, "--format", "json"),
    "check, for people": ("check", FILE),
    "show": ("show", FILE, "--format", "json"),
    "fmt": ("fmt", FILE, "--diff"),
    "short form": ("convert", FILE, "--to", "net"),
    "prototxt": ("convert", FILE, "--to", "prototxt"),
    **{
        f"{backend}, {phase}": ("compile", FILE, "--backend", backend, "--phase", phase)
        for backend in ("torch", "tensorflow")
        for phase in ("TEST", "TRAIN")
    },
}


def digests(folder: Path, name: str) -> Iterator[tuple[str, str, str]]:
    """The file, the kind of output, and its digest."""
    os.chdir(folder)
    sizes = [f"--input={blob}={','.join(map(str, shape))}" for blob, shape in lacking(name).items()]
    for kind, argv in COMMANDS.items():
        more = sizes if argv[0] in ("show", "compile") else []
        yield name, kind, digest([name if word == FILE else word for word in (*argv, *more)])


def digest(argv: list[str]) -> str:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = command_line(argv)
    return hashlib.sha256(f"{status}\0{out.getvalue()}\0{err.getvalue()}".encode()).hexdigest()[:16]


def lacking(name: str) -> dict[str, tuple[int, ...]]:
    """Shapes for the inputs whose sizes the file leaves open: images, and labels for what is no image."""
    try:
        net = netspec.load(name)
    except netspec.SpecError:
        return {}
    open_ = [blob for blob in net.inputs if not all(isinstance(dim, int) for dim in net.blobs[blob] or ("?",))]
    return {blob: (2, 3, 224, 224) if "data" in blob or "image" in blob else (2,) for blob in open_}


def files() -> list[tuple[Path, str]]:
    corpus = os.environ.get("NETSPEC_CORPUS")
    return [
        (folder, path.relative_to(folder).as_posix())
        for folder in (ROOT / "specs", *([Path(corpus).resolve()] if corpus else []))
        for path in sorted(folder.rglob("*"))
        if path.suffix in KINDS
    ]


def rows(file: tuple[Path, str]) -> list[tuple[str, str, str]]:
    return list(digests(*file))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("written", type=Path, help="the file for the digests")
    parser.add_argument("before", type=Path, nargs="?", help="one written earlier")
    args = parser.parse_args()
    args.written.parent.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = [row for several in pool.map(rows, files(), chunksize=4) for row in several]
    args.written.write_text("".join("\t".join(row) + "\n" for row in found), encoding="utf-8")
    print(f"{args.written}: {len(found)} outputs of {len({row[0] for row in found})} files")
    if args.before is None:
        return 0
    before = {tuple(line.split("\t")[:2]): line.split("\t")[2] for line in args.before.read_text("utf-8").splitlines()}
    now = {row[:2]: row[2] for row in found}
    changed = sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))
    for name, kind in changed:
        print(f"{name}: {kind}")
    print(f"{len(changed)} differ from {args.before}")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
