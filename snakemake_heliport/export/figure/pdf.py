"""PDF written by ourselves: vectors, and the Helvetica that every reader has, so nothing is embedded or installed.

Helvetica is given in the characters of Windows-1252. A text in others is drawn by `dot`, if it is there.
"""

import unicodedata
import zlib

from snakemake_heliport.export.figure.scene import Item, Outline, Scene, Words
from snakemake_heliport.export.figure.svg import number
from snakemake_heliport.export.figure.text import FIRST, LAST, clean

POINTS = 0.75
ENCODING = "cp1252"
# Thousandths of the size, from space to tilde (Adobe Font Metrics).
# fmt: off
REGULAR = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
)
BOLD = (
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611,
    556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389,
    280, 389, 584,
)
# fmt: on
ELLIPSIS, OTHER = 1000, 556


def can_tell(scene: Scene) -> bool:
    """Tell whether Helvetica has all characters of a scene."""
    texts = (item.text for part in scene.parts for item in part.items if isinstance(item, Words))
    return all(_latin(clean(text)) == clean(text) for text in texts)


def pdf(scene: Scene) -> bytes:
    """Return a scene as a PDF of one page that is as large as the drawing; the same bytes every time."""
    factor = POINTS * scene.scale
    page = f"[0 0 {number(scene.width * factor)} {number(scene.height * factor)}]"
    # The axis is turned once here, and back for each text.
    matrix = f"{factor:.5f} 0 0 {-factor:.5f} 0 {number(scene.height * factor)} cm"
    items = [_item(item) for part in scene.parts for item in part.items]
    content = zlib.compress(("1 J 1 j\n" + "\n".join([matrix, *items])).encode(ENCODING), 9)
    fonts = "<< /F1 5 0 R /F2 6 0 R >>"
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /{} /Encoding /WinAnsiEncoding >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /DisplayDocTitle true >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox {page} /Contents 4 0 R /Resources << /Font {fonts} >> >>".encode(),
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(content), content),
        font.format("Helvetica").encode(),
        font.format("Helvetica-Bold").encode(),
        b"<< /Title <%b> /Subject <%b> >>" % (_hex(scene.title), _hex(scene.summary)),
    ]
    return _file(objects)


def _file(objects: list[bytes]) -> bytes:
    written = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets: list[int] = []
    for place, body in enumerate(objects, 1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (place, body)
    start = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    written += b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\n" % (len(objects) + 1, len(objects))
    return bytes(written + b"startxref\n%d\n%%%%EOF\n" % start)


def _hex(text: str) -> bytes:
    return b"FEFF" + clean(text).encode("utf-16-be").hex().upper().encode()


def _item(item: Item) -> str:
    if isinstance(item, Words):
        return _words(item)
    paint = {(True, True): "B", (True, False): "f", (False, True): "S", (False, False): "n"}
    told = [f"{_point(item.start)} m"]
    for piece in item.pieces:
        told.append(" ".join(map(_point, piece)) + (" l" if len(piece) == 1 else " c"))
    head = [f"{_colour(item.style.fill)} rg"] if item.style.fill else []
    if item.style.line:
        dashes = " ".join(map(number, item.style.dashes))
        # Lines with dashes end bluntly, or the gaps would be filled.
        cap = 0 if item.style.dashes or _straight(item) else 1
        head.append(f"{_colour(item.style.line)} RG {number(item.style.width)} w [{dashes}] 0 d {cap} J")
    return "\n".join(
        [*head, *told, *(["h"] if item.closed else []), paint[bool(item.style.fill), bool(item.style.line)]]
    )


def _straight(outline: Outline) -> bool:
    return len(outline.pieces) == 1 and len(outline.pieces[0]) == 1


def _words(words: Words) -> str:
    text = _latin(clean(words.text))
    x = words.x - (_width(text, words.size, bold=words.bold) / 2 if words.centred else 0)
    shown = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    font = f"/F{2 if words.bold else 1} {number(words.size)} Tf"
    return f"BT {font} {_colour(words.colour)} rg 1 0 0 -1 {number(x)} {number(words.y)} Tm ({shown}) Tj ET"


def _latin(text: str) -> str:
    """Return a text in the characters of the font: without marks that it has not, or with question marks."""
    return "".join(_character(character) for character in text)


def _character(character: str) -> str:
    for form in (character, unicodedata.normalize("NFKD", character)[0]):
        try:
            form.encode(ENCODING)
        except UnicodeEncodeError:
            continue
        return form
    return "?"


def _width(text: str, size: float, *, bold: bool) -> float:
    table = BOLD if bold else REGULAR
    return sum(_advance(character, table) for character in text) * size / 1000


def _advance(character: str, table: tuple[int, ...]) -> int:
    base = unicodedata.normalize("NFKD", character)[0]
    if character == "…":
        return ELLIPSIS
    return table[ord(base) - FIRST] if FIRST <= ord(base) <= LAST else OTHER


def _colour(colour: str) -> str:
    return " ".join(f"{int(colour[i : i + 2], 16) / 255:.3f}" for i in (1, 3, 5))


def _point(point: tuple[float, float]) -> str:
    return f"{number(point[0])} {number(point[1])}"
