"""What only forks have: an error in Caffe's edition, else a warning where the file does not say it is theirs."""

from __future__ import annotations

import pytest

import netspec
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source

HEAD = """input data: [2, 3, 8, 8]
input film: [2, 3, 4, 8, 8]
input table: [4, 4]
input half: []
"""

# a layer, what is said of it in Caffe's edition, what is warned of in any
CASES: list[tuple[str, str, str]] = [
    ("y = Convolution(data) { num_output: 2 kernel_size: 3 engine: CUDNN }", "", ""),
    ("y = Pooling(data) { kernel_size: 2 }", "", ""),
    ("y = Convolution(data) { num_output: 2 kernel_size: 3 hole: 2 }", "hole is a field of DeepLab; Caffe's Conv", ""),
    ('y = Convolution(data) { num_output: 2 kernel_size: 3 conv_algorithm: "direct" }', "conv_algorithm is", ""),
    ("y = Convolution(data) { num_output: 2 kernel_size: 3 debug: true }", "debug is a field of forks", ""),
    ("y = Dropout(data) { random_seed: 9223372036854775807 }", "random_seed is a field of NVIDIA's fork", ""),
    ("y = Interp(data) { zoom_factor: 2 }", "Interp is a layer of DeepLab, not of BVLC's Caffe", ""),
    ("y = Pooling(film) { kernel_size: 2 }", "take 3 spatial axes", "take 3 spatial axes"),
    ("y = Pooling(data) { pool: AVE_EXC_PAD kernel_size: 2 }", "has no AVE_EXC_PAD; Synopsys' fork has", ""),
    (
        "y = Pooling(data) { pool: AVE avg_include_pad: false kernel_size: 2 }",
        "avg_include_pad is a field of intel's",
        "",
    ),
    ("y = Eltwise(data, half)", "takes a scalar as the second", "takes a scalar as the second"),
    ("y = Eltwise(data, data)", "", ""),
    ("y = Eltwise(data, data) { operation: DIV }", "Eltwise has no DIV", ""),
    (
        'y = InnerProduct(data) { num_output: 2 weight_filler { type: "gaussian_unitball" } }',
        "has no filler gaussian_unitball",
        "has no filler gaussian_unitball",
    ),
    ('y = InnerProduct(data) { num_output: 2 weight_filler { type: "msra" alpha: 0.1 } }', "alpha is a field", ""),
    ('y = InnerProduct(data) { num_output: 2 weight_filler { type: "msra" } }', "", ""),
    ("y = LRN(film)", "gnina's takes 5 axes", "gnina's takes 5 axes"),
    ("y = LRN(data)", "", ""),
    ("y = InnerProduct(table, table) { bias_term: false }", "has one bottom", "has one bottom"),
    ("y = EuclideanLoss(table, table, table)", "has two bottoms", "has two bottoms"),
    ("y = DummyData(data)", "has no bottom", "has no bottom"),
    ("y = SigmoidCrossEntropyLoss(data, data, data)", "has two bottoms", "has two bottoms"),
]


@pytest.mark.parametrize(("layer", "refused", "warned"), CASES)
def test_editions(layer: str, refused: str, warned: str) -> None:
    source = Source("test.net", HEAD + layer)
    for edition, code, words in (("caffe", "NS232", refused), (None, "NS231", warned)):
        found = [d for d in check_source(source, edition=edition) if d.code in ("NS231", "NS232")]
        assert [(d.code, words in d.message) for d in found] == ([(code, True)] if words else [])
        assert all(d.labels and d.labels[0].span.start >= len(HEAD) for d in found)


def test_what_is_netspecs_own() -> None:
    layer = 'y = InnerProduct(table) { num_output: 1 bias_filler { type: "values" values: 3 } }'
    source = Source("test.net", HEAD + layer)
    assert [d.code for d in check_source(source) if d.code[:3] == "NS2"] == []
    (found,) = check_source(source, edition="caffe")
    assert (found.code, source.text[found.labels[0].span.start :][:6]) == ("NS235", "values")


def test_fields_of_a_net() -> None:
    found = check_source(
        Source("a.prototxt", 'engine: "CAFFE"\nlayer { name: "x" type: "Input" top: "x" }'), edition="caffe"
    )
    assert [(d.code, d.labels[0].span.start) for d in found if d.code == "NS232"] == [("NS232", 0)]


def test_a_reading_of_a_fork_is_no_reading_of_caffe() -> None:
    """Windows of darknet, without which the two branches have other sizes."""
    text = """input data: [1, 4, 13, 13]
    p = Pooling(data) { pool: MAX kernel_size: 2 stride: 1 }
    y = Eltwise(data, p)
    """
    kept = [d.code for d in check_source(Source("a.net", text))]
    refused = [d.code for d in check_source(Source("a.net", text), edition="caffe")]
    assert "NS232" not in kept and "NS227" in kept and "NS232" in refused


def test_there_is_one_edition_to_ask_for() -> None:
    with pytest.raises(ValueError, match="edition"):
        netspec.load_text("", edition="intel")
