"""Files that a failed or interrupted job left behind, and that something relied on nevertheless."""

from collections import defaultdict
from dataclasses import dataclass

from snakemake_heliport.lineage.status.record import FILES, Record, seconds
from snakemake_heliport.model import DigitalObject, Kind
from snakemake_heliport.store.stated import State

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
    # In a run that went well, an attempt that failed was followed by one that did not.
    broken = [run for run, stamp in record.store.stamps().items() if run in record.runs and stamp.state in UNFINISHED]
    jobs = record.store.stated_of_kind(broken, Kind.JOB, *UNFINISHED) if broken else []
    left = {(job.iri, path): _left(record, job, path) for job in jobs for path in _paths(job, "missing_outputs")}
    readers = record.readers(state.iri for states in left.values() for state in states)
    trusting = _trusting(record, {path for _, path in left}) if left else {}
    found: list[Leftover] = []
    for job in jobs:
        for path in _paths(job, "missing_outputs"):
            reading = [one for state in left[job.iri, path] for one in readers.get(state.iri, ()) if one.iri != job.iri]
            runs = [_run_of(one) for one in reading]
            runs += [run for run in trusting.get(path, ()) if _began(record, run) > _began(record, _run_of(job))]
            if runs:
                told = sorted(record.objects(runs).values(), key=_started)
                found.append(Leftover(path, job, tuple(told), tuple(sorted(reading, key=_started))))
    return sorted(found, key=lambda one: (_started(one.job), one.path))


def _paths(job: DigitalObject, name: str) -> list[str]:
    paths = job.attributes.get(name)
    return [str(path) for path in paths] if isinstance(paths, list) else []


def _left(record: Record, job: DigitalObject, path: str) -> list[State]:
    """Return the states of a path that nothing is known to have made, and that were written while the job ran."""
    states = [state for state in record.paths.get(path, ()) if state.kind in FILES and _while_it_ran(job, state)]
    made = record.makers(state.iri for state in states)
    return [state for state in states if state.iri not in made]


def _while_it_ran(job: DigitalObject, state: State) -> bool:
    written, begun, ended = (
        seconds(time) for time in (state.modified, job.attributes.get("started"), job.attributes.get("ended"))
    )
    if written is None or begun is None or written < begun - SLACK:
        return False
    # What an interrupted run had started may have gone on without it.
    return job.attributes.get("status") == "interrupted" or ended is None or written <= ended + SLACK


def _trusting(record: Record, paths: set[str]) -> dict[str, list[str]]:
    """Return the runs to which these paths were up to date although nobody knows what made them."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for job in record.store.stated_of_kind(record.runs, Kind.PLANNED_JOB, UP_TO_DATE):
        for path in paths.intersection(_paths(job, "planned_outputs")):
            found[path].append(_run_of(job))
    return found


def _run_of(job: DigitalObject) -> str:
    """Return the IRI of the run that a job is a part of."""
    return job.iri.partition("#")[0]


def _began(record: Record, run: str) -> str:
    return _started(record.object(run))


def _started(thing: DigitalObject) -> str:
    return str(thing.attributes.get("started", ""))
