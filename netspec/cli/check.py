"""`netspec check`: what is wrong with specs."""

from __future__ import annotations

import argparse
from contextlib import closing

from netspec.cli.find import NoSpecs, find
from netspec.cli.jobs import Job, known, results
from netspec.cli.options import STDIN, add_selection, add_state, options, positive, read_stdin, selection
from netspec.cli.tally import FORMS, Tally
from netspec.cli.terminal import Progress
from netspec.diagnostics.selection import EVERYTHING, Selection
from netspec.problems.fields import NotANet

DESCRIPTION = """\
Finds every fault of specs: what cannot be read, unknown fields and types, values out of range, layers that do not fit
together. A solver is checked with its nets, in the states that it gives them. Folders are searched for *.net,
*.prototxt and *.pt; lists of classes are skipped, as they are no nets.
"""
EPILOG = """\
examples:
  netspec check lenet.net                       in every phase that its rules tell apart
  netspec check models/ --format github         in a workflow: each fault at its line
  netspec check train_val.prototxt --phase TRAIN --input data=64,1,28,28
  netspec check faster_rcnn.prototxt --plugin my_layers.py
  netspec check models/ --ignore NS227,NS3      without these warnings and notes
  cat lenet.net | netspec check -

exit status: 0 no errors (there may be warnings), 1 errors, 2 wrong usage
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("specs", metavar="SPEC", nargs="+", help="files and folders; - is standard input")
    add_state(parser, "both")
    add_selection(parser)
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
    told = selection(args, parser)
    job = Job(phases, {**options(args), "lints": _lints(told)}, stdin, not args.no_cache)
    before = known(files, job)
    if args.plugin and len(before) < len(files):  # what is wrong with one is said once, not for each file
        from netspec.plugins.registry import registry

        registry(tuple(args.plugin))
    tally = Tally(args.format, args.quiet, told)
    progress = Progress(len(files), "files")
    left = [path for path in files if path not in before]
    with closing(results(left, job, args.jobs)) as after:
        for path in files:
            result = before.pop(path, None) or next(after)
            progress.step()
            named = files[result.path]
            if not named and any(isinstance(d, NotANet) for d in result.found):
                tally.skipped += 1
            else:
                tally.add(result, progress)
    progress.clear()
    return tally.end()


def _lints(told: Selection) -> tuple[str, ...]:
    """The optional ones that are told."""
    if told == EVERYTHING:  # the rule, which needs none of what follows
        return ()
    from netspec.lints import asked

    return asked(told)
