"""Files and directories: one entity for each content at each path, with the slots that it filled."""

import re
from collections import defaultdict
from hashlib import sha256

from snakemake_heliport.export.crate.entities import Entities
from snakemake_heliport.export.crate.names import (
    RESERVED,
    Texts,
    absent_id,
    base_name,
    is_address,
    local_id,
    quoted,
)
from snakemake_heliport.export.crate.payload import FILES, Payload
from snakemake_heliport.export.crate.profiles import CONDA_FILE, Entity, one, ref, refs
from snakemake_heliport.export.machine import is_elsewhere
from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate

DATA = (*FILES, Kind.DIRECTORY)
REWRITTEN = "In this copy, secrets and paths of the machine that it told are replaced."
_MEDIA_TYPE = re.compile(r"\w*/\w[\w.-]*(?:\+\w[\w.-]*)?")


class Files:
    """Names all files of a view, and writes their entities once everything is known of them."""

    def __init__(self, view: View, payload: Payload, texts: Texts) -> None:
        self._view = view
        self._payload = payload
        self._texts = texts
        self._ids: dict[str, str] = {}
        self._things: defaultdict[str, list[DigitalObject]] = defaultdict(list)
        self._content: dict[str, DigitalObject] = {}
        self._slots: dict[str, tuple[str, ...]] = {}
        self._more: defaultdict[str, Entity] = defaultdict(dict)
        self._name_all()

    def __contains__(self, iri: str) -> bool:
        return iri in self._ids

    def id(self, iri: str) -> str:
        """Return the id of a file or directory, from its IRI."""
        return self._ids[iri]

    def is_here(self, iri: str) -> bool:
        """Return whether a file lies in the crate."""
        return iri in self._payload.place_of

    def kind_of(self, iri: str) -> str:
        """Return the type of the entity of a file or directory."""
        return "Dataset" if self._view.objects[iri].kind is Kind.DIRECTORY else "File"

    def fills(self, iri: str, slot: str) -> None:
        """Note that a file is an example of what goes through a slot."""
        name = self._ids[iri]
        known = self._slots.get(name, ())
        if slot not in known:
            # Most files fill one or two slots, and a tuple of them takes the least room.
            self._slots[name] = (*known, slot)

    def describe(self, iri: str, **properties: object) -> None:
        """Say more of a file, as `@type` or any property."""
        self._more[self._ids[iri]].update({name: value for name, value in properties.items() if value is not None})

    def sha256(self, iri: str) -> str | None:
        """Return the digest of a file, if it is known."""
        content = self._content.get(iri)
        found = None if content is None else content.attributes.get("sha256")
        return found if isinstance(found, str) else None

    # Names.

    def _name_all(self) -> None:
        """Give each file an id: what lies in the crate goes first, so that it has its path as its id."""
        taken: dict[str, tuple[str, str]] = {}
        known: dict[tuple[str, str], str] = {}
        things = list(self._view.of_kind(*DATA))
        for thing in things:
            content = next(iter(self._view.ahead(thing.iri, Predicate.SPECIALIZATION_OF)), None)
            if content is not None:
                self._content[thing.iri] = content
        for thing in sorted(things, key=lambda thing: thing.iri not in self._payload.place_of):
            key = (_path(thing), self.sha256(thing.iri) or thing.iri)
            # One content at one path is one file, as code and as data.
            name = known.get(key) or self._wanted(thing)
            if taken.setdefault(name, key) != key:
                name = local_id(thing.iri)
                taken[name] = key
            known[key] = name
            self._ids[thing.iri] = name
            self._things[name].append(thing)

    def _wanted(self, thing: DigitalObject) -> str:
        path = _path(thing)
        place = self._payload.place_of.get(thing.iri)
        if place is not None:
            return quoted(place)
        if is_address(path):
            return path if path.isascii() and " " not in path else absent_id(path)
        ending = "/" if thing.kind is Kind.DIRECTORY else ""
        if is_elsewhere(path):
            return f"#elsewhere/{thing.iri[-12:]}/{quoted(base_name(path))}{ending}"
        return f"#{quoted(f'files/{path}')}" if path in RESERVED else absent_id(path) + ending

    # Entities.

    def write(self, entities: Entities) -> list[str]:
        """Write all files, and return the ids of those that are in no directory."""
        inside: set[str] = set()
        for name, things in self._things.items():
            members = self._members(things)
            inside.update(members)
            self._write_one(entities, name, things, members)
        self._format_pages(entities)
        return [name for name in self._things if name not in inside]

    def _members(self, things: list[DigitalObject]) -> list[str]:
        if things[0].kind is not Kind.DIRECTORY:
            return []
        members = (relation.object for thing in things for relation in self._view.out(thing.iri, Predicate.HAD_MEMBER))
        return list(dict.fromkeys(self._ids[iri] for iri in members if iri in self._ids))

    def _write_one(self, entities: Entities, name: str, things: list[DigitalObject], members: list[str]) -> None:
        thing = next((thing for thing in things if thing.label != _path(thing)), things[0])
        attributes, path = thing.attributes, _path(thing)
        content = self._content.get(thing.iri)
        directory = thing.kind is Kind.DIRECTORY
        copy = self._payload.copy_of(thing.iri)
        said: Entity = {
            "name": base_name(path) if thing.label == path else self._texts.clean(thing.label),
            "alternateName": self._other_name(name, path),
            "description": " ".join(self._remarks(thing, things)) or None,
            "encodingFormat": None if directory else _format(attributes.get("media_type")),
            "contentSize": _size(thing, content) if copy is None else str(len(copy)),
            "sha256": None if directory else self.sha256(thing.iri) if copy is None else sha256(copy).hexdigest(),
            "identifier": one(self._identifiers(things)),
            "contentUrl": path if is_address(path) else None,
            "dateModified": _modified(attributes.get("modified")),
            "license": None if "license" not in attributes else ref(license_id(str(attributes["license"]))),
            "keywords": one(_words(attributes.get("keywords"))),
            "exampleOfWork": refs(self._slots.get(name, ())),
            "isBasedOn": refs(self._origins(things)),
            "hasPart": refs(members),
            **self._more.get(name, {}),
        }
        if copy is not None:
            said["description"] = " ".join(filter(None, (said["description"], REWRITTEN)))
        if is_address(name):
            said["sdDatePublished"] = said["dateModified"]
        entities.add(name, said.pop("@type", "Dataset" if directory else "File"), **said)

    def _other_name(self, name: str, path: str) -> str | None:
        """Return the path of a file where its id does not tell it."""
        if name == quoted(path) or is_address(path):
            return None
        return base_name(path) if self._texts.hides and is_elsewhere(path) else path

    def _remarks(self, thing: DigitalObject, things: list[DigitalObject]) -> list[str]:
        found = [] if thing.description is None else [self._texts.clean(thing.description)]
        if any(self._view.out(each.iri, Predicate.WAS_INVALIDATED_BY) for each in things):
            found.append("Deleted after use (temporary).")
        reason = thing.attributes.get("unknown_reason")
        if reason:
            found.append(f"Its content is not known: {self._texts.clean(str(reason))}.")
        count = thing.attributes.get("member_count")
        if count is not None:
            found.append(f"A directory of {count} files." if count != 1 else "A directory of one file.")
        return found

    def _identifiers(self, things: list[DigitalObject]) -> list[str]:
        same = (thing for thing in things if self._payload.copy_of(thing.iri) is None)
        contents = (self._content[thing.iri].iri for thing in same if thing.iri in self._content)
        known = (identifier for thing in things for identifier in thing.identifiers)
        return list(dict.fromkeys((*known, *contents, *(thing.iri for thing in things))))

    def _origins(self, things: list[DigitalObject]) -> list[str]:
        """Return the ids of what a file derives from, so far as it is told."""
        relations = (r for thing in things for r in self._view.out(thing.iri, Predicate.WAS_DERIVED_FROM))
        return [self._ids[relation.object] for relation in relations if relation.object in self._ids]

    def _format_pages(self, entities: Entities) -> None:
        if any(CONDA_FILE in str(said.get("conformsTo")) for said in self._more.values()):
            entities.add(CONDA_FILE, "WebSite", name="Conda environment file", url=CONDA_FILE)


def _path(thing: DigitalObject) -> str:
    return str(thing.attributes.get("path") or thing.label)


def _words(value: JsonValue) -> list[str]:
    return [str(word) for word in value] if isinstance(value, list) else []


def _format(media_type: JsonValue) -> str:
    known = media_type if isinstance(media_type, str) else ""
    return known if _MEDIA_TYPE.fullmatch(known) else "application/octet-stream"


def _size(thing: DigitalObject, content: DigitalObject | None) -> str | None:
    size = thing.attributes.get("size") if content is None else content.attributes.get("size")
    return None if size is None else str(size)


def _modified(value: JsonValue) -> str | None:
    return f"{value[:-1]}+00:00" if isinstance(value, str) and value.endswith("Z") else None


def license_id(license_: str) -> str:
    """Return the id of a licence, from its address or SPDX name."""
    return license_ if "://" in license_ else f"https://spdx.org/licenses/{quoted(license_)}"
