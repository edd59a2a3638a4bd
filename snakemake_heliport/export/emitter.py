"""Turn a selection of the store into blocks of statements, object by object."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from snakemake_heliport.export.compiler import Block, Compiler, RelationWriter
from snakemake_heliport.export.guard import guarded
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.syntax import Syntax
from snakemake_heliport.export.text import iri_of
from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation, Visibility
from snakemake_heliport.store import AUDIENCE, Store
from snakemake_heliport.vocabulary import Statement, Vocabulary


class Emitter:
    """Writes objects and their relations in one syntax."""

    def __init__(self, vocabulary: Vocabulary, syntax: Syntax) -> None:
        compiler = Compiler(vocabulary, syntax)
        common = {name: compiler.attribute(rules) for name, rules in vocabulary.common.items()}
        self._label, self._description = common["label"], common["description"]
        self._visibility, self._identifier = common["visibility"], common["identifier"]
        attributes = {name: compiler.attribute(rules) for name, rules in vocabulary.general().items()}
        self._attributes = {
            kind: attributes | {name: compiler.attribute(rules) for name, rules in vocabulary.special(kind).items()}
            for kind in Kind
        }
        self._relations = _relations(compiler, vocabulary)
        self._classes = {kind: [syntax.type(term) for term in terms] for kind, terms in vocabulary.kinds.items()}
        self._variants = {
            kind: {name: [syntax.type(term) for term in terms] for name, terms in variants.items()}
            for kind, variants in vocabulary.variants.items()
        }
        self._subject = syntax.subject

    def blocks(self, thing: DigitalObject, relations: Sequence[Relation]) -> list[Block]:
        """Return the statements about an object, and those about the nodes that belong to it."""
        iri, attributes = iri_of(thing.iri), thing.attributes
        said = self._classes_of(thing.kind, thing).copy()
        blocks = [Block(self._subject(iri), said)]
        self._label(iri, thing.label, said, blocks)
        if thing.description is not None:
            self._description(iri, thing.description, said, blocks)
        self._visibility(iri, thing.visibility.value, said, blocks)
        if thing.identifiers:
            self._identifier(iri, list(thing.identifiers), said, blocks)
        writers = self._attributes[thing.kind]
        for name in sorted(attributes):
            if (write := writers.get(name)) is not None and (value := attributes[name]) is not None:
                write(iri, value, said, blocks)
        related = self._relations[thing.kind]
        for relation in relations:
            related[relation.predicate](iri, relation, said, blocks)
        return blocks

    def _classes_of(self, kind: Kind, thing: DigitalObject) -> list[str]:
        for name, classes in self._variants.get(kind, {}).items():
            if thing.attributes.get(name) is True:
                return classes
        return self._classes[kind]


def _relations(compiler: Compiler, vocabulary: Vocabulary) -> dict[Kind, dict[Predicate, RelationWriter]]:
    """Return the writers of relations by the kind of their subject; kinds that are written alike share them."""
    made: dict[tuple[Predicate, tuple[int, ...]], RelationWriter] = {}

    def writer(predicate: Predicate, rules: Sequence[Statement]) -> RelationWriter:
        key = (predicate, tuple(map(id, rules)))
        if key not in made:
            made[key] = compiler.relation(rules)
        return made[key]

    return {
        kind: {predicate: writer(predicate, rules) for predicate, rules in vocabulary.stated(kind).items()}
        for kind in Kind
    }


def static_blocks(selection: Selection, syntax: Syntax) -> Iterator[Block]:
    """Yield what the layers state whatever the store holds; a value that is no term of theirs is a text."""
    vocabulary, literal = selection.vocabulary, syntax.literal("xsd:string")
    for subject, said in vocabulary.statements.items():
        heads = [(syntax.property(term), values) for term, values in said.items()]
        statements = [
            head + (syntax.term(value) if vocabulary.is_term(value) else literal(value))
            for head, values in heads
            for value in values
        ]
        yield Block(syntax.subject(vocabulary.expand(subject)), statements)


def statements_of(store: Store, selection: Selection) -> Iterator[tuple[DigitalObject, Sequence[Relation]]]:
    """Yield the objects of a selection with their relations: streamed, unless something may have to be hidden."""
    if selection.audience is Visibility.PRIVATE:
        yield from guarded(store.statements(selection.runs, things=selection.things))
    else:
        yield from View.of(store, selection).statements()


def blocks_of(store: Store, selection: Selection, syntax: Syntax) -> Iterator[Block]:
    """Yield all blocks of a selection, always in the same order."""
    emitter = Emitter(selection.vocabulary, syntax)
    for thing, relations in statements_of(store, selection):
        yield from emitter.blocks(thing, relations)
    yield from static_blocks(selection, syntax)


def graphs_of(store: Store, selection: Selection, syntax: Syntax) -> Iterator[tuple[str | None, Iterator[Block]]]:
    """Yield, for each run of a selection, its IRI and its blocks: each graph is complete in itself.

    None stands for the default graph: of a selection of things, and of runs that the audience must not see.
    """
    emitter = Emitter(selection.vocabulary, syntax)

    def blocks(chosen: Selection) -> Iterator[Block]:
        for thing, relations in statements_of(store, chosen):
            yield from emitter.blocks(thing, relations)

    if selection.things is not None:
        yield None, blocks(selection)
        return
    known = [run.iri for run in (*store.runs(), *store.runs(Kind.IMPORT))]
    runs = known if selection.runs is None else [iri for iri in known if iri in set(selection.runs)]
    hidden = [iri for iri in runs if not _is_seen(store, iri, selection.audience)]
    for iri in runs:
        if iri not in hidden:
            yield iri, blocks(replace(selection, runs=[iri]))
    if hidden:
        yield None, blocks(replace(selection, runs=hidden))


def _is_seen(store: Store, iri: str, audience: Visibility) -> bool:
    if audience is Visibility.PRIVATE:
        return True
    thing = store.get(iri)
    return thing is not None and thing.visibility in AUDIENCE[audience]
