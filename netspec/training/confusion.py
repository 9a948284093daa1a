"""How a trained net classifies: which classes it takes for which."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from netspec.backend.executable import Executable
from netspec.data import Feed
from netspec.training.evaluation import Judged, hits
from netspec.training.run import batch_of
from netspec.weights.blobs import Floats


@dataclass(frozen=True)
class Confusion:
    """counts: row by row for each class how often each was taken for it; the last column counts predictions with equal
    scores for several classes, which are wrong. outputs: the means of what the net gives. items: of the data."""

    counts: Floats
    outputs: Mapping[str, float]
    items: int

    @property
    def total(self) -> int:
        """Predictions with a label; of a net that classifies every pixel more than there are items."""
        return int(self.counts.sum())

    @property
    def right(self) -> int:
        return int(self.counts.diagonal().sum())

    @property
    def accuracy(self) -> float:
        return self.right / self.total if self.total else 0.0

    @property
    def classes(self) -> Iterator[tuple[int, int, int]]:
        """Of each class: its number, how many there are, and how many of them are right."""
        for i, row in enumerate(self.counts):
            yield i, int(row.sum()), int(row[i])

    def to_json(self) -> str:
        """An object with the fields, the matrix row by row."""
        found = {
            "items": self.items,
            "predictions": self.total,
            "right": self.right,
            "accuracy": self.accuracy,
            "outputs": dict(self.outputs),
            "classes": [
                {"class": i, "count": count, "right": right, "accuracy": right / count if count else None}
                for i, count, right in self.classes
            ],
            "confusion": self.counts.tolist(),
        }
        return json.dumps(found, indent=2) + "\n"


def confused(model: Executable, feed: Feed, judged: Judged, batches: int, items: int) -> Confusion:
    """Runs a net over batches of data, of which the first `items` items count."""
    size, left = batch_of(feed), items
    classes = model.net.shapes[model.net.latest[judged.scores]]
    assert classes is not None
    count = classes[judged.axis]
    assert isinstance(count, int)
    matrix = np.zeros((count, count + 1), np.int64)
    names = tuple(name for name in model.net.returned if name not in (judged.scores, judged.labels))
    sums = dict.fromkeys(names, 0.0)
    for _ in range(batches):
        found = model.forward(feed.batch(), tuple(dict.fromkeys((*names, judged.scores, judged.labels))))
        scores, labels = found[judged.scores], found[judged.labels]
        kept = min(left, size)
        left -= kept
        labels = labels.reshape(len(scores), -1)[:kept] if judged.axis else labels
        np.add.at(matrix, hits(scores[:kept] if judged.axis else scores, labels, judged.axis), 1)
        for name in names:
            sums[name] += float(np.mean(found[name]))
    return Confusion(matrix, {name: value / batches for name, value in sums.items()}, items)


def table(found: Confusion) -> tuple[Sequence[str], list[Sequence[str]]]:
    """The confusion matrix as cells: its head, and a row for each class, whose last cell is how much of it is right."""
    ties = bool(found.counts[:, -1].any())
    classes = len(found.counts)
    head = ("class", *map(str, range(classes)), *(("none",) if ties else ()), "count", "right")
    rows: list[Sequence[str]] = []
    for i, count, right in found.classes:
        cells = [str(n) if n else "·" for n in found.counts[i][: classes + ties]]
        rows.append((str(i), *cells, str(count), f"{100 * right / count:.2f} %" if count else "–"))
    return head, rows
