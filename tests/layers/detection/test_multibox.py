"""MultiBoxLoss: rules, values by loops over boxes and annotations, gradients, training nets of detectors."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import Diagnostic
from netspec.layers.base import CallSite, Refusal
from netspec.layers.detection.multibox import MiningType, MultiBoxLoss
from netspec.problems.fields import InvalidValue, MissingField
from netspec.problems.shapes import BadDimensions, OutOfBounds, ShapeMismatch
from netspec.shapes import UNKNOWN, VARYING
from tests.frameworks import cases
from tests.layers.one_layer import BACKENDS, Floats, agree, close, make, net_text, values

NETS = {
    "MultiBoxLoss": cases.net(
        "MultiBoxLoss", "multibox_loss_param { num_classes: 2 }", "3 80", "3 40", "1 2 80", "1 1 9 8"
    ),
}

BOTTOMS = ((2, 24), (2, 18), (1, 2, 24), (1, 1, 3, 8))  # 6 prior boxes, 3 classes

# bottoms, parameters
ACCEPTED: list[Any] = [
    (BOTTOMS, {"num_classes": 3}),
    ((*BOTTOMS[:3], (1, 1, VARYING, 8)), {"num_classes": 3}),
    (((2, UNKNOWN), (2, UNKNOWN), (1, 2, UNKNOWN), (1, 1, UNKNOWN, 8)), {"num_classes": 3}),
    (((2, 72), *BOTTOMS[1:]), {"num_classes": 3, "share_location": False, "mining_type": 0}),
    (((2, 72), *BOTTOMS[1:]), {"num_classes": 3, "share_location": False, "do_neg_mining": False}),
    ((*BOTTOMS, (2, 12), (2, 24)), {"num_classes": 3}),
    ((*BOTTOMS, (2, 12)), {"num_classes": 3}),
    ((*BOTTOMS[:3], (2, 3, 5, 9)), {"num_classes": 3}),
]


@pytest.mark.parametrize(("bottoms", "params"), ACCEPTED)
def test_the_shape_is_a_scalar(bottoms: Any, params: dict[str, Any]) -> None:
    assert make("MultiBoxLoss", **params).infer(CallSite(bottoms)) == ((),)


# bottoms, problem, words of the message, parameters
REFUSED: list[Any] = [
    (BOTTOMS, MissingField, "num_classes", {}),
    (BOTTOMS, ShapeMismatch, "6·4 = 24", {"num_classes": 4}),
    (((2, 28), *BOTTOMS[1:]), ShapeMismatch, "6·4 = 24", {"num_classes": 3}),
    (((1, 24), *BOTTOMS[1:]), ShapeMismatch, "1 items and 2", {"num_classes": 3}),
    ((*BOTTOMS[:2], (1, 24), BOTTOMS[3]), BadDimensions, "1×2×(P·4)", {"num_classes": 3}),
    ((*BOTTOMS[:3], (3, 8)), BadDimensions, "1×1×A×8", {"num_classes": 3}),
    (
        (*BOTTOMS[:3], (1, 1, 3, 7)),
        ShapeMismatch,
        "3 rows of 8 numbers from bottom 3, which has 21",
        {"num_classes": 3},
    ),
    (BOTTOMS, OutOfBounds, "is 3, of 3 classes", {"num_classes": 3, "background_label_id": 3}),
    (((2, 72), *BOTTOMS[1:]), InvalidValue, "all classes share", {"num_classes": 3, "share_location": False}),
    (BOTTOMS, InvalidValue, "contradicts", {"num_classes": 3, "do_neg_mining": True, "mining_type": MiningType.NONE}),
    (
        BOTTOMS,
        InvalidValue,
        "sample_size of at least 1",
        {"num_classes": 3, "mining_type": MiningType.HARD_EXAMPLE, "sample_size": 0},
    ),
    (BOTTOMS, OutOfBounds, "is 3, of 3", {"num_classes": 3, "background_label_id": 3, "conf_loss_type": 1}),
    (BOTTOMS, InvalidValue, "num_classes is 3", {"num_classes": 3, "map_object_to_agnostic": True}),
    (
        ((2, 24), (2, 12), *BOTTOMS[2:]),
        OutOfBounds,
        "of which there is none",
        {"num_classes": 2, "map_object_to_agnostic": True, "background_label_id": 1},
    ),
    ((*BOTTOMS, (2, 18)), ShapeMismatch, "2·6·2 = 24 numbers in bottom 4; it has 36", {"num_classes": 3}),
    ((*BOTTOMS, (2, 12), (2, 12)), ShapeMismatch, "2·6·4 = 48 numbers in bottom 5", {"num_classes": 3}),
    (
        ((2, 72), *BOTTOMS[1:], (2, 12), (2, 24)),
        InvalidValue,
        "all classes share",
        {"num_classes": 3, "share_location": False, "mining_type": 0},
    ),
]


@pytest.mark.parametrize(("bottoms", "problem", "words", "params"), REFUSED)
def test_what_is_refused(bottoms: Any, problem: type[Diagnostic], words: str, params: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as caught:
        make("MultiBoxLoss", **params).infer(CallSite(bottoms))
    assert caught.value.problem is problem and words in str(caught.value)


def text(fields: str, shapes: Any = BOTTOMS, more: str = "") -> str:
    return net_text("MultiBoxLoss", f"multibox_loss_param {{ num_classes: 3 {fields} }} {more}", shapes)


# what has no meaning yet, and the words that say so
LACKING = [
    ("nms_param { nms_threshold: 0.4 }", (*BOTTOMS, (2, 12)), "nms_param with a first stage"),
    (
        "share_location: false mining_type: NONE use_prior_for_matching: false",
        ((2, 72), *BOTTOMS[1:], (2, 12)),
        "of each class that are matched, with a first stage",
    ),
    ("", (*BOTTOMS[:2], (2, 2, 24), BOTTOMS[3]), "prior boxes that are not"),
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("fields", "shapes", "words"), LACKING)
def test_what_has_no_meaning_yet(fields: str, shapes: Any, words: str, backend: str) -> None:
    with pytest.raises(netspec.SpecError) as caught:
        netspec.build(netspec.load_text(text(fields, shapes)), backend=backend)
    (fault,) = caught.value.diagnostics
    assert fault.code == "NS401" and words in str(fault.message)


def shared(a: Floats, b: Floats) -> float:
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return 0.0
    return wide * high / (sum((x[2] - x[0]) * (x[3] - x[1]) for x in (a, b)) - wide * high)


def decoded(code: str, offset: Floats, prior: Floats) -> Floats:
    wide, high = prior[2] - prior[0], prior[3] - prior[1]
    if code == "CORNER":
        return prior + offset
    if code == "CORNER_SIZE":
        return prior + offset * [wide, high, wide, high]
    x, y = (prior[0] + prior[2]) / 2 + offset[0] * wide, (prior[1] + prior[3]) / 2 + offset[1] * high
    w, h = math.exp(offset[2]) * wide, math.exp(offset[3]) * high
    return np.array([x - w / 2, y - h / 2, x + w / 2, y + h / 2])


def encoded(code: str, box: Floats, prior: Floats) -> Floats:
    wide, high = prior[2] - prior[0], prior[3] - prior[1]
    if code == "CORNER":
        return box - prior
    if code == "CORNER_SIZE":
        return (box - prior) / [wide, high, wide, high]
    x, y = (box[0] + box[2] - prior[0] - prior[2]) / 2 / wide, (box[1] + box[3] - prior[1] - prior[3]) / 2 / high
    return np.array([x, y, math.log((box[2] - box[0]) / wide), math.log((box[3] - box[1]) / high)])


def matched(boxes: list[Floats], truths: list[Floats], threshold: float, skipped: set[int]) -> dict[int, int]:
    """Box: annotation. Pairs are looked through as often as there are annotations."""
    pairs = {
        (i, j): shared(boxes[i], t[3:7]) for i in range(len(boxes)) if i not in skipped for j, t in enumerate(truths)
    }
    found: dict[int, int] = {}
    for _ in truths:
        free = {p: v for p, v in pairs.items() if v > 1e-6 and p[0] not in found and p[1] not in found.values()}
        if free:
            i, j = max(free, key=lambda pair: free[pair])
            found[i] = j
    for i in range(len(boxes)):
        near = {j: pairs[i, j] for j in range(len(truths)) if (i, j) in pairs}
        if i not in found and near and max(near.values()) >= threshold:
            found[i] = max(near, key=lambda j: near[j])
    return found


def expected(xs: list[Floats], **fields: Any) -> tuple[float, int, int]:
    """The loss, how many matches there are, and how many negatives."""
    location, score, prior, annotations, *first = xs
    boxes, variances = prior.reshape(2, -1, 4)
    n, count, code = len(location), len(boxes), fields.get("code_type", "CORNER")
    background, in_target = fields.get("background_label_id", 0), fields.get("encode_variance_in_target", False)
    mining, size = fields.get("mining_type", "MAX_NEGATIVE"), fields.get("sample_size", 64)
    per_prediction = fields.get("match_type", "PER_PREDICTION") == "PER_PREDICTION"
    loss, matches, negatives, chosen, prior = 0.0, 0, 0, list[int](), boxes
    factors = np.ones_like(variances) if in_target else variances
    for item in range(n):
        rows = [row for row in annotations.reshape(-1, 8) if row[0] == item]
        rows = [row for row in rows if fields.get("use_difficult_gt", True) or not row[7]]
        offsets = location[item].reshape(count, -1, 4)
        if len(first) > 1:
            stage = first[1][item].reshape(count, 4) * factors
            boxes = np.array([decoded(code, stage[i], prior[i]) for i in range(count)])
        candidates = list(boxes)
        if not fields.get("use_prior_for_matching", True):
            candidates = [decoded(code, offsets[i, 0] * factors[i], prior[i]) for i in range(count)]
        skipped = {
            i
            for i in range(count)
            if fields.get("ignore_cross_boundary_bbox") and not all(0 <= v <= 1 for v in candidates[i])
        }
        threshold = fields.get("overlap_threshold", 0.5) if per_prediction else math.inf
        found = matched(candidates, rows, threshold, skipped)
        each: list[float] = []
        far, aside = [0.0] * count, [0.0] * count
        for i in range(count):
            label = background
            if i in found:
                row = rows[found[i]]
                label = background + 1 if fields.get("map_object_to_agnostic") else int(row[1])
                label = min(label, 1) if score.size == n * count * 2 else label
                own = offsets[i, 0 if fields.get("share_location", True) else label]
                for losses, around in ((far, boxes), (aside, prior)):
                    target = encoded(code, row[3:7], around[i]) / variances[i]
                    for k, d in enumerate(own / variances[i] - target if in_target else own - target):
                        if fields.get("bp_inside") and not 0 <= around[i][k] <= 1:
                            continue
                        l2 = fields.get("loc_loss_type") == "L2" or abs(d) < 1
                        losses[i] += d * d / 2 if l2 else abs(d) - 0.5
            s = score[item].reshape(count, -1)[i]
            if fields.get("conf_loss_type") == "LOGISTIC":
                p = 1 / (1 + np.exp(-s))
                each.append(-sum(math.log(p[c] if c == label else 1 - p[c]) for c in range(len(s))))
            else:
                each.append(-math.log(max(np.exp(s)[label] / np.exp(s).sum(), 2**-126)))
        if mining == "HARD_EXAMPLE":
            scored = first[0][item].reshape(count, 2)[:, 1] if first else np.ones(count)
            likely = [i for i in range(count) if scored[i] >= fields.get("objectness_score", 0.01)]
            hard = sorted(likely, key=lambda i: -each[i] - aside[i])[: size if rows else 0]
            found = {i: j for i, j in found.items() if i in hard}
            negatives += len(hard) - len(found)
            chosen = [i for i in hard if i not in skipped]
        loss += fields.get("loc_weight", 1.0) * sum(far[i] for i in found)
        matches += len(found)
        idle = [
            i
            for i in range(count)
            if i not in found
            and i not in skipped
            and all(shared(candidates[i], row[3:7]) < fields.get("neg_overlap", 0.5) for row in rows)
            and (not first or first[0][item].reshape(count, 2)[i, 1] >= fields.get("objectness_score", 0.01))
        ]
        hardest = sorted(idle, key=lambda i: -each[i])[: int(len(found) * fields.get("neg_pos_ratio", 3.0))]
        if mining != "HARD_EXAMPLE":
            negatives += len(hardest)
            chosen = [*found, *hardest] if mining == "MAX_NEGATIVE" else list(range(count))
        loss += sum(each[i] for i in chosen)
    mode = fields.get("normalization", "VALID")
    divisor = {"VALID": max(matches, 1), "FULL": n * count, "BATCH_SIZE": n, "NONE": 1}[mode]
    return loss / divisor, matches, negatives


def inputs(count: int = 20, items: int = 3, classes: int = 3, boxes: int = 1, background: int = 0) -> list[Floats]:
    """Annotations of items 0 and 2, in disorder; some difficult ones, some of no item."""
    rng = np.random.default_rng(0)
    corners = rng.uniform(-0.1, 0.6, (count, 2))
    prior = np.hstack([corners, corners + rng.uniform(0.2, 0.5, (count, 2))])
    variances = rng.uniform(0.1, 0.3, (count, 4))
    labels, rows = [c for c in range(classes) if c != background], list[list[float]]()
    for i in range(9):
        x, y = rng.uniform(0, 0.6, 2)
        w, h = rng.uniform(0.2, 0.4, 2)
        rows.append([(0, 2, -1)[i % 3], labels[i // 3 % len(labels)], i, x, y, x + w, y + h, float(i == 4)])
    location = 0.5 * rng.normal(size=(items, count * 4 * boxes))
    return [
        location,
        2 * rng.normal(size=(items, count * classes)),
        np.stack([prior, variances]).reshape(1, 2, -1),
        np.array(rows).reshape(1, 1, -1, 8),
    ]


CASES: list[dict[str, Any]] = [
    {},
    {"code_type": "CENTER_SIZE", "loc_loss_type": "L2", "loc_weight": 0.5},
    {"code_type": "CORNER_SIZE", "overlap_threshold": 0.3, "neg_overlap": 0.2},
    {"match_type": "BIPARTITE", "conf_loss_type": "LOGISTIC", "neg_pos_ratio": 1.5},
    {"mining_type": "NONE", "overlap_threshold": 0.2, "use_difficult_gt": False},
    {"use_prior_for_matching": False, "code_type": "CENTER_SIZE", "overlap_threshold": 0.3},
    {"use_prior_for_matching": False, "encode_variance_in_target": True, "overlap_threshold": 0.3},
    {"encode_variance_in_target": True, "code_type": "CENTER_SIZE"},
    {"share_location": False, "mining_type": "NONE", "overlap_threshold": 0.2},
    {"ignore_cross_boundary_bbox": True, "overlap_threshold": 0.2},
    {"ignore_cross_boundary_bbox": True, "mining_type": "NONE"},
    {"bp_inside": True, "overlap_threshold": 0.2, "code_type": "CENTER_SIZE"},
    {"background_label_id": 3, "num_classes": 4},
    {"map_object_to_agnostic": True, "num_classes": 2},
    {"neg_pos_ratio": 100.0, "neg_overlap": 0.05},
    {"mining_type": "HARD_EXAMPLE", "sample_size": 7, "overlap_threshold": 0.2},
    {"mining_type": "HARD_EXAMPLE", "overlap_threshold": 0.2, "loc_weight": 2.0, "loc_loss_type": "L2"},
    {"mining_type": "HARD_EXAMPLE", "sample_size": 5, "overlap_threshold": 0.2, "bp_inside": True},
    {"mining_type": "HARD_EXAMPLE", "sample_size": 12, "ignore_cross_boundary_bbox": True, "overlap_threshold": 0.2},
    {"normalization": "FULL"},
    {"normalization": "BATCH_SIZE"},
    {"normalization": "NONE"},
]


def first_stage(count: int = 20, items: int = 3) -> list[Floats]:
    rng = np.random.default_rng(1)
    background = rng.uniform(0, 1, (items, count))
    return [np.stack([background, 1 - background], -1).reshape(items, -1), 0.3 * rng.normal(size=(items, 4 * count))]


# fields, how many bottoms there are
REFINED: list[tuple[dict[str, Any], int]] = [
    ({"objectness_score": 0.6}, 5),
    ({"objectness_score": 0.6, "code_type": "CENTER_SIZE"}, 6),
    ({"overlap_threshold": 0.2, "neg_pos_ratio": 100.0, "objectness_score": 0.3}, 6),
    ({"code_type": "CORNER_SIZE", "encode_variance_in_target": True, "overlap_threshold": 0.3}, 6),
    ({"mining_type": "NONE", "ignore_cross_boundary_bbox": True, "overlap_threshold": 0.2}, 6),
    ({"bp_inside": True, "overlap_threshold": 0.2, "code_type": "CENTER_SIZE"}, 6),
    ({"use_prior_for_matching": False, "code_type": "CENTER_SIZE", "overlap_threshold": 0.3}, 6),
    ({"num_classes": 2, "loc_loss_type": "L2", "objectness_score": 0.6}, 5),
    ({"mining_type": "HARD_EXAMPLE", "sample_size": 9, "objectness_score": 0.4, "overlap_threshold": 0.2}, 5),
    ({"mining_type": "HARD_EXAMPLE", "sample_size": 9, "objectness_score": 0.4, "overlap_threshold": 0.2}, 6),
    ({"mining_type": "HARD_EXAMPLE", "sample_size": 12, "bp_inside": True, "overlap_threshold": 0.2}, 6),
]


@pytest.mark.parametrize(("fields", "bottoms"), REFINED, ids=str)
def test_values_with_a_first_stage(fields: dict[str, Any], bottoms: int) -> None:
    """Negatives that it holds for background do not count; boxes are where it has moved the prior ones."""
    xs = [*inputs(classes=fields.get("num_classes", 3)), *first_stage()][:bottoms]
    loss, matches, _ = expected(xs, **fields)
    assert matches >= 5 and not math.isclose(loss, expected(xs[:4], **fields)[0], rel_tol=1e-6)
    close(values("MultiBoxLoss", message(fields), xs), np.array(loss))


def test_a_first_stage_is_not_asked_where_nothing_is_mined() -> None:
    """Its scores are not; where its locations have moved the prior boxes, the backends agree."""
    fields, xs = {"mining_type": "NONE", "conf_loss_type": "LOGISTIC"}, [*inputs(), *first_stage()]
    wanted = values("MultiBoxLoss", message(fields), xs[:4])["numpy"]
    close(values("MultiBoxLoss", message(fields), xs[:5]), *wanted)
    moved = values("MultiBoxLoss", message(fields), xs)
    close(moved, *moved["numpy"])
    assert not math.isclose(float(moved["numpy"][0]), float(wanted[0]), rel_tol=1e-6)


def test_a_first_stage_has_no_gradient() -> None:
    """Of the loss of the second one, as the fork has it; and that of the second is a slope."""
    fields, xs = REFINED[1][0], [*inputs(), *first_stage()]
    for backend in ("torch", "tensorflow"):
        found = gradients(fields, xs, backend)
        assert set(found) == {"x0", "x1"} and np.any(found["x0"]) and np.any(found["x1"])
        for x, index in itertools.product((0, 1), ((0, 7), (2, 11), (2, 40))):
            ends = list[float]()
            for step in (1e-5, -1e-5):
                moved = [value.copy() for value in xs]
                moved[x][index] += step
                ends.append(expected(moved, **fields)[0])
            assert math.isclose(found[f"x{x}"][index], (ends[0] - ends[1]) / 2e-5, rel_tol=1e-4, abs_tol=1e-7)


def test_two_classes_are_an_object_or_none() -> None:
    """RefineDet reads all classes of annotations as 1 where there are two."""
    xs = inputs(classes=2)
    loss = expected(xs, num_classes=2)[0]
    xs[3].reshape(-1, 8)[:, 1] = [1, 2, 20, 1, 3, 1, 2, 1, 7]
    close(values("MultiBoxLoss", message({"num_classes": 2}), xs), np.array(loss))


def message(fields: dict[str, Any]) -> str:
    own = {"num_classes": 3, **fields}
    mode = own.pop("normalization", None)
    said = " ".join(
        f"{name}: {str(value).lower() if isinstance(value, bool) else value}" for name, value in own.items()
    )
    return f"multibox_loss_param {{ {said} }}" + (f" loss_param {{ normalization: {mode} }}" if mode else "")


def gradients(fields: dict[str, Any], xs: list[Floats], backend: str) -> dict[str, Floats]:
    net = netspec.load_text(net_text("MultiBoxLoss", message(fields), [x.shape for x in xs]))
    model = netspec.build(net, backend=backend, dtype="float64")
    model.forward({f"x{i}": x for i, x in enumerate(xs)})
    return dict(model.backward({}).inputs)


@pytest.mark.parametrize("fields", CASES, ids=str)
def test_values(fields: dict[str, Any]) -> None:
    classes = fields.get("num_classes", 3)
    boxes = 1 if fields.get("share_location", True) else classes
    xs = inputs(classes=classes, boxes=boxes, background=fields.get("background_label_id", 0))
    loss, matches, negatives = expected(xs, **fields)
    assert matches >= 5 and (negatives or fields.get("neg_overlap") or "mining_type" in fields)
    close(values("MultiBoxLoss", message(fields), xs), np.array(loss))


@pytest.mark.parametrize("fields", [CASES[0], CASES[3], CASES[5], CASES[7], CASES[8], CASES[11], CASES[15]], ids=str)
def test_gradients_are_slopes(fields: dict[str, Any]) -> None:
    """Of the loss by loops; and none of boxes and annotations. That of locations lacks variances in the target."""
    xs = inputs(boxes=1 if fields.get("share_location", True) else 3)
    found = {backend: gradients(fields, xs, backend) for backend in ("torch", "tensorflow")}
    rng = np.random.default_rng(3)
    for x, item, column in itertools.product((0, 1), range(3), rng.integers(0, 60, 9).tolist()):
        index = item, column
        ends: list[float] = []
        for step in (1e-5, -1e-5):
            moved = [value.copy() for value in xs]
            moved[x][index] += step
            ends.append(expected(moved, **fields)[0])
        part = xs[2][0, 1, column] if x == 0 and fields.get("encode_variance_in_target") else 1.0
        slope = part * (ends[0] - ends[1]) / 2e-5
        for backend, gradient in found.items():
            assert math.isclose(gradient[f"x{x}"][index], slope, rel_tol=1e-4, abs_tol=1e-7), backend
    for gradient in found.values():
        assert set(gradient) == {"x0", "x1"}


@pytest.mark.parametrize(
    "fields", [{}, {"mining_type": "NONE"}, {"code_type": "CENTER_SIZE", "loc_loss_type": "L2"}], ids=str
)
@pytest.mark.parametrize("rows", [1, 9])
def test_without_annotations(fields: dict[str, Any], rows: int) -> None:
    """Nothing counts, or, without mining, every box as background; nothing is divided by 0."""
    xs = inputs()
    xs[3] = xs[3][:, :, :rows].copy()
    xs[3][..., 0] = -1
    loss, matches, negatives = expected(xs, **fields)
    assert (matches, negatives) == (0, 0) and bool(loss) is ("mining_type" in fields)
    close(values("MultiBoxLoss", message(fields), xs), np.array(loss))
    for backend in ("torch", "tensorflow"):
        gradient = gradients(fields, xs, backend)
        assert not np.any(gradient["x0"]) and np.all(np.isfinite(np.asarray(gradient["x1"])))


def test_equal_losses_and_overlaps() -> None:
    """Of equal pairs the first box counts, then the first annotation; of equal negatives the first."""
    xs = inputs(count=8, items=1)
    prior, truth = xs[2].reshape(2, 8, 4), xs[3].reshape(-1, 8)
    prior[0, :4], prior[0, 4:] = [0.1, 0.1, 0.3, 0.3], [0.6, 0.6, 0.9, 0.9]
    truth[:, 0], truth[:2, 0], truth[:2, 3:7] = -1, 0, [0.1, 0.1, 0.3, 0.4]
    xs[1][:] = np.repeat([0.5, 1.0, -1.0], 8).reshape(3, 8).T.ravel()
    for fields in ({"match_type": "BIPARTITE", "neg_pos_ratio": 1.0}, {"neg_pos_ratio": 0.5}):
        close(values("MultiBoxLoss", message(fields), xs), np.array(expected(xs, **fields)[0]))


@pytest.mark.parametrize("fields", ["", "conf_loss_type: LOGISTIC code_type: CENTER_SIZE", "mining_type: NONE"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_backends_agree(fields: str, dtype: str) -> None:
    agree(text(fields, ((2, 80), (2, 60), (1, 2, 80), (1, 1, 5, 8))), dtype=dtype)


def test_wide_annotations() -> None:
    """The fork looks at the third axis alone, so that made-up data of any width will do."""
    xs = inputs()
    loss = expected(xs)[0]
    xs[3] = np.concatenate([xs[3].ravel(), np.full(18, 0.5)]).reshape(1, 1, 9, 10)
    close(values("MultiBoxLoss", message({}), xs), np.array(loss))


def test_old_nets_say_it_otherwise() -> None:
    for fields, wanted in (
        ({}, 1),
        ({"do_neg_mining": False}, 0),
        ({"do_neg_mining": True}, 1),
        ({"mining_type": 2}, 2),
    ):
        layer = make("MultiBoxLoss", **fields)
        assert isinstance(layer, MultiBoxLoss) and layer.mining() == wanted


SSD = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 40 dim: 40 } } }
layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 1 dim: 1 dim: 6 dim: 8 } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 8 kernel_size: 3 stride: 8 } }
layer { name: "loc" type: "Convolution" bottom: "conv" top: "loc" convolution_param { num_output: 16 kernel_size: 1 } }
layer { name: "loc_p" type: "Permute" bottom: "loc" top: "loc_p" permute_param { order: [0, 2, 3, 1] } }
layer { name: "loc_f" type: "Flatten" bottom: "loc_p" top: "loc_f" }
layer { name: "conf" type: "Convolution" bottom: "conv" top: "conf"
  convolution_param { num_output: 12 kernel_size: 1 } }
layer { name: "conf_p" type: "Permute" bottom: "conf" top: "conf_p" permute_param { order: [0, 2, 3, 1] } }
layer { name: "conf_f" type: "Flatten" bottom: "conf_p" top: "conf_f" }
layer { name: "prior" type: "PriorBox" bottom: "conv" bottom: "data" top: "prior"
  prior_box_param { min_size: 10 max_size: 20 aspect_ratio: 2 variance: [0.1, 0.1, 0.2, 0.2] } }
layer { name: "loss" type: "MultiBoxLoss" bottom: "loc_f" bottom: "conf_f" bottom: "prior" bottom: "label" top: "loss"
  include { phase: TRAIN } propagate_down: [true, true, false, false] loss_param { normalization: VALID }
  multibox_loss_param { num_classes: 3 code_type: CENTER_SIZE overlap_threshold: 0.3 } }
"""


def test_a_detector_in_training() -> None:
    net = netspec.load_text(SSD, phase="TRAIN")
    report = netspec.verify(net, grad=True)
    assert report.ok, [(row.item, row.error, row.note) for row in report.rows if not row.ok]
    assert any(row.magnitude > 0 for row in report.rows if "conv" in str(row.item))
