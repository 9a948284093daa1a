"""The digits of the classroom: what is fetched is what is meant, and nothing is left of anything else."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def digits(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "docs/classroom"))
    import digits as module

    yield module  # pyright: ignore[reportReturnType]
    del sys.modules["digits"]


def package() -> bytes:
    """As npm packs it: three images of each digit, the last of them cut off."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for digit in range(10):
            text = json.dumps({"data": [digit / 10] * (784 * 2 + 100)}).encode()
            info = tarfile.TarInfo(f"package/src/digits/{digit}.json")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text))
    return file.getvalue()


def test_what_is_fetched(digits: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed, file = package(), tmp_path / "new" / "digits.npz"
    monkeypatch.setattr(digits, "download", lambda _: packed)
    with pytest.raises(SystemExit, match="it is not used"):
        digits.fetch(file)
    assert not file.parent.exists()
    monkeypatch.setattr(digits, "SHA256", hashlib.sha256(packed).hexdigest())
    digits.fetch(file)
    (x, y), (x_test, y_test) = digits.load(file)
    assert (x.shape, y.shape, x_test.shape, y_test.shape) == ((16, 1, 28, 28), (16,), (4, 1, 28, 28), (4,))
    assert sorted([*y, *y_test]) == sorted([*range(10)] * 2)
    np.testing.assert_allclose(x[:, 0, 0, 0], y / 10, atol=1 / 255)
    assert [path.name for path in file.parent.iterdir()] == ["digits.npz"]


def test_without_npm(digits: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for registry in ("", "http://localhost"):
        monkeypatch.setenv("NPM_CONFIG_REGISTRY", registry)
        with pytest.raises(SystemExit, match="there is no npm"):
            digits.download(tmp_path)


def test_without_a_network(digits: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (x, y), (x_test, _) = digits.load(tmp_path / "none.npz")
    assert (x.shape, x_test.shape) == ((1437, 1, 28, 28), (360, 1, 28, 28))
    assert 0 <= x.min() < x.max() <= 1 and set(y) == {*range(10)}
    assert "make classroom" in capsys.readouterr().err
