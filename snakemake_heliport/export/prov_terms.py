"""What PROV-DM is made of, and how the statements of the RDF export are taken apart for it."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from snakemake_heliport.export.text import representable

ENTITY, ACTIVITY, AGENT = "entity", "activity", "agent"
# A resource of several of these classes is what the first says.
ELEMENTS = {"prov:Activity": ACTIVITY, "prov:Agent": AGENT, "prov:Entity": ENTITY}
NAME = "prov:QUALIFIED_NAME"
STRING = "xsd:string"
# Statements as texts: the property, a space, one of these, and the object.
TERM, REFERENCE, LITERAL = "=", "<", '"'
TYPE = "rdf:type"
# What PROV-DM calls otherwise than PROV-O.
RENAMED = {
    TYPE: "prov:type",
    "rdfs:label": "prov:label",
    "prov:atLocation": "prov:location",
    "prov:hadRole": "prov:role",
}
TIMES = {"prov:startedAtTime": "prov:startTime", "prov:endedAtTime": "prov:endTime"}
# Times of an entity that its generation and invalidation tell.
ECHOES = {"prov:generatedAtTime": "prov:qualifiedGeneration", "prov:invalidatedAtTime": "prov:qualifiedInvalidation"}
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?")


class Value(NamedTuple):
    """The value of an attribute: a qualified name, or a literal."""

    text: str
    datatype: str


class Record(NamedTuple):
    """An element or relation. `formal` are the arguments that its kind has by position, None where one is not known."""

    kind: str
    id: str | None
    formal: tuple[tuple[str, str | None], ...]
    attributes: tuple[tuple[str, Value], ...] = ()


class Shape(NamedTuple):
    """A relation: the kinds of element that it relates, and how PROV-O qualifies it."""

    kind: str
    subject: str
    object: str
    ends: tuple[str, str]
    qualified: str = ""
    toward: str = ""
    more: tuple[tuple[str, str], ...] = ()  # further formal arguments, and the properties that tell them


AT, PLAN = (("prov:time", "prov:atTime"),), (("prov:plan", "prov:hadPlan"),)
# fmt: off
SHAPES = {
    f"prov:{shape.kind}": shape
    for shape in (
        Shape("used", ACTIVITY, ENTITY, ("activity", "entity"), "qualifiedUsage", "entity", AT),
        Shape("wasGeneratedBy", ENTITY, ACTIVITY, ("entity", "activity"), "qualifiedGeneration", "activity", AT),
        Shape("wasInvalidatedBy", ENTITY, ACTIVITY, ("entity", "activity"), "qualifiedInvalidation", "activity", AT),
        Shape("wasInformedBy", ACTIVITY, ACTIVITY, ("informed", "informant"), "qualifiedCommunication", "activity"),
        Shape("wasDerivedFrom", ENTITY, ENTITY, ("generatedEntity", "usedEntity"), "qualifiedDerivation", "entity"),
        Shape("wasAssociatedWith", ACTIVITY, AGENT, ("activity", "agent"), "qualifiedAssociation", "agent", PLAN),
        Shape("wasAttributedTo", ENTITY, AGENT, ("entity", "agent"), "qualifiedAttribution", "agent"),
        Shape("actedOnBehalfOf", AGENT, AGENT, ("delegate", "responsible"), "qualifiedDelegation", "agent"),
        Shape("wasInfluencedBy", "", "", ("influencee", "influencer"), "qualifiedInfluence", "influencer"),
        Shape("specializationOf", ENTITY, ENTITY, ("specificEntity", "generalEntity")),
        Shape("alternateOf", ENTITY, ENTITY, ("alternate1", "alternate2")),
        Shape("hadMember", ENTITY, ENTITY, ("collection", "entity")),
    )
}
# fmt: on
KINDS = (ENTITY, ACTIVITY, AGENT, *(shape.kind for shape in SHAPES.values()))
QUALIFIERS = frozenset(f"prov:{shape.qualified}" for shape in SHAPES.values() if shape.qualified)


class StatementSyntax:
    """Statements as texts that can be taken apart again."""

    def subject(self, iri: str) -> str:
        return iri

    def type(self, term: str) -> str:
        return f"{TYPE} {TERM}{term}"

    def property(self, term: str) -> str:
        return f"{term} "

    def term(self, term: str) -> str:
        return TERM + term

    def reference(self, iri: str) -> str:
        return REFERENCE + iri

    def literal(self, datatype: str) -> Callable[[str], str]:
        start = f"{LITERAL}{datatype} "
        return lambda text: start + representable(text)


class Statement(NamedTuple):
    """A statement taken apart; literals have a datatype."""

    property: str
    form: str
    object: str
    datatype: str = ""


def parsed(statement: str) -> Statement:
    property_, _, rest = statement.partition(" ")
    form, object_ = rest[0], rest[1:]
    if form != LITERAL:
        return Statement(property_, form, object_)
    datatype, _, text = object_.partition(" ")
    return Statement(property_, form, text, datatype)


def is_time(text: str) -> bool:
    """Return whether a text is a point in time as XML Schema and PROV-N write it."""
    if not _TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
