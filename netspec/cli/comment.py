"""A difference of nets as Markdown: what can be posted on a pull request."""

from collections.abc import Iterator, Sequence

from netspec.cli.changes import HEAD, RIGHT, cells, totals
from netspec.cli.compared import Compared, Section, sections
from netspec.cli.markdown import plain, table
from netspec.cli.table import plural

LONGEST = 60_000  # characters; GitHub takes 65,536 in a comment, and a job may add a word
COLUMNS = ("", HEAD[0].strip(), *HEAD[1:], "change")


def markdown(titles: Sequence[str], compared: Sequence[Compared], everything: bool) -> Iterator[str]:
    """The lines of a page: the tables one below the other."""
    yield f"**{' → '.join(map(plain, titles))}**"
    for number, section in enumerate(sections(compared, everything)):
        if number:
            yield f"\n**Besides, in {section.each.phase.value}**"
        elif not section.each.found:
            yield f"\nEqual in {section.each.phase.value}."
            continue
        yield from ("", *_of_net(section)) if section.texts else ()
        yield from ("", *_layers(section)) if section.rows else ()
        yield ""
        yield from _totals(section)


def github(titles: Sequence[str], compared: Sequence[Compared], everything: bool) -> Iterator[str]:
    """The lines of a comment: under a heading what the nets cost, then the layers, which are seen on a click. Rows for
    which a comment has no room are counted."""
    old, new = titles
    yield f"### netspec: {plain(old)} → {plain(new)}"
    room = LONGEST
    for number, section in enumerate(sections(compared, everything)):
        if not section.each.found:
            yield f"\nEqual in {section.each.phase.value}."
            continue
        phase = section.each.phase.value
        lines = ["", f"**{'Besides, in' if number else 'In'} {phase}**", "", *_totals(section), ""]
        yield from lines
        said = [*_of_net(section), *([""] if section.texts else [])]
        head, mark, *body = _layers(section) if section.rows else ("", "")
        room -= sum(len(line) + 1 for line in (*lines, *said, head, mark))
        shown = [*_within(body, room)]
        room -= sum(len(line) + 1 for line in shown)
        left = len(body) - len(shown)
        more = [f"\n… and {plural(left, 'more row')}, for which a comment has no room"] if left else []
        summary = f"<details><summary>what differs, layer by layer: {plural(len(body), 'row')}</summary>"
        yield from (summary, "", *said, *([head, mark, *shown] if shown else []), *more, "", "</details>")


def _within(lines: Sequence[str], room: int) -> Iterator[str]:
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return
        yield line


def _of_net(section: Section) -> Iterator[str]:
    return (f"- net {plain(text)}" for text in section.texts)


def _totals(section: Section) -> list[str]:
    return table(("total", ""), totals(section.each.found), (False, False))


def _layers(section: Section) -> list[str]:
    lines = [(row.sign, row.name, *cells(row)[1:], "; ".join(row.details)) for row in section.rows]
    return table(COLUMNS, lines, (False, *RIGHT, False))
