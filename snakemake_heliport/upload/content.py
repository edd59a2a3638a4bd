"""What of a run is sent to a HELIPORT server: how much of it, and each thing and relation in our words."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

from snakemake_heliport.export.guard import refuse_secrets
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.view import View, connected, machine_of, untold_of
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate, Relation, Visibility
from snakemake_heliport.settings import Granularity
from snakemake_heliport.store import Store
from snakemake_heliport.upload.things import Link, Thing
from snakemake_heliport.vocabulary import Vocabulary
from snakemake_heliport.vocabulary.mapping import Form, Property, terms_of

# What people look for: the run, who and what is behind it, and what came of it.
MILESTONES = frozenset(
    (
        Kind.RUN,
        Kind.WORKFLOW,
        Kind.COMMIT,
        Kind.PROJECT,
        Kind.PERSON,
        Kind.ORGANIZATION,
        Kind.ENGINE,
        Kind.DATA_SOURCE,
        Kind.EXPERIMENT,
        Kind.TRAINING_RUN,
        Kind.DATASET,
        Kind.MODEL,
        Kind.MODEL_VERSION,
    )
)
# What only machines ask for: bytes without a name, and each installed package.
DETAILS = frozenset((Kind.CONTENT, Kind.PACKAGE))
FILES = frozenset((Kind.FILE, Kind.DIRECTORY))
FIGURES = frozenset((".png", ".svg", ".pdf", ".jpg", ".jpeg"))
# Attributes that are lists of named values; a server without nodes for them is told each as one text.
NAMED = frozenset(("params", "hyperparameters", "metrics", "config", "resources", "wildcards", "tags"))


@dataclass(frozen=True, slots=True)
class Content:
    """What of a run is to be at a server."""

    run: str
    things: list[Thing]
    links: list[Link]


class _Words:
    """What attributes and relations are called, looked up once for each kind and not for each object."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._general = vocabulary.general()
        self.expand = cache(vocabulary.expand)
        self.attributes = cache(self._attributes)
        self.predicates = cache(vocabulary.stated)

    def _attributes(self, kind: Kind) -> dict[str, tuple[Property, ...]]:
        return {**self._general, **self._vocabulary.special(kind)}


def content_of(
    store: Store,
    run: str,
    granularity: Granularity,
    vocabulary: Vocabulary,
    assigned: Mapping[str, Collection[str]],
) -> Content:
    """Return what of a run is to be at a server.

    Args:
        assigned: The identifiers that this very server gave to objects, by IRI: it is not told them.

    Raises:
        SecretFound: Something in it looks like a secret.
    """
    whole = View.whole(store, Selection([run]))
    seen = {iri for iri, thing in whole.objects.items() if iri == run or _is_wanted(thing, granularity)}
    view, machine, words = connected(whole, seen), machine_of(whole), _Words(vocabulary)
    untold = untold_of(whole, Visibility.PUBLIC)
    refuse_secrets(view)
    things: list[Thing] = []
    links: list[Link] = []
    for thing, relations in view.statements():
        # What everybody may read names no place of the machine and nothing hidden; what the project alone reads may.
        told = machine.thing(untold.thing(thing)) if thing.visibility is Visibility.PUBLIC else thing
        things.append(_thing(told, words, assigned.get(thing.iri, ())))
        links += _links(thing, relations, view, words)
    return Content(run, things, links)


def _is_wanted(thing: DigitalObject, granularity: Granularity) -> bool:
    match granularity:
        case Granularity.EVERYTHING:
            return True
        case Granularity.JOBS:
            return thing.kind not in DETAILS
    return thing.kind in MILESTONES or (thing.kind in FILES and _is_result(thing))


def _is_result(thing: DigitalObject) -> bool:
    """Return whether somebody said what a file is, or it is a figure by its name."""
    said = ("annotated_kind", "source")
    path = PurePosixPath(str(thing.attributes.get("path") or ""))
    return bool(thing.identifiers or any(thing.attributes.get(name) for name in said)) or path.suffix in FIGURES


def _thing(thing: DigitalObject, words: _Words, assigned: Collection[str]) -> Thing:
    place = thing.attributes.get("url") if thing.kind is Kind.DATA_SOURCE else None
    return Thing(
        iri=thing.iri,
        kind=thing.kind,
        label=thing.label,
        description=thing.description,
        identifiers=tuple(identifier for identifier in thing.identifiers if identifier not in assigned),
        visibility=thing.visibility,
        attributes=dict(_attributes(thing, words)),
        uri=str(place) if place else None,
    )


def _attributes(thing: DigitalObject, words: _Words) -> Iterator[tuple[str, JsonValue]]:
    """Yield the attributes of an object by the IRI of their property: plain values, and named ones as texts."""
    rules = words.attributes(thing.kind)
    for name, value in thing.attributes.items():
        rule = rules.get(name)
        properties = terms_of(rule[0].property) if rule else ()
        if not rule or not properties:
            continue
        told = _told(name, value, rule[0].form)
        if told not in (None, [], ""):
            yield words.expand(properties[0]), told


def _told(name: str, value: JsonValue, form: Form | None) -> JsonValue:
    if name in NAMED and isinstance(value, list):
        return [
            f"{entry.get('name') or entry.get('slot')} = {entry.get('value')}"
            for entry in value
            if isinstance(entry, dict)
        ]
    if isinstance(value, list):
        return [entry for entry in value if isinstance(entry, str | int | float)]
    return None if isinstance(value, dict) or form in (Form.NODE, Form.SLOTS, Form.CONCEPT) else value


def _links(thing: DigitalObject, relations: list[Relation], view: View, words: _Words) -> Iterator[Link]:
    stated = words.predicates(thing.kind)
    for relation in (*relations, *_plans(relations)):
        end = view.objects.get(relation.object)
        rules = stated.get(relation.predicate, ())
        properties = terms_of(rules[0].property) if rules else ()
        if end is not None and properties:
            both = thing.visibility is end.visibility is Visibility.PUBLIC
            visibility = Visibility.PUBLIC if both else Visibility.PRIVATE
            yield Link(thing.iri, words.expand(properties[0]), end.iri, visibility)


def _plans(relations: list[Relation]) -> Iterator[Relation]:
    """Yield as relations which workflow a run followed, which is an attribute of its association with the engine."""
    for relation in relations:
        plan = relation.attributes.get("plan")
        if plan:
            yield Relation(relation.subject, Predicate.EXECUTES, str(plan))
