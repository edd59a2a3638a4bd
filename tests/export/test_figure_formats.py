"""The files: well-formed whatever the names are, the same every time, accessible, without anything from elsewhere."""

import io
import re
import subprocess
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store.builders import RUN_A, replace, whole_run

from snakemake_heliport.export import figure as figures
from snakemake_heliport.export.figure import Arrow, Box, Figure, FigureError, FigureOptions, Shape, Tie
from snakemake_heliport.export.figure.dot import dot
from snakemake_heliport.export.figure.drawing import scene_of
from snakemake_heliport.export.figure.fitting import MOST, fitted
from snakemake_heliport.export.figure.graphviz import drawn, installed
from snakemake_heliport.export.figure.mermaid import escaped, mermaid
from snakemake_heliport.export.figure.pdf import pdf
from snakemake_heliport.export.figure.svg import svg
from snakemake_heliport.export.figure.text import width
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.store import Store

NAMES = st.text(st.characters(exclude_categories=()), max_size=60) | st.sampled_from(
    [
        '<img src=x onerror="alert(1)">',
        'a"b',
        "a\\N\\",
        "]]>",
        "end",
        "&amp;&lt;",
        "[x](y){z}|",
        "`x`",
        "%% {init}",
        "ä–漢🦊",
        "-->",
    ]
)
SVG = "{http://www.w3.org/2000/svg}"
WRITERS = {name: getattr(figures, f"write_{name}") for name in ("svg", "pdf", "png", "dot", "mermaid")}


def figure(*names: str, status: str = "finished", lit: bool = False) -> Figure:
    """Return a figure of all shapes with these names."""
    given_ = [*names, "x", "y"]
    boxes = tuple(
        Box(f"n{place}", shape, given_[0], (given_[1], "2 files"), ((status, 1),) if shape is Shape.JOB else (), lit)
        for place, shape in enumerate(Shape, 1)
    )
    arrows = (Arrow(0, 1, Tie.FLOW, given_[1], lit), Arrow(1, 4, Tie.TOLD), Arrow(0, 4, Tie.PART))
    return Figure(given_[0], given_[1], "rule", boxes, arrows, lit)


@settings(deadline=None, max_examples=60)
@given(NAMES, NAMES)
def test_any_name_makes_well_formed_svg_that_does_nothing(first: str, second: str) -> None:
    """No name becomes an element, an attribute or a reference."""
    tree = ElementTree.fromstring(svg(scene_of(figure(first, second), FigureOptions())))

    assert {element.tag for element in tree.iter()} == {
        SVG + name for name in ("svg", "title", "desc", "rect", "g", "path", "text")
    }
    assert not [name for element in tree.iter() for name in element.attrib if "href" in name or name.startswith("on")]


@settings(deadline=None, max_examples=60)
@given(NAMES, NAMES)
def test_any_name_makes_a_pdf_and_mermaid_lines(first: str, second: str) -> None:
    """Offsets of the PDF are right; each line of Mermaid is a statement, and each label has safe characters only."""
    told = figure(first, second)
    written = pdf(scene_of(told, FigureOptions()))
    for number, offset in enumerate(re.findall(rb"^(\d{10}) 00000 n", written, re.M), 1):
        assert written[int(offset) :].startswith(b"%d 0 obj" % number)
    (content,) = re.findall(rb"FlateDecode >>\nstream\n(.*)\nendstream", written, re.S)
    assert zlib.decompress(content).count(b"BT ") == zlib.decompress(content).count(b" ET")

    lines = mermaid(told).splitlines()
    statement = re.compile(
        r'flowchart TB|  (acc\w+: .*|\s*\w+(\[|\(\[|\[\(|\{\{|\[\[)"[^"<>`]*(<br/>[^"<>`]*)*"(\]|\]\)|\)\]|\}\}|\]\])'
        r'|\w+ (-->|-\.->|==>)(\|"[^"<>`]*"\|)? \w+|class(Def)? .*|subgraph legend \["Legend"\]|end)'
    )
    assert [line for line in lines if not statement.fullmatch(line)] == []


@pytest.mark.skipif(not installed(), reason="needs Graphviz")
@settings(deadline=None, max_examples=15)
@given(NAMES, NAMES)
def test_graphviz_reads_any_name_as_it_is(first: str, second: str) -> None:
    """Every box and arrow arrives."""
    read = drawn(dot(figure(first, second), legend=False), "plain")
    assert read is not None
    lines = read.decode().splitlines()
    assert sum(line.startswith("node ") for line in lines) == 5
    assert sum(line.startswith("edge ") for line in lines) == 3


@pytest.mark.skipif(not installed(), reason="needs Graphviz")
def test_graphviz_shows_escapes_and_entities_as_they_are() -> None:
    """A backslash and an ampersand of a name mean themselves."""
    shown = drawn(dot(figure('a\\N"&lt;', "b"), legend=False), "svg")
    assert shown is not None
    texts = {element.text for element in ElementTree.fromstring(shown).iter(SVG + "text")}
    assert 'a\\N"&lt;' in texts


def test_mermaid_names_are_told_by_number() -> None:
    """Nothing that Mermaid or HTML reads is left."""
    assert escaped('<b>"#;') == "#60;b#62;#34;#35;#59;"


@settings(deadline=None, max_examples=150)
@given(NAMES, NAMES)
def test_texts_stay_within_their_boxes(first: str, second: str) -> None:
    """Whatever the name, the widest row fits, and no box grows without bound."""
    for shape in Shape:
        box = fitted(Box("n1", shape, first, (second,)))
        assert all(width(row.text, row.size, bold=row.bold) <= box.size[0] - 16 for row in box.rows)
        assert all(0 < row.y <= box.size[1] for row in box.rows)
        assert box.size[0] <= MOST + 40


@pytest.mark.parametrize(("status", "mark"), [("failed", "failed"), ("interrupted", "interrupted")])
def test_what_went_wrong_is_seen_without_colour(status: str, mark: str) -> None:
    """A failed job differs by class, by pattern and by a mark: by its outlines, not only by their colours."""
    bare = [
        re.sub(r"#[0-9a-f]{6}", "", svg(scene_of(figure("a", status=state), FigureOptions(legend=False))))
        for state in (status, "finished")
    ]
    boxes = [ElementTree.fromstring(text).find(f".//{SVG}g[@id='n1']") for text in bare]

    assert mark in boxes[0].get("class").split()
    assert len(boxes[0].findall(f"{SVG}path")) > len(boxes[1].findall(f"{SVG}path")) + 3


def test_the_legend_explains_what_occurs_and_nothing_else() -> None:
    """It has no state, shape or line that is not in the figure, and can be left out."""
    with_, without = (
        svg(scene_of(figure("a", status="failed"), FigureOptions(legend=legend))) for legend in (True, False)
    )

    assert "dataset" in with_
    assert ">failed<" in with_
    assert ">interrupted<" not in with_
    assert "on the path" not in with_
    assert "Legend" not in without


def test_arrows_name_their_boxes_and_the_path_is_marked() -> None:
    """The graph can be read back from the SVG."""
    tree = ElementTree.fromstring(svg(scene_of(figure("a", lit=True), FigureOptions())))

    found = {(g.get("data-from"), g.get("data-to")): g.get("class") for g in tree.iter(SVG + "g") if g.get("data-from")}
    assert found == {("n1", "n2"): "arrow flow lit", ("n2", "n5"): "arrow told", ("n1", "n5"): "arrow part"}
    assert tree.get("role") == "img"
    assert float(tree.get("width")) <= 680


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with Store.open(tmp_path / "store.db") as opened:
        replace(opened, RUN_A, whole_run(RUN_A))
        yield opened


@pytest.mark.parametrize("name", list(WRITERS))
def test_twice_the_same_bytes(store: Store, name: str) -> None:
    """A figure of the same graph is the same file."""
    first, second = io.BytesIO(), io.BytesIO()
    WRITERS[name](store, Selection([RUN_A]), first)
    WRITERS[name](store, Selection([RUN_A]), second)

    assert first.getvalue() == second.getvalue()
    assert len(first.getvalue()) > 300


@pytest.mark.skipif(not installed(), reason="needs Graphviz")
def test_with_dot_the_same_is_drawn_at_other_places(store: Store) -> None:
    """Boxes, arrows and legend are ours, whoever placed them."""
    own, other = io.BytesIO(), io.BytesIO()
    figures.write_svg(store, Selection([RUN_A]), own, FigureOptions(engine="own"))
    figures.write_svg(store, Selection([RUN_A]), other, FigureOptions(engine="dot"))

    ids = [[g.get("id") for g in ElementTree.fromstring(text.getvalue()).iter(SVG + "g")] for text in (own, other)]
    assert ids[0] == ids[1]
    assert own.getvalue() != other.getvalue()


def test_without_any_tool_png_says_what_to_install(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, and no picture."""

    def missing(scene: object) -> bytes:
        raise ImportError("PIL")

    monkeypatch.setattr(figures, "png", missing)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(FigureError, match="pip install pillow"):
        figures.write_png(store, Selection([RUN_A]), io.BytesIO())


def test_pillow_is_loaded_for_png_only() -> None:
    """The package imports neither Pillow nor matplotlib by itself."""
    code = "import sys, snakemake_heliport.export.figure; print(sorted({'PIL', 'matplotlib'} & set(sys.modules)))"
    done = subprocess.run(["python", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
