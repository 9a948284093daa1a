"""Losses by distance and labels that count otherwise, of happynear's fork: values and gradients by its loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.layers.base import CallSite, Phase, Refusal
from netspec.layers.metric.contrast import LabelSpecificRescale
from netspec.problems.shapes import ShapeMismatch
from netspec.shapes import UNKNOWN
from tests.frameworks.cases import net
from tests.layers.one_layer import BACKENDS, Floats, agree, close, make, net_text, values

NETS = {
    "GeneralTripletLoss": net("GeneralTripletLoss", "general_triplet_loss_param { margin: 0.5 }", "4 5", "4"),
    "GeneralContrastiveLoss": net("GeneralContrastiveLoss", "general_contrastive_loss_param { }", "4 5", "4"),
    "LabelSpecificRescale": net("LabelSpecificRescale", "label_specific_rescale_param { }", "4 5", "4", tops=2),
}

RNG = np.random.default_rng(11)
DISTANCES = RNG.random((4, 5)) * 3
LABELS = np.array([1.0, 4.0, 0.0, 2.0])
SCORES = RNG.normal(size=(4, 5))


def run(message: str, kind: str, x: Floats, tops: int, seed: Floats, phase: str) -> Any:
    """By backend: the tops, and the gradient of x; numpy has none."""
    text = net_text(kind, message, [x.shape, LABELS.shape], tops)
    for backend in BACKENDS:
        model = netspec.build(netspec.load_text(text, phase=phase), backend=backend, dtype="float64")
        found = model.forward({"x0": x, "x1": LABELS}, blobs="all")
        gradient = None if backend == "numpy" else model.backward({"y0": seed}).inputs["x0"]
        yield [found[f"y{i}"] for i in range(tops)], gradient


def contrast(pw: float = 1, nw: float = 1, pm: float = 0, nm: float = 1, thresh: float = 4, **said: Any) -> Any:
    """The loss, the means, and the gradient, distance by distance."""
    bound = said.get("positive_upper_bound", 1.0) if said.get("positive_first") else np.inf
    n, classes = DISTANCES.shape
    loss, near, far, gradient = 0.0, 0.0, 0.0, np.zeros_like(DISTANCES)
    for i, j in np.ndindex(n, classes):
        d, own = DISTANCES[i, j], DISTANCES[i, int(LABELS[i])]
        if j == LABELS[i]:
            cut = min(thresh, max(0, d - pm))
            loss, near = loss + abs(cut * pw), near + cut
            gradient[i, j] = pw if pm < d < thresh or own > bound else 0
        elif d < nm:
            far += nm - d
            part = np.exp(-d) if said.get("exp_negative_weight") else nm - d
            if own <= bound:
                loss += abs(part * nw)
                gradient[i, j] = -nw * (np.exp(-d) if said.get("exp_negative_weight") else 1)
    return loss / n, [near / n, far / n / (classes - 1)], gradient / n


LONG = {"pw": "positive_weight", "nw": "negative_weight", "pm": "positive_margin", "nm": "negative_margin"}
LONG |= {"thresh": "positive_outlier_thresh"}
SAID: list[dict[str, Any]] = [
    {},
    {"pm": 0.5, "nm": 2.0, "pw": 0.5, "nw": 3.0, "thresh": 2.0},
    {"nm": 2.0, "exp_negative_weight": True},
    {"nm": 2.5, "positive_first": True, "positive_upper_bound": 1.5},
    {"pm": 0.2, "nm": 2.5, "thresh": 1.0, "positive_first": True},
    {"nm": 2.0, "pw": -1.0, "nw": -0.5},
]


def words(said: dict[str, Any]) -> str:
    return " ".join(f"{LONG.get(name, name)}: {str(value).lower()}" for name, value in said.items())


@pytest.mark.parametrize("said", SAID, ids=words)
def test_contrast(said: dict[str, Any]) -> None:
    loss, means, gradient = contrast(**said)
    message = f"general_contrastive_loss_param {{ {words(said)} }} loss_weight: 1 loss_weight: 1"
    for tops, found in run(message, "GeneralContrastiveLoss", DISTANCES, 2, np.array(1.0), "TRAIN"):
        np.testing.assert_allclose(tops[0], loss, rtol=1e-12)
        np.testing.assert_allclose(tops[1], means, rtol=1e-12)
        if found is not None:
            np.testing.assert_allclose(found, gradient, rtol=1e-12, atol=1e-15)
    agree(net_text("GeneralContrastiveLoss", message.split(" loss_weight")[0], [(4, 5), (4,)]))


@pytest.mark.parametrize("field", ["max_negative_only: true", "add_intra_mae: true", "normalize_negative: 0.1"])
def test_what_has_no_meaning_yet(field: str) -> None:
    text = net_text("GeneralContrastiveLoss", f"general_contrastive_loss_param {{ {field} }}", [(4, 5), (4,)])
    with pytest.raises(netspec.SpecError) as caught:
        netspec.build(netspec.load_text(text))
    assert [(fault.code, field.split(":")[0] in fault.message) for fault in caught.value.diagnostics] == [
        ("NS401", True)
    ]


def rescaled(w: float, said: dict[str, Any]) -> tuple[Floats, Floats]:
    y, slope = SCORES.copy(), np.ones_like(SCORES)
    for i, j in np.ndindex(*SCORES.shape):
        x = SCORES[i, j]
        if j != LABELS[i]:
            y[i, j], slope[i, j] = x * said.get("negative_weight", 1), said.get("negative_weight", 1)
        elif w != 1 and (x > 0 or not said.get("for_ip")):
            y[i, j], slope[i, j] = x * w + (1 - w if said.get("bias_fix") else 0), w
            if said.get("power_on_positive"):
                y[i, j], slope[i, j] = np.sign(x) * abs(x) ** w, w * abs(x) ** (w - 1)
    return y, slope


# the factor in TRAIN, that in TEST, the fields
FACTORS: list[tuple[float, float, dict[str, Any]]] = [
    (1.0, 1.0, {}),
    (0.5, 0.5, {"positive_weight": 0.5, "negative_weight": 2.0}),
    (0.5, 0.5, {"positive_weight": 0.5, "bias_fix": True, "for_ip": True}),
    (1.5, 1.5, {"positive_weight": 1.5, "power_on_positive": True}),
    (2.0, 1.0, {"positive_weight_base": 4.0, "gamma": 0.5, "iteration": 1}),
    (3.0, 1.0, {"positive_weight_base": 4.0, "gamma": 0.5, "iteration": 1, "positive_weight_min": 3.0}),
    (0.5, 1.0, {"positive_weight_base": 4.0, "positive_weight_max": 0.5, "rescale_test": True}),
]


@pytest.mark.parametrize(("train", "test", "said"), FACTORS, ids=[words(case[2]) for case in FACTORS])
def test_rescale(train: float, test: float, said: dict[str, Any]) -> None:
    layer = make("LabelSpecificRescale", **said)
    assert isinstance(layer, LabelSpecificRescale)
    assert (layer.factor(Phase.TRAIN), layer.factor(Phase.TEST)) == (train, test)
    message = f"label_specific_rescale_param {{ {words(said)} }}"
    top = RNG.normal(size=SCORES.shape)
    for phase, factor in (("TRAIN", train), ("TEST", test)):
        same = phase == "TEST" and not said.get("rescale_test")
        y, slope = (SCORES, np.ones_like(SCORES)) if same else rescaled(factor, said)
        for tops, found in run(message, "LabelSpecificRescale", SCORES, 2, top, phase):
            np.testing.assert_allclose(tops[0], y, rtol=1e-12)
            np.testing.assert_allclose(tops[1], [factor])
            if found is not None:
                np.testing.assert_allclose(found, top * slope, rtol=1e-12)


@pytest.mark.parametrize("kind", ["GeneralContrastiveLoss", "LabelSpecificRescale"])
def test_rules(kind: str) -> None:
    tops = ((), (2,)) if kind == "GeneralContrastiveLoss" else ((UNKNOWN, 5, 2), (1,))
    assert make(kind).infer(CallSite(((UNKNOWN, 5, 2), (UNKNOWN, 1)), tops=2, phase=Phase.TRAIN)) == tops
    with pytest.raises(Refusal) as caught:
        make(kind).infer(CallSite(((4, 5), (4, 5)), phase=Phase.TRAIN))
    assert caught.value.problem is ShapeMismatch and "one label for each item" in str(caught.value)


@pytest.mark.parametrize("limits", ["min_value: 0.5", "max_value: 1", "min_value: 0.5 max_value: 1"])
def test_scale_between_limits(limits: str) -> None:
    """The gradient of the weight is as without limits, that of x is of the weight that counts."""
    weight, x = np.array([-1.0, 0.75, 3.0]), RNG.normal(size=(2, 3, 4))
    kept = np.clip(weight, 0.5 if "min" in limits else None, 1.0 if "max" in limits else None)
    message = f"scale_param {{ {limits} }}"
    close(values("Scale", message, [x], params={"y": [weight]}), x * kept[:, None])
    top = RNG.normal(size=x.shape)
    for backend in ("torch", "tensorflow"):
        model = netspec.build(
            netspec.load_text(net_text("Scale", message, [x.shape])), backend=backend, dtype="float64"
        )
        model.set_params({"y": [weight]})
        model.forward({"x0": x})
        gradient = model.backward({"y0": top})
        np.testing.assert_allclose(gradient.inputs["x0"], top * kept[:, None])
        np.testing.assert_allclose(gradient.params["y"][0], (top * x).sum((0, 2)))


def test_only_one_way_to_normalize() -> None:
    message = 'softmax_param { normalize_type: "%s" }'
    netspec.load_text(net_text("SoftmaxWithLoss", message % "Softmax", [(4, 5), (4,)]))
    with pytest.raises(netspec.SpecError) as caught:
        netspec.load_text(net_text("SoftmaxWithLoss", message % "L2", [(4, 5), (4,)]))
    assert "must be Softmax" in str(caught.value)


def triplets(weights: Floats, **said: Any) -> Any:
    """The loss, the means, and the gradient, distance by distance."""
    given = {"margin": 0.2, "positive_weight": 1, "negative_weight": 1, "positive_upper_bound": 1.0}
    given |= {"add_center_loss": True, "hardest_only": False, "positive_first": False} | said
    n, classes = DISTANCES.shape
    loss, gradient = 0.0, np.zeros_like(DISTANCES)
    for i in range(n):
        mine = int(LABELS[i])
        own, far = DISTANCES[i, mine], given["positive_first"] and DISTANCES[i, mine] > given["positive_upper_bound"]
        terms = {j: own + given["margin"] - DISTANCES[i, j] for j in range(classes) if j != mine}
        terms = {} if far else {j: term for j, term in terms.items() if term > 0}
        if given["hardest_only"] and terms:
            hardest = max(terms, key=lambda j, terms=terms: (terms[j], -j))
            terms = {hardest: terms[hardest]}
        loss += sum(given["negative_weight"] * term for term in terms.values())
        for j in terms:
            gradient[i, j] = -given["negative_weight"]
        if given["add_center_loss"] or terms or far:
            gradient[i, mine] = given["positive_weight"]
    own = [DISTANCES[i, int(LABELS[i])] for i in range(n)]
    means = [np.mean(own), (DISTANCES.sum() - sum(own)) / n / (classes - 1)]
    return loss / n, means, gradient * weights[:, np.newaxis] / n


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"margin": 0.8, "hardest_only": True, "negative_weight": 0.5},
        {"add_center_loss": False, "positive_weight": 2, "negative_weight": 3},
        {"positive_first": True, "positive_upper_bound": 1.5},
        {"positive_first": True, "add_center_loss": False, "hardest_only": True},
    ],
)
def test_triplets(said: dict[str, Any]) -> None:
    written = " ".join(f"{name}: {str(value).lower()}" for name, value in said.items())
    message = f"general_triplet_loss_param {{ {written} }} loss_weight: 1 loss_weight: 0"
    loss, means, gradient = triplets(np.ones(4), **said)
    for tops, found in run(message, "GeneralTripletLoss", DISTANCES, 2, np.array(1.0), "TRAIN"):
        np.testing.assert_allclose(tops[0], loss)
        np.testing.assert_allclose(tops[1], means)
        if found is not None:
            np.testing.assert_allclose(found, gradient, atol=1e-12)
    weights = np.array([1.0, 0.0, 2.0, 0.5])
    text = net_text("GeneralTripletLoss", message.partition(" loss")[0], [(4, 5), (4,), (4, 1)])
    for backend in ("torch", "tensorflow"):
        model = netspec.build(netspec.load_text(text), backend, dtype="float64")
        model.forward({"x0": DISTANCES, "x1": LABELS, "x2": weights.reshape(4, 1)})
        found = model.backward({"y0": np.array(1.0)}).inputs["x0"]
        assert found is not None
        np.testing.assert_allclose(found, triplets(weights, **said)[2], atol=1e-12)
