"""Mermaid, for README files and wikis that draw it: GitHub, GitLab, Jupyter, HedgeDoc."""

from snakemake_heliport.export.figure.figure import Arrow, Box, Figure
from snakemake_heliport.export.figure.flow import Shape, Tie
from snakemake_heliport.export.figure.legend import entries
from snakemake_heliport.export.figure.looks import FAINT, GREY, INK, LOOKS, STATE_COLOURS, worst
from snakemake_heliport.export.figure.text import clean, wrapped

OPENING = {Shape.JOB: "[", Shape.DATA: "([", Shape.DATASET: "[(", Shape.MODEL: "{{", Shape.TRAINING: "[["}
CLOSING = {Shape.JOB: "]", Shape.DATA: "])", Shape.DATASET: ")]", Shape.MODEL: "}}", Shape.TRAINING: "]]"}
ARROWS = {Tie.FLOW: "-->", Tie.PART: "-.->", Tie.TOLD: "-.->"}
LIT = "==>"
MARKS = {"failed": "✗ ", "interrupted": "‖ "}
LINE_MOST, LINES = 200.0, 2


def mermaid(figure: Figure, *, legend: bool = True) -> str:
    """Return a figure as a Mermaid flow chart."""
    lines = [
        "flowchart TB",
        f"  accTitle: {escaped(figure.title)}",
        f"  accDescr: {escaped(figure.summary)}",
        *(f"  {_box(box)}" for box in figure.boxes),
        *(f"  {_arrow(figure, arrow)}" for arrow in figure.arrows),
        *(_legend(figure) if legend and figure.boxes else ()),
        *(f"  classDef {shape.value} fill:{look.fill},stroke:{look.line},color:{INK}" for shape, look in LOOKS.items()),
        f"  classDef failed stroke:{STATE_COLOURS['failed']},stroke-width:3px",
        f"  classDef interrupted stroke:{STATE_COLOURS['interrupted']},stroke-width:3px,stroke-dasharray:6 3",
        f"  classDef lit stroke:{INK},stroke-width:3px",
        f"  classDef dim stroke:{FAINT},color:{GREY}",
        *_classes(figure),
    ]
    return "\n".join(lines) + "\n"


def _box(box: Box) -> str:
    mark = MARKS.get(worst(box) or "", "")
    rows = [row for words in (mark + box.title, *box.lines) for row in wrapped(words, 10, LINE_MOST, LINES)]
    label = "<br/>".join(map(escaped, rows))
    return f'{box.name}{OPENING[box.shape]}"{label}"{CLOSING[box.shape]}'


def _arrow(figure: Figure, arrow: Arrow) -> str:
    line = LIT if arrow.lit else ARROWS[arrow.tie]
    label = f'|"{escaped(arrow.label)}"|' if arrow.label else ""
    return f"{figure.boxes[arrow.tail].name} {line}{label} {figure.boxes[arrow.head].name}"


def _legend(figure: Figure) -> list[str]:
    """Return the shapes that occur; Mermaid has no free arrows, so lines are not explained."""
    shapes = [(what, words) for what, words in entries(figure) if isinstance(what, Shape)]
    boxes = [Box(f"legend_{shape.value}", shape, words) for shape, words in shapes]
    named = [f"  class {box.name} {box.shape.value}" for box in boxes]
    return ['  subgraph legend ["Legend"]', *(f"    {_box(box)}" for box in boxes), "  end", *named]


def _classes(figure: Figure) -> list[str]:
    found: dict[str, list[str]] = {}
    for box in figure.boxes:
        for name in _class_names(box, dim=figure.highlighted and not box.lit):
            found.setdefault(name, []).append(box.name)
    return [f"  class {','.join(boxes)} {name}" for name, boxes in found.items()]


def _class_names(box: Box, *, dim: bool) -> list[str]:
    bad = worst(box)
    return [box.shape.value, *([bad] if bad else []), *(["lit"] if box.lit else []), *(["dim"] if dim else [])]


def escaped(text: str) -> str:
    """Return a text that Mermaid shows as it is: whatever has a meaning in it or in HTML is told by its number."""
    return "".join(c if c.isalnum() or c in " .,_-/()+*…✗‖" else f"#{ord(c)};" for c in clean(text))
