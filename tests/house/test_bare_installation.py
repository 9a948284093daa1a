"""A bare installation, of the wheel and what it depends on: every command does its work, or says what it needs.

Beside the Python that runs the tests, others are tried where they are there and their packages can be fetched.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import files as installed_files
from pathlib import Path
from typing import NamedTuple

import pytest

from netspec.cli.main import COMMANDS
from netspec.host.packages import CALLED, EXTRAS

PYTHONS = ("3.11", "3.12", "3.13")
DEPENDENCIES = ("pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection")
THIS = f"{sys.version_info.major}.{sys.version_info.minor}"
SPEC = """\
name: "Small"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 } } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 2 } }
"""
PLUGIN = """\
from netspec.arrays import Array, tanh
from netspec.layers.base import Elementwise


class TanhShrink(Elementwise):
    \"\"\"y = x − tanh(x).\"\"\"

    def formula(self, x: Array) -> Array:
        return x - tanh(x)


LAYERS = (TanhShrink,)
"""


class Bare(NamedTuple):
    """An environment: its Python, and a folder with a spec and files of weights."""

    python: Path
    folder: Path

    def run(self, *argv: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
        """path: a folder with further packages."""
        env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "NETSPEC"))}
        env |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1", **({"PYTHONPATH": str(path)} if path else {})}
        command = [str(self.python), *argv]
        return subprocess.run(
            command, cwd=self.folder, env=env, capture_output=True, text=True, check=False, encoding="utf-8"
        )


@functools.cache
def interpreter(version: str) -> Path | None:
    """A Python of a version, on the path or among those of pyenv."""
    if version == THIS:
        return Path(sys.executable)
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for place in (shutil.which(f"python{version}"), *sorted(root.glob(f"{version}.*/bin/python"))):
        said = subprocess.run([place, "-V"], capture_output=True, text=True, check=False) if place else None
        if place and said and said.stdout.startswith(f"Python {version}."):
            return Path(place)
    return None


def site_of(environment: Path) -> Path:
    (site,) = (*environment.glob("lib/python*/site-packages"), *environment.glob("Lib/site-packages"))
    return site


def copy_dependencies(site: Path) -> None:
    """Those of the environment that runs the tests."""
    for name in DEPENDENCIES:
        for file in installed_files(name) or ():
            if ".." not in file.parts and file.suffix != ".pyc":
                (site / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(file.locate()), site / file)


def fetch_dependencies(site: Path, version: str) -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(site)]
    command += ["--python-version", version, "--only-binary=:all:", *project["dependencies"]]
    fetched = subprocess.run(command, capture_output=True, text=True, check=False)
    if fetched.returncode:
        pytest.skip(f"the packages for Python {version} cannot be fetched: {fetched.stderr.strip()[-200:]}")


@pytest.fixture(scope="module", params=PYTHONS)
def bare(request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bare]:
    python = interpreter(request.param)
    if python is None:
        pytest.skip(f"there is no Python {request.param} here")
    environment = tmp_path_factory.mktemp("bare") / "venv"
    subprocess.run([str(python), "-m", "venv", "--without-pip", str(environment)], check=True)
    site = site_of(environment)
    if request.param == THIS:
        copy_dependencies(site)
    else:
        fetch_dependencies(site, request.param)
    zipfile.ZipFile(wheel).extractall(site)
    folder = tmp_path_factory.mktemp("work")
    for name, text in {
        "small.net": SPEC,
        "faulty.net": SPEC.replace('bottom: "data"', 'bottom: "dada"'),
        "my.py": PLUGIN,
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    for name in ("w.caffemodel", "w.safetensors", "w.h5", "w"):
        (folder / name).write_bytes(b"\n\x01x")
    yield Bare(environment / "bin" / "python", folder)


FINE = [
    "--version",
    "check small.net",
    "check small.net --phase both --plugin my.py --format sarif -j 2",
    "compile small.net --backend torch",
    "compile small.net --backend tensorflow",
    "compile small.net --backend torch -o out.py --force",
    "convert small.net --to net",
    "convert small.net --to prototxt",
    "diff small.net small.net",
    "diff small.net small.net --format markdown",
    "draw small.net",
    "draw small.net --format html",
    "show small.net",
    "show small.net --wide --format csv",
    "fmt --check small.net",
    "fmt --diff small.net",
    "layers",
    "layers Convolution",
    "layers --plugin my.py TanhShrink",
    "explain NS404",
    "cache info",
    "config small.net",
    *(f"{command} --help" for command in COMMANDS),
]
# What a command line needs, and the extra that has it.
NEEDING = [
    ("check small.net --watch", "watch"),
    ("verify small.net", "torch tensorflow"),
    ("verify small.net --backends torch,numpy", "torch"),
    ("time small.net", "torch"),
    ("time small.net --backend tensorflow", "tensorflow"),
    ("verify small.net --backends numpy,tensorflow", "tensorflow"),
    ("verify small.net --backends numpy --dtype float32", "weights"),
    ("verify small.net --grad --device cuda", "torch tensorflow"),
    ("verify small.net --weights w.caffemodel", "torch tensorflow"),
    ("train small.net --data x.npz", "torch"),
    ("train small.net --backend tensorflow --data x.npz", "tensorflow"),
    ("test small.net --weights w.caffemodel --data x.npz", "torch"),
    ("plot runs/small -o new.png", "train"),
    ("compile small.net --backend torch --weights w.caffemodel -o new.py", "weights"),
    ("compile small.net --backend tensorflow --weights w.safetensors -o new.py", "weights"),
    ("compile small.net --backend torch --onnx -o new.onnx", "onnx"),
    ("compile small.net --backend torch --onnx --weights w.h5 -o new.onnx", "onnx"),
    ("compile small.net --backend tensorflow --graph -o new.pb", "tensorflow"),
    ("compile small.net --backend tensorflow --graph -o new.pbtxt", "tensorflow"),
    ("compile small.net --backend tensorflow --saved-model -o new", "tensorflow"),
    ("draw small.net -o new.svg", "draw"),
    ("draw small.net -o new.png", "draw"),
    ("weights show w.caffemodel", "weights"),
    ("weights show w.caffemodel --net small.net --format json", "weights"),
    ("weights show w.h5", "weights"),
    ("weights show w.safetensors", "weights"),
    ("weights show w", "weights"),
    ("weights convert w.caffemodel new.safetensors", "weights"),
    ("weights convert w.safetensors new.caffemodel --net small.net --from torch", "weights"),
    ("data make w -o new.lmdb", "data"),
    ("data info w.h5", "data"),
    ("data head w", "data"),
]


FAULTY = ["verify faulty.net", "compile faulty.net --backend torch --onnx -o new.onnx"]
ALL = """\
import contextlib, io, json, sys
from netspec.cli.main import main

found = []
for line in json.loads(sys.argv[1]):
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(line.split())
    err.flush()
    found.append((status, err.buffer.getvalue().decode()))
print(json.dumps(found))
"""


def test_every_command_is_tried() -> None:
    tried = {line.split()[0] for line in (*FINE, *(line for line, _ in NEEDING)) if "--help" not in line}
    assert tried >= set(COMMANDS)


@pytest.fixture(scope="module")
def said(bare: Bare) -> dict[str, tuple[int, str]]:
    """The exit status of every command line, and what it prints, all from one process."""
    lines = [*FINE, *(line for line, _ in NEEDING), *FAULTY]
    result = bare.run("-c", ALL, json.dumps(lines))
    assert result.returncode == 0, result.stderr
    return dict(zip(lines, json.loads(result.stdout), strict=True))


@pytest.mark.parametrize("line", FINE)
def test_what_works(said: dict[str, tuple[int, str]], line: str) -> None:
    status, text = said[line]
    assert "Traceback" not in text
    assert status == 0, text


@pytest.mark.parametrize(("line", "extras"), NEEDING, ids=[line for line, _ in NEEDING])
def test_what_is_missing_is_said(bare: Bare, said: dict[str, tuple[int, str]], line: str, extras: str) -> None:
    status, text = said[line]
    assert status == 1, text
    assert "internal error" not in text and "Traceback" not in text
    assert "error[NS404]" in text or "error[NS505]" in text
    assert 'help: pip install "' in text
    for extra in extras.split():
        assert f"netspec-compiler[{extra}]" in text
    assert not list(bare.folder.glob("new*"))


@pytest.mark.parametrize("bare", [THIS], indirect=True)
@pytest.mark.parametrize("line", ["verify small.net", "weights show w.caffemodel"])
def test_as_from_a_terminal(bare: Bare, said: dict[str, tuple[int, str]], line: str) -> None:
    result = bare.run("-m", "netspec", *line.split())
    assert (result.returncode, result.stderr) == tuple(said[line])


@pytest.mark.parametrize("line", FAULTY)
def test_faults_of_a_spec_come_first(said: dict[str, tuple[int, str]], line: str) -> None:
    status, text = said[line]
    assert (status, "error[NS209]" in text, "NS404" in text) == (1, True, False)


API = """\
import json, sys
import netspec

light = sorted({name.partition(".")[0] for name in sys.modules} & {"lark", "pydantic", "numpy"})
net = netspec.load("small.net")
netspec.emit(net, backend="torch")
said = []
for call in (
    lambda: netspec.verify(net),
    lambda: netspec.verify("small.net", backends=("numpy",)),
    lambda: netspec.build(net),
    lambda: netspec.build(net, backend="tensorflow"),
    lambda: netspec.load_weights("w.caffemodel"),
    lambda: netspec.load_weights("w.h5", net),
    lambda: netspec.load_mean("mean.binaryproto"),
    lambda: netspec.save_weights("new.caffemodel", {}),
):
    try:
        call()
    except netspec.SpecError as error:
        said += [[d.code, d.message, d.help] for d in error.diagnostics]
print(json.dumps([light, said]))
"""


def test_in_python(bare: Bare) -> None:
    result = bare.run("-c", API)
    assert result.returncode == 0, result.stderr
    light, said = json.loads(result.stdout)
    assert light == []
    assert len(said) == 8
    for code, message, help_ in said:
        assert (code, message) == ("NS404", "numpy is not installed")
        assert help_.startswith('pip install "numpy>=1.26"') and "netspec-compiler[torch]" in help_


# What else there may be instead of a framework: a module that raises, an old one, the rest of one that was removed.
UNUSABLE = {
    "old": (
        {"torch/__init__.py": '__version__ = "1.13.1+cpu"', "numpy/__init__.py": '__version__ = "1.26.4"'},
        "error[NS414]: torch 1.13.1+cpu is too old: 2.6 or newer is needed",
        'pip install "torch>=2.6" "numpy>=1.26", which is the extra netspec-compiler[torch]',
    ),
    "old and broken": (
        {
            "torch/__init__.py": "import caffe2",
            "torch-1.0.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: torch\nVersion: 1.0.0\n",
            "numpy/__init__.py": '__version__ = "2.0.0"',
        },
        "error[NS414]: torch 1.0.0 is too old: 2.6 or newer is needed",
        "netspec-compiler[torch]",
    ),
    "broken": (
        {"torch/__init__.py": 'raise OSError("libcudart.so.12: no such file")', "numpy/__init__.py": ""},
        "error[NS415]: torch is installed, but cannot be imported: OSError: libcudart.so.12: no such file",
        'pip install --force-reinstall "torch>=2.6" "numpy>=1.26"',
    ),
    "a part missing": (
        {"torch/__init__.py": "import sympy", "numpy/__init__.py": ""},
        "error[NS415]: torch is installed, but cannot be imported: ModuleNotFoundError: No module named 'sympy'",
        "netspec-compiler[torch]",
    ),
    "without its numpy": (
        {"torch/__init__.py": ""},
        "error[NS404]: numpy is not installed",
        "netspec-compiler[torch]",
    ),
    "numpy alone": ({"numpy/__init__.py": ""}, "error[NS404]: torch is not installed", "netspec-compiler[torch]"),
    "a folder left behind": (
        {"torch/lib/libtorch.so": "", "numpy/__init__.py": ""},
        "error[NS404]: torch is not installed",
        "netspec-compiler[torch]",
    ),
}
BUILD = 'from netspec_torch import BACKEND; import netspec; BACKEND.build(netspec.load("small.net"), "cpu", "float32")'


@pytest.mark.parametrize("bare", [THIS], indirect=True)
@pytest.mark.parametrize("name", UNUSABLE)
def test_what_cannot_be_used_is_said(bare: Bare, tmp_path: Path, name: str) -> None:
    files, message, help_ = UNUSABLE[name]
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    result = bare.run("-c", BUILD, path=tmp_path)
    assert message in result.stderr
    assert help_ in result.stderr
    assert result.stderr.rstrip().splitlines()[-1].startswith("  = help: pip install")


NUMPY = {"numpy/__init__.py": '__version__ = "2.0.0"'}
NO_CORE = {"numpy/__init__.py": 'raise ImportError("its C extensions cannot be imported")'}
ODD = {"numpy/__init__.py": 'raise AttributeError("no _core")'}
OLD_NUMPY = {"numpy/__init__.py": '__version__ = "1.21.0"'}
NO_CUDA = {"torch/__init__.py": 'raise OSError("libcudart.so.12: no such file")'}
TENSORFLOW = {"tensorflow/__init__.py": ""}
ONNX = {"onnx/__init__.py": "", "onnxscript/__init__.py": ""}
COMMAND_LINES = [
    ({**NO_CORE, "torch/__init__.py": "", **TENSORFLOW}, "verify small.net", "error[NS415]: numpy is installed, but"),
    ({**ODD, "torch/__init__.py": "", **TENSORFLOW}, "verify small.net", "error[NS415]: numpy is installed, but"),
    ({**OLD_NUMPY, "torch/__init__.py": "", **TENSORFLOW}, "verify small.net", "error[NS414]: numpy 1.21.0 is too old"),
    ({**NUMPY, "torch/__init__.py": ""}, "verify small.net", "error[NS404]: tensorflow is not installed"),
    ({**NUMPY, **TENSORFLOW}, "verify small.net", "error[NS404]: torch is not installed"),
    (NUMPY, "verify small.net", "error[NS404]: torch is not installed"),
    (NUMPY, "verify small.net", "error[NS404]: tensorflow is not installed"),
    (NO_CORE, "weights show w.caffemodel", "error[NS415]: numpy is installed, but cannot be imported"),
    (OLD_NUMPY, "weights show w.caffemodel", "error[NS414]: numpy 1.21.0 is too old: 1.26 or newer is needed"),
    (
        {**NUMPY, **NO_CUDA, **ONNX},
        "compile small.net --backend torch --onnx -o new.onnx",
        "error[NS415]: torch is installed, but cannot be imported: OSError: libcudart.so.12",
    ),
    (
        {**NUMPY, "torch/__init__.py": "", "onnx/__init__.py": ""},
        "compile small.net --backend torch --onnx -o new.onnx",
        "error[NS404]: onnxscript is not installed",
    ),
    (
        {**NO_CORE, **TENSORFLOW},
        "compile small.net --backend tensorflow --graph -o new.pb",
        "error[NS415]: numpy is installed, but cannot be imported",
    ),
]


@pytest.mark.parametrize("bare", [THIS], indirect=True)
@pytest.mark.parametrize(("files", "line", "message"), COMMAND_LINES)
def test_what_commands_say_of_it(bare: Bare, tmp_path: Path, files: dict[str, str], line: str, message: str) -> None:
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    result = bare.run("-m", "netspec", *line.split(), path=tmp_path)
    assert message in result.stderr
    assert "= help: pip install" in result.stderr and "netspec-compiler[" in result.stderr
    assert (result.returncode, "internal error" in result.stderr) == (1, False)


@pytest.mark.parametrize("bare", [THIS], indirect=True)
def test_functions_say_it_of_a_broken_numpy(bare: Bare, tmp_path: Path) -> None:
    (tmp_path / "numpy").mkdir()
    (tmp_path / "numpy/__init__.py").write_text(ODD["numpy/__init__.py"], encoding="utf-8")
    program = 'import netspec\ntry:\n    netspec.verify("small.net")\nexcept netspec.SpecError as e:\n    print(e)'
    assert "NS415" in bare.run("-c", program, path=tmp_path).stdout


def test_extras_are_those_of_the_project(root: Path) -> None:
    """What is said of the extras is what pyproject.toml says of them."""
    extras = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for extra, packages in EXTRAS.items():
        listed: list[str] = []
        for requirement in extras[extra]:
            name, bracket, inner = requirement.rstrip("]").partition("[")
            listed += extras[inner] if bracket and name == "netspec-compiler" else [requirement]
        assert sorted(listed) == sorted(f"{CALLED.get(name, name)}>={oldest}" for name, oldest in packages.items()), (
            extra
        )
