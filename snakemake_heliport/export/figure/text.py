"""How wide a text is at most, and how it is broken or shortened to fit.

Measured by DejaVu Sans, which is wider than Helvetica, Arial and Liberation Sans: whichever of them a reader has, a
text stays within its box.
"""

import re
import string
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

FAMILY = "Helvetica, Arial, 'Liberation Sans', 'Nimbus Sans', 'DejaVu Sans', sans-serif"
ELLIPSIS = "…"
# Thousandths of the font size, for the characters from space to tilde.
# fmt: off
REGULAR = (
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636,
    636, 636, 636, 337, 337, 838, 838, 838, 556, 1015, 684, 686, 722, 770, 667, 611, 778, 752, 295, 500, 667, 557, 863,
    748, 787, 667, 787, 722, 667, 611, 732, 684, 989, 685, 667, 685, 390, 337, 390, 838, 556, 500, 613, 635, 550, 635,
    615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636,
    337, 636, 838,
)
BOLD = (
    348, 456, 521, 838, 696, 1002, 889, 306, 457, 457, 523, 838, 380, 415, 380, 365, 696, 696, 696, 696, 696, 696, 696,
    696, 696, 696, 400, 400, 838, 838, 838, 611, 1000, 774, 762, 734, 830, 683, 683, 821, 837, 372, 556, 775, 637, 995,
    837, 850, 733, 850, 770, 720, 682, 812, 774, 1103, 771, 724, 725, 457, 365, 457, 838, 556, 500, 675, 716, 593, 716,
    678, 435, 716, 712, 343, 343, 665, 343, 1042, 712, 687, 716, 716, 493, 595, 478, 712, 652, 924, 645, 652, 582, 712,
    365, 712, 838,
)
# fmt: on
LATIN, WIDE, OTHER = 800, 1050, 1000
FIRST, LAST = 32, 126
DIGITS = "0123456789"
TORN = string.ascii_letters + DIGITS
# Names are broken after these, as paths and identifiers are read.
BREAKS = re.compile(r"(?<=[/_\-, =:])|(?<=\.)(?!\d)")
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u2028-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Return a text in one line, without what XML forbids, what has no shape, or what turns the direction of others."""
    return " ".join(FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text).split())


@lru_cache(maxsize=8192)
def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a text is at most, in the unit of its size."""
    table = BOLD if bold else REGULAR
    return sum(_advance(character, table) for character in text) * size / 1000


def _advance(character: str, table: tuple[int, ...]) -> int:
    code = ord(character)
    if FIRST <= code <= LAST:
        return table[code - FIRST]
    if unicodedata.combining(character):
        return 0
    if unicodedata.east_asian_width(character) in "WF":
        return WIDE
    return LATIN if code < 0x250 else OTHER


def shortened(text: str, size: float, most: float, *, bold: bool = False) -> str:
    """Return a text cut in its middle if it is too wide: the beginning of a path tells the place, the end the file."""
    if width(text, size, bold=bold) <= most:
        return text
    least, longest = 0, len(text)
    while least < longest:
        kept = (least + longest + 1) // 2
        if width(_cut(text, kept), size, bold=bold) <= most:
            least = kept
        else:
            longest = kept - 1
    return _cut(text, least)


def _cut(text: str, kept: int) -> str:
    tail = (kept + 1) // 2
    return text[: kept - tail] + ELLIPSIS + (text[-tail:] if tail else "")


def wrapped(text: str, size: float, most: float, lines: int, *, bold: bool = False) -> list[str]:
    """Return a text in at most so many lines, none too wide; what does not fit is cut out of the last one."""
    rows: list[str] = [""]
    for piece in BREAKS.split(text):
        if len(rows) < lines and rows[-1] and width((rows[-1] + piece).rstrip(), size, bold=bold) > most:
            rows.append("")
        rows[-1] += piece
    return [shortened(row.strip(), size, most, bold=bold) for row in rows]


def pattern_of(texts: Iterable[str]) -> str:
    """Return what texts have in common, with a star for where they differ; words and numbers are not torn apart."""
    different = sorted(set(texts))
    if len(different) == 1:
        return different[0]
    head = _common(different).rstrip(DIGITS)
    tail = _common([text[len(head) :][::-1] for text in different])[::-1]
    return f"{head}*{tail.lstrip(TORN)}"


def _common(texts: list[str]) -> str:
    """Return the beginning that all texts share: that of the least and the greatest."""
    least, greatest = min(texts), max(texts)
    return next((least[:i] for i, character in enumerate(least) if greatest[i] != character), least)
