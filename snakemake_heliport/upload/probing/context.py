"""JSON-LD contexts: which IRI each key of a record means."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urljoin

from snakemake_heliport.upload.http.addresses import here
from snakemake_heliport.upload.server.names import expanded

# What keys mean that are not defined: the beginning of their IRI.
VOCAB = "@vocab"
SCHEMA_ORG = ("http://schema.org", "https://schema.org", "http://www.schema.org", "https://www.schema.org")
# Where contexts are kept that no answer leads to.
PLACES = ("/context.jsonld", "/api/context/", "/context", "/api/context.jsonld")
# What is told by others than the server itself is not fetched.
Fetch = Callable[[str], Any]


def terms_of_context(context: Any, fetch: Fetch, depth: int = 0) -> dict[str, str]:
    """Return the IRI of each term that a context defines.

    Args:
        fetch: Returns a context that is told by its address, or None.
    """
    if depth > 5:
        return {}
    if isinstance(context, str):
        found = fetch(context)
        return terms_of_context(found.get("@context"), fetch, depth + 1) if isinstance(found, Mapping) else {}
    if isinstance(context, list):
        terms: dict[str, str] = {}
        for part in context:
            terms.update(terms_of_context(part, fetch, depth + 1))
        return terms
    if not isinstance(context, Mapping):
        return {}
    named = {str(name): _id_of(value) for name, value in context.items()}
    told = {name: value for name, value in named.items() if value is not None and (name == VOCAB or name[:1] != "@")}
    return {name: _expanded(value, named) for name, value in told.items()}


def _id_of(value: Any) -> str | None:
    found = value.get("@id") if isinstance(value, Mapping) else value
    return found if isinstance(found, str) else None


def _expanded(name: str, named: Mapping[str, str | None], depth: int = 0) -> str:
    prefix, colon, rest = name.partition(":")
    if not colon or rest.startswith("//") or depth > 5:
        return name
    namespace = named.get(prefix)
    return name if namespace is None or namespace == name else _expanded(namespace, named, depth + 1) + rest


def comparable(iri: str) -> str:
    """Return an IRI in one spelling: schema.org is written with http and with https."""
    return iri.replace("https://schema.org/", "http://schema.org/")


def meaning_of(name: str, terms: Mapping[str, str]) -> str | None:
    """Return the IRI that a key means: by a context, or by being written with a prefix that everybody knows."""
    if name in terms or name[:1] == "@":
        return terms.get(name)
    prefix, colon, rest = name.partition(":")
    if colon:
        return f"{terms[prefix]}{rest}" if prefix in terms else expanded(name)
    return f"{terms[VOCAB]}{name}" if VOCAB in terms else None


class Contexts:
    """The contexts of one server.

    Args:
        base: The address of the server.
        body_at: Returns what is at an address there, or None.

    Attributes:
        problems: Contexts that were not read.
    """

    def __init__(self, base: str, body_at: Fetch) -> None:
        self.problems: list[str] = []
        self._base = base
        self._body_at = body_at
        self._read: dict[str, dict[str, str]] = {}

    def read(self, body: Any) -> None:
        """Read the context of an answer, if it has one."""
        if isinstance(body, Mapping) and "@context" in body:
            told = body["@context"]
            key = json.dumps(told, sort_keys=True)
            if key not in self._read:
                self._read[key] = terms_of_context(told, self._at)

    def terms(self) -> dict[str, str]:
        """Return what all contexts say; where no answer had one, of those that are kept where others keep theirs."""
        if not self._read:
            for place in PLACES:
                self.read(self._body_at(place))
        return {name: iri for terms in self._read.values() for name, iri in terms.items()}

    def _at(self, address: str) -> Any:
        """Return a context that is told by its address, from this server and no other."""
        if address.startswith(SCHEMA_ORG):
            return {"@context": {VOCAB: "http://schema.org/"}}
        body = self._body_at(here(self._base, urljoin(f"{self._base}/", address)))
        if not isinstance(body, Mapping) or "@context" not in body:
            self.problems.append(f"its JSON-LD context is kept at {address}, and this server has none there")
            return None
        return body
