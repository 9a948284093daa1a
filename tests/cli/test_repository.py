"""A repository with good and bad specs, checked as people live with it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from jsonschema.validators import validator_for

from netspec.diagnostics.annotations import MOST

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec

SPECS = Path(__file__).resolve().parents[2] / "specs"
SCHEMA = Path(__file__).with_name("sarif") / "sarif-schema-2.1.0.json"
DATA = 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }\n'
WIDE = (
    'layer { name: "wide" type: "Convolution" bottom: "data" top: "wide"\n'
    "        convolution_param { num_output: 4 kernel_size: 9 } }\n"
)
TWICE = 'layer { name: "data" type: "ReLU" bottom: "data" top: "relu" }\n'
FILES = {
    "netspec.toml": 'paths = ["models"]\nexclude = ["third_party"]\nper-file-ignores = { "models/old" = ["NS221"] }\n',
    "models/wide.prototxt": DATA + WIDE,
    "models/twice.prototxt": DATA + TWICE,
    "models/old/twice.prototxt": DATA + TWICE,
    "models/accepted.prototxt": DATA + WIDE.replace(" } }\n", " } }  # netspec: ignore[NS302] wide on purpose\n"),
    "models/broken.net": "input data: [1, 3, 8, 8]\nrelu = ReLU(data\n",
    "models/third_party/theirs.prototxt": DATA + WIDE,
    "models/classes.prototxt": 'item { name: "road" label: 1 label_id: 7 }\n',
}
FOUND = ["NS102 models/broken.net", "NS221 models/twice.prototxt", "NS302 models/wide.prototxt"]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    for name in ("lenet.net", "siamese.net"):
        shutil.copy(SPECS / name, tmp_path / "models")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    yield tmp_path


def codes(text: str) -> list[str]:
    """What a report in JSON has, with the files."""
    return [f"{found['code']} {found['labels'][0]['file']}" for found in json.loads(text)]


def mend(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_what_is_configured_and_ignored(repository: Path, netspec: Netspec) -> None:
    result = netspec("check")
    assert (result.status, result.out.splitlines()[-1]) == (
        1,
        "2 errors and 1 warning in 7 files (1 other file skipped)",
    )
    assert codes(netspec("check", "--format", "json").out) == FOUND
    assert codes(netspec("check", "--format", "json").out) == FOUND  # from what was kept
    assert codes(netspec("check", "--format", "json", "--ignore", "NS2").out) == [FOUND[0], FOUND[2]]
    assert codes(netspec("check", "--format", "json", "--ignore", "NS302").out) == FOUND[:2]
    assert codes(netspec("check", "--format", "json", "--isolated", "models/old").out) == [
        "NS221 models/old/twice.prototxt"
    ]


def test_an_exit_status_for_each_end(repository: Path, netspec: Netspec) -> None:
    (repository / "models" / "broken.net").unlink()
    assert netspec("check").status == 1
    assert netspec("check", "--ignore", "NS302").status == 0
    assert netspec("check", "--ignore", "NS302", "--strict").status == 1
    assert netspec("check", "--ignore", "NS302,NS221", "--strict").status == 0
    assert netspec("check", "--ignore", "NS3021").status == 2
    assert netspec("check", "--output", "models/new.net").status == 2
    assert netspec("check", "--statistics", "--format", "sarif").status == 2
    assert netspec("check", "--output", "no/such/folder/report").status == 2


def test_an_ignore_that_has_outlived_its_fault_is_told(repository: Path, netspec: Netspec) -> None:
    mend(repository / "models" / "accepted.prototxt", "kernel_size: 9", "kernel_size: 3")
    assert "NS905 models/accepted.prototxt" in codes(netspec("check", "--format", "json").out)


def test_a_baseline(repository: Path, netspec: Netspec) -> None:
    mend(repository / "netspec.toml", "paths", 'baseline = "known.json"\npaths')
    assert netspec("check").status == 2  # there is none
    result = netspec("check", "--write-baseline")
    assert result.out.endswith("1 error in 7 files (1 other file skipped); 2 in known.json\n")
    assert result.status == 1  # what cannot be read is not accepted
    (repository / "models" / "broken.net").unlink()
    before = (repository / "known.json").read_bytes()
    assert netspec("check", "--strict").out == "no problems in 6 files (1 other file skipped); 2 known before\n"
    wide = repository / "models" / "wide.prototxt"
    mend(wide, DATA, f"# a remark\n\n{DATA}\n")
    assert netspec("check").status == 0
    wide.write_text(wide.read_text() + WIDE.replace("wide", "wider"))
    assert codes(netspec("check", "--format", "json").out) == ["NS302 models/wide.prototxt"]
    wide.write_text(DATA)
    result = netspec("check")
    assert (result.status, result.out) == (
        0,
        "no problems in 6 files (1 other file skipped); 1 known before; "
        "1 of the baseline mended: --write-baseline leaves it out\n",
    )
    assert (repository / "known.json").read_bytes() == before
    netspec("check", "--write-baseline", "models/wide.prototxt")
    assert [*json.loads((repository / "known.json").read_text())["accepted"]] == ["models/twice.prototxt"]
    assert netspec("check", "--write-baseline", "--baseline", "netspec.toml").status == 2
    assert (repository / "netspec.toml").read_text().startswith("baseline")


def test_what_is_printed_ends_where_it_is_told_to(repository: Path, netspec: Netspec) -> None:
    result = netspec("check", "--max-errors", "1")
    assert result.status == 1
    assert result.out.count("error[") == 1
    assert result.out.splitlines()[-1].endswith("; stopped after 1 error, 6 files not checked")
    assert netspec("check", "--max-errors", "9").out.splitlines()[-1].endswith("(1 other file skipped)")


def test_statistics(repository: Path, netspec: Netspec) -> None:
    result = netspec("check", "--statistics")
    assert (result.status, [line.split() for line in result.out.splitlines()]) == (
        1,
        [
            ["count", "code", "name", "severity"],
            ["1", "NS102", "unclosed-message", "error"],
            ["1", "NS221", "duplicate-name", "warning"],
            ["1", "NS302", "empty-output", "error"],
        ],
    )
    rows = json.loads(netspec("check", "--statistics", "--format", "json").out)
    assert [(row["code"], row["count"]) for row in rows] == [("NS102", 1), ("NS221", 1), ("NS302", 1)]
    assert netspec("check", "--statistics", "models/lenet.net").out == ""


def test_a_report_is_written_whole_and_anew(repository: Path, netspec: Netspec) -> None:
    for _ in range(2):
        result = netspec("check", "--format", "json", "--output", "report.json")
        assert (result.status, result.out.count("\n")) == (1, 1)
        assert codes((repository / "report.json").read_text()) == FOUND
    result = netspec("check", "--output", "report.txt", "-q")
    assert (result.status, result.out) == (1, "")
    assert "\x1b" not in (repository / "report.txt").read_text()


def test_sarif(repository: Path, netspec: Netspec) -> None:
    """Held against the schema, which is what its README says it is."""
    text = SCHEMA.read_bytes()
    assert sha256(text).hexdigest() in SCHEMA.with_name("README.md").read_text()
    schema = json.loads(text)
    validator = validator_for(schema)(schema, format_checker=validator_for(schema).FORMAT_CHECKER)
    for argv in ([], ["--isolated", "models"], ["models/lenet.net"]):
        log = json.loads(netspec("check", "--format", "sarif", *argv).out)
        assert [error.message for error in validator.iter_errors(log)] == []
    log["runs"][0]["results"] = [{}]
    assert [error.message for error in validator.iter_errors(log)] == ["'message' is a required property"]


def test_junit(repository: Path, netspec: Netspec) -> None:
    suites = ElementTree.fromstring(netspec("check", "--format", "junit").out)
    failing = [case.attrib["name"] for case in suites.iter("testcase") if case.find("failure") is not None]
    assert (suites.attrib["tests"], failing) == ("7", ["models/broken.net", "models/wide.prototxt"])


def test_gitlab(repository: Path, netspec: Netspec) -> None:
    def report() -> list[dict[str, Any]]:
        return json.loads(netspec("check", "--format", "gitlab").out)

    before = report()
    assert [(issue["severity"], issue["location"]["path"]) for issue in before] == [
        ("major", "models/broken.net"),
        ("minor", "models/twice.prototxt"),
        ("major", "models/wide.prototxt"),
    ]
    for issue in before:
        assert issue.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["location"]["lines"]["begin"] >= 1
    wide = repository / "models" / "wide.prototxt"
    wide.write_text(f"# a remark\n{DATA}{WIDE}{WIDE}{WIDE}")
    after = report()
    assert before[-1]["location"]["lines"]["begin"] + 1 in [issue["location"]["lines"]["begin"] for issue in after]
    marks = [issue["fingerprint"] for issue in after]
    assert before[-1]["fingerprint"] in marks
    assert len(marks) == len({*marks})


def test_annotations_and_a_summary(
    repository: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lines = netspec("check", "--format", "github").out.splitlines()
    assert [line.split(",")[0] for line in lines] == [
        "::error file=models/broken.net",
        "::warning file=models/twice.prototxt",
        "::error file=models/wide.prototxt",
    ]
    summary = tmp_path / "summary.md"
    summary.write_text("from a step before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    wide = repository / "models" / "wide.prototxt"
    wide.write_text(DATA + "".join(WIDE.replace("wide", f"wide{i}") for i in range(MOST + 5)))
    result = netspec("check", "--format", "github")
    assert result.out.count("::error ") == MOST
    assert result.out.splitlines()[-1].startswith("6 more errors without an annotation")
    text = summary.read_text()
    assert text.startswith("from a step before\n### netspec check\n")
    assert text.count("| error | NS302 |") == MOST + 5
