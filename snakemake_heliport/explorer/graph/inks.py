"""SVG elements that follow the stylesheet: their colours are names, so that light and dark share one drawing."""

from xml.sax.saxutils import escape

from snakemake_heliport.export.figure.figure import FAILED, FINISHED, INTERRUPTED, UP_TO_DATE
from snakemake_heliport.export.figure.looks import FAINT, GREY, INK, LOOKS, PAPER, STATE_COLOURS
from snakemake_heliport.export.figure.scene import Item, Outline, Words
from snakemake_heliport.export.figure.svg import number, outline_data
from snakemake_heliport.export.figure.text import clean

COLOURS = {
    **{look.fill: shape.value for shape, look in LOOKS.items()},
    **{look.line: f"{shape.value}-line" for shape, look in LOOKS.items()},
    **{STATE_COLOURS[state]: state for state in (FINISHED, UP_TO_DATE, INTERRUPTED, FAILED)},
    INK: "ink",
    GREY: "grey",
    FAINT: "faint",
    PAPER: "paper",
}


def element(item: Item, more: str = "") -> str:
    """Return the SVG element of an outline or of words.

    Args:
        more: What else the element of an outline says.
    """
    if isinstance(item, Words):
        # Sizes are classes, too: the stylesheet would win against an attribute.
        size = f"s{number(item.size).replace('.', '-')}"
        classes = " ".join(filter(None, (f"f-{COLOURS[item.colour]}", size, "b" * item.bold, "m" * item.centred)))
        place = f'x="{number(item.x)}" y="{number(item.y)}"'
        return f'<text class="{classes}" {place}>{escape(clean(item.text))}</text>'
    return _outline(item, more)


def _outline(outline: Outline, more: str) -> str:
    style = outline.style
    classes = [f"f-{COLOURS[style.fill] if style.fill else 'none'}"]
    classes += [f"l-{COLOURS[style.line]}"] if style.line else []
    dashes = f' stroke-dasharray="{" ".join(map(number, style.dashes))}"' if style.dashes else ""
    line = f' stroke-width="{number(style.width)}"{dashes}' if style.line else ""
    return f'<path class="{" ".join(classes)}" d="{outline_data(outline)}"{line}{more}/>'
