"""What TensorFlow writes to standard error while it is imported, and what it imports without need."""

from __future__ import annotations

import faulthandler
import os
import re
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from tempfile import TemporaryFile
from types import ModuleType

_LEVEL = "TF_CPP_MIN_LOG_LEVEL"  # TensorFlow's: 0 for everything, 1 from warnings on, 2 from errors on, 3 what is fatal
_SEVERITIES = b"IWEF"
# As absl writes it, and as TensorFlow did before: `I0000 00:00:17.23 42 port.cc:1] …`, `2026-01-31 12:00:00.5: I …`.
_RECORD = re.compile(rb"(?:\d{4}-\d\d-\d\d [\d:.]+: )?([IWEF])(?:\d{4} [\d:.]+ +\d+)? \S+:\d+\] ")
_HEAD = b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR"
KERAS = "keras"
_LOCK = threading.Lock()  # standard error is one for all threads


@contextmanager
def quiet() -> Generator[None]:
    """Holds TensorFlow's log to the level of TF_CPP_MIN_LOG_LEVEL, by default 3, while TensorFlow is imported.

    TensorFlow's libraries log before they read the level, and write to the descriptor, past `sys.stderr`. So all that
    is written there meanwhile is kept, and written again afterwards: without the records below the level, or wholly
    where the import fails. Nothing is held back where TensorFlow is there already, the level is 0, or stderr is closed.
    """
    os.environ.setdefault(_LEVEL, "3")
    try:
        level = int(os.environ[_LEVEL])
    except ValueError:
        level = 0  # as TensorFlow reads it
    with _LOCK:
        if level <= 0 or "tensorflow" in sys.modules:
            yield
        else:
            with _held_back(level):
                yield


@contextmanager
def without_keras() -> Generator[None]:
    """Has TensorFlow be imported without Keras, which takes a third of the time, and which no emitted module needs.

    TensorFlow imports it at its end, and goes on where that fails; `tf.keras` imports it when it is first asked for.
    """
    if "tensorflow" in sys.modules or KERAS in sys.modules:
        yield
        return
    later = _Later()
    sys.meta_path.insert(0, later)
    try:
        yield
    finally:
        sys.meta_path.remove(later)


class _Later(MetaPathFinder, Loader):
    """Finds Keras where it lies, and does not load it in this thread."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != KERAS or threading.get_ident() != self._thread:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None:
            spec.loader = self
        return spec

    def exec_module(self, module: ModuleType) -> None:
        raise ImportError("Keras is imported when somebody asks for it", name=KERAS)


@contextmanager
def _held_back(level: int) -> Generator[None]:
    with ExitStack() as stack:
        try:
            stderr = os.dup(2)
            stack.callback(os.close, stderr)
            file = stack.enter_context(TemporaryFile())
        except OSError:  # stderr is closed, or there is no place for a file
            yield
            return
        # What a process wrote that dies here cannot be written again; this says at least where it died.
        if not faulthandler.is_enabled():
            faulthandler.enable(stderr, all_threads=False)
            stack.callback(faulthandler.disable)
        whole = False
        os.dup2(file.fileno(), 2)
        try:
            yield
        except Exception:
            whole = "tensorflow" not in sys.modules
            raise
        finally:
            os.dup2(stderr, 2)
            file.seek(0)
            lines = file.read().splitlines(keepends=True)
            _write(b"".join(line for line in lines if whole or _heard(line, level)))


def _heard(line: bytes, level: int) -> bool:
    record = _RECORD.match(line)
    return _SEVERITIES.index(record[1]) >= level if record else line.rstrip() != _HEAD


def _write(text: bytes) -> None:
    with suppress(OSError):  # nobody may read it any more
        while text:
            text = text[os.write(2, text) :]
