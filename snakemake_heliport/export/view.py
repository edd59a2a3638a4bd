"""A selection of the store in memory, for the forms that need to look back and forth; RDF is streamed instead.

What an audience must not see is left out here, and what it hid between two things that may be seen is told as one
relation between them: a public figure still derives from the public data, whatever private jobs lie between.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace

from snakemake_heliport.export.guard import refuse_secrets
from snakemake_heliport.export.machine import Machine
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.untold import Untold
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation, Visibility
from snakemake_heliport.store import AUDIENCE, Store

ACTIVITIES = frozenset((Kind.RUN, Kind.JOB, Kind.GROUP, Kind.TRAINING_RUN))
# What leads from a thing to what it came from.
UPSTREAM = frozenset(
    (
        Predicate.USED,
        Predicate.USED_DATASET,
        Predicate.WAS_GENERATED_BY,
        Predicate.WAS_DERIVED_FROM,
        Predicate.WAS_INFORMED_BY,
        Predicate.HAS_SOURCE,
        Predicate.TRAINED_ON,
    )
)
# A training run came from what its job came from.
WITHIN = frozenset((Predicate.WAS_PART_OF,))

# The most visible first.
MOST_VISIBLE = (Visibility.PUBLIC, Visibility.PROJECT)

# A job is part of a group or run, and a training run of another or of a job.
MOST_NESTED = 10


@dataclass(slots=True)
class View:
    """Objects by IRI, and the relations that start and end at each.

    Attributes:
        store: What it was read from, None where it was not read from a store.
    """

    objects: dict[str, DigitalObject] = field(default_factory=dict)
    _out: defaultdict[str, list[Relation]] = field(default_factory=lambda: defaultdict(list))
    _into: defaultdict[str, list[Relation]] = field(default_factory=lambda: defaultdict(list))
    store: Store | None = None

    @classmethod
    def of(cls, store: Store, selection: Selection) -> "View":
        """Read a selection, as it is told to its audience.

        Raises:
            SecretFound: Something that is to be told looks like a secret.
        """
        return told(cls.whole(store, selection), selection.audience)

    @classmethod
    def whole(cls, store: Store, selection: Selection, kinds: Collection[Kind] | None = None) -> "View":
        """Read a selection, whoever may see it.

        Args:
            kinds: The kinds of objects that are wanted, None for all.
        """
        whole = cls(store=store)
        for thing, relations in store.statements(selection.runs, Visibility.PRIVATE, selection.things, kinds):
            whole.objects[thing.iri] = thing
            for relation in relations:
                whole.add(relation)
        return whole

    def add(self, relation: Relation) -> None:
        """Add a relation."""
        self._out[relation.subject].append(relation)
        self._into[relation.object].append(relation)

    def of_kind(self, *kinds: Kind) -> Iterator[DigitalObject]:
        """Yield the objects of these kinds, by kind and IRI."""
        return (thing for thing in self.objects.values() if thing.kind in kinds)

    def out(self, iri: str, *predicates: Predicate) -> list[Relation]:
        """Return the relations that start at an object, of these predicates, or all if none."""
        return [relation for relation in self._out.get(iri, ()) if not predicates or relation.predicate in predicates]

    def into(self, iri: str, *predicates: Predicate) -> list[Relation]:
        """Return the relations that end at an object, of these predicates, or all if none."""
        return [relation for relation in self._into.get(iri, ()) if not predicates or relation.predicate in predicates]

    def ahead(self, iri: str, *predicates: Predicate) -> list[DigitalObject]:
        """Return the described objects that an object relates to."""
        return self._described(relation.object for relation in self.out(iri, *predicates))

    def behind(self, iri: str, *predicates: Predicate) -> list[DigitalObject]:
        """Return the described objects that relate to an object."""
        return self._described(relation.subject for relation in self.into(iri, *predicates))

    def _described(self, iris: Iterable[str]) -> list[DigitalObject]:
        return [self.objects[iri] for iri in dict.fromkeys(iris) if iri in self.objects]

    def statements(self) -> Iterator[tuple[DigitalObject, list[Relation]]]:
        """Yield every object with its relations by predicate and object, as the store does."""
        for iri, thing in self.objects.items():
            yield thing, sorted(self.out(iri), key=lambda relation: (relation.predicate.value, relation.object))


def told(whole: View, audience: Visibility, *, places: bool = False) -> View:
    """Return what is told to an audience: what it may see, without places of the machine and without secrets.

    Nothing in it names the path of what is hidden.

    Args:
        places: Whether to keep where things lie on the machine, for what looks for the files there.

    Raises:
        SecretFound: Something in it looks like a secret.
    """
    shown = whole
    if audience is not Visibility.PRIVATE:
        shown = _without_names(visible(whole, audience), untold_of(whole, audience))
        shown = shown if places else without_places(shown, machine_of(whole))
    refuse_secrets(shown)
    return shown


def machine_of(whole: View) -> Machine:
    """Return what knows the working directories of all runs in a view, and its files."""
    return Machine(
        (str(run.attributes.get("workdir") or "") for run in whole.of_kind(Kind.RUN)),
        (str(thing.attributes.get("path") or "") for thing in whole.objects.values()),
    )


def untold_of(whole: View, audience: Visibility) -> Untold:
    """Return what knows the paths of all that an audience must not see, be it in the view or elsewhere in its store."""
    if whole.store is not None:
        paths = whole.store.paths(audience)
    else:
        paths = {}
        for thing in whole.objects.values():
            if isinstance(path := thing.attributes.get("path"), str):
                paths[path] = paths.get(path, False) or thing.visibility in AUDIENCE[audience]
    return Untold(paths, (str(run.attributes.get("workdir") or "") for run in whole.of_kind(Kind.RUN)))


def without_places(view: View, machine: Machine) -> View:
    """Return a view in which no text names a place of the machine."""
    return _cut(view, machine)


def _without_names(view: View, untold: Untold) -> View:
    """Return a view in which no text names what is hidden."""
    return _cut(view, untold) if untold else view


def _cut(view: View, cutter: Machine | Untold) -> View:
    cut = View(store=view.store)
    for iri, thing in view.objects.items():
        cut.objects[iri] = cutter.thing(thing)
        for relation in view.out(iri):
            cut.add(cutter.relation(relation))
    return cut


def visible(whole: View, audience: Visibility) -> View:
    """Return what an audience may see of a view, connected where what it must not see lay between.

    Bytes have no visibility of their own: who may see a file that has them may know their digest, and nobody else.
    """
    may_be = AUDIENCE[audience]
    named = {iri: thing for iri, thing in whole.objects.items() if thing.kind is not Kind.CONTENT}
    seen = {iri for iri, thing in named.items() if thing.visibility in may_be}
    for content in whole.of_kind(Kind.CONTENT):
        if any(end.subject in seen for end in whole.into(content.iri, Predicate.SPECIALIZATION_OF)):
            seen.add(content.iri)
    return connected(whole, seen)


def _shown(whole: View, thing: DigitalObject) -> DigitalObject:
    """Return an object as others are shown it: bytes are as visible as the most visible thing that has them."""
    if thing.kind is not Kind.CONTENT:
        return thing
    having = {owner.visibility for owner in whole.behind(thing.iri, Predicate.SPECIALIZATION_OF)}
    most = next((level for level in MOST_VISIBLE if level in having), Visibility.PRIVATE)
    return thing if thing.visibility is most else replace(thing, visibility=most)


def connected(whole: View, seen: set[str]) -> View:
    """Return some objects of a view; what one came from through others that are left out is told as one relation."""
    objects = {iri: _shown(whole, thing) for iri, thing in whole.objects.items() if iri in seen}
    shown = View(objects, store=whole.store)
    beyond = _Beyond(whole, seen)
    for iri in shown.objects:
        stated = {(relation.predicate, relation.object) for relation in whole.out(iri)}
        for relation in whole.out(iri):
            if relation.object in seen:
                shown.add(relation)
        for origin in sorted(beyond.of(iri)):
            bridge = Relation(iri, _bridge(shown.objects[iri], shown.objects[origin]), origin)
            if (bridge.predicate, bridge.object) not in stated:
                shown.add(bridge)
    for relation in _lifted(whole, seen):
        shown.add(relation)
    return shown


def _lifted(whole: View, seen: set[str]) -> Iterable[Relation]:
    """Return what hidden parts of a run did with what is told, as said of the run: the whole did what its parts did."""
    found: dict[tuple[str, Predicate, str], Relation] = {}
    for iri, thing in whole.objects.items():
        run = _whole_of(whole, iri, seen) if iri not in seen and thing.kind in ACTIVITIES else None
        for relation in _as_done_by(whole, iri, run, seen) if run is not None else ():
            found[relation.subject, relation.predicate, relation.object] = relation
    stated = {(r.subject, r.predicate, r.object) for iri in {key[0] for key in found} for r in whole.out(iri)}
    return [relation for key, relation in found.items() if key not in stated]


def _as_done_by(whole: View, part: str, run: str, seen: set[str]) -> Iterator[Relation]:
    for relation in whole.into(part, Predicate.WAS_GENERATED_BY, Predicate.WAS_PART_OF):
        if relation.subject in seen:
            yield Relation(relation.subject, relation.predicate, run)
    for relation in whole.out(part, Predicate.USED):
        # What the run made itself it had, and did not use.
        if relation.object in seen and not whole.out(relation.object, Predicate.WAS_GENERATED_BY):
            yield Relation(run, Predicate.USED, relation.object)


def _whole_of(whole: View, iri: str, seen: set[str]) -> str | None:
    """Return the nearest whole of a hidden part that is told."""
    for _ in range(MOST_NESTED):
        wholes = [relation.object for relation in whole.out(iri, Predicate.WAS_PART_OF)]
        if not wholes or wholes[0] in seen:
            return wholes[0] if wholes else None
        iri = wholes[0]
    return None


def _bridge(thing: DigitalObject, origin: DigitalObject) -> Predicate:
    """Return how a thing relates to what it came from by ways that are not told."""
    match thing.kind in ACTIVITIES, origin.kind in ACTIVITIES:
        case True, True:
            return Predicate.WAS_INFORMED_BY
        case False, False:
            return Predicate.WAS_DERIVED_FROM
    return Predicate.WAS_INFLUENCED_BY


class _Beyond:
    """Finds what lies behind hidden objects; each hidden object is searched once."""

    def __init__(self, whole: View, seen: set[str]) -> None:
        self._whole = whole
        self._seen = seen
        self._found: dict[str, frozenset[str]] = {}

    def of(self, iri: str) -> set[str]:
        """Return the visible objects that a visible one came from through hidden ones only."""
        hidden = [origin for origin in self._origins(iri) if origin not in self._seen]
        return set().union(*(self._behind(origin) for origin in hidden)) - {iri}

    def _behind(self, hidden: str) -> frozenset[str]:
        """Return the first visible objects upstream of a hidden one, without recursion: chains can be long."""
        stack, open_ = [hidden], set[str]()
        while stack:
            top = stack[-1]
            origins = self._origins(top)
            missing = [o for o in origins if o not in self._seen and o not in self._found and o not in open_]
            if top not in open_ and missing:
                open_.add(top)
                stack.extend(missing)
                continue
            stack.pop()
            ends = (frozenset((o,)) if o in self._seen else self._found.get(o, frozenset()) for o in origins)
            self._found[top] = frozenset().union(*ends)
        return self._found[hidden]

    def _origins(self, iri: str) -> list[str]:
        thing = self._whole.objects.get(iri)
        predicates = UPSTREAM | WITHIN if thing is not None and thing.kind is Kind.TRAINING_RUN else UPSTREAM
        stated = self._whole.out(iri, *predicates)
        told = self._makers_of_used(stated)
        # That one job came after another is told by the files between them, where there are any.
        return [r.object for r in stated if r.predicate is not Predicate.WAS_INFORMED_BY or r.object not in told]

    def _makers_of_used(self, stated: list[Relation]) -> set[str]:
        used = [relation.object for relation in stated if relation.predicate is Predicate.USED]
        return {made.object for iri in used for made in self._whole.out(iri, Predicate.WAS_GENERATED_BY)}
