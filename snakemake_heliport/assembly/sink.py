"""Where assembled statements go, and how annotations reach the objects on the way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from snakemake_heliport.annotation import Notes
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate, Relation, Visibility
from snakemake_heliport.store import Stamp

ANNOTATED = frozenset((Kind.FILE, Kind.DIRECTORY, Kind.LOG, Kind.CONFIG, Kind.SOURCE))


class Sink(Protocol):
    """Takes objects and relations, in any order."""

    def add(self, thing: DigitalObject) -> None: ...

    def relate(self, relation: Relation) -> None: ...


class Nowhere:
    """Drops what it is given: for asking what a thing is called without writing it."""

    def add(self, thing: DigitalObject) -> None:
        """Do nothing."""

    def relate(self, relation: Relation) -> None:
        """Do nothing."""


class Store(Protocol):
    """What assembly asks of earlier runs."""

    def generators(self, file_iris: Iterable[str]) -> Mapping[str, str]: ...

    def file_versions(self, path: str) -> Sequence[DigitalObject]: ...

    def get(self, iri: str) -> DigitalObject | None: ...

    def relations_of(self, iri: str) -> tuple[Sequence[Relation], Sequence[Relation]]: ...

    def relations_at(self, iris: Iterable[str], *predicates: Predicate, outgoing: bool) -> Sequence[Relation]: ...

    def objects(self, iris: Iterable[str]) -> Mapping[str, DigitalObject]: ...

    def stamps(self) -> Mapping[str, Stamp]: ...


class AnnotatedSink:
    """Lays the authors' titles, descriptions and visibilities over the objects that pass through.

    Args:
        visibility: What an object gets of which nobody said anything.
    """

    def __init__(self, sink: Sink, notes: Notes, visibility: Visibility) -> None:
        self._sink = sink
        self._notes = notes
        self._visibility = visibility

    def add(self, thing: DigitalObject) -> None:
        """Pass an object on, annotated."""
        note: Mapping[str, JsonValue] = {}
        if thing.kind in ANNOTATED:
            note = self._notes.for_path(str(thing.attributes.get("path", "")))
        elif thing.kind is Kind.RULE:
            note = self._notes.for_rule(thing.label)
        if thing.visibility is not self._visibility:
            thing = replace(thing, visibility=self._visibility)
        self._sink.add(annotated(thing, note))

    def relate(self, relation: Relation) -> None:
        """Pass a relation on."""
        self._sink.relate(relation)


def annotated(thing: DigitalObject, note: Mapping[str, JsonValue]) -> DigitalObject:
    """Return an object with what a note says of it; a note on the file itself comes before one on its pattern."""
    own = thing.attributes.get("note")
    if not note and not own:
        return thing
    attributes = dict(thing.attributes)
    attributes.pop("note", None)
    said = {**note, **(own if isinstance(own, dict) else {})}
    for name, attribute in (("kind", "annotated_kind"), ("license", "license"), ("source", "source")):
        if said.get(name) is not None:
            attributes[attribute] = said[name]
    if isinstance(said.get("keywords"), list):
        attributes["keywords"] = said["keywords"]
    title, identifiers = said.get("title"), said.get("identifiers")
    if title and thing.kind is Kind.RULE:
        # A pattern may entitle many rules; each keeps the name that it is called by.
        attributes["title"], title = title, None
    return replace(
        thing,
        label=str(title) if title else thing.label,
        description=str(said["description"]) if said.get("description") else thing.description,
        visibility=_visibility(said.get("visibility"), thing.visibility),
        identifiers=tuple(map(str, identifiers)) if isinstance(identifiers, list) else thing.identifiers,
        attributes=attributes,
    )


def _visibility(said: JsonValue, otherwise: Visibility) -> Visibility:
    try:
        return Visibility(str(said)) if said is not None else otherwise
    except ValueError:
        return otherwise
