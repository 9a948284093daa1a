"""`netspec cache`, and that what is kept is what would be found."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from netspec.cli import jobs
from netspec.frontend import load

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec

PARTS = "block unit(x) -> y { y = ReLU(x) }\n"
IMPORTS = 'import unit from "parts.net"\ninput data: [1, 3]\ny = unit(data)\n'
PLUGIN = '''\
from netspec.arrays import Array
from netspec.layers.base import Elementwise


class Twice(Elementwise):
    """Twice x. Shape: as the bottom."""

    def formula(self, x: Array) -> Array:
        return 2 * x


LAYERS = (Twice,)
'''


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    return home / "netspec"


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are really checked."""
    paths: list[str] = []
    whole = load.check

    def noting(path: Any, *given: Any, **options: Any) -> Any:
        paths.append(str(path))
        return whole(path, *given, **options)

    monkeypatch.setattr(load, "check", noting)
    return paths


@pytest.mark.parametrize("path", ["small.net", "faulty.net", "solver.prototxt", "."])
def test_the_same_again(folder: Path, netspec: Netspec, checked: list[str], path: str) -> None:
    first = netspec("check", path)
    number = len(checked)
    assert netspec("check", path) == first
    assert netspec("check", "--no-cache", path) == first
    assert (number > 0, len(checked)) == (True, 2 * number)


CHANGES: dict[str, Callable[[Path], list[str]]] = {
    "the text": lambda folder: _written(folder / "net.net", IMPORTS + "# more\n"),
    "what it imports": lambda folder: _written(folder / "parts.net", PARTS.replace("ReLU", "TanH")),
    "an option": lambda folder: ["--phase", "TEST"],
    "an input": lambda folder: ["--input", "data=2,3"],
    "the edition": lambda folder: ["--edition", "caffe"],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_has_changed_is_checked(
    folder: Path, netspec: Netspec, checked: list[str], change: Callable[[Path], list[str]]
) -> None:
    _written(folder / "parts.net", PARTS)
    _written(folder / "net.net", IMPORTS)
    assert netspec("check", "net.net").status == 0
    assert netspec("check", "net.net").status == 0
    assert len(checked) == 1
    assert netspec("check", "net.net", *change(folder)).status == 0
    assert len(checked) == 2


def test_a_fault_in_what_it_imports(folder: Path, netspec: Netspec) -> None:
    _written(folder / "parts.net", PARTS.replace("ReLU", "Relu"))
    _written(folder / "net.net", IMPORTS)
    first = netspec("check", "net.net")
    assert "parts.net:1" in first.out and first.status == 1
    assert netspec("check", "net.net") == first
    _written(folder / "parts.net", PARTS)
    assert netspec("check", "net.net").status == 0


def test_what_is_not_there_yet(folder: Path, netspec: Netspec) -> None:
    _written(folder / "net.net", IMPORTS)
    assert netspec("check", "net.net").status == 1
    _written(folder / "parts.net", PARTS)
    assert netspec("check", "net.net").status == 0


def test_what_comes_before_another(folder: Path, netspec: Netspec) -> None:
    """A file beside the spec is imported rather than that of the search path."""
    _written(folder / "net.net", IMPORTS)
    _written(folder / "shared" / "parts.net", PARTS)
    assert netspec("check", "net.net", "--import-path", "shared").status == 0
    _written(folder / "parts.net", PARTS.replace("ReLU", "Relu"))
    assert netspec("check", "net.net", "--import-path", "shared").status == 1


def test_plugins(folder: Path) -> None:
    """In processes of their own: a plugin is imported once. What it imports counts, too."""
    _written(folder / "net.net", "input data: [1, 3]\ny = Twice(data)\n")
    _written(folder / "mine.py", PLUGIN)

    def run() -> int:
        command = [sys.executable, "-m", "netspec", "check", "net.net", "--plugin", "mine.py"]
        return subprocess.run(command, capture_output=True, check=False, cwd=folder).returncode

    assert (run(), run()) == (0, 0)
    _written(folder / "mine.py", PLUGIN.replace("Twice", "Thrice"))
    assert run() == 1
    _written(folder / "theirs.py", PLUGIN)
    _written(folder / "mine.py", "import sys\n\nsys.path.insert(0, '.')\nfrom theirs import LAYERS\n")
    assert (run(), run()) == (0, 0)
    _written(folder / "theirs.py", PLUGIN.replace("Twice", "Thrice"))
    assert run() == 1


LIGHT = """\
import sys
from netspec.cli.main import main
status = main(["check"])
heavy = {"lark", "netspec.layers", "pydantic", "numpy"} & {*sys.modules}
sys.exit(f"{status} {sorted(heavy)}")
"""


def test_what_is_known_needs_no_compiler(folder: Path) -> None:
    """Whatever a configuration says."""
    _written(
        folder / "netspec.toml", 'paths = ["small.net"]\nignore = ["NS221"]\nextend-select = ["NS8"]\nexclude = ["x"]'
    )

    def run() -> str:
        return subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=False).stderr

    assert run() == "0 ['netspec.layers']\n"
    assert run() == "0 []\n"


def test_another_folder(folder: Path, netspec: Netspec, checked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    netspec("check", "small.net")
    _written(folder / "deep" / "small.net", (folder / "small.net").read_text())
    monkeypatch.chdir(folder / "deep")
    netspec("check", "small.net")
    assert len(checked) == 2


def test_a_crash_is_not_kept(folder: Path, netspec: Netspec, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise RuntimeError("no")

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "in_phases", fails)
        assert netspec("check", "small.net").status == 70
    assert netspec("check", "small.net").status == 0


def test_a_broken_value_is_made_again(folder: Path, netspec: Netspec, checked: list[str], home: Path) -> None:
    netspec("check", "faulty.net")
    (kept,) = home.iterdir()
    for held in (
        "{}",
        '{"files": {}, "sources": ["x"], "found": [["NS201", "m", [["y", 0, 1, "", false]], null]]}',
        "]",
    ):
        kept.write_text(held)
        assert netspec("check", "faulty.net").status == 1
    assert len(checked) == 4


def test_a_kept_result_comes_without_the_compiler(folder: Path) -> None:
    program = "import sys; from netspec.cli.main import main; main(['check', 'small.net']); print(sorted(sys.modules))"

    def modules() -> str:
        return subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout

    assert "'netspec.layers'" in modules()
    warm = modules()
    assert "no problems in 1 file" in warm
    assert not any(f"'{name}'" in warm for name in ("pydantic", "lark", "netspec.frontend", "netspec.layers"))


def test_info_and_clear(folder: Path, netspec: Netspec, home: Path) -> None:
    netspec("check", "small.net")
    netspec("check", "faulty.net")
    assert netspec("cache", "info").out.startswith("2 results, ")
    assert netspec("cache", "clear") == (0, f"removed 2 results from {home}\n", "")
    assert netspec("cache", "info") == (0, f"0 results, 0 B, in {home}\n", "")


def _written(path: Path, text: str) -> list[str]:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return []
