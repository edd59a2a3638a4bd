"""DOT, for Graphviz and all that read it: the same boxes, shapes and colours, the legend as a cluster."""

from collections.abc import Iterator
from itertools import count

from snakemake_heliport.export.figure.figure import Arrow, Box, Figure
from snakemake_heliport.export.figure.flow import Shape, Tie
from snakemake_heliport.export.figure.legend import entries
from snakemake_heliport.export.figure.looks import FAINT, GREY, INK, LOOKS, PAPER, STATE_COLOURS, border, worst
from snakemake_heliport.export.figure.text import clean, wrapped

SHAPES = {
    Shape.JOB: "box",
    Shape.DATA: "note",
    Shape.DATASET: "cylinder",
    Shape.MODEL: "hexagon",
    Shape.TRAINING: "box",
}
TIES = {Tie.FLOW: "solid", Tie.PART: "dotted", Tie.TOLD: "dashed"}
FONT = "Helvetica"
LINE_MOST, LINES = 200.0, 2


def dot(figure: Figure, *, legend: bool = True) -> str:
    """Return a figure as a graph in DOT."""
    lines = [
        "digraph heliport {",
        f"  graph [label={quoted(figure.title, figure.caption)}, labelloc=t, labeljust=l,",
        f'         fontname={FONT}, fontsize=14, rankdir=TB, bgcolor="{PAPER}", nodesep=0.3, ranksep=0.45];',
        f'  node [fontname={FONT}, fontsize=10, margin="0.14,0.08"];',
        f"  edge [fontname={FONT}, fontsize=9, arrowsize=0.7];",
        *(f"  {box.name} {_box(box, dim=figure.highlighted and not box.lit)};" for box in figure.boxes),
        *(f"  {_arrow(figure, arrow)};" for arrow in figure.arrows),
        *(_legend(figure) if legend and figure.boxes else ()),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _box(box: Box, *, dim: bool) -> str:
    line, width, dashes = border(box, dim=dim)
    styles = ["filled", *(["rounded"] if box.shape is Shape.TRAINING else []), *(["dashed"] if dashes else [])]
    facts = {
        "shape": SHAPES[box.shape],
        "label": quoted(box.title, *box.lines),
        "tooltip": quoted(box.summary),
        "style": f'"{",".join(styles)}"',
        "fillcolor": f'"{PAPER if dim else LOOKS[box.shape].fill}"',
        "color": f'"{line}"',
        "fontcolor": f'"{GREY if dim else INK}"',
        "penwidth": f"{width:g}",
        **({"peripheries": "2"} if worst(box) or box.shape is Shape.TRAINING else {}),
    }
    return _listed(facts)


def _arrow(figure: Figure, arrow: Arrow) -> str:
    colour = INK if arrow.lit else FAINT if figure.highlighted else GREY
    facts = {"style": TIES[arrow.tie], "color": f'"{colour}"', "penwidth": "2.4" if arrow.lit else "1.1"}
    if arrow.label:
        facts["label"] = quoted(arrow.label)
    return f"{figure.boxes[arrow.tail].name} -> {figure.boxes[arrow.head].name} {_listed(facts)}"


def _legend(figure: Figure) -> Iterator[str]:
    yield f'  subgraph cluster_legend {{ label="Legend"; fontsize=10; color="{FAINT}";'
    numbers = count(1)
    for what, words in entries(figure):
        name = f"legend{next(numbers)}"
        if isinstance(what, Shape):
            yield f"    {name} {_box(Box(name, what, words), dim=False)};"
        elif what in STATE_COLOURS and not isinstance(what, Tie):
            sample = Box(name, Shape.JOB, words, (), ((what, 1),))
            yield f"    {name} {_box(sample, dim=False)};"
        else:
            style = TIES[what] if isinstance(what, Tie) else "bold"
            yield f"    {name}a [shape=point]; {name}b [shape=plaintext, label={quoted(words)}];"
            yield f'    {name}a -> {name}b [style={style}, color="{GREY}"];'
    yield "  }"


def _listed(facts: dict[str, str]) -> str:
    return f"[{', '.join(f'{name}={value}' for name, value in facts.items())}]"


def quoted(*rows: str) -> str:
    """Return a label of several lines; Graphviz reads escapes and entities in it, which are to be told as they are."""
    lines = (line for row in rows if row for line in wrapped(clean(row), 10, LINE_MOST, LINES))
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;") for line in lines)
    return '"' + "\\n".join(escaped) + '"'
