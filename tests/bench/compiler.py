"""The rows of the compiler: start, parsing, growth, commands, memory, emission."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from statistics import median

import resnet
from measure import Line, Unavailable, alternate, cpu_seconds, milliseconds, process, seconds, used

from netspec.cli.find import find

HERE = Path(__file__).resolve().parent
SMALL = HERE.parents[1] / "specs" / "lenet.net"
NETSPEC = str(Path(sys.executable).with_name("netspec"))


@contextmanager
def spec(text: str) -> Iterator[Path]:
    """A file of a text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "net.prototxt")
        path.write_text(text, encoding="utf-8")
        yield path


def check() -> Iterator[Line]:
    """`netspec check` of a small net, whole process."""
    floor = (sys.executable, "-c", "from pydantic import BaseModel")
    pair = alternate(process((NETSPEC, "check", "--no-cache", str(SMALL))), process(floor), 15)
    against = f"{milliseconds(pair.ours)} against {milliseconds(pair.yardstick)}"
    yield Line("check LeNet : import pydantic", against, pair.ratio, 2.0)
    yield Line("check LeNet : 200 ms", milliseconds(pair.ours), pair.ours / 0.2, 1.0)


MANY = 1_000  # files
RATE = 80  # of them a second


def throughput() -> Iterator[Line]:
    """Many files in one command, on all cores, by elapsed time: those of specs/ over and over, each text another; and
    the nets of a corpus, where NETSPEC_CORPUS says where one is."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(SMALL.parent.glob("*.net"))]
    with tempfile.TemporaryDirectory() as folder:
        for i in range(MANY):
            Path(folder, f"{i:04}.net").write_text(f"# {i}\n{texts[i % len(texts)]}", encoding="utf-8")
        yield _rate("specs/", folder, MANY)
    if corpus := os.environ.get("NETSPEC_CORPUS"):
        yield _rate("a corpus", corpus, len(find([corpus])))


def _rate(what: str, folder: str, files: int) -> Line:
    times = [seconds(lambda: used((NETSPEC, "check", "--isolated", "--no-cache", "-q", folder), (0, 1))) for _ in "123"]
    rate = files / median(times)
    return Line(f"{files} files of {what} : {RATE} a second", f"{rate:.0f} a second", RATE / rate, 1.0)


def parse() -> Iterator[Line]:
    """ResNet-152 in one process: parsed, validated, measured; against protobuf, which parses."""
    import netspec

    parser = _protobuf()
    text, short = resnet.prototxt(152), HERE.parents[1] / "specs" / "resnet152.net"
    with spec(text) as path:
        pair = alternate(lambda: netspec.load(path), lambda: parser(text), 11, cpu_seconds)
        against = f"{milliseconds(pair.ours)} against {milliseconds(pair.yardstick)}"
        yield Line("load ResNet-152 : protobuf parses it", against, pair.ratio, 1.0)
        pair = alternate(lambda: netspec.load(short), lambda: netspec.load(path), 11, cpu_seconds)
        against = f"{milliseconds(pair.ours)} against {milliseconds(pair.yardstick)}"
        yield Line("load specs/resnet152.net : as prototxt", against, pair.ratio, 1.2)


def whole() -> Iterator[Line]:
    """The same, each in a process of its own."""
    _protobuf()
    with spec(resnet.prototxt(152)) as path:
        program = (
            f"import sys; sys.path.insert(0, {str(HERE)!r}); import schema; schema.parse(open({str(path)!r}).read())"
        )
        pair = alternate(
            process((NETSPEC, "check", "--no-cache", str(path))), process((sys.executable, "-c", program)), 11
        )
    against = f"{milliseconds(pair.ours)} against {milliseconds(pair.yardstick)}"
    yield Line("check ResNet-152 : python parses it with protobuf", against, pair.ratio, 1.9)


def formatting() -> Iterator[Line]:
    """ResNet-152 in one process: parsed, and printed in the canonical layout."""
    from netspec.diagnostics.source import Source
    from netspec.syntax.parser import parse
    from netspec.syntax.printing.printer import print_document

    source = Source("resnet.net", resnet.prototxt(152))
    document, _ = parse(source)
    whole = median(seconds(lambda: print_document(parse(source)[0])) for _ in range(11))
    alone = median(seconds(lambda: print_document(document)) for _ in range(11))
    yield Line("format ResNet-152 : 100 ms", f"{milliseconds(whole)}, {milliseconds(alone)} to print", whole / 0.1, 1.0)


def growth() -> Iterator[Line]:
    """Ten times the layers, twice."""
    import netspec

    times: list[float] = []
    for count, rounds in ((1_000, 9), (10_000, 3), (100_000, 1)):
        with spec(resnet.chain(count)) as path:
            times.append(median(seconds(lambda path=path: netspec.load(path)) for _ in range(rounds)))
    for small, large, name in zip(times, times[1:], ("1 000 to 10 000", "10 000 to 100 000"), strict=False):
        yield Line(f"load, {name} layers", f"{small:.2f} s to {large:.2f} s", large / small, 11.0)


# What each command is given beside the spec, and, for diff, one of another name; its exit status says what it found.
COMMANDS = {
    "check": ("check", "--no-cache", "{spec}"),
    "show": ("show", "{spec}"),
    "fmt": ("fmt", "--check", "{spec}"),
    "convert to net": ("convert", "--to", "net", "{spec}"),
    "convert to prototxt": ("convert", "--to", "prototxt", "{spec}"),
    "diff": ("diff", "{spec}", "{other}"),
    "compile to torch": ("compile", "--backend", "torch", "{spec}"),
    "compile to tensorflow": ("compile", "--backend", "tensorflow", "{spec}"),
}
SIZES = (1_000, 10_000, 100_000)
MOST = 1_500_000_000  # bytes at the peak


def commands() -> Iterator[Line]:
    """Each command as a process, by CPU time: ten times the layers, twice; and what it holds at the most."""
    with ExitStack() as files:
        pairs = [(resnet.chain(count), resnet.chain(count).replace('"conv7"', '"seven"')) for count in SIZES]
        paths = [tuple(files.enter_context(spec(text)) for text in pair) for pair in pairs]
        for name, words in COMMANDS.items():
            runs = [
                used((NETSPEC, *(word.format(spec=path, other=other) for word in words)), (0, 1))
                for path, other in paths
            ]
            for (small, large), (few, many) in zip(pairwise(runs), pairwise(SIZES), strict=True):
                what = f"{name}, {few:,} to {many:,} layers".replace(",000", " 000")
                yield Line(what, f"{small.cpu:.2f} s to {large.cpu:.2f} s", large.cpu / small.cpu, 11.0)
            peak = runs[-1].peak
            yield Line(f"{name}, peak : 1.5 GB", f"{peak / 1e6:.0f} MB", peak / MOST, 1.0)


MEMORY = """
import json, resource, sys
import netspec
first, second, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
text = open(path).read()
peaks = []
for i in range(second):
    with open(path, "w") as file:
        file.write(text.replace("res", f"r{i}"))
    netspec.check(path)
    if i + 1 in (first, second):
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(json.dumps(peaks))
"""


def memory() -> Iterator[Line]:
    """Many different files, one after another, in one process."""
    first, second = 20, 100
    with spec(resnet.prototxt(50)) as path:
        command = (sys.executable, "-c", MEMORY, str(first), str(second), str(path))
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise Unavailable(run.stderr.strip().splitlines()[-1])
    before, after = json.loads(run.stdout)
    against = f"{before / 1024:.0f} MiB to {after / 1024:.0f} MiB"
    yield Line(f"peak memory, {first} to {second} files", against, after / before, 1.05)


COMPILE = """
import sys, time
start = time.perf_counter()
from netspec.cli.main import main
try:
    main(["compile", sys.argv[1], "--backend", sys.argv[2], "-o", sys.argv[3]])
except SystemExit as end:
    if end.code:
        raise
loaded = {"torch", "tensorflow", "keras"} & set(sys.modules)
if loaded:
    raise SystemExit(f"imported {loaded}")
"""


def emission() -> Iterator[Line]:
    """ResNet-152 to source text, whole process; no framework may be imported."""
    with spec(resnet.prototxt(152)) as path:
        for backend in ("torch", "tensorflow"):
            run = process((sys.executable, "-c", COMPILE, str(path), backend, str(path.with_name("out.py"))))
            run()
            took = median(seconds(run) for _ in range(7))
            yield Line(f"compile ResNet-152 to {backend} : 1 s", milliseconds(took), took, 1.0)


def _protobuf():
    try:
        import schema
    except ImportError as missing:
        raise Unavailable(f"no {missing.name}") from missing
    from google.protobuf import text_format

    net = schema.net_parameter()
    return lambda text: text_format.Parse(text, net())
