"""A look into a file: a picture, the head of a table or of a text; only if its bytes are those that were recorded."""

import csv
import io

from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.disk import FOR_A_PAGE
from snakemake_heliport.explorer.parts import Section, table
from snakemake_heliport.model import DigitalObject, Kind
from snakemake_heliport.redaction.detectors import without_secrets

# What browsers show as pictures; scripts inside of an SVG do not run where it is one.
PICTURES = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"))
TABLES = {"text/csv": ",", "text/tab-separated-values": "\t"}
HEAD, MAX_LINES, MAX_ROWS, MAX_COLUMNS = 64 * 1024, 40, 12, 40
TITLE = "Preview"


def preview(item: DigitalObject, content: DigitalObject | None, context: Context) -> Section:
    """Return a look into a file, nothing where there is none to be had."""
    media = str(item.attributes.get("media_type") or "")
    digest = "" if content is None else str(content.attributes.get("sha256") or "")
    if context.disk is None or not digest:
        return Section(TITLE)
    if media in PICTURES:
        shown = context.disk.stands(item, digest) and context.site.file(item.iri)
        return Section(TITLE, image=shown or "")
    with context.disk.opened(item, digest, FOR_A_PAGE) as file:
        head = b"" if file is None else file.read(HEAD)
    text = _decoded(head, said_to_be_text=item.kind is Kind.LOG or media.startswith("text/"))
    if not text:
        return Section(TITLE)
    if without_secrets(text) != text:
        return Section(TITLE, lead="Not shown: something in it looks like a secret.", pre="…")
    separator = TABLES.get(media) or ("\t" if item.label.endswith(".tsv") else "")
    return _table(text, separator) if separator else _text(text, whole=len(head) < HEAD)


def _decoded(head: bytes, *, said_to_be_text: bool) -> str:
    """Return the head of a file as text, nothing where it is none.

    What programs write into a log is not always text: what is none of it is replaced.
    """
    if said_to_be_text:
        return head.decode("utf-8", "replace").replace("\x00", "\ufffd")
    if b"\x00" in head:
        return ""
    try:
        return head.decode("utf-8")
    except UnicodeDecodeError as error:
        # The head may end within a character.
        return head[: error.start].decode("utf-8") if error.start >= len(head) - 3 else ""


def _table(text: str, separator: str) -> Section:
    lines = text.splitlines()[: MAX_ROWS + 1]
    rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator))
    if not rows:
        return Section(TITLE)
    columns = rows[0][:MAX_COLUMNS]
    body = [[*row, *[""] * len(columns)][: len(columns)] for row in rows[1:]]
    numbers = [place for place in range(len(columns)) if all(_is_number(row[place]) for row in body)]
    return Section(TITLE, f"The first {len(body)} rows.", table=table(columns, body, numbers))


def _is_number(text: str) -> bool:
    try:
        float(text or "0")
    except ValueError:
        return False
    return True


def _text(text: str, *, whole: bool) -> Section:
    lines = text.splitlines()
    cut = len(lines) > MAX_LINES or not whole
    return Section(TITLE, f"The first {MAX_LINES} lines." if cut else "", pre="\n".join(lines[:MAX_LINES]))
