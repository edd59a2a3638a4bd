"""Things in the form in which a contract wants them sent: pure functions from our words to the server's."""

import json
import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from snakemake_heliport.model import JsonValue, Visibility
from snakemake_heliport.upload.contract import Contract
from snakemake_heliport.upload.contract.parts import Word
from snakemake_heliport.upload.http.addresses import item
from snakemake_heliport.upload.server.names import Names
from snakemake_heliport.upload.things import Link, Thing

# The scheme that an identifier is stored with, by how it begins; the beginning is cut off where others do so.
SCHEMES = (
    ("https://doi.org/", "doi", True),
    ("doi:", "doi", True),
    ("hdl:", "handle", True),
    ("https://orcid.org/", "orcid", True),
    ("https://ror.org/", "ror", False),
    ("swh:", "swhid", False),
    ("https://archive.softwareheritage.org/swh:", "swhid", False),
)
# What puts a cut-off beginning back.
PREFIXES = {"doi": "doi:", "handle": "hdl:", "hdl": "hdl:", "orcid": "https://orcid.org/"}


class Wire:
    """Puts things into the form of one contract.

    Args:
        base: The address of the server.
    """

    def __init__(self, contract: Contract, project: str | None, base: str) -> None:
        self._contract = contract
        self._project = project
        self._base = base
        self.predicates = Names(contract.relations.names, contract.relations.predicates, contract.relations.prefixes)
        self.properties = Names(contract.attributes.names, contract.attributes.properties)

    def thing(self, thing: Thing) -> dict[str, Any]:
        """Return an object as it is sent, without its relations."""
        contract = self._contract
        fields = contract.fields
        sent: dict[str, Any] = {}
        if contract.attributes.style == "property":
            sent.update((str(word), value) for word, value in self.values(thing).items())
        elif contract.attributes.style == "nested" and contract.attributes.field:
            sent[contract.attributes.field] = self.statements(thing)
        elif contract.attributes.style == "mapping" and contract.attributes.field:
            sent[contract.attributes.field] = {str(word): value for word, value in self.values(thing).items()}
        named = {
            fields.iri: thing.iri,
            fields.label: self._cut("label", thing.label),
            fields.description: self._cut("description", thing.description or ""),
            fields.kind: self._kind(thing),
            fields.uri: thing.uri,
        }
        sent.update({name: clean(value) for name, value in named.items() if name is not None and value is not None})
        if fields.project is not None and self._project is not None:
            project = self.reference(self._project)
            sent[fields.project] = [project] if contract.projects.many else project
        sent.update(self._visibility(thing.visibility))
        sent.update(self._identifiers(thing))
        return sent

    def changes(self, thing: Thing, now: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of an object that are not yet as they should be.

        Args:
            now: The object as it was read; fields that it does not show are sent.
        """
        sent = self.thing(thing)
        lists = {self._contract.identifiers.field, self._contract.attributes.field}
        changed: dict[str, Any] = {}
        for name, value in sent.items():
            had = now.get(name)
            if name in lists and isinstance(value, list) and isinstance(had, list):
                value = self._with_others(value, had)
            if name in lists and isinstance(value, Mapping) and isinstance(had, Mapping):
                value = {**had, **value}
            if name not in now or not _same(value, had):
                changed[name] = value
        return changed

    def _with_others(self, ours: list[Any], had: list[Any]) -> list[Any]:
        """Return a list as it was with what is missing in it; what the server gives away itself is not sent back."""
        key = self._contract.attributes.property
        names = {row[key] for row in ours if isinstance(row, Mapping) and key in row}
        # A new value takes the place of the old one.
        kept = [row for row in had if not (isinstance(row, Mapping) and row.get(key) in names)]
        new = [row for row in ours if not any(_same(row, other) for other in kept)]
        if not new:
            return kept
        return [row for row in kept if not (isinstance(row, Mapping) and _is_minted(row))] + new

    def source(self, thing: Thing) -> dict[str, Any]:
        """Return a data source as it is sent."""
        sources, uri = self._contract.sources, thing.uri or ""
        sent = {**self.thing(thing), sources.uri: clean(uri)}
        if sources.protocol is not None:
            scheme = urlsplit(uri).scheme.lower()
            # What is at hand under another name; `sftp` is a part of `ssh`.
            scheme = {"sftp": "ssh", "scp": "ssh"}.get(scheme, scheme)
            sent[sources.protocol] = scheme if scheme in sources.protocols else sources.other
        return sent

    def relation(self, link: Link, subject_id: str, object_id: str) -> dict[str, Any]:
        """Return a relation as a row of its own."""
        return {self._contract.relations.subject: self.reference(subject_id), **self.nested(link, object_id)}

    def nested(self, link: Link, object_id: str) -> dict[str, Any]:
        """Return a relation as it stands inside its subject."""
        relations = self._contract.relations
        row: dict[str, Any] = {
            relations.predicate: self.predicates.word(link.predicate),
            relations.object: self.reference(object_id),
        }
        if relations.visibility is not None:
            row[relations.visibility] = link.visibility is Visibility.PUBLIC
        return row

    def statements(self, thing: Thing) -> list[dict[str, Any]]:
        """Return the attributes of a thing as rows, without their subject."""
        attributes = self._contract.attributes
        shown = {} if attributes.visibility is None else {attributes.visibility: thing.visibility is Visibility.PUBLIC}
        return [
            {attributes.property: word, attributes.value: value, **shown} for word, value in self.values(thing).items()
        ]

    def values(self, thing: Thing) -> dict[Word, Any]:
        """Return the attributes of a thing by the server's words."""
        return {self.properties.word(iri): self.value(value) for iri, value in thing.attributes.items()}

    def value(self, value: JsonValue) -> Any:
        """Return a value as the server takes it."""
        value = clean(value)
        return value if self._contract.attributes.values == "json" else as_text(value)

    def reference(self, id_: str) -> Any:
        """Return how an object is named inside another."""
        references = self._contract.references
        if references.style == "address":
            return item(self._contract.item, id_, self._base)
        plain = id_ if references.style == "text" else number_or_text(id_)
        return {references.key: plain} if references.style == "mapping" else plain

    def _kind(self, thing: Thing) -> Word:
        kinds, other = self._contract.kinds, self._contract.other_kind
        return kinds.get(thing.kind, str(thing.kind) if other is None else other)

    def _cut(self, field: str, text: str) -> str:
        longest = self._contract.longest.get(field)
        return text if longest is None or len(text) <= longest else f"{text[: longest - 1]}…"

    def _visibility(self, visibility: Visibility) -> Mapping[str, Any]:
        style = self._contract.visibility
        if style.style == "flags":
            return dict.fromkeys(filter(None, style.flags.values()), visibility is Visibility.PUBLIC)
        if style.style == "value" and style.field is not None and visibility in style.values:
            return {style.field: style.values[visibility]}
        return {}

    def _identifiers(self, thing: Thing) -> Mapping[str, Any]:
        style = self._contract.identifiers
        if style.field is None:
            return {}
        if style.style == "string":
            return {style.field: clean(thing.iri)}
        if style.style == "strings":
            return {style.field: list(dict.fromkeys(map(clean, (thing.iri, *thing.identifiers))))}
        return {style.field: self.identifiers(thing)} if style.style == "objects" else {}

    def identifiers(self, thing: Thing) -> list[dict[str, Any]]:
        """Return the identifiers of a thing as rows, ours first."""
        style = self._contract.identifiers
        pairs = [(style.iri_scheme, thing.iri), *map(split_identifier, thing.identifiers)]
        return [
            {style.identifier: clean(text), **({} if style.scheme is None else {style.scheme: scheme})}
            for scheme, text in dict.fromkeys(pairs)
        ]


def _same(value: Any, had: Any) -> bool:
    """Return whether what the server has says what we want it to; it may say more."""
    if isinstance(value, Mapping) and isinstance(had, Mapping):
        return all(_same(item_, had.get(key)) for key, item_ in value.items())
    if isinstance(value, list) and isinstance(had, list):
        return len(value) == len(had) and all(map(_same, value, had))
    return bool(value == had) and isinstance(value, bool) is isinstance(had, bool)


def _is_minted(row: Mapping[str, Any]) -> bool:
    """Return whether an identifier is one that servers alone may give: sent back, it is refused."""
    return bool(row.get("immutable")) or str(row.get("scheme", "")).lower() in ("handle", "hdl")


def split_identifier(text: str) -> tuple[str, str]:
    """Return scheme and identifier: `doi:10.1/x` is ("doi", "10.1/x")."""
    for beginning, scheme, cut in SCHEMES:
        if text.lower().startswith(beginning):
            return scheme, text[len(beginning) :] if cut else text
    prefix, colon, _ = text.partition(":")
    return (prefix.lower() if colon and prefix.isalnum() else "other"), text


def joined_identifier(scheme: object, text: str) -> str:
    """Return an identifier as we keep it: the opposite of `split_identifier`."""
    beginning = PREFIXES.get(str(scheme).lower())
    if beginning is None or ":" in text.split("/", maxsplit=1)[0]:
        return text
    return beginning + text


def number_or_text(id_: str) -> int | str:
    """Return an id as a number if it is written as one, and nothing gets lost by that."""
    return int(id_) if id_.isascii() and id_.isdecimal() and str(int(id_)) == id_ else id_


def clean(value: Any) -> Any:
    """Return a JSON value without what databases and JSON refuse: NUL, half characters, NaN."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {clean(str(key)): clean(item_) for key, item_ in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(item_) for item_ in value]
    return value


def as_text(value: Any) -> str:
    """Return a JSON value as text: texts as they are."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
