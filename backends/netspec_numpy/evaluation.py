"""DetectionEvaluate: detection by detection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import takewhile

import numpy as np

from netspec.layers.base import Layer
from netspec.layers.detection.boxes import DetectionEvaluate
from netspec_numpy.boxes import iou
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values

Key = tuple[int, int]  # image and class


def detection_evaluate(layer: DetectionEvaluate, place: Place) -> tuple[Values, ...]:
    found, annotated = (bottom[0, 0] for bottom in place.inputs)
    known = _by_image_and_class(takewhile(lambda row: row[0] != -1, annotated))
    rows: list[tuple[float, ...]] = []
    for label in range(layer.num_classes):
        if label != layer.background_label_id:
            own = (row for key, of_key in known.items() if key[1] == label for row in of_key)
            rows.append((-1, label, sum(layer.evaluate_difficult_gt or not row[7] for row in own), -1, -1))
    for key, of_key in sorted(_by_image_and_class(row for row in found if row[0] != -1).items()):
        if key[1] != -1:
            rows += [(*key, *judged) for judged in _judged(layer, of_key, known[key])]
    rows += [(0,) * 5] * int(np.sum((found[:, 0] == -1) & (found[:, 1] != -1)))  # which have a row, but no image
    return (np.array(rows, float).reshape(1, 1, -1, 5),)


def _by_image_and_class(rows: Iterable[Values]) -> defaultdict[Key, list[Values]]:
    found: defaultdict[Key, list[Values]] = defaultdict(list)
    for row in rows:
        found[int(row[0]), int(row[1])].append(row)
    return found


def _judged(layer: DetectionEvaluate, found: list[Values], known: list[Values]) -> Iterator[tuple[float, int, int]]:
    """Of each detection of a class in an image its score, and whether it is right, and wrong."""
    met: set[int] = set()
    for row in sorted(found, key=lambda row: -row[2]) if known else found:
        ious = [iou(row[3:], other[3:7]) for other in known]
        best = int(np.argmax(ious)) if ious else 0
        if not ious or ious[best] < layer.overlap_threshold:
            yield row[2], 0, 1
        elif not layer.evaluate_difficult_gt and known[best][7]:
            yield row[2], 0, 0
        else:
            yield row[2], best not in met, best in met
            met.add(best)


MEANINGS: dict[type[Layer], Meaning] = {DetectionEvaluate: detection_evaluate}
