"""What a thing has to do with others, as DataCite's related identifiers: only those that are recorded."""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from snakemake_heliport.export.belonging import commit_of, project_of, run_of, workflow_of
from snakemake_heliport.export.bibliography import FILES
from snakemake_heliport.export.identifiers import Identifier, identifier
from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate

Related: TypeAlias = dict[str, JsonValue]

GENERAL = {
    Kind.RUN: "Collection",
    Kind.TRAINING_RUN: "Collection",
    Kind.WORKFLOW: "Workflow",
    Kind.DATASET: "Dataset",
    Kind.MODEL: "Model",
    Kind.MODEL_VERSION: "Model",
    Kind.COMMIT: "Software",
    Kind.SOURCE: "Software",
    Kind.ENGINE: "Software",
    Kind.CONTAINER: "Software",
    Kind.DIRECTORY: "Collection",
}
ANNOTATED = {"dataset": "Dataset", "table": "Dataset", "model": "Model", "figure": "Image", "report": "Report"}
DATA = frozenset((*FILES, Kind.DATASET, Kind.MODEL, Kind.MODEL_VERSION)) - {Kind.SOURCE, Kind.CONFIG, Kind.LOG}
TRAINING_DATA = (Predicate.TRAINED_ON, Predicate.VALIDATED_ON, Predicate.TESTED_ON)
USES = (Predicate.USED, Predicate.USED_DATASET)


def general_type(thing: DigitalObject) -> str | None:
    """Return the general type of a thing in DataCite's list; of a file, what its authors say it is."""
    if thing.kind in DATA:
        return ANNOTATED.get(str(thing.attributes.get("annotated_kind")), GENERAL.get(thing.kind, "Dataset"))
    return GENERAL.get(thing.kind)


def persistent(thing: DigitalObject) -> Identifier | None:
    """Return the best identifier of a thing: one that it was given, else its address, else the name of its record."""
    said = (*thing.identifiers, *(str(thing.attributes[key]) for key in ("uri", "image") if thing.attributes.get(key)))
    found = [item for text in (*said, thing.iri) if (item := identifier(text)) is not None]
    return found[0] if found else None


def related_identifiers(view: View, thing: DigitalObject) -> list[JsonValue]:
    """Return what is related to a thing, by relation, each once."""
    entries = _related(view, thing)
    distinct = {(entry["relationType"], entry["relatedIdentifier"]): entry for entry in entries}
    itself = persistent(thing)
    kept = (distinct[key] for key in sorted(distinct, key=str) if itself is None or key[1] != itself.value)
    return [*kept]


def _related(view: View, thing: DigitalObject) -> Iterator[Related]:
    match thing.kind:
        case Kind.RUN | Kind.TRAINING_RUN:
            yield from _of_run(view, thing)
        case Kind.WORKFLOW:
            yield from _entries("IsDerivedFrom", view.ahead(thing.iri, Predicate.WAS_DERIVED_FROM))
        case _:
            yield from _of_data(view, thing)
    yield from _surroundings(view, thing)


def _of_run(view: View, run: DigitalObject) -> Iterator[Related]:
    activities = _activities(view, run)
    made = {file.iri: file for activity in activities for file in view.behind(activity.iri, Predicate.WAS_GENERATED_BY)}
    used = {file.iri: file for activity in activities for file in view.ahead(activity.iri, *USES)}
    yield from _entries("HasPart", _told(made.values()))
    yield from _entries("IsDerivedFrom", _told(file for iri, file in used.items() if iri not in made))
    for source in view.ahead(run.iri, Predicate.HAS_SOURCE):
        yield from _address("IsDerivedFrom", source.attributes.get("url"))
    if run.kind is Kind.TRAINING_RUN:
        yield from _entries("IsPartOf", _whole(view, run))
    containers = [found for job in activities for found in view.ahead(job.iri, *USES) if found.kind is Kind.CONTAINER]
    yield from _entries("Requires", containers)


def _activities(view: View, run: DigitalObject) -> list[DigitalObject]:
    """Return a run and all that is part of it, by IRI."""
    found = {run.iri: run}
    queue = [run]
    for whole in queue:
        parts = [part for part in view.behind(whole.iri, Predicate.WAS_PART_OF) if part.iri not in found]
        found.update((part.iri, part) for part in parts)
        queue += parts
    return [found[iri] for iri in sorted(found)]


def made_in(view: View, run: DigitalObject) -> list[DigitalObject]:
    """Return the files that a run generated, by IRI."""
    made = (view.behind(activity.iri, Predicate.WAS_GENERATED_BY) for activity in _activities(view, run))
    found = {file.iri: file for files in made for file in files if file.kind in DATA}
    return [found[iri] for iri in sorted(found)]


def _told(files: Iterable[DigitalObject]) -> Iterator[DigitalObject]:
    """Yield the files that someone said something of; a run may have made 100,000 others."""
    for file in files:
        said = file.identifiers or any(file.attributes.get(key) for key in ("annotated_kind", "uri", "source"))
        if said or file.kind in (Kind.MODEL, Kind.MODEL_VERSION):
            yield file


def _of_data(view: View, thing: DigitalObject) -> Iterator[Related]:
    made = view.ahead(thing.iri, Predicate.WAS_GENERATED_BY)
    origins = [*view.ahead(thing.iri, Predicate.WAS_DERIVED_FROM, Predicate.HAS_SOURCE, *TRAINING_DATA)]
    origins += [used for activity in made for used in view.ahead(activity.iri, *USES)]
    yield from _entries("IsDerivedFrom", (origin for origin in origins if origin.kind in DATA))
    yield from _address("IsDerivedFrom", thing.attributes.get("source"))
    if thing.kind is Kind.MODEL_VERSION:
        yield from _entries("IsVersionOf", view.ahead(thing.iri, Predicate.SPECIALIZATION_OF))
    if thing.kind is Kind.DIRECTORY:
        yield from _entries("HasPart", _told(view.ahead(thing.iri, Predicate.HAD_MEMBER)))
    if made:
        yield from _entries("IsPartOf", [run_of(view, thing)])


def _whole(view: View, part: DigitalObject) -> list[DigitalObject | None]:
    return [run_of(view, part)]


def _surroundings(view: View, thing: DigitalObject) -> Iterator[Related]:
    """Yield what compiled a thing, and where its project is described."""
    commit, project = commit_of(view, thing), project_of(view, thing)
    if thing.kind is Kind.WORKFLOW:
        yield from _address("IsVersionOf", None if commit is None else commit.attributes.get("repository"), "Software")
    elif thing.kind in (Kind.RUN, Kind.TRAINING_RUN) or view.out(thing.iri, Predicate.WAS_GENERATED_BY):
        yield from _entries("IsCompiledBy", [workflow_of(view, thing), commit])
    yield from _address("IsDocumentedBy", None if project is None else project.attributes.get("url"))


def _entries(relation: str, things: Iterable[DigitalObject | None]) -> Iterator[Related]:
    for thing in things:
        found = None if thing is None else persistent(thing)
        if thing is not None and found is not None:
            yield _entry(relation, found, general_type(thing))


def _address(relation: str, address: JsonValue, general: str | None = None) -> Iterator[Related]:
    found = identifier(address) if isinstance(address, str) else None
    if found is not None:
        yield _entry(relation, found, general)


def _entry(relation: str, to: Identifier, general: str | None) -> Related:
    entry: Related = {
        "relatedIdentifier": to.value,
        "relatedIdentifierType": to.kind,
        "relationType": relation,
    }
    return {**entry, "resourceTypeGeneral": general} if general else entry
