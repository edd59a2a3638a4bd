"""Files that a failed or interrupted job left behind, and that something relied on nevertheless."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from snakemake_heliport.lineage.status.record import FILES, Record, seconds
from snakemake_heliport.model import DigitalObject, Kind, Predicate

UNFINISHED = ("failed", "interrupted")
UP_TO_DATE = "up-to-date"
# Clocks of file systems and of processes may differ.
SLACK = 1.0


@dataclass(frozen=True, slots=True)
class Leftover:
    """A path that a job was to write when it failed or was interrupted, and what relied on what was there.

    Attributes:
        job: The attempt that did not finish.
        runs: The runs that relied on the file, without making it.
        jobs: The jobs of these runs that read it, where they ran.
    """

    path: str
    job: DigitalObject
    runs: tuple[DigitalObject, ...]
    jobs: tuple[DigitalObject, ...]


def leftovers(record: Record) -> list[Leftover]:
    """Return the files of jobs that did not finish which a later run relied on."""
    states = record.versions()
    readers: defaultdict[str, list[str]] = defaultdict(list)
    for activity in record.out[Predicate.USED]:
        for relation in record.used(activity):
            readers[relation.object].append(activity)
    found: list[Leftover] = []
    for job in record.objects.values():
        paths = job.attributes.get("missing_outputs")
        if job.kind is not Kind.JOB or job.attributes.get("status") not in UNFINISHED or not isinstance(paths, list):
            continue
        for path in map(str, paths):
            left = [state for state in states.get(path, ()) if state.kind in FILES and _is_left(record, job, state)]
            jobs = [record.objects[reader] for state in left for reader in readers[state.iri] if reader != job.iri]
            runs = [*(_run_of(record, reader) for reader in jobs), *_trusting(record, job, path)]
            distinct = {run.iri: run for run in runs if run is not None}
            if distinct:
                ordered = sorted(distinct.values(), key=_started)
                found.append(Leftover(path, job, tuple(ordered), tuple(sorted(jobs, key=_started))))
    return sorted(found, key=lambda one: (_started(one.job), one.path))


def _is_left(record: Record, job: DigitalObject, state: DigitalObject) -> bool:
    """Return whether nothing is known to have made a file, and it was written while the job ran."""
    maker = record.maker(state.iri)
    if maker is not None and not _is_the_same(job, record.objects[maker]):
        return False
    return _while_it_ran(job, state.attributes.get("modified"))


def _is_the_same(job: DigitalObject, other: DigitalObject) -> bool:
    """Return whether what Snakemake's own records call a job that made a file is the one that did not finish."""
    return bool(other.attributes.get("historic")) and _while_it_ran(job, other.attributes.get("started"))


def _while_it_ran(job: DigitalObject, at: object) -> bool:
    moment, begun, ended = (seconds(time) for time in (at, job.attributes.get("started"), job.attributes.get("ended")))
    if moment is None or begun is None or moment < begun - SLACK:
        return False
    # What an interrupted run had started may have gone on without it.
    return job.attributes.get("status") == "interrupted" or ended is None or moment <= ended + SLACK


def _trusting(record: Record, job: DigitalObject, path: str) -> Iterator[DigitalObject]:
    """Yield the later runs to which a file was up to date although nobody knows what made it."""
    own = _run_of(record, job)
    for other in record.objects.values():
        outputs = other.attributes.get("planned_outputs")
        if (
            other.kind is Kind.PLANNED_JOB
            and other.attributes.get("status") == UP_TO_DATE
            and isinstance(outputs, list)
        ):
            run = _run_of(record, other)
            if path in outputs and run is not None and own is not None and _started(run) > _started(own):
                yield run


def _run_of(record: Record, job: DigitalObject) -> DigitalObject | None:
    wholes = (record.objects.get(relation.object) for relation in record.out[Predicate.WAS_PART_OF].get(job.iri, ()))
    return next((whole for whole in wholes if whole is not None and whole.kind is Kind.RUN), None)


def _started(thing: DigitalObject) -> str:
    return str(thing.attributes.get("started", ""))
