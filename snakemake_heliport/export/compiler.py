"""Compile the mapping into functions that write statements: looked up once, run for every object."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import chain
from typing import NamedTuple, TypeAlias
from urllib.parse import quote

from msgspec.structs import replace

from snakemake_heliport.export.syntax import Syntax
from snakemake_heliport.export.terms import Term, Terms
from snakemake_heliport.export.text import elements, iri_of, lexical
from snakemake_heliport.identity import part
from snakemake_heliport.model import JsonValue, Relation
from snakemake_heliport.store import storable
from snakemake_heliport.vocabulary import (
    OURS,
    SHARED,
    Case,
    Entry,
    Form,
    Names,
    Property,
    Qualified,
    Statement,
    Vocabulary,
    rules_of,
    terms_of,
)

STRING = "xsd:string"


class Block(NamedTuple):
    """The statements about one subject, each the text of a property and an object."""

    subject: str
    statements: list[str]


# Writes what a value says of a subject: statements of the subject itself, and blocks of the nodes beside it.
Writer: TypeAlias = Callable[[str, JsonValue, list[str], list[Block]], None]
RelationWriter: TypeAlias = Callable[[str, Relation, list[str], list[Block]], None]
ElementWriter: TypeAlias = Callable[[str, Mapping[str, JsonValue], list[str], list[Block]], None]


class CompiledCase(NamedTuple):
    """A case: whether it fits the element of a node, and what it says then."""

    fits: Callable[[Mapping[str, JsonValue]], bool]
    classes: list[str]
    fields: list[tuple[str, Writer]]


@lru_cache(maxsize=50_000)
def _tail(*names: str) -> str:
    try:
        return part("", *names)[1:]
    except UnicodeEncodeError:
        # Surrogates that no file name can hold; a value may.
        return part("", *map(storable, names))[1:]


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def node_iri(subject: str, *names: str) -> str:
    """Return what `identity.part` returns, remembering the quoted names."""
    return f"{subject}{'.' if '#' in subject else '#'}{_tail(*names)}"


def inner_iri(node: str, *names: str) -> str:
    """Return the IRI of a part of a node: behind a slash, which no name holds unquoted, so it is no other node."""
    return f"{node}/{_tail(*names)}"


class Compiler:
    """Makes writers of attributes and relations for one syntax."""

    def __init__(self, vocabulary: Vocabulary, syntax: Syntax) -> None:
        self._syntax = syntax
        self._terms = Terms(vocabulary, syntax)
        self._ours = vocabulary.prefixes[OURS]

    def attribute(self, rules: Sequence[Property], *, nested: bool = False) -> Writer:
        """Return the writer of one attribute, or of a field (`nested`): what all rules say, in their order."""
        groups: list[list[Property]] = []
        for rule in (rule.after(rules[0]) for rule in rules):
            same = (group for group in groups if rule.form in SHARED and group[0].form is rule.form)
            group = next(same, None)
            if group is None:
                groups.append([rule])
            else:
                group.append(rule)
        return _all_of([self._writer(group, nested) for group in groups])

    def _writer(self, rules: Sequence[Property], nested: bool) -> Writer:
        match rules[0].form:
            case Form.NODE | Form.SLOTS:
                return self._nodes(rules, nested)
            case Form.CONCEPT:
                return self._concept(rules)
            case Form.STATUS:
                return self._status(rules[0])
            case Form.CHECKSUM:
                return self._checksum(rules[0])
            case Form.EACH | Form.IRI | Form.TERM:
                return self._each(rules[0])
            case Form.LITERAL | None:
                return self._one(rules[0])

    def _heads(self, *names: Names) -> list[str]:
        return [self._syntax.property(term) for term in dict.fromkeys(chain.from_iterable(map(terms_of, names)))]

    def _types(self, classes: Iterable[str]) -> list[str]:
        return [self._syntax.type(term) for term in dict.fromkeys(classes)]

    def relation(self, rules: Sequence[Statement]) -> RelationWriter:
        """Return the writer of one predicate: what all rules say."""
        heads = self._heads(*(rule.property for rule in rules))
        inverses = self._heads(*(rule.inverse for rule in rules))
        classes = self._types(chain.from_iterable(rule.classes for rule in rules))
        reference, opening = self._syntax.reference, self._syntax.subject
        qualifies = [self._qualified(rule.qualified) for rule in rules if rule.qualified]

        def write(subject: str, relation: Relation, statements: list[str], blocks: list[Block]) -> None:
            iri = iri_of(relation.object)
            target = reference(iri)
            for head in heads:
                statements.append(head + target)
            if inverses or classes:
                back = reference(subject)
                blocks.append(Block(opening(iri), [*classes, *(inverse + back for inverse in inverses)]))
            if relation.attributes:
                for qualify in qualifies:
                    qualify(subject, relation, statements, blocks)

        return write

    def _qualified(self, rule: Qualified) -> RelationWriter:
        by, toward = self._syntax.property(rule.by), self._syntax.property(rule.toward)
        kind = self._syntax.type(rule.class_)
        fields = {name: self.attribute((field,), nested=True) for name, field in rule.fields.items()}
        echoes = {
            name: self.attribute((replace(field, property=field.subject),))
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
            key = _digest(f"{relation.predicate.value} {iri}")
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
        heads, term = self._heads(rule.property), self._terms.literal(rule.datatype or STRING, rule.suffix)
        if len(heads) != 1:
            return self._repeated(heads, term)
        (head,) = heads

        def write(_subject: str, value: JsonValue, statements: list[str], _blocks: list[Block]) -> None:
            statements.append(head + term(value))

        return write

    def _repeated(self, heads: list[str], term: Term) -> Writer:
        def write(_subject: str, value: JsonValue, statements: list[str], _blocks: list[Block]) -> None:
            target = term(value)
            statements.extend(head + target for head in heads)

        return write

    def _each(self, rule: Property) -> Writer:
        heads = self._heads(rule.property)
        literal = rule.form is Form.EACH
        term = self._terms.literal(rule.datatype or STRING, rule.suffix) if literal else self._terms.resource(rule)
        back = None if literal or not rule.inverse else self._back(rule)

        def write(subject: str, value: JsonValue, statements: list[str], blocks: list[Block]) -> None:
            targets = [term(value)] if isinstance(value, str) else list(dict.fromkeys(map(term, elements(value))))
            for head in heads:
                statements.extend(head + target for target in targets)
            if back is not None:
                back(subject, value, statements, blocks)

        return write

    def _back(self, rule: Property) -> Writer:
        """Return what leads from the IRIs of a value back to the subject."""
        inverses, iri = self._heads(rule.inverse), self._terms.iri(rule)

        def write(subject: str, value: JsonValue, _statements: list[str], blocks: list[Block]) -> None:
            target = self._syntax.reference(subject)
            for found in filter(None, map(iri, elements(value))):
                blocks.append(Block(self._syntax.subject(found), [inverse + target for inverse in inverses]))

        return write

    def _status(self, rule: Property) -> Writer:
        known = {
            name: [head + self._syntax.term(term) for head in self._heads(rule.property)]
            for name, term in rule.values.items()
        }
        state = self._syntax.property(rule.state) if rule.state else None
        literal = self._terms.literal(STRING)

        def write(_subject: str, value: JsonValue, statements: list[str], _blocks: list[Block]) -> None:
            if isinstance(value, str) and value in known:
                statements.extend(known[value])
            if state is not None:
                statements.append(state + literal(value))

        return write

    def _checksum(self, rule: Property) -> Writer:
        syntax, literal = self._syntax, self._terms.literal(STRING)
        heads, link = self._heads(rule.property), syntax.property("spdx:checksum")
        value_head = syntax.property("spdx:checksumValue")
        algorithm = syntax.property("spdx:algorithm") + syntax.term("spdx:checksumAlgorithm_sha256")
        kind = syntax.type("spdx:Checksum")

        def write(subject: str, value: JsonValue, statements: list[str], blocks: list[Block]) -> None:
            node, digest = node_iri(subject, "checksum"), literal(value)
            statements.extend(head + digest for head in heads)
            statements.append(link + syntax.reference(node))
            blocks.append(Block(syntax.subject(node), [kind, algorithm, value_head + digest]))

        return write

    def _concept(self, rules: Sequence[Property]) -> Writer:
        syntax, literal = self._syntax, self._terms.literal(STRING)
        heads = self._heads(*(rule.property for rule in rules))
        classes = self._types(chain.from_iterable(rule.classes for rule in rules))
        label, start = syntax.property("rdfs:label"), f"{self._ours}{rules[0].fragment}-"

        def write(_subject: str, value: JsonValue, statements: list[str], blocks: list[Block]) -> None:
            iri = start + quote(lexical(value)[0], safe="", errors="surrogatepass")
            reference = syntax.reference(iri)
            statements.extend(head + reference for head in heads)
            blocks.append(Block(syntax.subject(iri), [*classes, label + literal(value)]))

        return write

    def _nodes(self, rules: Sequence[Property], nested: bool) -> Writer:
        syntax, keys, fragment = self._syntax, terms_of(rules[0].key), rules[0].fragment
        name_of = inner_iri if nested else node_iri
        heads = self._heads(*(rule.property for rule in rules))
        inverses = self._heads(*(rule.inverse for rule in rules))
        classes = self._types(chain.from_iterable(rule.classes for rule in rules))
        known = _fields(rules)
        fields = [(name, self.attribute(found, nested=True)) for name, found in known.items()]
        choices = [self._choice(rule.cases, known) for rule in rules if rule.cases]
        # An IRI in an IRI is hard to read; its digest tells nodes apart as well.
        links = {name for name, found in known.items() if found[0].form is Form.IRI}
        # `null` is a value where any JSON value may stand; elsewhere it says that nothing is known.
        nullable = {name for name, found in known.items() if found[0].datatype == "json"}

        def write(subject: str, value: JsonValue, statements: list[str], blocks: list[Block]) -> None:
            taken: set[str] = set()
            for position, element in enumerate(elements(value)):
                if not isinstance(element, dict):
                    continue
                names = [
                    _digest(str(found)) if key in links else str(found)
                    for key in keys
                    if (found := element.get(key)) is not None
                ]
                if keys and not names:
                    names = [str(position)]
                node = name_of(subject, fragment, *names)
                while node in taken:
                    names.append(str(position))
                    node = name_of(subject, fragment, *names)
                taken.add(node)
                reference = syntax.reference(node)
                for head in heads:
                    statements.append(head + reference)
                said = classes.copy()
                blocks.append(Block(syntax.subject(node), said))
                for name, field in fields:
                    if (known := element.get(name)) is not None or (name in nullable and name in element):
                        field(node, known, said, blocks)
                if inverses:
                    back = syntax.reference(subject)
                    said.extend(inverse + back for inverse in inverses)
                for choose in choices:
                    choose(node, element, said, blocks)

        return write

    def _choice(self, cases: Sequence[Case], known: Mapping[str, tuple[Property, ...]]) -> ElementWriter:
        """Return what says of a node what the first case that fits says."""
        compiled = [self._case(case, known) for case in cases]

        def write(node: str, element: Mapping[str, JsonValue], said: list[str], blocks: list[Block]) -> None:
            for fits, classes, fields in compiled:
                if fits(element):
                    said.extend(term for term in classes if term not in said)
                    for name, field in fields:
                        if (value := element.get(name)) is not None:
                            field(node, value, said, blocks)
                    return

        return write

    def _case(self, case: Case, known: Mapping[str, tuple[Property, ...]]) -> CompiledCase:
        fields = []
        for name, entry in case.fields.items():
            found = rules_of(entry)
            first = known[name][0] if name in known else found[0]
            fields.append((name, self.attribute([rule.after(first) for rule in found], nested=True)))
        return CompiledCase(_test(case), self._types(case.classes), fields)


def _test(case: Case) -> Callable[[Mapping[str, JsonValue]], bool]:
    field = case.field
    if not field:
        return lambda _element: True
    matches = re.compile(case.match or ".*", re.DOTALL).fullmatch
    return lambda element: element.get(field) is not None and matches(lexical(element[field])[0]) is not None


def _fields(rules: Iterable[Property]) -> dict[str, tuple[Property, ...]]:
    """Return what all rules for a node say of each of its fields."""
    fields: dict[str, tuple[Property, ...]] = {}
    entries: Iterable[tuple[str, Entry]] = chain.from_iterable(rule.fields.items() for rule in rules)
    for name, entry in entries:
        fields[name] = (*fields.get(name, ()), *rules_of(entry))
    return fields


def _all_of(writers: Sequence[Writer]) -> Writer:
    if len(writers) == 1:
        return writers[0]

    def write(subject: str, value: JsonValue, statements: list[str], blocks: list[Block]) -> None:
        for writer in writers:
            writer(subject, value, statements, blocks)

    return write
