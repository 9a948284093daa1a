"""Snapshots of a run: a folder for each, `iter_500`, whole or not there, of which the last ones are kept.

    weights.safetensors   all parameters, as `netspec weights` and `--weights` read them
    state.safetensors     the rule's histories, and what chance depends on
    state.json            the iteration, the place in the data, the losses of late

With these a run goes on as if it had never ended.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from netspec.diagnostics import SpecError
from netspec.host import folders
from netspec.problems.solver import OtherState, UnreadableState
from netspec.training.trainer import Trainer
from netspec.weights import tensors
from netspec.weights.blobs import of_params
from netspec.weights.solverstate import State

WEIGHTS, STATE, ABOUT = "weights.safetensors", "state.safetensors", "state.json"
FOLDER = "snapshots"  # of a run
NAME = "iter_"
KEPT = 2
FORMAT = "netspec snapshot 1"
MAX_BYTES = 64 << 20  # of what JSON holds


class Rest(NamedTuple):
    """What a run is, beside its trainer. feeds: where each of them stands, the training net's first. losses: of the
    last iterations, over which the log averages. seconds: how long it has trained."""

    feeds: tuple[Mapping[str, Any], ...]
    losses: tuple[float, ...]
    seconds: float


def write(folder: Path, trainer: Trainer, backend: str, rest: Rest) -> Path | None:
    """Writes the snapshot of this iteration to a folder and removes those before the last two; returns its path, None
    where it is there already. Raises OSError."""
    path = folder / f"{NAME}{trainer.iteration}"
    written = not path.exists()
    if written:
        folder.mkdir(parents=True, exist_ok=True)
        state = trainer.state()
        arrays = {f"history/{i}": values for i, values in enumerate(state.history)}
        arrays |= {f"run/{name}": values for name, values in trainer.learner.state().items()}
        about = {"format": FORMAT, "backend": backend, "iteration": state.iteration, "step": state.step, **_plain(rest)}
        files = {
            WEIGHTS: tensors.write(tensors.named(of_params("what is trained", trainer.get_params())), {}),
            STATE: tensors.write(arrays, {}),
            ABOUT: (json.dumps(about, indent=2) + "\n").encode(),
        }
        folders.write(path, files)
    for old in _sorted(folder)[:-KEPT]:
        folders.remove(old)
    return path if written else None


def _plain(rest: Rest) -> dict[str, Any]:
    return {"feeds": [*rest.feeds], "losses": [*rest.losses], "seconds": rest.seconds}


def latest(folder: Path) -> Path | None:
    """The last whole snapshot of a folder."""
    found = _sorted(folder)
    return found[-1] if found else None


def _sorted(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(filter(is_snapshot, folder.iterdir()), key=lambda path: int(path.name.removeprefix(NAME)))


def is_snapshot(path: Path) -> bool:
    """Whether a folder is one, by its name."""
    return re.fullmatch(rf"{NAME}\d{{1,18}}", path.name) is not None and path.is_dir()


def tidy(folder: Path) -> None:
    """Removes what a run that was cut off has left of a snapshot."""
    folders.tidy(folder, NAME)


def restore(path: Path, trainer: Trainer, backend: str) -> Rest:
    """Sets a trainer to what a snapshot holds. One of another backend is gone on from with random numbers of its own.

    Raises SpecError: NS811 for what is no snapshot, NS812 and NS5xx for that of another solver.
    """
    try:
        about = _about(path / ABOUT)
        rest = Rest(tuple(about["feeds"]), tuple(map(float, about["losses"])), float(about["seconds"]))
        named = tensors.layers(WEIGHTS, tensors.read(path / WEIGHTS))
        arrays = tensors.read(path / STATE).arrays
        history = tuple(arrays[f"history/{i}"] for i in range(sum(name.startswith("history/") for name in arrays)))
        state = State(int(about["iteration"]), "", history, int(about["step"]))
        same = about["backend"] == backend
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
        raise SpecError([UnreadableState(f"{path} cannot be read as a snapshot: {reason}")]) from None
    trainer.restore(str(path), named.params if named else {}, state)
    if same:
        own = {name.removeprefix("run/"): values for name, values in arrays.items() if name.startswith("run/")}
        try:
            trainer.learner.restore(own)
        except (KeyError, ValueError) as error:
            message = f"{path} is of another net: what it keeps beside its parameters does not fit ({error})"
            raise SpecError([OtherState(message)]) from None
    return rest


def _about(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    found: Any = json.loads(data)
    if len(data) > MAX_BYTES or found["format"] != FORMAT:
        raise ValueError(f"{path.name} is of no format that is known")
    return found
