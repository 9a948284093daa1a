"""A third program: OpenCV's reader, which is protobuf's own, finds the same net in a spec and in a converted one.

Of each net that it can read, it names the layers and the outputs.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import pytest

from netspec.convert.spec import written
from netspec.diagnostics.findings import Findings
from netspec.diagnostics.source import Source
from netspec.syntax.parser import parse
from tests.convert.specs import CASES
from tests.convert.whole import specs

pytestmark = pytest.mark.oracle

EVERY = 24  # file of the corpus
UNREAD = {"phases", "inputs", "namesakes", "own_and_general"}  # layers of both phases at once, fields of forks


def converted(text: str, *forms: str) -> str:
    for form in forms:
        document, faults = parse(Source(form, text))
        assert not faults
        text, _ = written(document, form, Findings(document.source))
    return text


def opencv(text: str) -> tuple[list[str], list[str]] | None:
    """The names of layers and outputs; None where OpenCV takes no such net."""
    try:
        net = cv2.dnn.readNetFromCaffe(np.frombuffer(text.encode(), np.uint8))
    except cv2.error:
        return None
    return list(net.getLayerNames()), list(net.getUnconnectedOutLayersNames())


def same(text: str) -> bool:
    """Whether OpenCV reads the text at all; it then has to find the same net in the others."""
    wanted = opencv(text)
    if wanted is None:
        return False
    assert opencv(converted(text, "prototxt")) == wanted
    assert opencv(converted(text, "net", "prototxt")) == wanted
    return True


def test_corpus(corpus: Path) -> None:
    read = [same(path.read_text("utf-8")) for path in specs(corpus)[::EVERY]]
    assert sum(read) > len(read) / 2  # what OpenCV reads is up to it: it knows few forks, and no templates


@pytest.mark.parametrize("name", ["alexnet", "googlenet", "lenet", "resnet50", "unet"])
def test_own_specs(name: str) -> None:
    text = resources.files("netspec.specs").joinpath(f"{name}.net").read_text(encoding="utf-8")
    assert same(converted(text, "prototxt"))


@pytest.mark.parametrize("name", CASES)
def test_cases(name: str) -> None:
    assert same(CASES[name]) == (name not in UNREAD)
