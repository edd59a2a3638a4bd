"""What is to be at a server, in our words: plain data that no contract has shaped yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from snakemake_heliport.model import JsonValue, Visibility


@dataclass(frozen=True, slots=True)
class Thing:
    """A digital object as it is to be at a server.

    Attributes:
        kind: A `Kind`, or `ObjectGraph`.
        iri: Our IRI; the server keeps it as an identifier, by which the object is found again.
        attributes: Values by the IRI of their property.
        uri: Where the data of a data source lie.
    """

    iri: str
    kind: str
    label: str
    description: str | None = None
    identifiers: tuple[str, ...] = ()
    visibility: Visibility = Visibility.PRIVATE
    attributes: Mapping[str, JsonValue] = field(default_factory=dict)
    uri: str | None = None


class Link(NamedTuple):
    """A relation as it is to be at a server: IRIs of subject, predicate and object, and who may see it."""

    subject: str
    predicate: str
    object: str
    visibility: Visibility = Visibility.PRIVATE


class Remote(NamedTuple):
    """An object at a server: its id there, its landing page, the persistent identifiers that the server gave it."""

    id: str
    url: str | None = None
    identifiers: tuple[str, ...] = ()
