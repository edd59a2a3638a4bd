"""PROV-N (W3C Recommendation): the records as a person reads them, each element with the relations that start at it."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from snakemake_heliport.export.prov_document import Document
from snakemake_heliport.export.prov_names import escaped
from snakemake_heliport.export.prov_terms import ACTIVITY, AGENT, ENTITY, NAME, STRING, Record, Value
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.stream import write_text
from snakemake_heliport.store import Store

ELEMENTS = (ENTITY, ACTIVITY, AGENT)
TIMES = ("prov:time", "prov:startTime", "prov:endTime")
MISSING = "-"
_SPECIAL = re.compile(r'[\n\r\t\x08\x0c"\\]')
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def write_provn(store: Store, selection: Selection, stream: BinaryIO) -> None:
    """Write the selection as PROV-N, one record a line."""
    document = Document(store, selection)
    # The prefixes stand first, and only the records say which are needed.
    lines = [f"{_expression(record)}\n" for record in document.records()]
    write_text(stream, _layout(document.names.prefixes(), lines))


def _layout(prefixes: dict[str, str], lines: list[str]) -> Iterator[str]:
    yield "document\n"
    for prefix, namespace in prefixes.items():
        yield f"  prefix {prefix} <{namespace}>\n"
    yield "\n"
    yield from lines
    yield "endDocument\n"


def _expression(record: Record) -> str:
    arguments = [_argument(name, value) for name, value in record.formal]
    start = ""
    if record.id is not None:
        if record.kind in ELEMENTS:
            arguments.insert(0, escaped(record.id))
        else:
            start = f"{escaped(record.id)}; "
    if record.attributes:
        arguments.append(f"[{', '.join(f'{escaped(name)}={_value(value)}' for name, value in record.attributes)}]")
    return f"{record.kind}({start}{', '.join(arguments)})"


def _argument(name: str, value: str | None) -> str:
    if value is None:
        return MISSING
    return value if name in TIMES else escaped(value)


def _value(value: Value) -> str:
    if value.datatype == NAME:
        return f"'{escaped(value.text)}'"
    quoted = f'"{_SPECIAL.sub(lambda match: _ESCAPES[match.group()], value.text)}"'
    return quoted if value.datatype == STRING else f"{quoted} %% {value.datatype}"
