"""An input of the fuzzer: bytes, and a suffix that says what they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SPECS = (".net", ".prototxt")
WEIGHTS = (".caffemodel", ".h5", ".safetensors", ".binaryproto")
ARGUMENTS = ".args"  # a command line, as a JSON list
LARGEST = 1 << 16  # bytes; what the bound on time is said for


@dataclass(frozen=True)
class Case:
    suffix: str
    data: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """A name for a file, made of the content."""
        return hashlib.sha256(self.data).hexdigest()[:12] + self.suffix

    @property
    def arguments(self) -> list[str]:
        return json.loads(self.data)

    def save(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / self.name
        path.write_bytes(self.data)
        return path


def command(arguments: Sequence[str]) -> Case:
    return Case(ARGUMENTS, json.dumps(list(arguments)).encode())


def read(path: Path) -> Case:
    """Raises ValueError for a file of no kind that is known."""
    if path.suffix not in (*SPECS, *WEIGHTS, ARGUMENTS):
        raise ValueError(f"{path}: a case ends in one of {', '.join((*SPECS, *WEIGHTS, ARGUMENTS))}")
    return Case(path.suffix, path.read_bytes())


def kept(folder: Path) -> Iterator[Path]:
    """The cases of a folder, in order."""
    return (path for path in sorted(folder.iterdir()) if path.suffix in (*SPECS, *WEIGHTS, ARGUMENTS))
