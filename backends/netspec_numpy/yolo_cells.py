"""How far what YOLO predicts is from annotations cell by cell: annotation by annotation."""

from __future__ import annotations

import numpy as np

from netspec.layers.base import Layer
from netspec.layers.detection.yolo_cells import CellLoss, YoloV2Loss, YoloV3Loss
from netspec_numpy.boxes import iou
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values
from netspec_numpy.yolo import corners, region, sigmoid


def loss(layer: CellLoss, place: Place) -> tuple[Values, ...]:
    param = layer.param()
    second = layer.yolo_v2_loss_param if isinstance(layer, YoloV2Loss) else None
    threshold = (
        second.thresh if second else layer.yolo_v3_loss_param.ignore_thresh if isinstance(layer, YoloV3Loss) else 0
    )
    side, mask = param.side, layer.boxes()
    sizes: Values = np.asarray(layer.sizes()) * side
    x = place.inputs[0].reshape(len(place.inputs[0]), param.num_object, -1, side, side)
    table = place.inputs[1].reshape(len(x), -1)
    taught, idle, count = 0.0, 0.0, 0
    grid: Values = np.asarray((side, side), float)
    for item in range(len(x)):
        marks, labels = table[item, side**2 : 2 * side**2], table[item, 2 * side**2 : 3 * side**2]
        truths = table[item, 3 * side**2 :].reshape(-1, 4)[marks != 0]
        for b, row, column in np.ndindex(param.num_object, side, side):
            box = region(x[item, b, :, row, column], (column, row), sizes[mask[b]], grid)
            near = max((iou(box, corners(truth)) for truth in truths), default=0.0)
            if not second or near <= threshold:
                idle += sigmoid(x[item, b, 4, row, column]) ** 2 * (second.noobject_scale if second else 1)
        seen: set[tuple[int, int, int]] = set()
        for truth in truths:
            half = np.concatenate([-truth[2:], truth[2:]]) * side
            best = int(np.argmax([iou(np.concatenate([-size, size]), half) for size in sizes]))
            if best not in mask:
                continue
            count += 1
            column, row = np.clip(np.trunc(truth[:2] * side), 0, side - 1).astype(int)
            b, label = mask.index(best), int(labels[row * side + column])
            v = x[item, b, :, row, column]
            s, scale = sigmoid(v), 2 - truth[2] * truth[3]
            apart = np.concatenate(
                [s[:2] - (truth[:2] * side - (column, row)), v[2:4] - np.log(truth[2:] * side / sizes[best])]
            )
            target = iou(region(v, (column, row), sizes[best], grid), corners(truth))
            target = target if second and second.rescore else 1.0
            p = np.exp(v[5:]) / np.exp(v[5:]).sum() if second else s[5:]
            wrong = np.sum((p - (np.arange(param.num_classes) == label)) ** 2)
            again = not second and (b, int(row), int(column)) in seen
            seen.add((b, int(row), int(column)))
            taught += scale * np.sum(apart**2) * (second.box_scale if second else 1)
            taught += (s[4] - target) ** 2 * (second.object_scale if second else 1)
            taught += 0.0 if again else wrong * (second.class_scale if second else 1)
    with np.errstate(invalid="ignore"):
        return (np.asarray(np.float64(taught) / np.float64(count) + idle / (x[:, :, 4].size - count)),)


MEANINGS: dict[type[Layer], Meaning] = {YoloV2Loss: loss, YoloV3Loss: loss}
