"""`netspec check`: what is wrong with specs."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from netspec.cli import FAULT, FINE, INTERNAL
from netspec.cli.find import NoSpecs, find
from netspec.cli.options import STDIN, add_state, options, positive, read_stdin
from netspec.cli.table import plural
from netspec.cli.terminal import Progress, colours
from netspec.diagnostics import Diagnostic, Severity
from netspec.diagnostics.source import Source
from netspec.problems.fields import NotANet

if TYPE_CHECKING:
    from netspec.frontend.load import Options

DESCRIPTION = """\
Finds every fault of specs: what cannot be read, unknown fields and types, values out of range, layers that do not fit
together. Folders are searched for *.net, *.prototxt and *.pt; solvers and lists of classes are
skipped, as they are no nets.
"""
EPILOG = """\
examples:
  netspec check lenet.net                       in every phase that its rules tell apart
  netspec check models/ --format github         in a workflow: each fault at its line
  netspec check train_val.prototxt --phase TRAIN --input data=64,1,28,28
  netspec check faster_rcnn.prototxt --plugin my_layers.py
  cat lenet.net | netspec check -

exit status: 0 no errors (there may be warnings), 1 errors, 2 wrong usage
"""
FORMS = ("json", "github", "sarif", "junit")  # for programs: functions of netspec.diagnostics.interchange
HANDFUL = 8  # files up to which one process is faster than several
CHUNK = 8  # files handed to a process at a time
SPREAD = 4  # processes a core, at most


class Job(NamedTuple):
    """What each file is checked for."""

    phases: tuple[str | None, ...]
    options: Options
    stdin: Source | None
    cache: bool = True  # whether results of earlier runs will do


class Result(NamedTuple):
    """`crash` says that netspec itself failed, and how."""

    path: str
    found: tuple[Diagnostic, ...]
    crash: str = ""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("specs", metavar="SPEC", nargs="+", help="files and folders; - is standard input")
    add_state(parser, "both")
    group = parser.add_argument_group("output")
    group.add_argument("--format", choices=("human", *FORMS), default="human", help="(default: %(default)s)")
    group.add_argument("-q", "--quiet", action="store_true", help="no warnings, no summary")
    group.add_argument("--no-cache", action="store_true", help="do not take what an earlier run has found")
    group.add_argument("-j", "--jobs", type=positive, metavar="N", help="how many processes (default: one a core)")


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    try:
        files = find(args.specs)
    except NoSpecs as none:
        parser.error(str(none))
    phases = {None: (None,), "both": ("TRAIN", "TEST")}.get(args.phase, (args.phase,))
    stdin = read_stdin() if STDIN in files else None
    job = Job(phases, options(args), stdin, not args.no_cache)
    known = _known(files, job)
    if args.plugin and len(known) < len(files):  # what is wrong with one is said once, not for each file
        from netspec.plugins.registry import registry

        registry(tuple(args.plugin))
    tally = _Tally(args.format, args.quiet)
    progress = Progress(len(files), "files")
    left = [path for path in files if path not in known]
    jobs = min(args.jobs or _cores(), SPREAD * _cores(), len(left))
    with closing(_results(left, job, jobs)) as results:
        for path in files:
            result = known.pop(path, None) or next(results)
            progress.step()
            named = files[result.path]
            if not named and any(isinstance(d, NotANet) for d in result.found):
                tally.skipped += 1
            else:
                tally.add(result, progress)
    progress.clear()
    return tally.end()


def _known(paths: Iterable[str], job: Job) -> dict[str, Result]:
    """What earlier runs have found."""
    if not job.cache:
        return {}
    from netspec.cli.results import recall

    digests = dict[str, str | None]()
    found = ((path, recall(job, path, digests)) for path in paths if path != STDIN)
    return {path: Result(path, said) for path, said in found if said is not None}


def _results(paths: Sequence[str], job: Job, jobs: int) -> Generator[Result, None, None]:
    """In the order of the paths."""
    if len(paths) <= HANDFUL or jobs == 1:
        yield from (_check(job, path) for path in paths)
        return
    from concurrent.futures.process import BrokenProcessPool

    left, alone = list(paths), False
    while left:
        try:
            for result in _spread(left[:1] if alone else tuple(left), job, 1 if alone else jobs):
                yield result
                left.pop(0)
        except BrokenProcessPool:
            if alone:
                yield Result(left.pop(0), (), "the process died")
            alone = not alone  # to find the one file on which processes die


def _spread(paths: Sequence[str], job: Job, jobs: int) -> Generator[Result, None, None]:
    """Raises BrokenProcessPool where a process dies: for want of memory, say."""
    from concurrent.futures import ProcessPoolExecutor
    from functools import partial

    chunk = max(1, min(CHUNK, len(paths) // jobs))
    with ProcessPoolExecutor(jobs, initializer=_begin) as pool:
        try:
            with _no_interrupt():  # which a process that has not got to `_begin` would die of, aloud
                results = pool.map(partial(_check, job), paths, chunksize=chunk)
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
            found = _in_phases(job, path)
    except Exception as error:
        if os.environ.get("NETSPEC_TRACEBACK"):
            raise
        return Result(path, (), f"{type(error).__name__}: {error}")
    if job.cache and path != STDIN:
        from netspec.cli.results import remember

        remember(job, path, found, files)
    return Result(path, found)


def _in_phases(job: Job, path: str) -> tuple[Diagnostic, ...]:
    """What is wrong in any of the phases, once each, in the order of the text."""
    from netspec.frontend.driver import in_order
    from netspec.frontend.load import check, check_source

    found: dict[Diagnostic, None] = {}
    for phase in job.phases:
        if path == STDIN and job.stdin:
            said = check_source(job.stdin, phase, **job.options)
        else:
            said = check(path, phase, **job.options)
        found |= dict.fromkeys(said)
    return tuple(in_order(found))


class _Tally:
    """Prints results and counts them. What is printed as it comes is not kept, but for how bad it is."""

    def __init__(self, form: str, quiet: bool) -> None:
        self.form, self.quiet = form, quiet
        self.results: list[tuple[str, tuple[Diagnostic, ...]]] = []
        self.crashes: list[tuple[str, str]] = []
        self.skipped = 0
        self._color = colours(sys.stdout)

    def add(self, result: Result, progress: Progress) -> None:
        found = tuple(d for d in result.found if not self.quiet or d.severity is Severity.ERROR)
        if result.crash:
            self.crashes.append((result.path, result.crash))
            from netspec.diagnostics.render import harmless

            progress.clear()
            print(f"netspec: internal error in {harmless(result.path)}: {result.crash}", file=sys.stderr)
            return
        if found and self.form in ("human", "github"):
            progress.clear()
            sys.stdout.write(self._text(found))
            found = tuple(replace(d, labels=()) for d in found)
        self.results.append((result.path, found))

    def _text(self, found: Sequence[Diagnostic]) -> str:
        if self.form == "human":
            from netspec.diagnostics.render import human

            return f"{human(found, self._color)}\n"
        from netspec.diagnostics.interchange import github

        return github(found)

    def end(self) -> int:
        found = [diagnostic for _, found in self.results for diagnostic in found]
        if self.form == "human" and not self.quiet:
            from netspec.diagnostics.render import summary

            skipped = f" ({plural(self.skipped, 'other file')} skipped)" if self.skipped else ""
            failed = f"netspec itself failed on {plural(len(self.crashes), 'file')}" if self.crashes else ""
            checked = f"{summary(found, len(self.results))}{skipped}" if self.results or not failed else ""
            print("; ".join(filter(None, (checked, failed))))
        elif self.form not in ("human", "github"):
            from netspec.diagnostics.interchange import as_json, junit, sarif

            write = {"json": lambda: as_json(found), "sarif": lambda: sarif(found)}
            sys.stdout.write(write.get(self.form, lambda: junit(self.results, self.crashes))())
        if self.crashes:
            return INTERNAL
        return FAULT if any(d.severity is Severity.ERROR for d in found) else FINE


def _cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
