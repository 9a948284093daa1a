"""What a run says of itself, in files: `log.csv` for people and spreadsheets, `log.txt` for people alone.

In `log.csv` a row is a line of the log, or a test, whose columns begin with `test`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from netspec.host import files
from netspec.training.run import Evaluated, Event, Saved, Shown, Stepped

NAME, TEXT = "log.csv", "log.txt"
OWN = ("iteration", "epoch", "seconds", "images_per_second", "rate", "loss")


def columns(trained: Sequence[str], tests: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Those of a run. trained: the outputs of the net that is trained; tests: of each test net its outputs."""
    more = [name for name in trained if name not in OWN]
    return (*OWN, *more, *(tested(i, name, len(tests)) for i, names in enumerate(tests) for name in names))


def tested(net: int, name: str, nets: int) -> str:
    """What the output of a test net is called."""
    return f"test {name}" if nets == 1 else f"test {net} {name}"


class Log:
    """Writes `log.csv` and `log.txt` in a folder. Raises OSError.

    iteration: where the run goes on from; what earlier ones wrote of later iterations goes, since it comes again.
    """

    def __init__(self, folder: Path, names: Sequence[str], tests: int, iteration: int = 0) -> None:
        self._names, self._tests = names, tests
        path = folder / NAME
        old = [row for row in rows(path) if row["iteration"] < iteration] if iteration and path.exists() else []
        files.write(path, "", replace=True)
        self._file = path.open("a", encoding="utf-8", newline="")
        self._text = (folder / TEXT).open("a" if iteration else "w", encoding="utf-8")
        self._writer = csv.DictWriter(self._file, names, restval="", extrasaction="ignore", lineterminator="\n")
        self._writer.writeheader()
        for row in old:
            self._writer.writerow(row)
        self._file.flush()

    def __call__(self, event: Event) -> None:
        match event:
            case Shown():
                own = (event.iteration, event.epoch, event.seconds, event.speed, event.rate, event.loss)
                self._row({**event.outputs, **dict(zip(OWN, own, strict=True))})
            case Evaluated():
                found = {tested(event.net, name, self._tests): value for name, value in event.results.items()}
                self._row({"iteration": event.iteration, "epoch": event.epoch, "seconds": event.seconds, **found})
            case _:
                pass
        if text := line(event, self._tests):
            self._text.write(f"{text}\n")
            self._text.flush()

    def _row(self, row: Mapping[str, Any]) -> None:
        self._writer.writerow({name: _short(name, value) for name, value in row.items()})
        self._file.flush()

    def close(self) -> None:
        self._file.close()
        self._text.close()


def _short(name: str, value: float) -> float | str:
    """Losses and rates in full, times and epochs as anybody reads them."""
    return f"{value:.3f}" if name in ("epoch", "seconds", "images_per_second") else value


def rows(path: Path) -> list[dict[str, float]]:
    """What a `log.csv` says, a row at a time. Raises OSError, and ValueError for what is none."""
    with path.open(encoding="utf-8", newline="") as file:
        read = csv.DictReader(file)
        try:
            found = [{name: float(value) for name, value in row.items() if value} for row in read if None not in row]
        except csv.Error as error:
            raise ValueError(error) from None
    if not found or any("iteration" not in row for row in found):
        raise ValueError("it has no iterations")
    return found


def line(event: Event, tests: int = 1) -> str:
    """An event in words; "" for one that is not told."""
    match event:
        case Stepped() | Shown(displayed=False):
            return ""
        case Shown():
            more = "".join(f", {name} {value:.4g}" for name, value in event.outputs.items() if name not in OWN)
            said = f"loss {event.loss:.4g}{more}, rate {event.rate:.4g}, {event.speed:,.0f} images/s"
            return f"iteration {event.iteration}, epoch {event.epoch:.2f}: {said}"
        case Evaluated():
            which = f"test {event.net}" if tests > 1 else "test"
            said = ", ".join(f"{name} {value:.4g}" for name, value in event.results.items())
            return f"iteration {event.iteration}, epoch {event.epoch:.2f}: {which}: {said}"
        case Saved():
            return f"iteration {event.iteration}: snapshot in {event.path}"
