"""The parts of a contract that are about what is said of objects: identifiers, relations, attributes."""

from typing import Literal

import msgspec

from snakemake_heliport.upload.contract.parts import Part, Word

NameStyle = Literal["iri", "curie", "local"]
# Or by the id of the object that has the IRI as an identifier: vocabularies may be rows of the database.
PredicateStyle = Literal["iri", "curie", "local", "object"]
RelationStyle = Literal["separate", "nested", "property", "none"]


class Identifiers(Part, frozen=True, kw_only=True):
    """Where the server keeps our IRI and other identifiers.

    Attributes:
        style: `objects` is a list of mappings, `strings` a list, `string` our IRI alone, `separate` a resource.
        scheme: The key of an identifier's scheme; None where mappings have none.
        identifier: The key of the identifier itself.
        iri_scheme: The scheme that we give to our IRIs.
        object: The key of the object, in a resource of its own.
        pids: Fields of an object with identifiers that the server gave it.
    """

    style: Literal["objects", "strings", "string", "separate", "none"] = "none"
    field: str | None = None
    path: str | None = None
    scheme: str | None = "scheme"
    identifier: str = "identifier"
    iri_scheme: str = "IRI"
    object: str = "digital_object"
    bulk: int = 0
    pids: tuple[str, ...] = ()


class Rows(Part, frozen=True, kw_only=True):
    """A resource whose rows belong to objects.

    Attributes:
        filter: The query parameter that selects the rows of an object; None where all have to be read.
        several: Whether it may be given several times.
        separator: What stands between several values in one parameter; None gives the parameter several times.
        bulk: How many rows may be created by one `POST` of a list; 0 where that is not offered.
        visibility: The flag of a row: true for what is public.
        ids: Fields that hold the id of a row; the first that is there counts.
    """

    path: str | None = None
    item: str | None = None
    filter: str | None = None
    several: bool = False
    separator: str | None = None
    bulk: int = 0
    visibility: str | None = None
    ids: tuple[str, ...] = ("id", "pk", "@id", "url")


class Relations(Rows, frozen=True, kw_only=True):
    """How one object relates to another.

    Attributes:
        style: `separate` has a resource of rows, `nested` a list in the subject, `property` a key for each predicate.
        field: The key of the nested list.
        predicate_iri: What tells the predicate's IRI where `predicate` is read as something else.
        names: How predicates are named: by IRI, `prov:used`, `used`, or the id of the object that has that IRI.
        prefixes: Those of our prefixes that the server knows, all if None: with others, the IRI is written in full.
        predicates: The server's own words for predicates, by IRI or `prov:used`.
    """

    style: RelationStyle = "none"
    field: str | None = None
    subject: str = "subject"
    predicate: str = "predicate"
    predicate_iri: str | None = None
    object: str = "object"
    names: PredicateStyle = "iri"
    prefixes: tuple[str, ...] | None = None
    predicates: dict[str, Word] = msgspec.field(default_factory=dict)


class Attributes(Rows, frozen=True, kw_only=True):
    """How values are said of an object; the styles are those of relations, and `mapping`: one field with all of them.

    Attributes:
        properties: The server's own words for properties, by IRI or `prov:value`.
        values: Whether the server takes any JSON value, or text alone.
    """

    style: Literal["separate", "nested", "property", "mapping", "none"] = "none"
    field: str | None = None
    subject: str = "subject"
    property: str = "property"
    value: str = "value"
    names: NameStyle = "iri"
    properties: dict[str, Word] = msgspec.field(default_factory=dict)
    values: Literal["json", "text"] = "json"
