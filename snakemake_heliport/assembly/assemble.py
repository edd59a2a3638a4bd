"""Second reading of a journal: write everything as digital objects and relations."""

from collections.abc import Iterable

from snakemake_heliport.annotation import Notes
from snakemake_heliport.assembly.facts import Facts
from snakemake_heliport.assembly.files import FileWriter
from snakemake_heliport.assembly.jobs import JobWriter
from snakemake_heliport.assembly.sink import AnnotatedSink, Sink, Store
from snakemake_heliport.assembly.surroundings import RunWriter
from snakemake_heliport.assembly.workflow import WorkflowWriter
from snakemake_heliport.model import Visibility
from snakemake_heliport.records import AnyRecord, JobEnded, JobStarted

# Raised whenever assembly says something else of the same journal, so that stores are filled anew.
ASSEMBLY_VERSION = 3


def assemble(
    facts: Facts,
    records: Iterable[AnyRecord],
    sink: Sink,
    store: Store,
    *,
    live: bool = False,
    damaged: int = 0,
) -> None:
    """Write one run into a sink.

    Args:
        facts: What `gather` found in the same records.
        store: Knows which job of an earlier run made a file.
        live: The run's process still writes its journal.
        damaged: How many lines of the journal were unreadable.
    """
    notes = Notes(facts.annotations.content if facts.annotations else {})
    target = AnnotatedSink(sink, notes, Visibility(facts.start.visibility))
    files = FileWriter(facts, target)
    workflow = WorkflowWriter(facts, files, target)
    run = RunWriter(facts, files, workflow, target)
    run.write(live=live, damaged=damaged)
    workflow.write()
    jobs = JobWriter(facts, files, workflow, run, target, store)
    jobs.write_known()
    jobs.write_groups()
    open_jobs: dict[tuple[int, int], JobStarted] = {}
    for record in records:
        if isinstance(record, JobStarted):
            open_jobs[record.job.jobid, record.attempt] = record
        elif isinstance(record, JobEnded):
            started = open_jobs.pop((record.jobid, record.attempt), None)
            if started is not None:
                jobs.write(started, record, running=live)
    for started in open_jobs.values():
        jobs.write(started, None, running=live)
    files.gone(run.iri)
