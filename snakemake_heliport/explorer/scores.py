"""How good models are: what their training runs measured, or, where that was training data only, what others did later.

A job that trains a model writes it into a file; another one reads that file, and only that one model, and measures.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from snakemake_heliport.explorer.measures import is_seen, last
from snakemake_heliport.explorer.parts import started
from snakemake_heliport.explorer.source import Source
from snakemake_heliport.model import DigitalObject, Kind, Predicate

WRITTEN = (Kind.FILE, Kind.DIRECTORY)


def judges(source: Source, makers: Mapping[str, DigitalObject]) -> dict[str, DigitalObject]:
    """Return the training run that tells how good each model is, by the IRI of the model.

    Args:
        makers: The training runs that made the models, by the IRIs of the models.
    """
    wanted = {run.iri for run in makers.values() if all(map(is_seen, last(run)))}
    measured = _measured_later(source, wanted)
    return {model: measured.get(run.iri, run) for model, run in makers.items()}


def _measured_later(source: Source, trained: Iterable[str]) -> dict[str, DigitalObject]:
    """Return, by the IRI of a training run, the latest other one that measured what the job of the first wrote."""
    homes = _ends(source, trained, Predicate.WAS_PART_OF, outgoing=True)
    alone = {job: runs[0] for job, runs in _turned(homes).items() if len(runs) == 1}
    files = {file: job for job, found in _ends(source, alone, Predicate.WAS_GENERATED_BY).items() for file in found}
    kept = {iri: files[iri] for iri, thing in source.objects(files).items() if thing.kind in WRITTEN}
    readers: defaultdict[str, set[str]] = defaultdict(set)
    for file, jobs in _ends(source, kept, Predicate.USED).items():
        for job in jobs:
            readers[job].add(kept[file])
    # Who reads several models, to choose one, tells of none.
    of = {job: alone[read.pop()] for job, read in readers.items() if len(read) == 1}
    inside = {run: of[job] for job, runs in _ends(source, of, Predicate.WAS_PART_OF).items() for run in runs}
    found = (run for run in source.objects(inside).values() if run.kind is Kind.TRAINING_RUN and last(run))
    return {inside[run.iri]: run for run in sorted(found, key=started)}


def _ends(
    source: Source, iris: Iterable[str], predicate: Predicate, *, outgoing: bool = False
) -> defaultdict[str, list[str]]:
    """Return what is at the other ends of the relations at some objects."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for relation in source.relations_at(iris, predicate, outgoing=outgoing):
        here, there = (relation.subject, relation.object) if outgoing else (relation.object, relation.subject)
        found[here].append(there)
    return found


def _turned(ends: Mapping[str, Iterable[str]]) -> defaultdict[str, list[str]]:
    """Return the same relations, read from the other side."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for here, some in ends.items():
        for there in some:
            found[there].append(here)
    return found
