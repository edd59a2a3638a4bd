"""The entities of a crate, encoded as soon as they are complete, and kept on disk where there are many."""

import hashlib
import math
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile

import msgspec

from snakemake_heliport.export.crate.profiles import Entity
from snakemake_heliport.export.text import representable

IN_MEMORY = 8_000_000

_encode = msgspec.json.Encoder().encode


class Entities:
    """What `@graph` holds, in the order in which it was added; one entity for each `@id`, the first one.

    Attributes:
        first: The ids of those that readers meet first.
    """

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}
        self._lines: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
        self.first: list[str] = []

    def __contains__(self, iri: str) -> bool:
        return iri in self._ids

    def __iter__(self) -> Iterator[bytes]:
        ahead = dict.fromkeys(iri for iri in self.first if iri in self._ids)
        found = {iri: line for iri, line in self._all() if iri in ahead}
        yield from (found[iri] for iri in ahead)
        yield from (line for iri, line in self._all() if iri not in ahead)

    def __len__(self) -> int:
        return len(self._ids)

    def close(self) -> None:
        """Give back the room on disk."""
        self._lines.close()

    def _all(self) -> Iterator[tuple[str, bytes]]:
        self._lines.seek(0)
        return ((iri, line[:-1]) for iri, line in zip(self._ids, self._lines, strict=True))

    def add(self, iri: str, kind: str | list[str], **properties: object) -> Entity:
        """Add an entity with those properties that have a value, and return a reference to it."""
        if iri not in self._ids:
            said = {name: value for name, value in properties.items() if value is not None and value != []}
            self._ids[iri] = None
            self._lines.write(encoded({"@id": iri, "@type": kind, **said}) + b"\n")
        return {"@id": iri}


def encoded(value: object) -> bytes:
    """Return a value as JSON; texts that no UTF-8 can hold are mended."""
    try:
        return _encode(value)
    except UnicodeEncodeError:
        return _encode(_mended(value))


def _mended(value: object) -> object:
    match value:
        case str():
            return representable(value)
        case dict():
            return {representable(str(name)): _mended(item) for name, item in value.items()}
        case list():
            return [_mended(item) for item in value]
    return value


def plain_value(value: object) -> object:
    """Return a value as a PropertyValue carries it: a number, a truth value or a text."""
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return encoded(value).decode("utf-8") if value is not None else "null"


def type_of(value: object) -> str:
    """Return the schema.org data type of a value."""
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, int):
        return "Integer"
    return "Float" if isinstance(value, float) else "Text"


def short_digest(text: str) -> str:
    """Return a short name of a text, for ids."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
