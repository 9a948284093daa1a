"""The files that a solver names, by paths that its author wrote for the folder in which Caffe was started.

That folder is not known. What is found lies in the folder of the solver, in one that it lies in and that the path
names, or in one that a flag names: no text reaches for other files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from netspec.syntax import text


def located(
    name: str, folder: Path | None, search: Sequence[Path] = (), there: Callable[[Path], bool] = Path.is_file
) -> Path | None:
    """The file that a solver in `folder` means by a path; None where there is none. search: other folders that paths
    may begin in. there: whether it is what is looked for."""
    if not name or "\0" in name:
        return None
    path = PurePosixPath(name.replace("\\", "/"))
    for root, parts in _places(path, folder, search):
        try:
            found = root.joinpath(*parts)
            if there(found) and found.resolve().is_relative_to(root.resolve()):
                return _shown(found)
        except (OSError, RuntimeError, ValueError):  # links in a circle, names that no file can have
            continue
        text.note_absent(found)
    return None


def _places(path: PurePosixPath, folder: Path | None, search: Sequence[Path]) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Where it may be, the likeliest first: a folder not to be left, and the path below it."""
    own = [folder] if folder else []
    parts = tuple(part for part in path.parts if part != path.anchor)
    if not path.anchor and ".." not in parts:
        yield from ((root, parts) for root in (*own, *search))
        yield from _from_above(parts, folder)
    last = max((i for i, part in enumerate(parts) if part == ".."), default=-1)
    for i in range(last + 1, len(parts)):
        yield from ((root, parts[i:]) for root in own)


def _from_above(parts: tuple[str, ...], folder: Path | None) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Folders around the solver whose names the path begins with: of `models/a/x` those called `models/a`, or
    `models`."""
    around = folder.absolute() if folder else Path()
    while around.name:
        for count in range(len(parts) - 1, 0, -1):
            if around.parts[-count:] == parts[:count]:
                yield around, parts[count:]
        around = around.parent


def _shown(path: Path) -> Path:
    """As people would write it: relative to where they are, if it is below."""
    try:
        return path.relative_to(Path.cwd())
    except (OSError, ValueError):
        return path
