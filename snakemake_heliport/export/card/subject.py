"""What a card is about: a thing in what its audience may see of the graph, and how much of that is hidden."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from snakemake_heliport.export.view import View
from snakemake_heliport.lineage.near import path_of
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate, Relation

Entry = Mapping[str, JsonValue]

PLACES = (Kind.FILE, Kind.DIRECTORY)


@dataclass(slots=True)
class Subject:
    """A model or dataset with what is known around it.

    Attributes:
        view: What the audience may see of all that it came from and what was found out about it.
        item: The thing itself.
        model: The logged model that it is, or is a version of, or has the bytes of.
        training: The training run that made it.
        job: The job that made it, or whose training run did.
        basis: How the training run of a file was found, as a sentence.
        unproven: Whether no bytes prove that this is the training run.
        hidden: How many things of a kind the audience must not see.
    """

    view: View
    item: DigitalObject
    model: DigitalObject | None = None
    training: DigitalObject | None = None
    job: DigitalObject | None = None
    basis: str = ""
    unproven: bool = False
    hidden: Counter[Kind] = field(default_factory=Counter)

    @property
    def run(self) -> DigitalObject | None:
        """The workflow run of the job."""
        whole = self.job if self.job is not None else self.training
        return None if whole is None else run_of(self.view, whole)

    @property
    def versions(self) -> list[DigitalObject]:
        """The registered versions of the model, the first one first."""
        found = [] if self.model is None else behind(self.view, self.model, Predicate.SPECIALIZATION_OF)
        own = [self.item] if self.item.kind is Kind.MODEL_VERSION else []
        versions = {thing.iri: thing for thing in (*found, *own) if thing.kind is Kind.MODEL_VERSION}
        return sorted(versions.values(), key=lambda thing: (str(thing.attributes.get("created")), thing.label))

    @property
    def files(self) -> list[DigitalObject]:
        """The files that it consists of, by their paths."""
        whole = self.model if self.item.kind is Kind.MODEL_VERSION and self.model is not None else self.item
        found = [thing for thing in self.view.ahead(whole.iri, Predicate.HAD_MEMBER) if thing.kind in PLACES]
        if self.item.kind is Kind.DATASET:
            found += [thing for thing in self.view.ahead(whole.iri, Predicate.HAS_SOURCE) if thing.kind in PLACES]
        return sorted(found, key=lambda thing: (path_of(thing), thing.iri)) or [self.item] * (self.item.kind in PLACES)


def entries(value: JsonValue) -> Iterator[Entry]:
    """Yield the entries of an attribute that holds a list of named things."""
    for entry in items(value):
        if isinstance(entry, dict):
            yield entry


def items(value: JsonValue) -> list[JsonValue]:
    """Return an attribute as a list, an empty one where it is none."""
    return value if isinstance(value, list) else []


def content_of(view: View, thing: DigitalObject) -> DigitalObject | None:
    """Return the bytes of a file or dataset, None where they are not known."""
    found = view.ahead(thing.iri, Predicate.SPECIALIZATION_OF)
    return next((content for content in found if content.kind is Kind.CONTENT), None)


def sha256_of(view: View, thing: DigitalObject) -> str:
    """Return the SHA-256 of a file, or of a dataset by its file; nothing where it is not known."""
    places = view.ahead(thing.iri, Predicate.HAS_SOURCE) if thing.kind is Kind.DATASET else []
    for near in (thing, *places):
        content = content_of(view, near)
        if content is not None:
            return str(content.attributes.get("sha256", ""))
    return ""


def run_of(view: View, part: DigitalObject) -> DigitalObject | None:
    """Return the workflow run that a job or training run is part of, however deep."""
    return _whole_of(view, part, Kind.RUN)


def job_of(view: View, training: DigitalObject) -> DigitalObject | None:
    """Return the job that a training run, or what it is nested in, is stated to be part of."""
    return _whole_of(view, training, Kind.JOB)


def _whole_of(view: View, part: DigitalObject, kind: Kind) -> DigitalObject | None:
    level, seen = [part], {part.iri}
    while level:
        wholes = [whole for thing in level for whole in view.ahead(thing.iri, Predicate.WAS_PART_OF)]
        level = [whole for whole in wholes if whole.iri not in seen]
        seen.update(whole.iri for whole in level)
        found = next((whole for whole in level if whole.kind is kind), None)
        if found is not None:
            return found
    return None


def behind(view: View, thing: DigitalObject, *predicates: Predicate) -> list[DigitalObject]:
    """Return what relates to a thing, by label and IRI."""
    return sorted(view.behind(thing.iri, *predicates), key=lambda near: (near.label, near.iri))


def roles(relation: Relation) -> list[str]:
    """Return what something was used for."""
    said = relation.attributes.get("role")
    return [str(role) for role in (said if isinstance(said, list) else [said]) if role]


def used_data(view: View, activity: DigitalObject) -> list[DigitalObject]:
    """Return the files that a job or training run read as its data, by path."""
    # Scripts, environments and the like are used in a role of their own; data in a slot or for training.
    relations = view.out(activity.iri, Predicate.USED)
    found = [view.objects[relation.object] for relation in relations if relation.object in view.objects]
    places = [thing for thing in found if thing.kind in PLACES]
    return sorted({thing.iri: thing for thing in places}.values(), key=lambda thing: (path_of(thing), thing.iri))
