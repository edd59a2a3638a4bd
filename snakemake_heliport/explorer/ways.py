"""Where a thing came from and what came of it: one step, and behind each the next one, ready to be unfolded."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from snakemake_heliport.explorer.parts import Cell, called, items, link, plain
from snakemake_heliport.explorer.phrases import FLOW, is_flow, phrase
from snakemake_heliport.explorer.site import Site
from snakemake_heliport.explorer.source import Source
from snakemake_heliport.explorer.words import date_of
from snakemake_heliport.lineage.near import DIGITS, TRACKED, Near, path_of
from snakemake_heliport.lineage.starts import sha256_of
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.wording import sure

MAX_STEPS, MAX_NEXT = 40, 8
OF_MODELS = TRACKED[1]
# A relation that is told elsewhere: whether it is read forward, and with which role.
AHEAD, BEHIND, ANY = True, False, ""
Told = tuple[Predicate, bool, str]
# A job has a log, which tells of it and is told apart.
BESIDE = (Kind.LOG,)
PLACES = (Kind.FILE, Kind.DIRECTORY)
# What made a thing comes first.
FLOW_ORDER = {predicate: place for place, predicate in enumerate(FLOW)}


@dataclass(frozen=True, slots=True)
class Step:
    """What is one step away, how it relates, and what lies one step further."""

    verb: str
    cell: Cell
    next: Sequence["Step"] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Way:
    """The steps in one direction, by how they relate, and how many there are."""

    groups: Mapping[str, Sequence[Step]]
    count: int

    @property
    def shown(self) -> int:
        """How many of the steps are told."""
        return sum(map(len, self.groups.values()))


def way(near: Near, source: Source, site: Site, *, upward: bool) -> Way:
    """Return the steps to what a thing came from (or to what came of it)."""
    item = near.item
    if item.kind is Kind.RUN:
        return Way({}, 0)
    # Of a thing that a thousand jobs read, a thousand neighbours are not looked at one by one.
    steps = _flow(source, {item.iri: item}, near.outgoing if upward else near.incoming, upward=upward)[item.iri]
    shown = steps[:MAX_STEPS]
    things = {thing.iri: thing for thing, _ in shown}
    relations = _relations(source, things, upward=upward)
    further = _flow(source, things, relations, upward=upward)
    # What tells which data a dataset is.
    digests = sha256_of(source, [iri for iri, thing in things.items() if thing.kind is Kind.DATASET])
    names = Counter(called(thing) for thing, _ in shown)
    made = [
        _step(
            thing,
            relation,
            further[thing.iri],
            site,
            item.iri,
            digests.get(thing.iri, "")[:DIGITS],
            upward=upward,
            dated=names[called(thing)] > 1,
        )
        for thing, relation in shown
    ]
    groups: defaultdict[str, list[Step]] = defaultdict(list)
    for step in made:
        groups[step.verb].append(step)
    return Way(groups, len(steps))


def _step(
    thing: DigitalObject,
    relation: Relation,
    further: Sequence[tuple[DigitalObject, Relation]],
    site: Site,
    start: str,
    digest: str,
    *,
    upward: bool,
    dated: bool,
) -> Step:
    others = [pair for pair in further if pair[0].iri != start]
    nexts = [Step(_verb(r, upward=upward), link(other, site, _state(other))) for other, r in others[:MAX_NEXT]]
    # Two of one name, of two runs, are told apart by their times.
    soft = ", ".join(filter(None, (_state(thing), *_marks(thing), date_of(thing) if dated else "", digest)))
    return Step(_verb(relation, upward=upward), link(thing, site, soft), nexts, max(0, len(others) - MAX_NEXT))


def _verb(relation: Relation, *, upward: bool) -> str:
    if relation.predicate is Predicate.WAS_PART_OF:
        return "ran in" if upward else "in it ran"
    return phrase(relation, forward=upward) + sure(relation.attributes.get("confidence"))


def _marks(thing: DigitalObject) -> Iterator[str]:
    """Yield how a registered version of a model is marked: by its aliases and its stage."""
    yield from (f"@{plain(alias)}" for alias in items(thing.attributes.get("aliases")))
    stage = thing.attributes.get("stage")
    if stage not in (None, "None"):
        yield plain(stage)


def _state(thing: DigitalObject) -> str:
    state = thing.attributes.get("status")
    return "" if state in (None, "finished") else str(state)


def _relations(source: Source, things: Iterable[str], *, upward: bool) -> list[Relation]:
    wanted = [predicate for predicate in Predicate if is_flow(predicate, Kind.TRAINING_RUN)]
    return source.relations_at(things, *wanted, Predicate.SPECIALIZATION_OF, outgoing=upward)


def _flow(
    source: Source, things: dict[str, DigitalObject], relations: Iterable[Relation], *, upward: bool
) -> defaultdict[str, list[tuple[DigitalObject, Relation]]]:
    """Return, for each thing, what these relations lead to, each once, and in the order in which people read."""
    maybe = [relation for relation in relations if is_flow(relation.predicate, Kind.TRAINING_RUN)]
    maybe += [relation for relation in relations if relation.predicate is Predicate.SPECIALIZATION_OF]
    # That it ran in its job says more than that the job had a hand in it.
    maybe.sort(key=lambda relation: relation.predicate is Predicate.WAS_INFLUENCED_BY)
    found = source.objects(relation.object if upward else relation.subject for relation in maybe)
    ways: defaultdict[str, dict[str, tuple[DigitalObject, Relation]]] = defaultdict(dict)
    for relation in maybe:
        here, there = relation.subject, relation.object
        here, there = (here, there) if upward else (there, here)
        other = found.get(there)
        if other is None or other.kind in BESIDE or here not in things:
            continue
        subject = things[here] if upward else other
        if is_flow(relation.predicate, subject.kind):
            ways[here].setdefault(there, (other, relation))
    ordered: defaultdict[str, list[tuple[DigitalObject, Relation]]] = defaultdict(list)
    for iri, some in ways.items():
        ordered[iri] = sorted(_without_parts(some.values()), key=_order)
    return ordered


def _without_parts(steps: Iterable[tuple[DigitalObject, Relation]]) -> list[tuple[DigitalObject, Relation]]:
    """Return steps without the files of a model where the model itself is among them."""
    found = list(steps)
    has_model = any(thing.kind is Kind.MODEL for thing, _ in found)
    return [pair for pair in found if not (has_model and path_of(pair[0]).startswith(OF_MODELS))]


def _order(pair: tuple[DigitalObject, Relation]) -> tuple[int, bool, str, str]:
    thing, relation = pair
    return FLOW_ORDER.get(relation.predicate, len(FLOW_ORDER)), thing.kind in PLACES, *_name(thing)


def _name(thing: DigitalObject) -> tuple[str, str]:
    return str(thing.attributes.get("path") or thing.label), thing.iri


def others(near: Near, site: Site, limit: int, told: Collection[Told]) -> Iterator[tuple[str, list[Cell], int]]:
    """Yield what else is stated of a thing: how it relates, to what, and how many more there are.

    Args:
        told: The relations that its page tells elsewhere.
    """
    for forward, relations in ((True, near.outgoing), (False, near.incoming)):
        groups: dict[str, list[str]] = {}
        for relation in relations:
            if any((relation.predicate, forward, role) in told for role in (ANY, relation.attributes.get("role"))):
                continue
            subject = near.item.kind if forward else Kind.TRAINING_RUN
            # What a run read itself stands around it: no data flows through a run.
            if (near.item.kind is Kind.RUN and forward) or not is_flow(relation.predicate, subject):
                iri = relation.object if forward else relation.subject
                groups.setdefault(phrase(relation, forward=forward), []).append(iri)
        for words, iris in groups.items():
            found = near.source.objects(iris[:limit])
            cells = [link(found[iri], site) for iri in iris[:limit] if iri in found]
            if cells:
                yield words, cells, max(0, len(iris) - limit)
