"""Files checked: what earlier runs have found, and the rest in as many processes as there are cores."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from netspec.cli.job import Job
from netspec.cli.options import STDIN
from netspec.diagnostics import Diagnostic, SpecError
from netspec.diagnostics.selection import MARK
from netspec.diagnostics.source import Source

HANDFUL = 8  # files up to which one process is faster than several
CHUNK = 8  # files handed to a process at a time
SPREAD = 4  # processes a core, at most

WHOLE = ((None,), ("TRAIN", "TEST"))  # phases in which all is found


class Result(NamedTuple):
    """`crash` says that netspec itself failed, and how."""

    path: str
    found: tuple[Diagnostic, ...]
    crash: str = ""


def known(work: Mapping[str, Job]) -> dict[str, Result]:
    """What earlier runs have found. work: the files, with what each is checked for."""
    cached = [(path, job) for path, job in work.items() if job.cache and path != STDIN]
    if not cached:
        return {}
    from netspec.cli.results import recall

    digests = dict[str, str | None]()
    found = ((path, recall(job, path, digests)) for path, job in cached)
    return {path: Result(path, said) for path, said in found if said is not None}


def results(work: Mapping[str, Job], jobs: int | None) -> Generator[Result, None, None]:
    """In the order of the files. jobs: how many processes are wanted, None for one a core."""
    jobs = min(jobs or cores(), SPREAD * cores(), len(work))
    if len(work) <= HANDFUL or jobs == 1:
        yield from (_check(job, path) for path, job in work.items())
        return
    from concurrent.futures.process import BrokenProcessPool

    left, alone = deque(work), False
    while left:
        try:
            for result in _spread({path: work[path] for path in ([left[0]] if alone else left)}, 1 if alone else jobs):
                yield result
                left.popleft()
        except BrokenProcessPool:
            if alone:
                yield Result(left.popleft(), (), "the process died")
            alone = not alone  # to find the one file on which processes die


def _spread(work: Mapping[str, Job], jobs: int) -> Generator[Result, None, None]:
    """Raises BrokenProcessPool where a process dies: for want of memory, say."""
    from concurrent.futures import ProcessPoolExecutor

    chunk = max(1, min(CHUNK, len(work) // jobs))
    with ProcessPoolExecutor(jobs, initializer=_begin) as pool:
        try:
            with _no_interrupt():  # which a process that has not got to `_begin` would die of, aloud
                results = pool.map(_check, work.values(), work.keys(), chunksize=chunk)
            yield from results
        finally:
            pool.shutdown(cancel_futures=True)  # waits: a pool left behind fails, aloud, when Python ends


@contextmanager
def _no_interrupt() -> Generator[None]:
    """Puts an interrupt off. Processes begun meanwhile never hear of it."""
    import signal

    if not hasattr(signal, "pthread_sigmask"):  # Windows, where they are not forked
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    """In a process of the pool: an interrupt is the first process's to hear. It then gives no more work, and waits for
    the little that is under way; a process that died of it would look like a broken pool."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _check(job: Job, path: str) -> Result:
    from netspec.syntax.text import noted

    try:
        with noted() as files:
            found = in_phases(job, path, job.stdin if path == STDIN else None)
    except Exception as error:
        if os.environ.get("NETSPEC_TRACEBACK"):
            raise
        return Result(path, (), f"{type(error).__name__}: {error}")
    if job.cache and path != STDIN:
        from netspec.cli.results import remember

        remember(job, path, found, files)
    return Result(path, found)


def in_phases(job: Job, path: str, text: Source | None = None) -> tuple[Diagnostic, ...]:
    """What is wrong in any of the phases, once each, in the order of the text: of a file, or of a text in its place."""
    from netspec.frontend.driver import in_order
    from netspec.frontend.load import check, check_source

    found: dict[Diagnostic, None] = {}
    for phase in job.phases:
        said = check_source(text, phase, **job.options) if text else check(path, phase, **job.options)
        found |= dict.fromkeys(said)
    return tuple(in_order(_settled(found, path, text, job)))


def _settled(found: Iterable[Diagnostic], path: str, text: Source | None, job: Job) -> Iterable[Diagnostic]:
    """Without what comments of the texts ignore, and with those that ignore nothing."""
    from netspec.syntax.text import read_source

    try:
        source = text or read_source(path)
    except SpecError:  # which is among what was found
        return found
    if MARK not in source.text and all(MARK not in d.labels[0].source.text for d in found if d.labels):
        return found
    from netspec.syntax.ignores import settled

    return settled([*found], source, job.phases in WHOLE)


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
