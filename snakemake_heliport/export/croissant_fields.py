"""Croissant's fields: the columns of a table, as a tracker logged them or as the file itself has them."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from snakemake_heliport.export.plain import line
from snakemake_heliport.model import JsonValue

RECORDS = "records"
TABLES = {"text/csv": ",", "text/tab-separated-values": "\t"}
# Types as MLflow and pandas call them, by how they begin.
TYPES = (
    ("bool", "sc:Boolean"),
    ("datetime", "sc:DateTime"),
    ("date", "sc:Date"),
    ("int", "sc:Integer"),
    ("uint", "sc:Integer"),
    ("long", "sc:Integer"),
    ("float", "sc:Float"),
    ("double", "sc:Float"),
)
TEXT = "sc:Text"
LARGEST = 100_000_000  # bytes of a file that is read to be sure that it is the one that was recorded
ROWS = 1000


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table and the type of its values, in Croissant's words."""

    name: str
    type: str


def logged_columns(entries: JsonValue) -> list[Column]:
    """Return the columns that a tracker logged of a dataset."""
    found = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return [Column(name, _type(str(entry.get("type")))) for entry in found if (name := line(entry.get("name")))]


def _type(name: str) -> str:
    return next((type_ for start, type_ in TYPES if name.lower().startswith(start)), TEXT)


def columns_in(path: Path, recorded: str, media_type: str) -> list[Column]:
    """Return the columns of a table whose file is still there and still holds the recorded bytes, else none."""
    separator = TABLES.get(media_type)
    try:
        if separator is None or not path.is_file() or path.stat().st_size > LARGEST:
            return []
        raw = path.read_bytes()
        if sha256(raw).hexdigest() != recorded:
            return []
        rows = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=separator, strict=True)
        head = next(rows, [])
        some = [row for row, _ in zip(rows, range(ROWS), strict=False)]
    except (OSError, UnicodeDecodeError, csv.Error):
        return []
    if len(set(head)) != len(head) or not all(name and line(name) == name for name in head):
        return []
    return [Column(name, _type_of(row[i] for row in some if i < len(row))) for i, name in enumerate(head)]


def _type_of(values: Iterable[str]) -> str:
    """Return the narrowest type that all values have."""
    found = [value for value in values if value]
    for convert, type_ in ((int, "sc:Integer"), (float, "sc:Float")):
        try:
            if found and all(convert(value) is not None for value in found):
                return type_
        except ValueError:
            continue
    return TEXT


def record_set(columns: Sequence[Column], file: str) -> dict[str, JsonValue]:
    """Return the record set of a table: one field a column, read from the file object of that id."""
    fields: list[JsonValue] = []
    for column in {column.name: column for column in columns}.values():
        source: dict[str, JsonValue] = {"fileObject": {"@id": file}, "extract": {"column": column.name}}
        fields.append(
            {
                "@type": "cr:Field",
                "@id": f"{RECORDS}/{quote(column.name, safe='')}",
                "name": column.name,
                "dataType": column.type,
                "source": source,
            }
        )
    return {"@type": "cr:RecordSet", "@id": RECORDS, "name": RECORDS, "field": fields}
