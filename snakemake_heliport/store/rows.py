"""Objects and relations as rows, and back."""

import json
from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec

from snakemake_heliport.model import Attributes, DigitalObject, Kind, Visibility

Row: TypeAlias = Sequence[Any]

# Between the identifiers of an object, where the database joins them; no identifier holds it.
SEPARATOR = "\x1f"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def storable(text: str) -> str:
    """Return text that every database can hold: lone surrogates and NUL become visible escapes."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\x00", "\\x00")


def dumped(value: Any) -> str | None:
    """Return the JSON text of attributes or identifiers, None where there are none."""
    if not value:
        return None
    try:
        return _encode(value).decode()
    except UnicodeEncodeError:
        # File names that are not UTF-8 hold lone surrogates; the standard library escapes them.
        return json.dumps(value)


def loaded(text: str | None) -> Any:
    """Return what `dumped` wrote, or None."""
    if text is None:
        return None
    try:
        return _decode(text)
    except msgspec.DecodeError:
        return json.loads(text)


def attributes_of(text: str | None) -> Attributes:
    """Return the attributes that a row holds."""
    return loaded(text) or {}


def object_values(thing: DigitalObject) -> Row:
    """Return the columns of an object that follow its id and IRI, in the order of the table."""
    attributes = thing.attributes
    return (
        thing.kind.value,
        storable(thing.label),
        None if thing.description is None else storable(thing.description),
        thing.visibility.value,
        dumped(attributes),
        dumped(thing.identifiers),
        _text(attributes.get("status")),
        _text(attributes.get("path")),
    )


def _text(value: object) -> str | None:
    return storable(value) if isinstance(value, str) else None


KINDS = {kind.value: kind for kind in Kind}
VISIBILITIES = {visibility.value: visibility for visibility in Visibility}
# What an audience may see.
AUDIENCE = {
    Visibility.PRIVATE: tuple(Visibility),
    Visibility.PROJECT: (Visibility.PROJECT, Visibility.PUBLIC),
    Visibility.PUBLIC: (Visibility.PUBLIC,),
}


def object_from(iri: str, kind: str, label: str, description: str | None, *rest: Any) -> DigitalObject:
    """Return the object of a row: IRI, kind, label, description, visibility, attributes, identifiers.

    A further column holds the identifiers that servers assigned; they come after the object's own.
    """
    visibility, attributes, identifiers, *assigned = rest
    return DigitalObject(
        iri,
        KINDS[kind],
        label,
        description,
        loaded(attributes) or {},
        VISIBILITIES[visibility],
        _identifiers(loaded(identifiers) or (), *assigned),
    )


def _identifiers(own: Sequence[str], assigned: str | None = None) -> tuple[str, ...]:
    if assigned is None:
        return tuple(own)
    return tuple(dict.fromkeys((*own, *sorted(assigned.split(SEPARATOR)))))
