"""What flowed from what to what: jobs, data, training runs, datasets and models of a view, before anything is grouped.

Links lead downstream, from an origin to what came of it. Software, logs and artifacts that no job used are left out: a
figure tells the way of the data.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation

JOBS = frozenset((Kind.JOB, Kind.PLANNED_JOB))
FILES = frozenset((Kind.FILE, Kind.DIRECTORY))
SOURCES = FILES | {Kind.DATA_SOURCE, Kind.DATASET}
INPUTS = FILES | {Kind.LOG, Kind.CONFIG, Kind.MODEL, Kind.DATASET}
LEARNING = frozenset((Kind.TRAINING_RUN, Kind.DATASET, Kind.MODEL))


class Shape(StrEnum):
    """What a box stands for."""

    JOB = "job"
    DATA = "data"
    DATASET = "dataset"
    MODEL = "model"
    TRAINING = "training"


class Tie(StrEnum):
    """What an arrow stands for."""

    FLOW = "flow"  # was used, or was generated
    PART = "part"  # a training run that a job made
    TOLD = "told"  # came from it, by ways that are not told


@dataclass(slots=True)
class Flow:
    """Things by IRI with their shapes, and the links between them."""

    view: View
    shapes: dict[str, Shape] = field(default_factory=dict)
    links: dict[tuple[str, str], Tie] = field(default_factory=dict)
    _ahead: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _behind: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def link(self, origin: str, thing: str, tie: Tie = Tie.FLOW) -> None:
        """State that a thing came from another; what was said first stands."""
        if (origin, thing) in self.links or origin == thing:
            return
        for iri in (origin, thing):
            if iri not in self.shapes:
                self.shapes[iri] = shape_of(self.view.objects[iri])
        self.links[origin, thing] = tie
        self._ahead[origin].append(thing)
        self._behind[thing].append(origin)

    def ahead(self, iri: str) -> list[str]:
        """Return what came directly from a thing."""
        return self._ahead.get(iri, [])

    def behind(self, iri: str) -> list[str]:
        """Return what a thing directly came from."""
        return self._behind.get(iri, [])

    def passed(self, origin: str, thing: str) -> bool:
        """Tell whether something lies between two things that explains how one came from the other."""
        return not set(self.behind(thing)).isdisjoint(self.ahead(origin))


def shape_of(thing: DigitalObject) -> Shape:
    """Return how a thing is drawn."""
    if thing.kind in JOBS:
        return Shape.JOB
    shapes = {Kind.TRAINING_RUN: Shape.TRAINING, Kind.DATASET: Shape.DATASET, Kind.MODEL: Shape.MODEL}
    return shapes.get(thing.kind, Shape.DATA)


def flow_of(view: View, *, training: bool = True) -> Flow:
    """Return what flowed in a view.

    Args:
        training: With training runs, datasets and models.
    """
    flow = Flow(view)
    things = [thing for thing in view.objects.values() if training or thing.kind not in LEARNING]
    for thing in things:
        if thing.kind in JOBS or thing.kind is Kind.TRAINING_RUN:
            flow.shapes[thing.iri] = shape_of(thing)
    for thing in things:
        if thing.kind in JOBS:
            _job(flow, thing)
        elif thing.kind in FILES:
            _file(flow, thing)
    if training:
        for kind, add in ((Kind.DATASET, _dataset), (Kind.TRAINING_RUN, _training_run), (Kind.MODEL, _model)):
            for thing in view.of_kind(kind):
                add(flow, thing)
    _untold(flow)
    return flow


def _job(flow: Flow, job: DigitalObject) -> None:
    for relation in flow.view.out(job.iri, Predicate.USED):
        used = flow.view.objects.get(relation.object)
        if used is not None and (used.kind in INPUTS or "port" in relation.attributes):
            flow.link(used.iri, job.iri)


def _file(flow: Flow, file: DigitalObject) -> None:
    for origin in flow.view.ahead(file.iri, Predicate.WAS_GENERATED_BY, Predicate.HAS_SOURCE):
        if origin.kind in JOBS or (origin.kind in SOURCES and file.iri in flow.shapes):
            flow.link(origin.iri, file.iri)


def _dataset(flow: Flow, dataset: DigitalObject) -> None:
    flow.shapes[dataset.iri] = Shape.DATASET
    for source in flow.view.ahead(dataset.iri, Predicate.HAS_SOURCE):
        if source.kind in SOURCES:
            flow.link(source.iri, dataset.iri)


def _training_run(flow: Flow, run: DigitalObject) -> None:
    """Link a training run to its jobs, or, if it has none, to the run that it is nested in."""
    makers = flow.view.ahead(run.iri, Predicate.WAS_PART_OF, Predicate.WAS_INFLUENCED_BY)
    jobs = [maker for maker in makers if maker.kind in JOBS]
    for maker in jobs or [maker for maker in makers if maker.kind is Kind.TRAINING_RUN]:
        flow.link(maker.iri, run.iri, Tie.PART)
    for used in flow.view.ahead(run.iri, Predicate.USED_DATASET, Predicate.USED):
        if used.kind in (Kind.DATASET, Kind.MODEL):
            flow.link(used.iri, run.iri)
    for used in flow.view.ahead(run.iri, Predicate.USED):
        if used.kind in FILES and used.iri in flow.shapes and not flow.passed(used.iri, run.iri):
            flow.link(used.iri, run.iri)


def _model(flow: Flow, model: DigitalObject) -> None:
    flow.shapes[model.iri] = Shape.MODEL
    for maker in flow.view.ahead(model.iri, Predicate.WAS_GENERATED_BY):
        if maker.kind in JOBS or maker.kind is Kind.TRAINING_RUN:
            flow.link(maker.iri, model.iri)
    for dataset in flow.view.ahead(model.iri, Predicate.TRAINED_ON):
        if dataset.kind is Kind.DATASET and not flow.passed(dataset.iri, model.iri):
            flow.link(dataset.iri, model.iri)


def _untold(flow: Flow) -> None:
    """Link what came from each other without anything told between: order of jobs, updates, what a view hides."""
    predicates = (Predicate.WAS_INFORMED_BY, Predicate.WAS_DERIVED_FROM, Predicate.WAS_INFLUENCED_BY)
    stated: list[Relation] = []
    for iri in filter(partial(_shown, flow), flow.view.objects):
        stated += [told for told in flow.view.out(iri, *predicates) if _shown(flow, told.object)]
    # Asked of what files tell alone, so that the order of relations cannot matter.
    untold = [relation for relation in stated if not flow.passed(relation.object, relation.subject)]
    for relation in untold:
        flow.link(relation.object, relation.subject, Tie.TOLD)


def _shown(flow: Flow, iri: str) -> bool:
    """Tell whether a thing is in the figure; files are, too, whose jobs the audience must not see."""
    thing = flow.view.objects.get(iri)
    return thing is not None and (iri in flow.shapes or thing.kind in FILES)
