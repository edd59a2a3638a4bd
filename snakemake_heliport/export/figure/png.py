"""PNG, drawn by Pillow, which matplotlib brings along; it is loaded only if a PNG is wanted."""

import io
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from snakemake_heliport.export.figure.looks import PAPER
from snakemake_heliport.export.figure.scene import Item, Outline, Scene, Words
from snakemake_heliport.export.figure.text import clean

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

    Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont

Points: TypeAlias = list[tuple[float, float]]
# 3 pixels for each of CSS are 288 dpi; drawn twice as large, then made smaller, because Pillow draws hard edges.
SCALE, FINER, MOST = 3.0, 2, 9000
FONTS = {
    False: ("LiberationSans-Regular.ttf", "Arial.ttf", "Helvetica.ttc", "DejaVuSans.ttf"),
    True: ("LiberationSans-Bold.ttf", "Arial Bold.ttf", "arialbd.ttf", "DejaVuSans-Bold.ttf"),
}
STEPS = 16


def png(scene: Scene) -> bytes:
    """Return a scene as a picture.

    Raises:
        ImportError: Pillow is not installed.
    """
    from PIL import Image, ImageDraw

    zoom = FINER * min(SCALE, MOST / max(scene.width, scene.height))
    image = Image.new("RGB", (round(scene.width * zoom), round(scene.height * zoom)), PAPER)
    draw = ImageDraw.Draw(image)
    for part in scene.parts:
        for item in part.items:
            _item(draw, item, zoom)
    small = image.resize((image.width // FINER, image.height // FINER), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    dots = zoom / FINER * 96 / scene.scale
    small.save(stream, "PNG", dpi=(dots, dots), optimize=True)
    return stream.getvalue()


def _item(draw: "ImageDraw.ImageDraw", item: Item, zoom: float) -> None:
    if isinstance(item, Words):
        place = (item.x * zoom, item.y * zoom)
        font = _font(round(item.size * zoom), bold=item.bold)
        draw.text(place, clean(item.text), item.colour, font, anchor="ms" if item.centred else "ls")
        return
    points = _points(item, zoom)
    if item.style.fill:
        draw.polygon(points, item.style.fill)
    if item.style.line:
        width = max(1, round(item.style.width * zoom))
        for stretch in _dashed(points, [dash * zoom for dash in item.style.dashes]) if item.style.dashes else [points]:
            draw.line(stretch, item.style.line, width, joint="curve")


@lru_cache(maxsize=64)
def _font(size: int, *, bold: bool) -> "Font":
    """Return a font of the system, or the one that Pillow brings."""
    from PIL import ImageFont

    for name in FONTS[bold]:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def _points(outline: Outline, zoom: float) -> Points:
    points: Points = [outline.start]
    for piece in outline.pieces:
        points += [piece[0]] if len(piece) == 1 else _bent([points[-1], *piece])
    # Over the first corner, so that its edges join.
    points += points[:2] if outline.closed else []
    return [(x * zoom, y * zoom) for x, y in points]


def _bent(corners: Points) -> Points:
    """Return points on a cubic curve, without the first."""
    found: Points = []
    for step in range(1, STEPS + 1):
        t = step / STEPS
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
        pairs = list(zip(weights, corners, strict=True))
        found.append((sum(w * x for w, (x, _) in pairs), sum(w * y for w, (_, y) in pairs)))
    return found


def _dashed(points: Points, dashes: list[float]) -> list[Points]:
    """Return the stretches of a line that are drawn, by turns of dash and gap."""
    stretches: list[Points] = [[points[0]]]
    turn, left = 0, dashes[0]
    for (x0, y0), (x1, y1) in pairwise(points):
        length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        done = 0.0
        while length - done > left:
            done += left
            at = (x0 + (x1 - x0) * done / length, y0 + (y1 - y0) * done / length)
            if turn % 2 == 0:
                stretches[-1].append(at)
            else:
                stretches.append([at])
            turn += 1
            left = dashes[turn % len(dashes)]
        left -= length - done
        if turn % 2 == 0:
            stretches[-1].append((x1, y1))
    return [stretch for stretch in stretches if len(stretch) > 1]
