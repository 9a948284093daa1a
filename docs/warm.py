"""A process that has imported the frameworks and runs commands in forks of itself.

To import both takes five seconds, most examples a fraction of one. What a command sees is a process of its own, in
the folder, with the environment and the streams that it was called with; netspec is imported anew in each.
"""

from __future__ import annotations

import atexit
import importlib
import io
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from contextlib import suppress
from functools import cache
from pathlib import Path

COMMANDS = ("netspec", "python")  # what is called in the fork, by the names that a shell finds
FRAMEWORKS = ("numpy", "torch", "tensorflow")
WAIT = 120  # seconds until the frameworks are imported

# Stands for each command: hands over what it was called with, waits, and ends as the command does.
_CLIENT = """#!{python} -IS
import json, os, socket, sys
connection = socket.socket(socket.AF_UNIX)
connection.connect({address!r})
socket.send_fds(connection, [b"."], [0, 1, 2])
call = {{"words": [{command!r}, *sys.argv[1:]], "folder": os.getcwd(), "environment": dict(os.environ)}}
connection.sendall(json.dumps(call).encode())
connection.shutdown(socket.SHUT_WR)
sys.exit(int(connection.recv(16) or b"70"))
"""


@cache
def folder() -> str:
    """A folder for PATH in which the commands are. It goes, with the process, when this one ends."""
    room = tempfile.TemporaryDirectory(prefix="netspec-warm-")
    address = str(Path(room.name, "socket"))
    for command in COMMANDS:
        client = Path(room.name, command)
        client.write_text(_CLIENT.format(python=sys.executable, address=address, command=command), encoding="utf-8")
        client.chmod(0o755)
    server = subprocess.Popen(
        [sys.executable, __file__, address],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n"
    atexit.register(room.cleanup)
    atexit.register(server.kill)
    return room.name


def serve(address: str) -> None:
    """Runs what comes, each in a fork, until it is killed."""
    for name in FRAMEWORKS:
        with suppress(ImportError):
            importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks: they answer for themselves
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        print("ready", flush=True)
        while True:
            connection, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                answer(connection)
            connection.close()


def answer(connection: socket.socket) -> None:
    """Becomes the command, says how it ended, and ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, streams, _, _ = socket.recv_fds(connection, 1, 3)
    call = json.loads(b"".join(iter(lambda: connection.recv(1 << 16), b"")))
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(call["folder"])
    os.environ.clear()
    os.environ.update(call["environment"])
    at_once = bool(os.environ.get("PYTHONUNBUFFERED"))
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = io.TextIOWrapper(os.fdopen(1, "wb", -(not at_once), closefd=False), "utf-8", write_through=at_once)
    sys.stderr = os.fdopen(2, "w", 1, "utf-8", "backslashreplace", closefd=False)
    sys.path[:1] = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    try:
        ended = become(call["words"])
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        ended = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        ended = 1
    with suppress(Exception):
        atexit._run_exitfuncs()
        sys.stdout.flush()
    connection.sendall(str(ended).encode())
    os._exit(ended)


def become(words: list[str]) -> int:
    """Runs a command in this process. What is not netspec or a script is a Python of its own."""
    command, *rest = sys.argv = words
    if command == "netspec":
        return importlib.import_module("netspec.cli.main").main()
    if rest and rest[0].endswith(".py"):
        sys.argv = rest
        sys.path.insert(0, str(Path(rest[0]).resolve().parent))
        runpy.run_path(rest[0], run_name="__main__")
        return 0
    if rest[:1] == ["-c"]:
        sys.argv = ["-c", *rest[2:]]
        sys.path.insert(0, "")
        exec(compile(rest[1], "<string>", "exec"), {"__name__": "__main__"})
        return 0
    return subprocess.call([sys.executable, *rest])


if __name__ == "__main__":
    serve(sys.argv[1])
