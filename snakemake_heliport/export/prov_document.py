"""A selection as a document of PROV-DM: the statements of the RDF export, told as elements and relations of PROV.

What PROV has a relation for becomes one, with what its qualified node says; every other property becomes an attribute
of its element. A node that is no element of PROV (a wildcard, a resource) is folded into an attribute: its JSON text.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from math import isfinite

from snakemake_heliport.export.emitter import Emitter, statements_of
from snakemake_heliport.export.prov_names import Names
from snakemake_heliport.export.prov_terms import (
    ACTIVITY,
    ECHOES,
    ELEMENTS,
    ENTITY,
    LITERAL,
    NAME,
    QUALIFIERS,
    REFERENCE,
    RENAMED,
    SHAPES,
    STRING,
    TERM,
    TIMES,
    TYPE,
    Record,
    Shape,
    Statement,
    StatementSyntax,
    Value,
    is_time,
    parsed,
)
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.text import iri_of
from snakemake_heliport.model import Kind
from snakemake_heliport.store import Store

# Whose parts have a prefix of their own.
WHOLES = {Kind.RUN: "run", Kind.WORKFLOW: "workflow"}


class Document:
    """The statements of a selection by subject, and the records that they make."""

    def __init__(self, store: Store, selection: Selection) -> None:
        vocabulary = selection.vocabulary
        emitter = Emitter(vocabulary, StatementSyntax())
        self._said: dict[str, list[str]] = {}
        described: set[str] = set()
        wholes: dict[str, list[str]] = {prefix: [] for prefix in WHOLES.values()}
        for thing, relations in statements_of(store, selection):
            described.add(iri_of(thing.iri))
            if thing.kind in WHOLES:
                wholes[WHOLES[thing.kind]].append(iri_of(thing.iri))
            for subject, statements in emitter.blocks(thing, relations):
                self._said.setdefault(subject, []).extend(statements)
        self.names = Names(vocabulary, _part_prefixes(wholes))
        self._elements = {
            subject: kind for subject in self._said if (kind := self._element(subject, subject in described))
        }

    def records(self) -> Iterator[Record]:
        """Yield each element, followed by the relations that start at it, always in the same order."""
        for subject, kind in self._elements.items():
            said = self._statements(subject)
            yield self._element_record(subject, kind, said)
            yield from self._relations(subject, kind, said)

    def _element(self, subject: str, described: bool) -> str | None:
        said = self._said[subject]
        for class_, kind in ELEMENTS.items():
            if f"{TYPE} {TERM}{class_}" in said:
                return kind
        # Whatever has a page of its own can be spoken of; PROV-O has no class for some, such as a host.
        return ENTITY if described else None

    def _element_record(self, subject: str, kind: str, said: Sequence[Statement]) -> Record:
        properties = {statement.property for statement in said}
        times: dict[str, str | None] = dict.fromkeys(TIMES.values()) if kind == ACTIVITY else {}
        attributes: dict[tuple[str, Value], None] = {}
        for statement in said:
            property_, object_ = statement.property, statement.object
            if property_ in QUALIFIERS or self._shape(kind, statement) is not None:
                continue
            if ECHOES.get(property_) in properties or (property_ == TYPE and object_ in ELEMENTS):
                continue
            name = TIMES.get(property_, "")
            if times.get(name, "") is None and is_time(object_):
                times[name] = object_
                continue
            attributes[self._attribute(subject, statement)] = None
        return Record(kind, self.names.of(subject), tuple(times.items()), tuple(attributes))

    def _shape(self, kind: str, statement: Statement) -> Shape | None:
        """Return the relation that a statement is, if its ends are what the relation is for."""
        shape = SHAPES.get(statement.property)
        if shape is None or statement.form != REFERENCE or shape.subject not in ("", kind):
            return None
        target = self._elements.get(statement.object)
        return shape if target is None or shape.object in ("", target) else None

    def _relations(self, subject: str, kind: str, said: Sequence[Statement]) -> Iterator[Record]:
        qualifiers = self._qualifiers(said)
        for statement in said:
            if (shape := self._shape(kind, statement)) is None:
                continue
            ends = zip(shape.ends, (subject, statement.object), strict=True)
            named = tuple((f"prov:{end}", self.names.of(iri)) for end, iri in ends)
            found = qualifiers.get((f"prov:{shape.qualified}", f"prov:{shape.toward}", statement.object), ())
            for node in found:
                yield self._qualified(shape, named, node)
            if not found:
                yield Record(shape.kind, None, (*named, *((name, None) for name, _ in shape.more)))

    def _qualifiers(self, said: Sequence[Statement]) -> dict[tuple[str, str, str], list[str]]:
        """Return the nodes that qualify relations, by the property that leads to each, and its way to the object."""
        qualifiers: dict[tuple[str, str, str], list[str]] = {}
        for statement in said:
            if statement.property in QUALIFIERS:
                for what in self._statements(statement.object):
                    if what.form == REFERENCE:
                        key = (statement.property, what.property, what.object)
                        qualifiers.setdefault(key, []).append(statement.object)
        return qualifiers

    def _statements(self, subject: str) -> list[Statement]:
        return [parsed(statement) for statement in dict.fromkeys(self._said.get(subject, ()))]

    def _qualified(self, shape: Shape, ends: Iterable[tuple[str, str | None]], node: str) -> Record:
        more: dict[str, str | None] = {name: None for name, _ in shape.more}
        formal = {property_: name for name, property_ in shape.more}
        attributes: dict[tuple[str, Value], None] = {}
        for statement in self._statements(node):
            name = formal.get(statement.property)
            if statement.property in (TYPE, f"prov:{shape.toward}"):
                continue
            if name == "prov:time" and is_time(statement.object):
                more[name] = statement.object
            elif name == "prov:plan" and statement.form == REFERENCE:
                more[name] = self.names.of(statement.object)
            else:
                attributes[self._attribute(node, statement)] = None
        return Record(shape.kind, self.names.of(node), (*ends, *more.items()), tuple(attributes))

    def _attribute(self, subject: str, statement: Statement) -> tuple[str, Value]:
        name = self.names.term(RENAMED.get(statement.property, statement.property))
        if statement.form == TERM:
            return name, Value(self.names.term(statement.object), NAME)
        if statement.form == LITERAL:
            return name, self._literal(statement)
        iri = statement.object
        if iri in self._elements:
            return name, Value(self.names.of(iri), NAME)
        if iri in self._said and _is_part(iri, subject):
            return name, Value(json.dumps(self._folded(iri), ensure_ascii=False), STRING)
        known = self.names.known(iri)
        return name, Value(iri, "xsd:anyURI") if known is None else Value(known, NAME)

    def _literal(self, statement: Statement) -> Value:
        datatype, text = statement.datatype, statement.object
        if datatype == "xsd:dateTime" and not is_time(text):
            return Value(text, STRING)
        # `prov` takes a double NaN for unequal to itself, and so a document with one for unequal to its copy.
        return Value(text, "xsd:float" if datatype == "xsd:double" and text == "NaN" else datatype)

    def _folded(self, node: str) -> dict[str, object]:
        """Return what is said of a node that is no element, as JSON."""
        folded: dict[str, list[object]] = {}
        for statement in self._statements(node):
            if statement.property != TYPE:
                folded.setdefault(statement.property, []).append(self._json(node, statement))
        return {name: values[0] if len(values) == 1 else values for name, values in folded.items()}

    def _json(self, node: str, statement: Statement) -> object:
        text = statement.object
        match statement.datatype:
            case "xsd:boolean":
                return text == "true"
            case "xsd:integer" | "xsd:nonNegativeInteger":
                return int(text)
            case "xsd:double" if isfinite(float(text)):
                return float(text)
        return (
            self._folded(text) if statement.form == REFERENCE and _is_part(text, node) and text in self._said else text
        )


def _is_part(iri: str, whole: str) -> bool:
    return iri.startswith(whole) and iri[len(whole) : len(whole) + 1] in ("#", ".", "/")


def _part_prefixes(wholes: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Return prefixes for the parts of runs and workflows: `run`, or `run1`, `run2` … where there are several."""
    return list(
        chain.from_iterable(
            [(prefix, iris[0])] if len(iris) == 1 else [(f"{prefix}{i}", iri) for i, iri in enumerate(iris, start=1)]
            for prefix, iris in wholes.items()
        )
    )
