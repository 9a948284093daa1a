"""Converts every file of the corpus both ways, and back; run by hand: `python -m tests.convert.whole [PART PARTS]`.

Says which do not stay the same net, or lose comments, and at the end how many did.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

from netspec.convert.same import difference, meanings
from netspec.convert.spec import written
from netspec.diagnostics.findings import Findings
from netspec.diagnostics.source import Source
from netspec.syntax.document import Document
from netspec.syntax.parser import parse
from netspec.syntax.printing.printer import print_document


def faults(source: Source) -> list[str]:
    """What is wrong with what a spec is converted to."""
    document, broken = parse(source)
    if broken:
        return [f"cannot be read: {broken[0].message}"]
    found, wanted = list[str](), meanings(document)
    short: Document | None = None
    for form, start in (("prototxt", document), ("net", document), ("prototxt", short)):
        start = short if start is None else start
        assert start is not None
        report = Findings(start.source)
        text, _ = written(start, form, report)
        other, broken = parse(Source(form, text))
        if broken:
            return [*found, f"{form} cannot be read: {broken[0].message}"]
        if said := difference(wanted, meanings(other)):
            found.append(f"{form} has another net: {said[:300]}")
        if comments(other) != comments(document):
            found.append(f"{form} has {len(other.comments)} comments, not {len(document.comments)}")
        if print_document(other) != text:
            found.append(f"{form} would be formatted")
        if form == "prototxt" and not other.plain:
            found.append("prototxt is more than that")
        short = other if form == "net" else short
    return found


def comments(document: Document) -> list[str]:
    """In order of the alphabet, and without blanks at the end."""
    return sorted(comment.text.rstrip() for comment in document.comments)


def specs(corpus: Path) -> list[Path]:
    return sorted(path for path in corpus.rglob("*") if path.suffix in {".prototxt", ".pt"})


def main(part: int = 0, parts: int = 1) -> None:
    corpus = Path(os.environ.get("NETSPEC_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
    count = Counter[str]()
    for path in specs(corpus)[part::parts]:
        found = faults(Source(str(path), path.read_text("utf-8")))
        count["fine" if not found else "not"] += 1
        for fault in found:
            print(f"{path.relative_to(corpus)}: {fault}")
    print(dict(count))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
