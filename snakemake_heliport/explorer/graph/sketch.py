"""A first picture of a large run: its rules with the numbers of their jobs, counted by the database.

Reading a hundred thousand jobs takes a while; counting them does not. The page shows the sketch until the rest is read.
"""

from collections import Counter

from snakemake_heliport.explorer.graph.graph import Graph, graph_from
from snakemake_heliport.explorer.graph.items import NONE, Items
from snakemake_heliport.export.figure.describing import STATE_OF, several, state_words
from snakemake_heliport.export.figure.figure import OPEN, STATES, Arrow, Box, Figure
from snakemake_heliport.export.figure.flow import Shape, Tie
from snakemake_heliport.export.figure.text import clean
from snakemake_heliport.model import DigitalObject, Predicate
from snakemake_heliport.store import Store

# Runs of fewer jobs are read at once.
LARGE = 2_000


def sketch(store: Store, run: DigitalObject) -> Graph | None:
    """Return the rules of a large run with the order between them, None for one that is read fast enough."""
    counts: dict[str, Counter[str]] = {}
    for row in store.jobs_by_rule(run.iri):
        counts.setdefault(row.rule, Counter())[STATE_OF.get(row.status, OPEN)] += row.count
    if sum(count.total() for count in counts.values()) < LARGE:
        return None
    rules = list(counts)
    names = {iri: clean(rule.label) for iri, rule in store.objects(rules).items()}
    place = {rule: number for number, rule in enumerate(rules)}
    order = {
        (place[one.object], place[one.subject])
        for one in store.relations_at(rules, Predicate.IS_PRECEDED_BY, outgoing=True)
        if one.object in place and one.object != one.subject
    }
    boxes = tuple(_box(number, names.get(rule, "rule"), counts[rule]) for number, rule in enumerate(rules))
    arrows = tuple(Arrow(tail, head, Tie.TOLD) for tail, head in sorted(order))
    caption = "the files and training runs of this large run are still being read"
    figure = Figure(clean(run.label), caption, "rule", boxes, arrows)
    return graph_from("rule", figure, _items(boxes), (run.iri,), (run.label,))


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
