"""`make fuzz`: tries specs, weights and command lines that nobody would write, until a time is up.

python -m tests.fuzz --seconds 60             a minute, with a seed that is drawn
python -m tests.fuzz --seed 1 --inputs 500    the first 500 inputs of a seed
python -m tests.fuzz FILE…                    cases that were kept
"""

from __future__ import annotations

import argparse
import itertools
import sys
from pathlib import Path
from random import SystemRandom
from time import monotonic

from tests.fuzz.bounds import limit_memory
from tests.fuzz.case import read
from tests.fuzz.examine import examine
from tests.fuzz.run import Tally, keep, run

HERE = Path(__file__).parent
OUT = Path("build/fuzz")


def main() -> int:
    args = _parser().parse_args()
    if args.cases:
        return _again(args.cases)
    seed: int = args.seed if args.seed is not None else SystemRandom().randrange(1 << 32)
    print(f"seed {seed}, {args.workers} workers", flush=True)
    numbers = itertools.count(args.first) if args.inputs is None else iter(range(args.first, args.first + args.inputs))
    tally, begun = Tally(), monotonic()
    for failure in run(seed, numbers, args.workers, args.seconds, tally):
        print(keep(failure, args.out, seed), flush=True)
    took = monotonic() - begun
    for mark, times in tally.times.most_common():
        print(f"{times:>7} × {mark}")
    print(
        f"{tally.inputs:,} inputs, {tally.errors:,} with internal errors, {tally.over:,} over the bounds; "
        f"{tally.inputs / took:.1f} inputs per second"
    )
    if tally.first:
        print(f"{len(tally.first)} different; what fails is in {args.out}, as are the lines that show it again")
    return 1 if tally.first else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="try what nobody would write")
    parser.add_argument("cases", nargs="*", type=Path, metavar="FILE", help="cases to try again, and nothing else")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="how long (default: as long as --inputs)")
    parser.add_argument("--inputs", type=int, help="how many (default: as many as the time allows)")
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    parser.add_argument("--seed", type=int, help="what the inputs are made of, with their numbers (default: drawn)")
    parser.add_argument("--workers", type=int, default=2, help="how many processes (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=OUT, help="a folder for what fails (default: %(default)s)")
    return parser


def _again(paths: list[Path]) -> int:
    limit_memory()
    bad = 0
    for path in paths:
        found = examine(read(path))
        bad += bool(found)
        print(f"{path}: {'fails' if found else 'fine'}")
        for finding in found:
            print(f"  {finding.mark}\n{finding.text}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
