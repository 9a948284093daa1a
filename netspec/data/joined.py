"""Feeds that are one: of a net with several data layers, and one whose batches are loaded ahead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from queue import Full, Queue
from threading import Event, Thread
from typing import Any, cast

from netspec.data.feed import Batch, Feed, State
from netspec.data.order import misplaced


class Together:
    """The blobs of all feeds; an epoch is one of the first."""

    def __init__(self, feeds: Sequence[Feed]) -> None:
        self._feeds = feeds
        self.tops = {name: shape for feed in feeds for name, shape in feed.tops.items()}

    @property
    def size(self) -> int:
        return self._feeds[0].size

    def batch(self) -> Batch:
        return {name: array for feed in self._feeds for name, array in feed.batch().items()}

    def state(self) -> State:
        return {"layers": [feed.state() for feed in self._feeds]}

    def restore(self, state: Mapping[str, Any]) -> None:
        states: Any = state.get("layers")
        if not isinstance(states, list) or len(cast("list[Any]", states)) != len(self._feeds):
            raise misplaced()
        before = self.state()["layers"]
        try:
            self._put(cast("list[Any]", states))
        except BaseException:
            self._put(before)
            raise

    def _put(self, states: Sequence[Any]) -> None:
        for feed, state in zip(self._feeds, states, strict=True):
            feed.restore(cast("Mapping[str, Any]", state) if isinstance(state, Mapping) else {})

    def close(self) -> None:
        for feed in self._feeds:
            feed.close()


class Beside:
    """The batches of a feed, of which a thread loads `ahead` while the one before them is used. Its state is that of
    the batches that have been handed out."""

    def __init__(self, feed: Feed, ahead: int) -> None:
        self._feed, self._ahead = feed, ahead
        self._state = feed.state()
        self._loaded: Queue[tuple[Batch, State] | BaseException] = Queue(ahead)
        self._stop = Event()
        self._thread: Thread | None = None

    @property
    def tops(self) -> Mapping[str, tuple[int, ...]]:
        return self._feed.tops

    @property
    def size(self) -> int:
        return self._feed.size

    def batch(self) -> Batch:
        if self._thread is None:
            self._thread = Thread(target=self._load, daemon=True, name="loading data")
            self._thread.start()
        found = self._loaded.get()
        if isinstance(found, BaseException):
            self._halt()
            raise found
        batch, self._state = found
        return batch

    def state(self) -> State:
        return self._state

    def restore(self, state: Mapping[str, Any]) -> None:
        self._halt()
        self._feed.restore(state)
        self._state = self._feed.state()

    def close(self) -> None:
        self._halt()
        self._feed.close()

    def _load(self) -> None:
        while not self._stop.is_set():
            try:
                found: tuple[Batch, State] | BaseException = (self._feed.batch(), self._feed.state())
            except BaseException as error:  # raised where the batch is asked for
                found = error
            if not self._put(found) or isinstance(found, BaseException):
                return

    def _put(self, found: tuple[Batch, State] | BaseException) -> bool:
        """Waits for room; False where nobody wants more."""
        while not self._stop.is_set():
            try:
                self._loaded.put(found, timeout=0.05)
            except Full:
                continue
            return True
        return False

    def _halt(self) -> None:
        """Ends the thread. The feed stands where the batches do that were handed out."""
        if self._thread is None:
            return
        self._stop.set()
        self._thread.join()
        self._stop, self._thread, self._loaded = Event(), None, Queue(self._ahead)
        self._feed.restore(self._state)
