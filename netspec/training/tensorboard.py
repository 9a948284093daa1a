"""What a run says of itself, as TensorBoard reads it: an event file, by TensorBoard's own library."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from netspec.host.packages import require
from netspec.training.log import tested
from netspec.training.run import Evaluated, Event, Shown


class Events:
    """Writes an event file to a folder. Raises SpecError (NS404) without TensorBoard, and OSError.

    iteration: where the run goes on from; TensorBoard shows nothing that earlier files have of later iterations.
    """

    def __init__(self, folder: Path, tests: int, iteration: int = 0) -> None:
        require("train", "tensorboard")
        # Not its EventFileWriter, which would import TensorFlow where that is installed.
        writer: Any = import_module("tensorboard.summary.writer.record_writer")
        proto = "tensorboard.compat.proto"
        self._event: Any = import_module(f"{proto}.event_pb2")
        self._summary: Any = import_module(f"{proto}.summary_pb2")
        self._tests = tests
        name = f"events.out.tfevents.{int(time.time())}.{socket.gethostname()}.{os.getpid()}"
        self._records = writer.RecordWriter((folder / name).open("wb"))
        self._write(file_version="brain.Event:2")
        if iteration:
            start = self._event.SessionLog(status=self._event.SessionLog.START)
            self._write(step=iteration, session_log=start)

    def __call__(self, event: Event) -> None:
        match event:
            case Shown():
                own = {"loss": event.loss, "rate": event.rate, "images_per_second": event.speed, "epoch": event.epoch}
                self._scalars(event.iteration, {**event.outputs, **own})
            case Evaluated():
                named = {tested(event.net, name, self._tests): value for name, value in event.results.items()}
                self._scalars(event.iteration, {name.replace(" ", "/"): value for name, value in named.items()})
            case _:
                pass

    def _scalars(self, step: int, values: Mapping[str, float]) -> None:
        found = [self._summary.Summary.Value(tag=name, simple_value=value) for name, value in values.items()]
        self._write(step=step, summary=self._summary.Summary(value=found))

    def _write(self, **fields: Any) -> None:
        self._records.write(self._event.Event(wall_time=time.time(), **fields).SerializeToString())
        self._records.flush()

    def close(self) -> None:
        self._records.close()
