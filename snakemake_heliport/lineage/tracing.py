"""Trace things to all that they came from, or to all that came of them, with the ways that lead there."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from snakemake_heliport.garbage import uncollected
from snakemake_heliport.lineage.starts import directories_of, is_whole
from snakemake_heliport.model import Attributes, DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.store import Met, Store

PLACES = (Kind.FILE, Kind.DIRECTORY, Kind.LOG)
HOME = (Predicate.WAS_PART_OF, Predicate.WAS_INFLUENCED_BY)
PLAIN = (Predicate.USED, Predicate.WAS_GENERATED_BY)
# How a link is told that no relation states: a file that nothing made has the bytes of an earlier state of its path.
SAME_BYTES: Attributes = {"evidence": "same bytes at the same path"}


@dataclass(frozen=True, slots=True)
class Link:
    """One step of data: `thing` came from `origin`, as this relation between the two says."""

    origin: str
    thing: str
    predicate: Predicate
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trace:
    """All that some things came from, or that came of them.

    Attributes:
        starts: The IRIs of the things that were asked about.
        upward: Whether it leads to what they came from.
        things: All that was found, the things themselves among them, by IRI.
        links: How they are linked, each pair of things once.
        ahead: The links that lead on from a thing, in the direction of the trace, by its IRI.
    """

    starts: tuple[str, ...]
    upward: bool
    things: Mapping[str, DigitalObject]
    links: tuple[Link, ...]
    ahead: Mapping[str, tuple[Link, ...]]
    _back: Mapping[str, str]

    def next(self, link: Link) -> str:
        """Return the IRI that a link leads to."""
        return link.origin if self.upward else link.thing

    def path(self, iri: str) -> tuple[str, ...]:
        """Return the IRIs on a shortest way from what was asked about to a thing, both included.

        Args:
            iri: Something in the trace.
        """
        way = [iri]
        while way[-1] in self._back:
            way.append(self._back[way[-1]])
        return tuple(reversed(way))

    def found(self, *kinds: Kind) -> list[DigitalObject]:
        """Return what was found besides the things themselves, of these kinds or all, in the order of the steps."""
        starts = frozenset(self.starts)
        items = (thing for iri, thing in self.things.items() if iri not in starts)
        return [thing for thing in items if not kinds or thing.kind in kinds]

    def ends(self) -> list[DigitalObject]:
        """Return where the trace ends, besides at what was asked about.

        Upward that is where the record begins: what no recorded job made, and jobs that read nothing. Downward it is
        the results: what no job made anything more of.
        """
        leading = {iri for iri in self.things if any(self._leads_on(link) for link in self.ahead.get(iri, ()))}
        ends = (thing for thing in self.found() if thing.iri not in leading)
        skipped = (Kind.TRAINING_RUN,) if self.upward else (Kind.TRAINING_RUN, Kind.JOB)
        return [thing for thing in ends if thing.kind not in skipped]

    def _leads_on(self, link: Link) -> bool:
        """Return whether more came of a thing by this link; a job that only asked for it made nothing of it."""
        other = self.next(link)
        return self.upward or self.things[other].kind is not Kind.JOB or bool(self.ahead.get(other))


def trace(
    store: Store, starts: Iterable[str], *, upward: bool, steps: int | None = None, most: int | None = None
) -> Trace:
    """Trace things through all runs.

    Args:
        starts: The IRIs of things that data flows through: see `starts.flowing`.
        upward: To what they came from; else to what came of them.
        steps: How many jobs and training runs to pass at most; None for all.
        most: How many things to follow from each other, the nearest first; None for all. What lies beyond is not told.
    """
    with uncollected():
        return _traced(store, tuple(dict.fromkeys(starts)), upward=upward, steps=steps, most=most)


def _traced(store: Store, begin: tuple[str, ...], *, upward: bool, steps: int | None, most: int | None) -> Trace:
    known: dict[str, Met] = {}
    relations = _taken(known, store.walk(begin, upward=upward, steps=steps, most=most), 0)
    bridges = list[Link]()
    links = _oriented(relations, known, upward=upward)
    while more := _bridges(store, known, links, upward=upward):
        bridges += more
        for bridge in more:
            near, far = (bridge.thing, bridge.origin) if upward else (bridge.origin, bridge.thing)
            if far not in known:
                passed = known[near].steps
                rest = None if steps is None else steps - passed
                walked = store.walk([far], upward=upward, steps=rest, most=most)
                relations += _taken(known, walked, passed)
        links = _oriented(relations, known, upward=upward) + bridges
    return _arranged(begin, known, _told(links, known, frozenset(begin), upward=upward), upward=upward)


def _taken(known: dict[str, Met], walked: tuple[list[Met], list[Relation]], passed: int) -> list[Relation]:
    """Add what a walk came to to what is known, after so many steps, and return its relations."""
    for met in walked[0]:
        before = known.get(met.thing.iri)
        if before is None or before.home > met.home:
            known[met.thing.iri] = replace(met, steps=met.steps + passed)
    return walked[1]


def _oriented(relations: Iterable[Relation], known: Mapping[str, Met], *, upward: bool) -> list[Link]:
    """Return relations as steps of data; a training run and its job feed one another, and one way of it was walked."""
    links = []
    for relation in relations:
        origin, thing = relation.object, relation.subject
        if relation.predicate in HOME and known[relation.object].home is not upward:
            origin, thing = thing, origin
        links.append(Link(origin, thing, relation.predicate, relation.attributes))
    return links


def _bridges(store: Store, known: Mapping[str, Met], links: Iterable[Link], *, upward: bool) -> list[Link]:
    """Return links between states of one path with the same bytes, where nothing recorded made the later one."""
    files = [iri for iri, one in known.items() if one.thing.kind in PLACES]
    explained = {link.thing for link in links if link.predicate is not Predicate.HAD_MEMBER}
    near = [iri for iri in files if iri not in explained] if upward else files
    pairs = [(twin, iri) if upward else (iri, twin) for iri, twin in store.same_at_path(near)]
    if not pairs:
        return []
    made = store.generators(iri for pair in pairs for iri in pair)
    states = store.objects(iri for pair in pairs for iri in pair)
    found: dict[str, Link] = {}
    for earlier, later in pairs:
        new = later not in explained if upward else later not in known
        # What was rewritten with the same bytes before it was made did not come from what was made.
        follows = _modified(states[earlier]) <= _modified(states[later])
        if new and follows and later not in made and (earlier in made or not upward):
            found[later] = Link(earlier, later, Predicate.ALTERNATE_OF, SAME_BYTES)
    return _of_one_directory(store, list(found.values()), states)


def _of_one_directory(store: Store, bridges: list[Link], states: Mapping[str, DigitalObject]) -> list[Link]:
    """Return the links without those between equal relative paths in two directories, which are two files."""
    relative = [link for link in bridges if not is_whole(str(states[link.thing].attributes.get("path")))]
    folders = directories_of(store, [iri for link in relative for iri in (link.origin, link.thing)])

    def is_one(link: Link) -> bool:
        return link not in relative or not folders.get(link.origin, set()).isdisjoint(folders.get(link.thing, set()))

    return [link for link in bridges if is_one(link)]


def _modified(thing: DigitalObject) -> str:
    return str(thing.attributes.get("modified", ""))


def _told(links: Iterable[Link], known: Mapping[str, Met], begin: Collection[str], *, upward: bool) -> list[Link]:
    """Return the links without those that say less than others do."""
    best: dict[tuple[str, str], Link] = {}
    for link in links:
        told = best.get((link.origin, link.thing))
        # That it is part of its job says more than that the job had a hand in it.
        if told is None or told.predicate is Predicate.WAS_INFLUENCED_BY:
            best[link.origin, link.thing] = link
    less = _said_otherwise(best.values(), known)
    leading = {link.thing if upward else link.origin for link in best.values()}

    def is_told(link: Link) -> bool:
        end = link.origin if upward else link.thing
        # Every job has a log; it is told where it was asked about, or was read.
        is_log = known[end].thing.kind is Kind.LOG and end not in leading and end not in begin
        return not is_log and (link.origin, link.thing) not in less

    return [link for link in best.values() if is_told(link)]


def _said_otherwise(links: Collection[Link], known: Mapping[str, Met]) -> set[tuple[str, str]]:
    """Return what is told by other links: that a training run read the file behind its dataset, that it made the files
    of its model, that what a job updated derives from what it was."""
    of = {
        predicate: {(link.origin, link.thing) for link in links if link.predicate is predicate}
        for predicate in (Predicate.WAS_GENERATED_BY, Predicate.HAS_SOURCE)
    }
    made, sources = of[Predicate.WAS_GENERATED_BY], defaultdict[str, list[str]](list)
    for file, dataset in of[Predicate.HAS_SOURCE]:
        sources[dataset].append(file)
    less = {
        (file, link.thing)
        for link in links
        if link.predicate is Predicate.USED_DATASET
        for file in sources[link.origin]
    }
    makers = {thing: maker for maker, thing in made}
    less |= {
        (link.origin, link.thing)
        for link in links
        if link.predicate is Predicate.WAS_DERIVED_FROM and link.thing in makers
    }
    for link in links:
        maker = makers.get(link.thing, "")
        if known[link.thing].thing.kind is Kind.MODEL and (maker, link.origin) in made:
            less |= {(link.origin, link.thing), (maker, link.origin)}
    return less


def _arranged(begin: tuple[str, ...], known: Mapping[str, Met], links: Iterable[Link], *, upward: bool) -> Trace:
    near: defaultdict[str, list[Link]] = defaultdict(list)
    for link in links:
        near[link.thing if upward else link.origin].append(link)

    def order(link: Link) -> tuple[bool, str, str, str]:
        thing = known[link.origin if upward else link.thing].thing
        name, started = thing.attributes.get("path") or thing.label, thing.attributes.get("started", "")
        # What a job read and made tells more than what a tracker calls it.
        return link.predicate not in PLAIN, str(name), str(started), thing.iri

    ahead = {iri: tuple(sorted(some, key=order)) for iri, some in near.items()}
    back: dict[str, str] = {}
    things = {iri: known[iri].thing for iri in begin if iri in known}
    waiting = deque(things)
    while waiting:
        iri = waiting.popleft()
        for link in ahead.get(iri, ()):
            other = link.origin if upward else link.thing
            if other not in things:
                things[other], back[other] = known[other].thing, iri
                waiting.append(other)
    told = tuple(link for iri in things for link in ahead.get(iri, ()))
    return Trace(tuple(iri for iri in begin if iri in known), upward, things, told, ahead, back)
