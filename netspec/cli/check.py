"""`netspec check`: what is wrong with specs."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path

from netspec.cli.find import SUFFIXES
from netspec.cli.jobs import known, results
from netspec.cli.options import STDIN, add_selection, add_state, positive, read_stdin
from netspec.cli.settings import Book, add_configuration, specs_of
from netspec.cli.tally import FORMS, Tally
from netspec.cli.terminal import Progress
from netspec.problems.fields import NotANet

DESCRIPTION = """\
Finds every fault of specs: what cannot be read, unknown fields and types, values out of range, layers that do not fit
together. A solver is checked with its nets, in the states that it gives them. Folders are searched for *.net,
*.prototxt and *.pt; lists of classes are skipped, as they are no nets. Without SPEC, the paths of the configuration
are checked.
"""
EPILOG = """\
examples:
  netspec check lenet.net                       in every phase that its rules tell apart
  netspec check models/ --format github         in a workflow: each fault at its line
  netspec check train_val.prototxt --phase TRAIN --input data=64,1,28,28
  netspec check faster_rcnn.prototxt --plugin my_layers.py
  netspec check models/ --ignore NS227,NS3      without these warnings and notes
  netspec check models/ --write-baseline        from now on, only what is new fails
  netspec check --format sarif --output netspec.sarif
  netspec check models/ --diff                  what --fix would mend: misspelt names and others
  cat lenet.net | netspec check -

exit status: 0 no errors (there may be warnings, without --strict), 1 errors, 2 wrong usage
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("specs", metavar="SPEC", nargs="*", help="files and folders; - is standard input")
    add_state(parser, "both")
    add_selection(parser)
    group = parser.add_argument_group("what fails")
    group.add_argument("--strict", action="store_true", help="warnings, too")
    group.add_argument(
        "--baseline", metavar="FILE", help="only what is not in FILE, as --write-baseline has written it"
    )
    help = "write what is wrong now to the baseline (default: netspec-baseline.json), and fail for none of it"
    group.add_argument("--write-baseline", action="store_true", help=help)
    group.add_argument("--max-errors", type=positive, metavar="N", help="stop after N errors")
    add_configuration(parser)
    group = parser.add_argument_group("mending")
    group.add_argument("--fix", action="store_true", help="first mend in the files what has one safe answer")
    help = "with --fix: mend, too, what may have been meant otherwise, such as what nothing needs"
    group.add_argument("--unsafe-fixes", action="store_true", help=help)
    group.add_argument("--diff", action="store_true", help="write nothing, and tell nothing: show what --fix would do")
    group = parser.add_argument_group("output")
    group.add_argument("--format", choices=("human", *FORMS), default="human", help="(default: %(default)s)")
    help = "write the report here, whole, in the place of an earlier one"
    group.add_argument("--output", metavar="FILE", type=Path, help=help)
    group.add_argument("--statistics", action="store_true", help="how often there is what, in place of each")
    group.add_argument("--watch", action="store_true", help="check again whenever a spec changes")
    group.add_argument("-q", "--quiet", action="store_true", help="no warnings, no summary")
    group.add_argument("--no-cache", action="store_true", help="do not take what an earlier run has found")
    group.add_argument("-j", "--jobs", type=positive, metavar="N", help="how many processes (default: one a core)")


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    _agree(args, parser)
    if not args.watch:
        return _once(args, parser)
    from netspec.cli.watching import watch
    from netspec.config.holding import Configurations

    names = args.specs or Configurations(args.config, args.isolated).of_folder(Path()).paths
    return watch(lambda: _once(args, parser), names)


def _once(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    book = Book(args, parser, read_stdin() if STDIN in args.specs else None)
    files = specs_of(args, parser, book.configurations)
    work = {path: book.of(path) for path in files}
    if args.fix or args.diff:
        from netspec.cli.fix import fix

        status = fix(work, args.unsafe_fixes, args.diff)
        if args.diff:
            return status
    jobs = {path: settings.job for path, settings in work.items()}
    before = known(jobs)
    left = {path: job for path, job in jobs.items() if path not in before}
    for plugins in dict.fromkeys(tuple(job.options.get("plugins", ())) for job in left.values()):
        if plugins:  # what is wrong with one is said once, not for each file
            from netspec.plugins.registry import registry

            registry(plugins)
    tally = Tally(args)
    progress = Progress(len(files), "files")
    with closing(results(left, args.jobs)) as after:
        for path, named in files.items():
            result = before.pop(path, None) or next(after)
            progress.step()
            if not named and any(isinstance(d, NotANet) for d in result.found):
                tally.skipped += 1
            elif not tally.add(result, work[path], progress):
                break
    progress.clear()
    return tally.end(len(files))


def _agree(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    """Refuses what cannot be had together."""
    if args.statistics and args.format not in ("human", "json"):
        parser.error(f"--statistics has no form {args.format}; there are human and json")
    if args.write_baseline and args.max_errors:
        parser.error("--write-baseline takes all that is wrong, and --max-errors stops before")
    if (args.fix or args.diff) and (STDIN in args.specs or args.watch):
        parser.error("--fix and --diff take files, once: what comes on standard input lies nowhere")
    if args.unsafe_fixes and not (args.fix or args.diff):
        parser.error("--unsafe-fixes says what --fix, or --diff, may do")
    if args.watch and (STDIN in args.specs or args.write_baseline):
        parser.error("--watch is for files that change, and writes no baseline")
    if args.output and args.output.suffix in (*SUFFIXES, ".py"):
        parser.error(f"--output is for a report, and would replace {args.output}")
