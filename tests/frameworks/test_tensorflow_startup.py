"""What is written to standard error while TensorFlow is imported: its log no more than its level says, all else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAD = "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
INFO = "I0000 00:00:1795987804.233365    2996 port.cc:153] oneDNN custom operations are on.\n"
WARNING = "W0000 00:00:1795987804.233366    2996 gpu_device.cc:2433] TensorFlow was not built for this GPU.\n"
ERROR = "E0000 00:00:1795987804.233367       7 cuda_dnn.cc:8579] Unable to register cuDNN factory\n"
FATAL = "F0000 00:00:1795987804.233368    2996 cpu_feature_guard.cc:32] This machine has no AVX.\n"
OLD_INFO = "2026-01-31 12:00:00.233365: I tensorflow/core/util/port.cc:153] oneDNN custom operations are on.\n"
OLD_ERROR = "2026-01-31 12:00:00.233365: E external/local_xla/xla/cuda_fft.cc:467] Unable to register cuFFT factory\n"
LOG = HEAD + INFO + WARNING + ERROR + FATAL + OLD_INFO + OLD_ERROR
OTHER = "tensorflow/__init__.py:8: FutureWarning: I0000 and W0000 are names\nA library: cannot open x\nno end of line"
START = "import netspec_tensorflow.runner as r; print(r.framework().__name__ + '\\n', end='')"
BY_THREADS = f"""
import threading
threads = [threading.Thread(target=exec, args=({START!r},)) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def start(
    folder: Path, text: str, then: str = "", level: str | None = None, code: str = START, shell: str = ""
) -> subprocess.CompletedProcess[str]:
    """Has a tensorflow imported that writes `text` to the descriptor, as libraries do, and then does something."""
    (folder / "tensorflow.py").write_text(
        "import contextlib, os, sys, warnings\n__version__ = '2.21'\n"
        f"with contextlib.suppress(OSError): os.write(2, {text.encode()!r})\n{then}\n"
    )
    path = os.pathsep.join((str(folder), *sys.path))
    env = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    env.pop("TF_CPP_MIN_LOG_LEVEL", None)
    env |= {} if level is None else {"TF_CPP_MIN_LOG_LEVEL": level}
    command = ["sh", "-c", f'"$@" {shell}', "sh", sys.executable, "-c", code]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("level", "heard"),
    [
        (None, FATAL),
        ("3", FATAL),
        ("2", ERROR + FATAL + OLD_ERROR),
        ("1", WARNING + ERROR + FATAL + OLD_ERROR),
        ("0", LOG),
        ("-1", LOG),
        ("", LOG),
        ("quiet", LOG),
    ],
)
def test_the_log_is_held_to_its_level(tmp_path: Path, level: str | None, heard: str) -> None:
    done = start(tmp_path, LOG + OTHER, level=level)
    assert (done.returncode, done.stdout, done.stderr) == (0, "tensorflow\n", heard + OTHER)


@pytest.mark.parametrize(
    ("then", "code", "heard"),
    [
        ("warnings.warn('mind this')", START, "UserWarning: mind this"),
        ("print('said', file=sys.stderr)", START, "\nsaid\n"),
        ("", f"import sys; print('before', file=sys.stderr); {START}", "before\n"),
        ("", f"{START}; import sys; print('after', file=sys.stderr)", "\nafter\n"),
        ("", BY_THREADS + "import os; os.write(2, b'after')", "after"),
    ],
    ids=["warned", "printed", "before", "after", "threads"],
)
def test_what_others_write_is_shown(tmp_path: Path, then: str, code: str, heard: str) -> None:
    done = start(tmp_path, HEAD + INFO + OTHER + "\n", then, code=code)
    assert (done.returncode, set(done.stdout.split())) == (0, {"tensorflow"})
    assert heard in done.stderr
    assert OTHER in done.stderr
    assert done.stderr.count(INFO) == 0


@pytest.mark.parametrize(
    ("then", "heard"),
    [
        ("raise ImportError('libcudart.so.12: no such file')", LOG + OTHER + "Traceback "),
        ("raise OSError(5, 'Input/output error')", LOG + OTHER + "Traceback "),
        ("raise KeyboardInterrupt", FATAL + OTHER + "Traceback "),
        ("__version__ = '2.4'", FATAL + OTHER + "Traceback "),
        ("os.abort()", "Fatal Python error: Aborted\n"),
    ],
    ids=["import", "system", "interrupt", "old", "crash"],
)
def test_of_an_import_that_fails_all_is_shown(tmp_path: Path, then: str, heard: str) -> None:
    done = start(tmp_path, LOG + OTHER, then)
    assert done.returncode != 0
    assert done.stderr.startswith(heard)


@pytest.mark.parametrize(
    ("shell", "code", "heard"),
    [
        ("2>&-", START, ""),
        ("2>/dev/full", START, ""),
        ("2>&1 >/dev/null | :", START, ""),
        ("", f"import sys; sys.stderr = None; {START}", FATAL),
        ("", f"import tempfile; tempfile.tempdir = '/nowhere'; {START}", LOG),
    ],
    ids=["closed", "full", "unread", "none", "no room"],
)
def test_it_starts_whatever_stderr_is(tmp_path: Path, shell: str, code: str, heard: str) -> None:
    done = start(tmp_path, LOG, code=f"{code}; import pathlib; pathlib.Path('started').touch()", shell=shell)
    assert (tmp_path / "started").exists()
    assert done.stderr == heard


@pytest.mark.parametrize(
    "command",
    [
        ["verify", "small.net"],
        ["compile", "small.net", "--backend", "tensorflow", "--graph", "-o", "small.pb"],
        ["compile", "small.net", "--backend", "tensorflow", "--saved-model", "-o", "small"],
    ],
    ids=["verify", "graph", "saved-model"],
)
def test_commands_show_nothing_of_it(tmp_path: Path, command: list[str]) -> None:
    """The real one, as a user has it."""
    pytest.importorskip("torch")
    pytest.importorskip("tensorflow")
    (tmp_path / "small.net").write_text('name: "Small"\ninput data: [2, 3]\ny = InnerProduct(data) { num_output: 2 }\n')
    env = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    line = [sys.executable, "-m", "netspec", *command]
    done = subprocess.run(line, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (f"{START}; import keras", ["found", "not loaded", "tensorflow", "keras"]),
        (f"import keras; {START}; import keras", ["keras", "found", "loaded", "tensorflow"]),
        (f"import tensorflow; {START}; import keras", ["found", "keras", "loaded", "tensorflow"]),
    ],
    ids=["asked for afterwards", "there before", "with tensorflow before"],
)
def test_keras_is_imported_when_somebody_asks_for_it(tmp_path: Path, code: str, said: list[str]) -> None:
    (tmp_path / "keras.py").write_text("print('keras')\n")
    then = """
from importlib.util import find_spec
print("found" if "keras" in sys.modules or find_spec("keras").origin else "not found")
try:
    import keras
    print("loaded")
except ImportError:
    print("not loaded")
"""
    done = start(tmp_path, "", then, code=code)
    assert (done.returncode, done.stdout.splitlines()) == (0, said), done.stderr
