"""Baselines as `netspec check` uses them, and reports in files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from netspec.config import baseline
from netspec.config.data import shown
from netspec.config.fingerprint import Fingerprint, Outlines
from netspec.diagnostics import Diagnostic
from netspec.host.files import unwritable, write


class Ledger:
    """What baselines accept, and how much of it is left. Raises SpecError (NS903, NS907) for one that is none."""

    def __init__(self) -> None:
        self._outlines = Outlines()
        self._read = dict[str, baseline.Accepted]()
        self._new = dict[str, dict[str, Counter[Fingerprint]]]()
        self._accepted = self._gone = 0

    def take(self, found: Sequence[Diagnostic], path: str, name: str | None, writing: bool) -> Sequence[Diagnostic]:
        """What of a file's faults counts. name: of the baseline. writing: it is to take all of them."""
        name = name or baseline.DEFAULT
        own = baseline.name_in(name, path)
        if writing:
            if name not in self._new:
                self._new[name] = {**baseline.read(name)} if Path(name).exists() else {}
            self._new[name][own] = baseline.of(found, path, self._outlines)
            self._accepted += self._new[name][own].total()
            return [diagnostic for diagnostic in found if not baseline.counts(diagnostic)]
        if name not in self._read:
            self._read[name] = baseline.read(name)
        left, gone = baseline.new(found, path, self._read[name].get(own, Counter()), self._outlines)
        self._accepted += len(found) - len(left)
        self._gone += gone.total()
        return left

    def close(self, writing: bool) -> None:
        """Writes the baselines that have been asked for. What they say of files that were not checked stays."""
        for name, files in self._new.items() if writing else ():
            baseline.save(name, files)

    def summary(self, writing: bool) -> str:
        if writing:
            return f"{self._accepted} in {', '.join(map(shown, self._new))}"
        known = f"{self._accepted} known before" if self._accepted else ""
        gone = f"{self._gone} of the baseline mended: --write-baseline leaves {'it' if self._gone == 1 else 'them'} out"
        return "; ".join(filter(None, (known, gone if self._gone else "")))


def marked(results: Iterable[tuple[str, Sequence[Diagnostic]]]) -> Iterator[tuple[Diagnostic, str]]:
    """Each diagnostic of files with what tells it from all others, whatever line it moves to."""
    outlines = Outlines()
    for path, found in results:
        before = Counter[Fingerprint]()
        for diagnostic in found:
            mark = outlines.of(diagnostic, path)
            before[mark] += 1
            said = "\0".join((Path(path).as_posix(), *mark, str(before[mark])))
            yield diagnostic, sha256(said.encode(errors="surrogatepass")).hexdigest()


def report(path: Path, text: str) -> None:
    """Writes a report, in the place of an earlier one. Raises SpecError (NS108)."""
    try:
        write(path, text.encode(errors="backslashreplace"), replace=True)
    except OSError as error:
        raise unwritable(path, error.strerror) from None
