"""The things in the boxes as columns: a large run has hundreds of thousands of them."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from snakemake_heliport.export.figure.describing import STATE_OF, job_title, text
from snakemake_heliport.export.figure.figure import OPEN, STATES
from snakemake_heliport.export.figure.flow import Flow, Shape
from snakemake_heliport.export.figure.metrics import key_metrics
from snakemake_heliport.export.figure.text import clean
from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, Kind, Predicate

NONE = -1
ACTIVE = (Shape.JOB, Shape.TRAINING)
LONGEST = 300
# So many things of a box are read by name, each in a row; more are tiles.
ROWS_UP_TO = 60
DIGITS = re.compile(r"(\d+)")
# A state, a run and a mark, and how many things have them.
Count: TypeAlias = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Mark:
    """How a thing differs between two runs.

    Attributes:
        place: The place of the kind of difference in `comparing.MARKS`.
        why: What differs, in a few words.
        other: The IRI of its counterpart in the other run, empty where there is none.
    """

    place: int
    why: str = ""
    other: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """Things in the order of their boxes, and the links between them by their places.

    Attributes:
        states: The place of each state in `STATES`, NONE for what has none.
        runs: The place of the run that each belongs to, NONE for what belongs to none.
        marks: How each differs between two runs, empty where none are compared.
        starts: The place of the first thing of each box, and at last the number of all.
        tails: Where each link begins.
        heads: Where it ends: what came of the tail.
    """

    iris: tuple[str, ...]
    names: tuple[str, ...]
    details: tuple[str, ...]
    states: tuple[int, ...]
    runs: tuple[int, ...]
    marks: tuple[Mark, ...]
    starts: tuple[int, ...]
    tails: tuple[int, ...]
    heads: tuple[int, ...]

    def of_box(self, box: int) -> range:
        """Return the places of the things in a box."""
        return range(self.starts[box], self.starts[box + 1])

    def box_of(self, place: int) -> int:
        """Return the box that a thing is in."""
        return bisect_right(self.starts, place) - 1

    def counts(self, box: int) -> tuple[Count, ...]:
        """Return how many things of a box have which state, run and mark."""
        keys = ((self.states[place], self.runs[place], self.mark(place)) for place in self.of_box(box))
        return tuple((*key, count) for key, count in sorted(Counter(keys).items()))

    def mark(self, place: int) -> int:
        """Return the place of the mark of a thing, NONE where nothing is compared."""
        return self.marks[place].place if self.marks else NONE


def items_of(flow: Flow, groups: Sequence[Sequence[str]], runs: Sequence[str], marks: Mapping[str, Mark]) -> Items:
    """Return the things of a flow.

    Args:
        groups: The IRIs in each box.
        runs: The IRIs of the runs that things may belong to.
        marks: How things differ, by IRI; none where nothing is compared.
    """
    iris = [iri for group in groups for iri in _in_order(flow, group)]
    place = {iri: number for number, iri in enumerate(iris)}
    number_of = {run: number for number, run in enumerate(runs)}
    things = [flow.view.objects[iri] for iri in iris]
    shapes = [flow.shapes[iri] for iri in iris]
    starts = [0]
    for group in groups:
        starts.append(starts[-1] + len(group))
    links = sorted((place[tail], place[head]) for tail, head in flow.links if tail in place and head in place)
    return Items(
        tuple(iris),
        tuple(map(name_of, things, shapes)),
        tuple(_detail(flow.view, thing, shape) for thing, shape in zip(things, shapes, strict=True)),
        tuple(state_of(thing) if shape in ACTIVE else NONE for thing, shape in zip(things, shapes, strict=True)),
        tuple(_run(flow, iri, number_of) for iri in iris),
        tuple(marks[iri] for iri in iris) if marks else (),
        tuple(starts),
        tuple(tail for tail, _ in links),
        tuple(head for _, head in links),
    )


def _in_order(flow: Flow, group: Sequence[str]) -> Sequence[str]:
    """Return few things as they are read, `9` before `10`; of many the order is told by nobody."""
    if len(group) > ROWS_UP_TO:
        return group
    return sorted(group, key=lambda iri: _natural(name_of(flow.view.objects[iri], flow.shapes[iri])))


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (0, part) for part in DIGITS.split(name)]


def name_of(thing: DigitalObject, shape: Shape) -> str:
    """Return what tells a thing from the others in its box."""
    if shape is Shape.JOB:
        wildcards = clean(thing.label).removeprefix(job_title(thing)).strip()
        name = wildcards[1:-1] if wildcards.startswith("(") and wildcards.endswith(")") else job_title(thing)
    else:
        name = text(thing.attributes.get("path")) or clean(thing.label)
    return name if len(name) <= LONGEST else f"{name[: LONGEST // 2]}…{name[-LONGEST // 2 :]}"


def _detail(view: View, thing: DigitalObject, shape: Shape) -> str:
    match shape:
        case Shape.JOB:
            attempt = thing.attributes.get("attempt")
            words = [f"attempt {attempt}"] if isinstance(attempt, int) and attempt > 1 else []
        case Shape.TRAINING:
            words = key_metrics([thing])
        case Shape.MODEL:
            versions = view.behind(thing.iri, Predicate.SPECIALIZATION_OF)
            words = [f"registered as version {text(one.attributes.get('version'))}" for one in versions]
        case _:
            # What a person called it, where its name is its path.
            path = thing.attributes.get("path")
            words = [clean(thing.label)] if path and path != thing.label else []
    return "; ".join(words)[:LONGEST]


def state_of(thing: DigitalObject) -> int:
    """Return the place of the state of a job or training run."""
    return STATES.index(STATE_OF.get(text(thing.attributes.get("status")), OPEN))


def _run(flow: Flow, iri: str, numbers: Mapping[str, int]) -> int:
    """Return the run of a job, or of the job that made a thing."""
    seen = {iri}
    while flow.shapes[iri] is not Shape.JOB:
        makers = [maker for maker in flow.behind(iri) if flow.shapes[maker] in ACTIVE and maker not in seen]
        if not makers:
            return NONE
        iri = makers[0]
        seen.add(iri)
    homes = (home.iri for home in flow.view.ahead(iri, Predicate.WAS_PART_OF) if home.kind is Kind.RUN)
    return next((numbers[home] for home in homes if home in numbers), NONE)
