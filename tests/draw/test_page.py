"""A net as a page: what is in the file, and what it does in a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from netspec.draw.assets import as_json, asset, whole_as_json
from netspec.draw.graph import Graph
from netspec.draw.page import Limits, page
from tests.draw.browser import Browser, program
from tests.draw.nets import HOSTILE, NESTED

Drawing = Callable[[str], Graph]
LIMITS = Limits(1500, 5000)


def written(graph: Graph, depth: int = 1) -> str:
    return page(graph, depth, graph.net.name, "a remark", LIMITS)


class Parts(HTMLParser):
    """The elements of a page, with what is in those of the kinds that hold text alone."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside.append("")

    def handle_endtag(self, tag: str) -> None:
        self.handle_starttag("", [])  # what comes now is in none of them

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.inside[-1] += data

    def of(self, tag: str) -> list[str]:
        return [text for (name, _), text in zip(self.elements, self.inside, strict=True) if name == tag]


@pytest.mark.parametrize("spec", ["lenet", HOSTILE], ids=["lenet", "hostile"])
def test_the_page_runs_its_own_scripts_and_no_others(drawing: Drawing, spec: str) -> None:
    text = written(drawing(spec))
    parts = Parts(text)
    tags = [tag for tag, _ in parts.elements]
    assert (tags.count("script"), tags.count("style"), tags.count("svg")) == (2, 1, 0)
    data, script = parts.of("script")
    (style,) = parts.of("style")
    (policy,) = (found["content"] for tag, found in parts.elements if tag == "meta" and "http-equiv" in found)
    assert policy and policy.startswith("default-src 'none'; ")
    allowed = dict(re.findall(r"(script|style)-src 'sha256-([^']+)'", policy))
    digests = {"script": script, "style": style}
    assert allowed == {k: base64.b64encode(hashlib.sha256(v.encode()).digest()).decode() for k, v in digests.items()}
    assert json.loads(data)["graph"]["boxes"]
    assert not set("<>&") & set(data)
    assert not [
        name
        for _, found in parts.elements
        for name in found
        if name.startswith("on") or name in ("src", "href", "style")
    ]
    assert parts.of("title") == [drawing(spec).net.name]


def test_nothing_of_the_scripts_ends_them() -> None:
    for name in ("dagre.min.js", "picture.js", "page.js", "page.css"):
        assert not re.search(r"</script|</style|<!--", asset(name), re.IGNORECASE)
        assert not re.search(
            r"\beval\b|new Function|innerHTML|document\.write|fetch\(|XMLHttpRequest|import\(", asset(name)
        )


def test_what_is_told_of_a_layer(drawing: Drawing) -> None:
    data = json.loads(Parts(written(drawing("lenet"))).of("script")[0])
    (conv,) = (layer for layer in data["layers"] if layer["name"] == "conv1")
    line = conv["facts"].pop()
    assert line[0] == "line" and re.search(r"lenet\.net:\d+$", line[1])
    assert conv == {
        "name": "conv1",
        "kind": "Convolution",
        "facts": [
            ["reads", "data 64×1×28×28"],
            ["writes", "conv1 64×20×24×24"],
            ["MACs", "18.4 M"],
            ["parameters", "520"],
            ["memory", "2.95 MB"],
        ],
        "fields": [["kernel_size", "[5]"], ["weight_filler", '{ type: "xavier" }'], ["num_output", "20"]],
        "parameters": [["weight", "20×1×5×5"], ["bias", "20"]],
    }
    nested = json.loads(Parts(written(drawing(NESTED))).of("script")[0])
    deep = next(layer for layer in nested["layers"] if layer["name"] == "first/u/a/y")
    assert [name for name, _ in deep["facts"]][-4:] == [
        "line",
        "in this use of conv",
        "in this use of unit",
        "in this use of pair",
    ]
    assert dict(nested["groups"][0])["parameters"] == "592"
    shown = next(each for each in nested["measures"] if each["name"] == "parameters")
    assert shown["of"]["g0"] == [592, "592"] and shown["total"] == 1184


@pytest.mark.parametrize(
    "spec", ["lenet", "unet", "densenet121", NESTED], ids=["lenet", "unet", "densenet121", "nested"]
)
def test_the_page_folds_as_the_command_line_does(drawing: Drawing, spec: str) -> None:
    graph = drawing(spec)
    context: Any = import_module("quickjs").Context()
    context.eval(asset("page.js"))
    context.eval(f"const graph = {json.dumps(whole_as_json(graph))}; const told = (x) => JSON.stringify(x);")
    for depth in range(1, graph.deepest + 2):
        view = graph.seen(depth)
        opened = [i for i, group in enumerate(graph.groups) if group.level < depth]
        found = json.loads(context.eval(f"told(seen(graph, new Set({opened})))"))
        assert found == json.loads(json.dumps(as_json(view)))
        assert context.eval(f"reach(seen(graph, new Set({opened})))") == view.extent


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    found = program()
    if found is None:
        pytest.skip("there is no Chromium here: `apt-get install chromium` brings one")
    browser = Browser(found, tmp_path_factory.mktemp("browser"))
    yield browser
    browser.close()


def opened(browser: Browser, folder: Path, text: str) -> None:
    file = folder / "net.html"
    file.write_text(text, encoding="utf-8")
    browser.open(file)


def ids(browser: Browser) -> list[str]:
    return browser.run(
        "[...document.querySelectorAll('#picture [data-id]:not([data-frame])')].map((e) => e.dataset.id)"
    )


def details(browser: Browser) -> str:
    return browser.run("document.getElementById('details').innerText")


def test_a_large_net_opens_at_once(browser: Browser, drawing: Drawing, tmp_path: Path) -> None:
    """ResNet-152, 671 layers: read, laid out and drawn in less than two seconds; and in all of its boxes in time."""
    opened(browser, tmp_path, written(drawing("resnet152")))
    assert browser.run("performance.getEntriesByType('navigation')[0].loadEventEnd") < 2000
    folded = len(ids(browser))
    browser.click("#unfold")
    assert len(ids(browser)) > 3 * folded > 150
    assert (browser.said, browser.requests) == ([], [(tmp_path / "net.html").as_uri()])


def test_blocks_unfold_and_fold_where_they_are_clicked(browser: Browser, drawing: Drawing, tmp_path: Path) -> None:
    opened(browser, tmp_path, written(drawing(NESTED)))
    assert ids(browser) == ["b0", "b1", "b2", "b3", "g0", "g1", "b16"]
    browser.click('[data-id="g0"] [data-layer]')
    assert ids(browser) == ["b0", "b1", "b2", "b3", "g2", "g3", "g1", "b16"]
    assert details(browser).split("\n\n")[:2] == ["first", "pair, 14 layers"]
    browser.click('[data-id="g0"][data-frame] text')
    assert ids(browser) == ["b0", "b1", "b2", "b3", "g0", "g1", "b16"]
    browser.click("#unfold")
    assert len(ids(browser)) == 17
    browser.click("#fold")
    assert len(ids(browser)) == 7
    assert browser.said == []


def test_layers_are_found_and_told_of(browser: Browser, drawing: Drawing, tmp_path: Path) -> None:
    opened(browser, tmp_path, written(drawing(NESTED)))
    browser.click('[data-id="b2"] [data-layer]')
    assert "kernel_size\t[3]" in details(browser) and "start" in details(browser)
    browser.click("#search")
    browser.type("second/y/b")
    assert browser.run("document.getElementById('found').textContent") == "2 found"
    assert browser.run("document.querySelector('.found').dataset.id") == "g1"
    browser.press("Enter")
    assert details(browser).splitlines()[0] == "second/y/b/y"
    rect = browser.run(
        "(() => { const [a, b] = ['.chosen', '#picture'].map((s) => document.querySelector(s).getBoundingClientRect());"
        " return [a.left - b.left, b.right - a.right, a.top - b.top, b.bottom - a.bottom]; })()"
    )
    assert min(rect) > 0  # it is seen


def test_the_picture_moves_and_bars_tell(browser: Browser, drawing: Drawing, tmp_path: Path) -> None:
    opened(browser, tmp_path, written(drawing("lenet")))
    box = "document.querySelector('#picture svg').getAttribute('viewBox').split(' ').map(Number)"
    before = browser.run(box)
    browser.click("#nearer")
    nearer = browser.run(box)
    assert nearer[2] < before[2] and nearer[3] < before[3]
    for kind, x in (("mousePressed", 60), ("mouseMoved", 160), ("mouseReleased", 160)):
        browser.call("Input.dispatchMouseEvent", type=kind, x=x, y=300, button="left", buttons=1, clickCount=1)
    moved = browser.run(box)
    assert moved[0] < nearer[0] and moved[2:] == nearer[2:]
    bars = (
        "[...document.querySelectorAll('#bars button')].map((e) => e.innerText.split('\\n').filter(Boolean).join(' '))"
    )
    assert browser.run(bars) == ["conv1 18.4 M", "conv2 102 M", "ip1 25.6 M", "ip2 320 k"]
    browser.click("#measures button:nth-child(2)")
    assert browser.run(bars) == ["conv1 520", "conv2 25.1 k", "ip1 400 k", "ip2 5.01 k"]
    browser.click("#bars button:nth-child(3)")
    assert details(browser).startswith("ip1")
    assert browser.said == []


def test_hostile_text_runs_nowhere(browser: Browser, drawing: Drawing, tmp_path: Path) -> None:
    opened(browser, tmp_path, written(drawing(HOSTILE)))
    assert len(ids(browser)) == 5
    for box in ids(browser):
        browser.click(f'[data-id="{box}"] [data-layer]')
    assert browser.run("document.scripts.length") == 2
    assert browser.run("[...document.querySelectorAll('svg, script')].filter((e) => e.closest('#picture')).length") == 1
    assert "</script><script>" in browser.run("document.getElementById('picture').textContent")
    assert browser.said == []
