"""PROV-JSON (W3C member submission): the records by kind and identifier."""

import json
from collections.abc import Iterator
from itertools import count
from typing import BinaryIO

from snakemake_heliport.export.prov_document import Document
from snakemake_heliport.export.prov_terms import KINDS, STRING, Record, Value
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.stream import write_text
from snakemake_heliport.store import Store


def write_provjson(store: Store, selection: Selection, stream: BinaryIO) -> None:
    """Write the selection as PROV-JSON, one record a line."""
    document = Document(store, selection)
    sections: dict[str, list[str]] = {kind: [] for kind in KINDS}
    # The format keys relations by identifier; one that starts with `_:` stands for none.
    numbers = {kind: count(1) for kind in KINDS}
    for record in document.records():
        key = record.id or f"_:{record.kind}{next(numbers[record.kind])}"
        sections[record.kind].append(f"{_text(key)}: {_text(_members(record))}")
    write_text(stream, _layout(document.names.prefixes(), sections))


def _layout(prefixes: dict[str, str], sections: dict[str, list[str]]) -> Iterator[str]:
    yield f'{{\n"prefix": {json.dumps(prefixes, indent=1)}'
    for kind, records in sections.items():
        if records:
            yield f',\n"{kind}": {{\n '
            yield records[0]
            for record in records[1:]:
                yield f",\n {record}"
            yield "\n}"
    yield "\n}\n"


def _members(record: Record) -> dict[str, object]:
    members: dict[str, object] = {name: value for name, value in record.formal if value is not None}
    groups: dict[str, list[object]] = {}
    for name, value in record.attributes:
        groups.setdefault(name, []).append(_value(value))
    members.update({name: values[0] if len(values) == 1 else values for name, values in groups.items()})
    return members


def _value(value: Value) -> object:
    return value.text if value.datatype == STRING else {"$": value.text, "type": value.datatype}


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
