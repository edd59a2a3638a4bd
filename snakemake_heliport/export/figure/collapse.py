"""From a flow to a figure: what has the same rule, or the same makers and users, becomes one box."""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import replace

from snakemake_heliport.export.figure.describing import (
    files_words,
    job_title,
    job_words,
    jobs_words,
    made_by,
    several,
    states_of,
    text,
)
from snakemake_heliport.export.figure.figure import Arrow, Box, Figure
from snakemake_heliport.export.figure.flow import Flow, Shape, Tie, flow_of
from snakemake_heliport.export.figure.lineage import Path
from snakemake_heliport.export.figure.metrics import datasets_words, model_words, training_words
from snakemake_heliport.export.figure.options import By, FigureOptions
from snakemake_heliport.export.figure.text import clean
from snakemake_heliport.export.view import View
from snakemake_heliport.model import Kind, Predicate

ACTIVE = frozenset((Shape.JOB, Shape.TRAINING))


def figure_of(view: View, options: FigureOptions = FigureOptions()) -> Figure:  # noqa: B008
    """Return the figure of a view.

    Raises:
        NotFound: The path is to lead through a thing that is not in the view.
    """
    flow = flow_of(view, training=options.training)
    path = None if options.path_to is None else Path(flow, options.path_to)
    figure = Collapsed(flow, path, options.by).figure()
    if options.by == "job" and len(figure.boxes) > options.limit:
        figure = Collapsed(flow, path, "rule").figure()
    return figure if len(figure.boxes) <= options.limit else without_data(figure)


class Collapsed:
    """Groups the things of a flow.

    Attributes:
        groups: The IRIs in each box of the figure, in the order of its boxes.
    """

    def __init__(self, flow: Flow, path: Path | None, by: By) -> None:
        self._flow, self._path, self._by = flow, path, by
        self._rules: dict[str, Hashable] = {}
        for iri, shape in flow.shapes.items():
            if shape in ACTIVE:
                self._rules[iri] = self._activity(iri, shape)
        self._slots = self._slots_of_files() if by == "rule" else {}
        self._users = self._users_of_slots()
        groups: dict[Hashable, list[str]] = {}
        for iri, shape in sorted(flow.shapes.items(), key=lambda item: (flow.view.objects[item[0]].label, item[0])):
            key = self._rules[iri] if shape in ACTIVE else self._passive(iri, shape)
            groups.setdefault((shape.value, key), []).append(iri)
        self.groups = list(groups.values())
        self._place = {iri: place for place, members in enumerate(self.groups) for iri in members}

    def _activity(self, iri: str, shape: Shape) -> Hashable:
        """Return what the jobs or training runs of one box have in common."""
        if self._by == "job":
            return iri
        step = Predicate.CORRESPONDS_TO_STEP if shape is Shape.JOB else Predicate.EXECUTES
        rules = self._flow.view.out(iri, step)
        if rules:
            return rules[0].object
        thing = self._flow.view.objects[iri]
        return job_title(thing) if shape is Shape.JOB else tuple(sorted(self._flow.behind(iri)))

    def _passive(self, iri: str, shape: Shape) -> Hashable:
        """Return who made and who used a thing, or its shape if they are no activities."""
        if shape is Shape.MODEL and self._by == "job":
            return iri
        slots = self._slots.get(iri)
        used = self._users[slots] if slots else self._sides(self._flow.ahead(iri))
        return self._sides(self._flow.behind(iri)), used

    def _sides(self, others: Iterable[str]) -> frozenset[Hashable]:
        return frozenset(self._rules.get(other, self._flow.shapes[other]) for other in others)

    def _slots_of_files(self) -> dict[str, tuple[str, ...]]:
        """Return the slots that files came out of: in a figure by rule these tell where a file belongs."""
        files = (iri for iri, shape in self._flow.shapes.items() if shape is Shape.DATA)
        slots = ((iri, tuple(filter(None, made_by(self._flow.view, iri)))) for iri in files)
        return {iri: ports for iri, ports in slots if ports}

    def _users_of_slots(self) -> dict[tuple[str, ...], frozenset[Hashable]]:
        """Return who used anything that came out of the same slots: a file that nobody used is no box of its own."""
        found: dict[tuple[str, ...], set[Hashable]] = {}
        for iri, slots in self._slots.items():
            found.setdefault(slots, set()).update(self._sides(self._flow.ahead(iri)))
        return {slots: frozenset(users) for slots, users in found.items()}

    def figure(self) -> Figure:
        """Return the figure of the groups."""
        view = self._flow.view
        boxes = tuple(self._box(place, members) for place, members in enumerate(self.groups))
        title, caption = _title(view)
        return Figure(title, caption, self._by, boxes, self._arrows(), self._path is not None)

    def _box(self, place: int, members: list[str]) -> Box:
        shape = self._flow.shapes[members[0]]
        words = [word for word in self._words(shape, members) if word] or [shape.value]
        things = [self._flow.view.objects[iri] for iri in members]
        states = states_of(things) if shape in ACTIVE else ()
        lit = self._path is not None and any(map(self._path.has, members))
        return Box(f"n{place + 1}", shape, words[0], tuple(words[1:]), states, lit, len(members))

    def _words(self, shape: Shape, members: list[str]) -> list[str]:
        view = self._flow.view
        things = [view.objects[iri] for iri in members]
        match shape:
            case Shape.JOB if self._by == "job":
                return [job_title(things[0]), *job_words(things[0])]
            case Shape.JOB:
                rules = view.ahead(members[0], Predicate.CORRESPONDS_TO_STEP)
                return [clean(rules[0].label) if rules else job_title(things[0]), *jobs_words(things)]
            case Shape.TRAINING:
                return training_words(things)
            case Shape.DATASET:
                return datasets_words(things)
            case Shape.MODEL:
                return model_words(view, things)
        return files_words(view, things)

    def _arrows(self) -> tuple[Arrow, ...]:
        found: dict[tuple[int, int, Tie], bool] = {}
        for (origin, thing), tie in self._flow.links.items():
            key = (self._place[origin], self._place[thing], tie)
            if key[0] != key[1]:
                lit = self._path is not None and self._path.leads(origin, thing)
                found[key] = found.get(key, False) or lit
        flows = {key[:2] for key in found if key[2] is not Tie.TOLD}
        # What is told by files for some jobs need not be told without them for others.
        kept = {key: lit for key, lit in found.items() if key[2] is not Tie.TOLD or key[:2] not in flows}
        return tuple(Arrow(tail, head, tie, lit=lit) for (tail, head, tie), lit in sorted(kept.items()))


def without_data(figure: Figure) -> Figure:
    """Return a figure without boxes for data: arrows lead from maker to user, with the number of files."""
    kept = [place for place, box in enumerate(figure.boxes) if box.shape is not Shape.DATA]
    new = {place: position for position, place in enumerate(kept)}
    into: dict[int, list[Arrow]] = {}
    for arrow in figure.arrows:
        into.setdefault(arrow.head, []).append(arrow)
    counts: Counter[tuple[int, int, Tie]] = Counter()
    lit: set[tuple[int, int, Tie]] = set()
    for arrow in figure.arrows:
        if arrow.head not in new:
            continue
        for before in [arrow] if arrow.tail in new else into.get(arrow.tail, []):
            if before.tail in new and before.tail != arrow.head:
                key = (new[before.tail], new[arrow.head], arrow.tie)
                counts[key] += 0 if before is arrow else figure.boxes[arrow.tail].count
                lit |= {key} if before.lit and arrow.lit else set()
    arrows = tuple(
        Arrow(*key, several(count, "file") if count else "", key in lit) for key, count in sorted(counts.items())
    )
    boxes = tuple(replace(figure.boxes[place], name=f"n{position + 1}") for place, position in new.items())
    return replace(figure, boxes=boxes, arrows=arrows)


def _title(view: View) -> tuple[str, str]:
    """Return the title of a figure, and what was run when and with what result."""
    workflows = [clean(thing.label) for thing in view.of_kind(Kind.WORKFLOW)]
    runs = list(view.of_kind(Kind.RUN))
    title = ", ".join(dict.fromkeys(workflows[:2])) or (clean(runs[0].label) if runs else "Provenance")
    if len(runs) == 1:
        facts = (runs[0].attributes.get("started"), runs[0].attributes.get("status"))
        started, status = map(text, facts)
        parts = ("one run", started[:10] if started else "", status)
        return title, ", ".join(filter(None, parts))
    return title, several(len(runs), "run")
