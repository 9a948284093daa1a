"""Results of `netspec check` from earlier runs.

A result follows from the text, the files that it imports, the options, the plugins, and from netspec itself. What of
these is known before a run makes the key; what a run has found out, the files that it has read, stands in the value,
and is looked at again. So a result that is taken is what would come of checking, and comes without the compiler.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from netspec.diagnostics import Diagnostic, SpecError
from netspec.diagnostics.source import Source
from netspec.host import store
from netspec.host.record import recalled, recorded
from netspec.syntax.text import file_bytes

if TYPE_CHECKING:
    from netspec.cli.job import Job

UNSURE = frozenset({"NS105", "NS601", "NS602", "NS603"})  # what files or plugins are not there, or do not work


def recall(job: Job, path: str, digests: dict[str, str | None]) -> tuple[Diagnostic, ...] | None:
    """What is wrong with a file, if that is known. digests: of the files that have been looked at, which many specs may
    import; more are added."""
    data = _bytes(path)
    value = store.get(_key(job, path, data)) if data is not None else None
    if data is None or value is None:
        return None
    try:
        for name, held in value["files"].items():
            if name not in digests:
                digests[name] = _digest_of(name)
            if held != digests[name]:
                return None
        sources = {name: _source(name, data if name == path else _bytes(name) or b"") for name in value["sources"]}
        return recalled(value["found"], sources)
    except (AttributeError, KeyError, TypeError, ValueError):  # not as `remember` has it
        return None


def remember(job: Job, path: str, found: Sequence[Diagnostic], files: Mapping[str, str]) -> None:
    """Keeps what was found. files: those that were read for it, each with the hash of what it held, and those that were
    looked for and not there, each with ""."""
    data = _bytes(path)
    if data is None or files.get(path) != digest(data) or not UNSURE.isdisjoint(d.code for d in found):
        return
    named = dict.fromkeys(label.source.name for diagnostic in found for label in diagnostic.labels)
    if not named.keys() <= files.keys():
        return
    texts = {name: _source(name, _bytes(name) or b"").text for name in named}
    plugged = dict(_plugged(job.options.get("plugins", ())))
    others = {name: held for name, held in files.items() if name != path} | plugged
    if (values := recorded(found, texts)) is not None:
        store.put(_key(job, path, data), {"files": others, "sources": [*named], "found": values})


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def _key(job: Job, path: str, data: bytes) -> str:
    asked = [_build(), str(Path.cwd()), path, job.phases, sorted(job.options.items())]
    return digest(json.dumps(asked, default=str).encode() + b"\0" + data)


def _bytes(path: str) -> bytes | None:
    """What is in a file; None where it cannot be read, which checking finds the words for."""
    try:
        return file_bytes(path)
    except SpecError:
        return None


def _digest_of(path: str) -> str | None:
    """The hash of what is in a file, "" of one that is not there; None of one that cannot be read."""
    data = _bytes(path)
    if data is not None:
        return digest(data)
    return None if os.path.lexists(path) else ""


def _source(name: str, data: bytes) -> Source:
    return Source(name, data.decode(errors="replace"), Path(name).parent)


@cache
def _build() -> str:
    """What stands for netspec itself, the Python that runs it, and the packages beside it: when each file of netspec,
    and each folder of packages, was last written."""
    parts = [sys.version]
    for folder in (Path(__file__).parents[1], *_packages()):
        parts += sorted(_written(str(folder)) if folder.name == "netspec" else [f"{folder} {_when(folder)}"])
    return digest("\n".join(parts).encode())


def _written(folder: str) -> Iterator[str]:
    """The files of Python below a folder, with their sizes and times."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _written(entry.path)
            elif entry.name.endswith(".py"):
                about = entry.stat()
                yield f"{entry.path} {about.st_size} {about.st_mtime_ns}"


def _packages() -> Iterator[Path]:
    """Where packages are installed that may bring plugins along."""
    return (Path(folder) for folder in sys.path if folder.endswith("-packages"))


def _when(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


def _plugged(plugins: Sequence[object]) -> Iterator[tuple[str, str]]:
    """The files of plugins, and of all modules that are neither Python's, nor netspec's, nor of installed packages:
    what plugins have imported."""
    known = tuple(f"{folder}{os.sep}" for folder in (Path(__file__).parents[1], Path(os.__file__).parent, *_packages()))
    loaded = {name: str(getattr(module, "__file__", None) or "") for name, module in [*sys.modules.items()]}
    own = [path for name in map(str, plugins) if (path := loaded.get(name) or name)]
    for path in dict.fromkeys((*own, *(path for path in loaded.values() if not path.startswith(known)))):
        if path and (held := _digest_of(path)):
            yield path, held
