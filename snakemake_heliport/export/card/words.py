"""Texts of the record as Markdown: names and values are data, and nothing in them is markup."""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence

from snakemake_heliport.export.text import representable
from snakemake_heliport.model import JsonValue

MAX_TEXT = 160
MISSING = "[More Information Needed]"
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# An underscore inside a word is no emphasis, and names are full of them.
_MARKUP = re.compile(r"[\\`*\[\]|~$!#&<>]|(?<!\w)_|_(?!\w)")
# At the start of a line these would begin a list or a quote.
_OPENING = re.compile(r"^(?=[-+=])|^(\d+)(?=[.)])")
_TICKS = re.compile("`+")
# Marks that turn the direction of a text around can make it read as something else.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
BYTES = (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3))


def plain(value: JsonValue, limit: int = MAX_TEXT) -> str:
    """Return a value as text on one line, cut where it is long, without characters that nobody can see."""
    text = _TURNING.sub("\ufffd", " ".join(representable(str(value)).split()))
    if not text.isprintable():
        text = "".join("\ufffd" if unicodedata.category(char) == "Cc" else char for char in text)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def md(value: JsonValue, limit: int = MAX_TEXT) -> str:
    """Return a value as Markdown that shows it as it stands."""
    text = _MARKUP.sub(lambda found: ENTITIES.get(found.group(), f"\\{found.group()}"), plain(value, limit))
    return _OPENING.sub(lambda found: f"{found.group()}\\", text)


def code(value: JsonValue, limit: int = MAX_TEXT) -> str:
    """Return a value in a monospaced font; as text where that could not hold it."""
    text = plain(value, limit)
    if not text or "|" in text or "\\" in text or "<!--" in text:
        return md(text)
    longest = max(map(len, _TICKS.findall(text)), default=0)
    pad = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{'`' * (longest + 1)}{pad}{text}{pad}{'`' * (longest + 1)}"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown, without the columns that are empty; nothing without rows."""
    found = list(rows)
    used = [place for place in range(len(columns)) if any(row[place] for row in found)]
    lines = [[columns[place] for place in used], ["---"] * len(used)]
    lines += [[row[place] for place in used] for row in found]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) if found else ""


def bullets(lines: Iterable[str]) -> str:
    """Return a list of lines that are Markdown."""
    return "\n".join(f"- {line}" for line in lines)


def named(facts: Iterable[tuple[str, str]]) -> str:
    """Return a list of names and what is known under them, as Markdown; what is empty is left out."""
    return bullets(f"**{name}:** {text}" for name, text in facts if text)


def cut(lines: Sequence[str], limit: int) -> list[str]:
    """Return the first of some lines, and how many more there are."""
    more = len(lines) - limit
    return [*lines[:limit], f"… and {more:,} more"] if more > 0 else list(lines)


def number(value: JsonValue) -> str:
    """Return a number with six significant digits, a whole one with all; a text as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "" if value is None else plain(value)
    if isinstance(value, int) or (math.isfinite(value) and value.is_integer() and abs(value) < 1e15):
        return f"{int(value):,d}"
    return f"{value:.6g}"


def size(count: JsonValue) -> str:
    """Return a number of bytes."""
    if not isinstance(count, int) or isinstance(count, bool):
        return ""
    scale = next((scale for scale in BYTES if count >= scale[1]), None)
    return counted(count, "byte") if scale is None else f"{count / scale[1]:.4g} {scale[0]}"


def counted(count: int, what: str) -> str:
    """Return how many of a thing there are."""
    plural = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{count:,} {what if count == 1 else plural}"


def sha(digest: str) -> str:
    """Return a checksum short enough to read."""
    return f"`sha256:{digest[:12]}`" if digest else ""


def slug(text: str) -> str:
    """Return a name of letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", plain(text).lower()).strip("-") or "unnamed"
