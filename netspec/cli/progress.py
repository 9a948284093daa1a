"""What a terminal shows of a run: lines, and below them a bar while it trains."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from netspec.diagnostics.render import harmless
from netspec.training.log import line
from netspec.training.run import Evaluated, Event, Run, Shown, Stepped

PERIOD = 0.1  # seconds between two drawings of the bar


class Screen:
    """Prints the lines of a run, or with `quiet` the last of its tests alone, and draws a bar on stderr where that is a
    terminal: loss, accuracy of the last test, images a second, time left."""

    def __init__(self, run: Run, quiet: bool) -> None:
        self._run, self._quiet, self._tests = run, quiet, len(run.tests)
        self._accuracy, self._last, self._bar = "", "", _bar(run)

    def __call__(self, event: Event) -> None:
        match event:
            case Stepped():
                self._step(event)
                return
            case Evaluated():
                found = next((value for name, value in event.results.items() if "acc" in name.lower()), None)
                self._accuracy = "" if found is None else f", accuracy {found:.4f}"
            case _:
                pass
        text = harmless(line(event, self._tests))
        if text and not self._quiet:
            self._print(text)
        elif text and isinstance(event, Evaluated | Shown):
            self._last = text

    def _print(self, text: str) -> None:
        if self._bar:
            self._bar.clear()
        print(text, flush=True)
        if self._bar:
            self._bar.refresh()

    def _step(self, event: Stepped) -> None:
        if self._bar:
            self._bar.update(event.iteration - self._bar.n)
            self._bar.set_postfix_str(f"loss {event.loss:.4g}{self._accuracy}", refresh=False)

    def close(self) -> None:
        if self._bar:
            self._bar.close()
        if self._quiet and self._last:
            print(self._last, flush=True)


def _bar(run: Run) -> Any:
    """tqdm's, which counts images; None where nobody would see it."""
    if not sys.stderr.isatty():
        return None
    tqdm: Any = import_module("tqdm")
    trainer = run.trainer
    return tqdm.tqdm(
        total=trainer.params.max_iter,
        initial=trainer.iteration,
        unit=" images",
        unit_scale=run.images,
        mininterval=PERIOD,
        leave=False,
        dynamic_ncols=True,
        bar_format="{percentage:3.0f}% {bar} {rate_fmt}, {remaining} left{postfix}",
    )
