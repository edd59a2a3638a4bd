"""Which end belongs to which start of a job."""

from collections.abc import Iterable, Iterator

from snakemake_heliport.records import AnyRecord, JobEnded, JobStarted


def paired(records: Iterable[AnyRecord]) -> Iterator[tuple[JobStarted, JobEnded | None]]:
    """Yield each attempt of a job with its end, in the order of the ends; then those whose end nobody saw."""
    open_jobs: dict[tuple[int, int], JobStarted] = {}
    for record in records:
        if isinstance(record, JobStarted):
            open_jobs[record.job.jobid, record.attempt] = record
        elif isinstance(record, JobEnded):
            started = open_jobs.pop((record.jobid, record.attempt), None)
            if started is not None:
                yield started, record
    for started in open_jobs.values():
        yield started, None
