"""Standard streams that are closed, full, without a reader, or of another encoding; files that cannot be written."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec

NAMED = 'name: "n"\ninput data: [1, 2]\n"é漢" = ReLU(data)\n'


def run(*argv: str, shell: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own, with what a shell does to its streams."""
    command = f"exec {sys.executable} -m netspec {' '.join(argv)} {shell}"
    env = {**os.environ, **environment}
    return subprocess.run(
        ["sh", "-c", command], capture_output=True, stdin=subprocess.DEVNULL, env=env, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("argv", "shell", "status", "message"),
    [
        (("show", "small.net"), ">&-", 0, ""),
        (("check", "faulty.net"), ">&-", 1, ""),
        (("check", "faulty.net"), ">&- 2>&- <&-", 1, ""),
        (("show", "missing.net"), "2>&-", 1, ""),
        (("layers",), ">&-", 0, ""),
        (("chekc",), "2>&-", 2, ""),
        (("check", "-"), "<&-", 1, "<stdin> cannot be read: it is closed"),
        (("fmt", "-"), "<&-", 1, "<stdin> cannot be read: it is closed"),
        (("fmt", "-"), "<small.net >&-", 1, "standard output cannot be written: it is closed"),
        (("compile", "small.net", "--backend", "torch"), ">&-", 2, "standard output cannot be written: it is closed"),
        (("convert", "small.net", "--to", "net"), ">&-", 2, "standard output cannot be written: it is closed"),
        (("check", "faulty.net"), ">/dev/full", 2, "standard output cannot be written: No space left on device"),
        (("show", "small.net"), ">/dev/full", 2, "standard output cannot be written: No space left on device"),
        (("compile", "small.net", "--backend", "torch"), ">/dev/full", 2, "No space left on device"),
    ],
    ids=str,
)
def test_streams_that_take_nothing(folder: Path, argv: tuple[str, ...], shell: str, status: int, message: str) -> None:
    result = run(*argv, shell=shell)
    assert (result.returncode, result.stdout) == (status, b"")
    assert message.encode() in result.stderr
    assert bool(message) == bool(result.stderr)
    assert b"Traceback" not in result.stderr and b"rror:" not in result.stderr


def test_a_file_does_not_take_the_place_of_a_closed_stream(folder: Path) -> None:
    result = run("compile", "small.net", "--backend", "torch", "-o", "out.py", shell=">&- 2>&- <&-")
    assert result.returncode == 0
    compile((folder / "out.py").read_text(encoding="utf-8"), "out.py", "exec")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_reports_escape_what_an_encoding_lacks(folder: Path, encoding: str) -> None:
    (folder / "named.net").write_text(NAMED, encoding="utf-8")
    result = run("show", "named.net", "--wide", PYTHONIOENCODING=encoding)
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.decode(encoding).encode("latin-1").decode("unicode-escape").count("é漢") == 2


@pytest.mark.parametrize(
    "argv",
    [("compile", "--backend", "torch"), ("compile", "--backend", "tensorflow"), ("convert", "--to", "prototxt")],
    ids=" ".join,
)
@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_specs_and_source_are_utf8_or_refused(folder: Path, argv: tuple[str, ...], encoding: str) -> None:
    (folder / "named.net").write_text(NAMED, encoding="utf-8")
    command, *more = argv
    result = run(command, "named.net", *more, PYTHONIOENCODING=encoding)
    assert (result.returncode, result.stdout) == (2, b"")
    assert b"error[NS108]: standard output cannot be written" in result.stderr
    assert run(command, "named.net", *more, "-o", "out", PYTHONIOENCODING=encoding).returncode == 0
    assert ("é漢" if command == "convert" else "1×2") in (folder / "out").read_text(encoding="utf-8")
    assert run(command, "named.net", *more, PYTHONIOENCODING="utf-8").stdout == (folder / "out").read_bytes()


def test_the_formatter_passes_bytes_on(folder: Path) -> None:
    (folder / "named.net").write_text(NAMED, encoding="utf-8")
    result = run("fmt", "-", shell="<named.net", PYTHONIOENCODING="ascii")
    assert result.stdout.decode("utf-8").count("é漢") == 1


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("nowhere/out.py", "No such file or directory"),
        ("deep", "Is a directory"),
        ("small.net/out.py", "Not a directory"),
        ("loop.py", "Too many levels of symbolic links"),
        ("n" * 300 + ".py", "File name too long"),
        ("/dev/full", "No space left on device"),
    ],
)
def test_what_cannot_be_written(folder: Path, netspec: Netspec, path: str, reason: str) -> None:
    (folder / "loop.py").symlink_to("loop.py")
    before = sorted(folder.rglob("*"))
    result = netspec("compile", "small.net", "--backend", "torch", "--force", "-o", path)
    assert result == (2, "", f"error[NS108]: {path} cannot be written: {reason}\n")
    assert sorted(folder.rglob("*")) == before


def test_one_file_that_cannot_be_written_does_not_stop_the_others(
    folder: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch
) -> None:
    from netspec.cli import fmt
    from netspec.host.files import NotWritten

    def write(path: Path, data: bytes, replace: bool) -> None:
        raise NotWritten(28, "No space left on device", str(path))

    monkeypatch.setattr(fmt, "write", write)
    result = netspec("fmt", "small.net", "faulty.net")
    assert result.status == 2
    assert result.err.count("cannot be written: No space left on device") == 2


SLOW = """
import os, signal, sys, time
signal.signal(signal.Signals[sys.argv[1]], signal.SIG_DFL)  # tests in the background may ignore it
def fsync(_):
    os.kill(os.getpid(), signal.Signals[sys.argv[1]])
    time.sleep(60)
os.fsync = fsync
from netspec.cli.main import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_leaves_no_draft(folder: Path, name: str) -> None:
    before = sorted(folder.iterdir())
    argv = ["compile", "small.net", "--backend", "torch", "-o", "out.py"]
    result = subprocess.run([sys.executable, "-c", SLOW, name, *argv], capture_output=True, timeout=60, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (-signal.Signals[name], b"", b"")
    assert sorted(folder.iterdir()) == before


def test_folders_give_plain_files_alone(folder: Path, netspec: Netspec) -> None:
    os.mkfifo(folder / "deep" / "pipe.net")
    os.mkfifo(folder / "deep" / "pipe.pt")
    (folder / "deep" / "up").symlink_to(folder)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("deep/socket.net")
        assert netspec("check", "deep").out == "no problems in 2 files\n"
        assert netspec("fmt", "--check", "deep").err.endswith(" 2 files would change\n")
    (folder / "deep" / "gone.net").symlink_to("nowhere")
    assert "deep/gone.net cannot be read: No such file or directory" in netspec("check", "deep").out


LIMIT = 1 << 30  # bytes of address space; each input would be larger


@pytest.mark.parametrize(
    ("argv", "shell"),
    [
        (("check", "/dev/zero"), ""),
        (("fmt", "--check", "/dev/zero"), ""),
        (("fmt", "-"), "</dev/zero"),
        (("check", "-"), "</dev/zero"),
        (("show", "-"), "</dev/zero"),
        (("convert", "/dev/zero", "--to", "net"), ""),
        (("diff", "small.net", "/dev/zero"), ""),
        (("check", "small.net", "--plugin", "/dev/zero"), ""),
    ],
    ids=str,
)
def test_no_text_is_read_without_end(folder: Path, argv: tuple[str, ...], shell: str) -> None:
    command = f"ulimit -v {LIMIT >> 10}; exec {sys.executable} -m netspec {' '.join(argv)} {shell}"
    result = subprocess.run(
        ["sh", "-c", command], capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=False
    )
    assert result.returncode in (1, 2)
    assert b"is larger than 64 MiB" in result.stdout + result.stderr
