"""SVG: no script, nothing from elsewhere, a title and a description for those who cannot see it."""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from snakemake_heliport.export.figure.looks import PAPER
from snakemake_heliport.export.figure.scene import Item, Outline, Part, Scene, Words
from snakemake_heliport.export.figure.text import FAMILY, clean


def svg(scene: Scene) -> str:
    """Return a scene as an SVG document."""
    wide, high = number(scene.width), number(scene.height)
    size = f'width="{number(scene.width * scene.scale)}" height="{number(scene.height * scene.scale)}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {wide} {high}" role="img" '
        f'aria-labelledby="figure-title figure-description" font-family="{FAMILY}">',
        f'<title id="figure-title">{_text(scene.title)}</title>',
        f'<desc id="figure-description">{_text(scene.summary)}</desc>',
        f'<rect width="{wide}" height="{high}" fill="{PAPER}"/>',
        *(line for part in scene.parts for line in _part(part)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _part(part: Part) -> Iterator[str]:
    data = "".join(f" data-{name}={quoteattr(value)}" for name, value in part.data)
    yield f'<g id="{part.name}" class="{" ".join(part.classes)}"{data}><title>{_text(part.title)}</title>'
    yield from map(_item, part.items)
    yield "</g>"


def _item(item: Item) -> str:
    if isinstance(item, Words):
        bold = ' font-weight="bold"' if item.bold else ""
        centred = ' text-anchor="middle"' if item.centred else ""
        place = f'x="{number(item.x)}" y="{number(item.y)}" font-size="{number(item.size)}"'
        return f'<text {place} fill="{item.colour}"{bold}{centred}>{_text(item.text)}</text>'
    dashes = f' stroke-dasharray="{" ".join(map(number, item.style.dashes))}"' if item.style.dashes else ""
    line = f' stroke="{item.style.line}" stroke-width="{number(item.style.width)}"{dashes}' if item.style.line else ""
    return f'<path d="{outline_data(item)}" fill="{item.style.fill or "none"}"{line}/>'


def outline_data(outline: Outline) -> str:
    """Return an outline in the letters and numbers of the attribute `d`."""
    told = [f"M{_point(outline.start)}"]
    for piece in outline.pieces:
        told.append(("L" if len(piece) == 1 else "C") + " ".join(map(_point, piece)))
    return "".join(told) + ("Z" if outline.closed else "")


def _point(point: tuple[float, float]) -> str:
    return f"{number(point[0])},{number(point[1])}"


def number(value: float) -> str:
    """Return a number with at most two decimals."""
    # Zero is added because of -0.0.
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def _text(text: str) -> str:
    return escape(clean(text))
