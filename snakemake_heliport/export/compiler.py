"""Compile the mapping into functions that write statements: looked up once, run for every object."""

from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from snakemake_heliport.export.syntax import Syntax
from snakemake_heliport.export.terms import Term, Terms
from snakemake_heliport.export.text import elements, iri_of
from snakemake_heliport.identity import part
from snakemake_heliport.model import JsonValue, Relation
from snakemake_heliport.store import storable
from snakemake_heliport.vocabulary import Form, Property, Qualified, Statement, Vocabulary


class Block(NamedTuple):
    """The statements about one subject, each the text of a property and an object."""

    subject: str
    statements: list[str]


# Writes what a value says of a subject: statements of the subject itself, and blocks of the nodes beside it.
Writer: TypeAlias = Callable[[str, JsonValue, list[str], list[Block]], None]
RelationWriter: TypeAlias = Callable[[str, Relation, list[str], list[Block]], None]


@lru_cache(maxsize=50_000)
def _tail(*names: str) -> str:
    try:
        return part("", *names)[1:]
    except UnicodeEncodeError:
        # Surrogates that no file name can hold; a value may.
        return part("", *map(storable, names))[1:]


def node_iri(subject: str, *names: str) -> str:
    """Return what `identity.part` returns, remembering the quoted names."""
    return f"{subject}{'.' if '#' in subject else '#'}{_tail(*names)}"


class Compiler:
    """Makes writers of attributes and relations for one syntax."""

    def __init__(self, vocabulary: Vocabulary, syntax: Syntax) -> None:
        self._syntax = syntax
        self._terms = Terms(vocabulary, syntax)

    def attribute(self, rule: Property) -> Writer:
        """Return the writer of one attribute."""
        match rule.form:
            case Form.NODE | Form.SLOTS:
                return self._nodes(rule)
            case Form.STATUS:
                return self._status(rule)
            case Form.CHECKSUM:
                return self._checksum(rule)
            case Form.LITERAL:
                return self._one(rule)
            case Form.EACH | Form.IRI | Form.TERM:
                return self._each(rule)

    def relation(self, rule: Statement) -> RelationWriter:
        """Return the writer of one predicate."""
        heads = [self._syntax.property(term) for term in (rule.property, rule.also) if term]
        inverse = self._syntax.property(rule.inverse) if rule.inverse else None
        reference, opening = self._syntax.reference, self._syntax.subject
        qualify = self._qualified(rule.qualified) if rule.qualified else None

        def write(subject: str, relation: Relation, statements: list[str], blocks: list[Block]) -> None:
            iri = iri_of(relation.object)
            target = reference(iri)
            for head in heads:
                statements.append(head + target)
            if inverse is not None:
                blocks.append(Block(opening(iri), [inverse + reference(subject)]))
            if qualify is not None and relation.attributes:
                qualify(subject, relation, statements, blocks)

        return write

    def _qualified(self, rule: Qualified) -> RelationWriter:
        by, toward = self._syntax.property(rule.by), self._syntax.property(rule.toward)
        kind = self._syntax.type(rule.class_)
        fields = {name: self.attribute(field) for name, field in rule.fields.items()}
        echoes = {
            name: self.attribute(replace(field, property=field.subject))
            for name, field in rule.fields.items()
            if field.subject
        }
        reference, opening = self._syntax.reference, self._syntax.subject

        def write(subject: str, relation: Relation, statements: list[str], blocks: list[Block]) -> None:
            attributes = relation.attributes
            known = [name for name in fields if attributes.get(name) is not None]
            if not known:
                return
            iri = iri_of(relation.object)
            key = sha256(f"{relation.predicate.value} {iri}".encode()).hexdigest()[:16]
            node = node_iri(subject, rule.fragment) + "." + key
            statements.append(by + reference(node))
            said = [kind, toward + reference(iri)]
            blocks.append(Block(opening(node), said))
            for name in known:
                fields[name](node, attributes[name], said, blocks)
                if name in echoes:
                    echoes[name](subject, attributes[name], statements, blocks)

        return write

    def _one(self, rule: Property) -> Writer:
        head, term = self._syntax.property(rule.property), self._terms.literal(rule.datatype)

        def write(_subject: str, value: JsonValue, statements: list[str], _blocks: list[Block]) -> None:
            statements.append(head + term(value))

        return write

    def _each(self, rule: Property) -> Writer:
        head = self._syntax.property(rule.property)
        term: Term = self._terms.literal(rule.datatype) if rule.form is Form.EACH else self._terms.resource(rule)

        def write(_subject: str, value: JsonValue, statements: list[str], _blocks: list[Block]) -> None:
            if isinstance(value, str):
                statements.append(head + term(value))
            else:
                statements.extend(dict.fromkeys(head + term(element) for element in elements(value)))

        return write

    def _status(self, rule: Property) -> Writer:
        head = self._syntax.property(rule.property)
        known = {name: head + self._syntax.term(term) for name, term in rule.values.items()}
        also = self._syntax.property(rule.also) if rule.also else None
        literal = self._terms.literal("xsd:string")

        def write(_subject: str, value: JsonValue, statements: list[str], _blocks: list[Block]) -> None:
            if isinstance(value, str) and value in known:
                statements.append(known[value])
            if also is not None:
                statements.append(also + literal(value))

        return write

    def _checksum(self, rule: Property) -> Writer:
        syntax, literal = self._syntax, self._terms.literal("xsd:string")
        head, link = syntax.property(rule.property), syntax.property("spdx:checksum")
        value_head = syntax.property("spdx:checksumValue")
        algorithm = syntax.property("spdx:algorithm") + syntax.term("spdx:checksumAlgorithm_sha256")
        kind = syntax.type("spdx:Checksum")

        def write(subject: str, value: JsonValue, statements: list[str], blocks: list[Block]) -> None:
            node, digest = node_iri(subject, "checksum"), literal(value)
            statements.append(head + digest)
            statements.append(link + syntax.reference(node))
            blocks.append(Block(syntax.subject(node), [kind, algorithm, value_head + digest]))

        return write

    def _nodes(self, rule: Property) -> Writer:
        syntax, keys, fragment = self._syntax, rule.keys(), rule.fragment
        heads = [syntax.property(term) for term in rule.links()]
        classes = [syntax.type(term) for term in rule.classes]
        fields = [(name, self.attribute(field)) for name, field in rule.fields.items()]
        # `null` is a value where any JSON value may stand; elsewhere it says that nothing is known.
        nullable = {name for name, field in rule.fields.items() if field.datatype == "json"}

        def write(subject: str, value: JsonValue, statements: list[str], blocks: list[Block]) -> None:
            taken: set[str] = set()
            for position, element in enumerate(elements(value)):
                if not isinstance(element, dict):
                    continue
                names = [str(element[key]) for key in keys if element.get(key) is not None]
                node = node_iri(subject, fragment, *names)
                if not names or node in taken:
                    node = node_iri(subject, fragment, *names, str(position))
                taken.add(node)
                reference = syntax.reference(node)
                for head in heads:
                    statements.append(head + reference)
                said = classes.copy()
                blocks.append(Block(syntax.subject(node), said))
                for name, field in fields:
                    if (known := element.get(name)) is not None or (name in nullable and name in element):
                        field(node, known, said, blocks)

        return write
