"""Models that were trained on what has changed since."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from snakemake_heliport.lineage.status.record import Record
from snakemake_heliport.lineage.status.staleness import Cause, Staleness, in_order
from snakemake_heliport.model import DigitalObject, Kind, Predicate


@dataclass(frozen=True, slots=True)
class StaleModel:
    """A model that was trained on data (or by code) that has changed since.

    Attributes:
        replaced: Whether a later run of the same job trained a model of this name again.
    """

    model: DigitalObject
    training_run: DigitalObject
    causes: tuple[Cause, ...]
    replaced: bool


def stale_models(record: Record, staleness: Staleness) -> Iterator[StaleModel]:
    """Yield the models that are stale."""
    causes: dict[str, frozenset[Cause]] = {}
    models = _models(record) if record.reached - record.states.keys() else {}
    makers = record.makers(models)
    for iri in sorted(record.reached & makers.keys()):
        data = _training_data(record, iri, makers[iri].iri)
        of_data = (staleness.of_input(makers[iri].iri, file) for file in data)
        found = frozenset[Cause]().union(*of_data) if data else staleness.of_activity(makers[iri].iri)
        if found:
            causes[iri] = found
    if not causes:
        return
    keys = _keys(record, models, makers)
    latest: dict[object, str] = {}
    for iri, key in keys.items():
        latest[key] = max(latest.get(key, ""), _started(makers[iri]))
    for iri, found in causes.items():
        yield StaleModel(models[iri], makers[iri], in_order(found), _started(makers[iri]) < latest[keys[iri]])


def _models(record: Record) -> dict[str, DigitalObject]:
    return {model.iri: model for model in record.store.stated_of_kind(record.runs, Kind.MODEL)}


def _keys(record: Record, models: Iterable[str], makers: dict[str, DigitalObject]) -> dict[str, object]:
    """Return what a model that is trained again has in common with the one before: its name, and its job or run."""
    known = [iri for iri in models if iri in makers]
    homes = _homes(record, {makers[iri].iri for iri in known})
    labels = {iri: job.label for iri, job in record.objects(homes.values()).items()}
    things = record.objects(known)
    return {
        iri: (things[iri].label, makers[iri].attributes.get("name"), labels.get(homes.get(makers[iri].iri, "")))
        for iri in known
    }


def _homes(record: Record, trainings: Iterable[str]) -> dict[str, str]:
    """Return the job that each of these training runs ran in, through the training runs that it was nested in."""
    homes: dict[str, str] = {}
    waiting = {training: training for training in trainings}
    while waiting:
        parts = record.store.relations_at(waiting.values(), Predicate.WAS_PART_OF, outgoing=True)
        above = {part.subject: part.object for part in parts}
        found = {training: above[now] for training, now in waiting.items() if now in above}
        kinds = {iri: thing.kind for iri, thing in record.objects(found.values()).items()}
        homes.update((training, iri) for training, iri in found.items() if kinds.get(iri) is Kind.JOB)
        waiting = {training: iri for training, iri in found.items() if kinds.get(iri) is Kind.TRAINING_RUN}
    return homes


def _training_data(record: Record, model: str, maker: str) -> list[str]:
    """Return the files that a model was trained on, as far as that was said."""
    said = record.store.relations_at([model], Predicate.TRAINED_ON, outgoing=True)
    said = said or record.store.relations_at([maker], Predicate.USED_DATASET, outgoing=True)
    datasets = sorted({relation.object for relation in said})
    sources = record.store.relations_at(datasets, Predicate.HAS_SOURCE, outgoing=True)
    return [relation.object for relation in sources]


def _started(thing: DigitalObject) -> str:
    return str(thing.attributes.get("started", ""))
