"""A first picture of a large run: its rules with the numbers of their jobs, counted by the database.

Reading a hundred thousand jobs takes a while; counting them does not. The page shows the sketch until the rest is
read. Its boxes open at once: the database is asked for the jobs of a rule, and a few of them are read for their names.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from snakemake_heliport.explorer.graph.graph import Graph, graph_from
from snakemake_heliport.explorer.graph.items import NONE, ROWS_UP_TO, Items, name_of, state_of
from snakemake_heliport.explorer.graph.telling import Told, frame, listed, listed_first
from snakemake_heliport.explorer.site import Site
from snakemake_heliport.export.figure.describing import STATE_OF, several, state_words
from snakemake_heliport.export.figure.figure import OPEN, STATES, Arrow, Box, Figure
from snakemake_heliport.export.figure.flow import JOBS, LEARNING, SOURCES, Shape, Tie
from snakemake_heliport.export.figure.text import clean
from snakemake_heliport.model import DigitalObject, Predicate, Visibility
from snakemake_heliport.store import Store
from snakemake_heliport.wording import kind_in_words

# Runs of fewer jobs are read at once.
LARGE = 2_000
KEPT = 8
CAPTION = "the files and training runs of this large run are still being read"
NOTHING_YET = "this run is large, and what may be shown of it is still being read; it appears here by itself"


def sketch(store: Store, run: DigitalObject, audience: Visibility) -> Graph | None:
    """Return the rules of a large run with the order between them, None for one that is read fast enough.

    Who is not the owner of the store is told in words to wait: what they may see is known when all is read, and numbers
    would tell of what they must not see.
    """
    drawn = _drawn(store, run.iri, _stamp(store))
    if drawn is None or audience is Visibility.PRIVATE:
        return drawn
    return _graph(run, NOTHING_YET, (), (), ())


def prepare(store: Store, run: str, audience: Visibility) -> None:
    """Look up the jobs of each rule, so that the boxes of a sketch open at once whatever else is done by then."""
    graph = _drawn(store, run, _stamp(store))
    if graph is not None and audience is Visibility.PRIVATE:
        for box in range(len(graph.boxes)):
            _jobs(store, run, graph, box)


def part_of_sketch(store: Store, run: str, box: int) -> Told | None:
    """Return what an open box of a sketch looks like, None where there is no such box.

    Tiles have no names, so that nothing is read for them.
    """
    graph = _with_box(store, run, box)
    if graph is None:
        return None
    things = graph.items.of_box(box)
    return frame(graph if len(things) > ROWS_UP_TO else _named(store, run, graph, box, things), box)


def listed_in_sketch(store: Store, run: str, box: int) -> Told | None:
    """Return the first jobs in a box of a sketch by name, None where there is no such box."""
    graph = _with_box(store, run, box)
    if graph is None:
        return None
    return {"listed": listed(_named(store, run, graph, box, listed_first(graph.items, box)), box)}


def _with_box(store: Store, run: str, box: int) -> Graph | None:
    graph = _drawn(store, run, _stamp(store))
    return graph if graph is not None and box < len(graph.boxes) else None


def thing_of_sketch(store: Store, run: str, place: int, site: Site) -> Told | None:
    """Return what is said of a job in a sketch, None where there is none."""
    graph = _drawn(store, run, _stamp(store))
    if graph is None or place >= len(graph.items.names):
        return None
    box = graph.items.box_of(place)
    job = store.get(_jobs(store, run, graph, box)[place - graph.items.of_box(box).start])
    state = STATES[graph.items.states[place]]
    return None if job is None else {"name": clean(job.label), "words": state, "page": site.url(job.iri)}


def found_in_sketch(store: Store, run: str, text: str, site: Site, most: int) -> list[Told]:
    """Return what the store knows of a name, with its page; of jobs only those of the run."""
    found = store.find(text, JOBS | LEARNING | SOURCES, most)
    return [
        {"name": clean(thing.label), "page": site.url(thing.iri), "of": kind_in_words(thing.kind)}
        for thing in found
        if thing.kind not in JOBS or thing.iri.startswith(f"{run}#")
    ]


def _stamp(store: Store) -> str:
    return repr(store.stamps())


@lru_cache(maxsize=KEPT)
def _drawn(store: Store, iri: str, stamp: str) -> Graph | None:  # noqa: ARG001 (another stamp is another sketch)
    counts: dict[str, Counter[str]] = {}
    for row in store.jobs_by_rule(iri):
        counts.setdefault(row.rule, Counter())[STATE_OF.get(row.status, OPEN)] += row.count
    run = store.get(iri)
    if run is None or sum(count.total() for count in counts.values()) < LARGE:
        return None
    rules = list(counts)
    names = {rule: clean(thing.label) for rule, thing in store.objects(rules).items()}
    place = {rule: number for number, rule in enumerate(rules)}
    order = {
        (place[one.object], place[one.subject])
        for one in store.relations_at(rules, Predicate.IS_PRECEDED_BY, outgoing=True)
        if one.object in place and one.object != one.subject
    }
    boxes = tuple(_box(number, names.get(rule, "rule"), counts[rule]) for number, rule in enumerate(rules))
    arrows = tuple(Arrow(tail, head, Tie.TOLD) for tail, head in sorted(order))
    return _graph(run, CAPTION, boxes, arrows, tuple(rules))


def _graph(
    run: DigitalObject, caption: str, boxes: tuple[Box, ...], arrows: tuple[Arrow, ...], rules: tuple[str, ...]
) -> Graph:
    figure = Figure(clean(run.label), caption, "rule", boxes, arrows)
    return graph_from("rule", figure, _items(boxes), (run.label,), rules=rules)


def _box(number: int, name: str, counts: Counter[str]) -> Box:
    states = tuple((state, counts[state]) for state in STATES if counts[state])
    total = counts.total()
    return Box(f"n{number + 1}", Shape.JOB, name, (several(total, "job"), *state_words(states)), states, count=total)


def _items(boxes: tuple[Box, ...]) -> Items:
    """Return things that have states and nothing else."""
    states = [STATES.index(state) for box in boxes for state, count in box.states for _ in range(count)]
    starts = [0]
    for box in boxes:
        starts.append(starts[-1] + box.count)
    empty, none = ("",) * len(states), (NONE,) * len(states)
    return Items(empty, empty, empty, tuple(states), none, (), tuple(starts), (), ())


def _named(store: Store, run: str, graph: Graph, box: int, places: Iterable[int]) -> Graph:
    """Return a sketch in which some things of a box have names."""
    jobs, first = _jobs(store, run, graph, box), graph.items.of_box(box).start
    iris = {place: jobs[place - first] for place in places}
    found, names = store.objects(iris.values()), list(graph.items.names)
    for place, iri in iris.items():
        names[place] = name_of(found[iri], Shape.JOB)
    return replace(graph, items=replace(graph.items, names=tuple(names)))


def _jobs(store: Store, run: str, graph: Graph, box: int) -> tuple[str, ...]:
    """Return the jobs of a rule, by their states as in the sketch."""
    mixed = len(graph.boxes[box].box.states) > 1
    return _jobs_of(store, run, graph.rules[box], _stamp(store), mixed)


@lru_cache(maxsize=KEPT)
def _jobs_of(store: Store, run: str, rule: str, stamp: str, mixed: bool) -> tuple[str, ...]:  # noqa: ARG001
    relations = store.relations_at([rule], Predicate.CORRESPONDS_TO_STEP, outgoing=False)
    jobs = _last(relation.subject for relation in relations if relation.subject.startswith(f"{run}#"))
    if not mixed:
        return jobs
    states = {iri: state_of(job) for iri, job in store.objects(jobs).items()}
    return tuple(sorted(jobs, key=lambda iri: states.get(iri, NONE)))


def _last(jobs: Iterable[str]) -> tuple[str, ...]:
    """Return the last attempt of each job, in the order of their numbers."""
    return tuple({iri.rpartition("-")[0]: iri for iri in sorted(jobs, key=lambda iri: (len(iri), iri))}.values())
