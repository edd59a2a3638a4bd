"""Second reading of a journal: write everything as digital objects and relations."""

from collections.abc import Collection, Iterable

from snakemake_heliport.annotation import Notes
from snakemake_heliport.assembly.attempts import attempts, files_of
from snakemake_heliport.assembly.facts import Facts, Training
from snakemake_heliport.assembly.files import FileWriter
from snakemake_heliport.assembly.impact import attributed
from snakemake_heliport.assembly.jobs import JobWriter
from snakemake_heliport.assembly.linking import link_all, scene_of
from snakemake_heliport.assembly.pairing import paired
from snakemake_heliport.assembly.recalling import Memory
from snakemake_heliport.assembly.sink import AnnotatedSink, Sink, Store
from snakemake_heliport.assembly.surroundings import RunWriter, write_login
from snakemake_heliport.assembly.training import TRACKER, Home, TrainingWriter, impact_of_jobs
from snakemake_heliport.assembly.workflow import WorkflowWriter
from snakemake_heliport.identity import import_iri
from snakemake_heliport.model import DigitalObject, Kind, Visibility
from snakemake_heliport.records import AnyRecord, ImportStarted


def assemble(
    facts: Facts,
    records: Iterable[AnyRecord],
    sink: Sink,
    store: Store,
    *,
    here: Collection[str] = (),
    is_read: bool = True,
    live: bool = False,
    damaged: int = 0,
) -> None:
    """Write one run into a sink.

    Args:
        facts: What `gather` found in the same records.
        store: Knows which job of an earlier run made a file.
        here: The IRIs of the runs of the same working directory; a store may hold those of others.
        is_read: No file waits to be hashed any more: what is not known will not be.
        live: The run's process still writes its journal.
        damaged: How many lines of the journal were unreadable.
    """
    for key, rows in attributed(facts.shared_emissions, records).items() if facts.shared_emissions else ():
        facts.emissions.setdefault(key, tuple(map(dict, rows)))
    notes = Notes(facts.annotations.content if facts.annotations else {})
    target = AnnotatedSink(sink, notes, Visibility(facts.start.visibility))
    memory = Memory(store, facts.start.workdir_id) if is_read else None
    files = FileWriter(facts, target, memory)
    workflow = WorkflowWriter(facts, files, target)
    run = RunWriter(facts, files, workflow, target)
    run.write(live=live, damaged=damaged)
    workflow.write()
    home = _home(facts, records, files, workflow, live=live) if facts.training.runs else None
    tracked = {} if home is None else impact_of_jobs(facts.training.runs, home.links)
    jobs = JobWriter(facts, files, workflow, run, target, store, here, tracked)
    jobs.write_known()
    jobs.write_groups()
    for started, ended in paired(records):
        jobs.write(started, ended, running=live)
    files.gone(run.iri)
    if home is not None:
        TrainingWriter(facts.training, target, run.person, home).write()


def assemble_import(training: Training, head: ImportStarted, sink: Sink) -> None:
    """Write the training runs that belong to no recorded run.

    Args:
        training: What the tracker told of them.
        head: Where they were imported.
    """
    target = AnnotatedSink(sink, Notes({}), Visibility(head.visibility))
    label = f"{TRACKER} runs of no recorded workflow run"
    target.add(DigitalObject(import_iri(head.workdir_id), Kind.IMPORT, label, attributes={"tracker": TRACKER}))

    def person(login: str) -> str:
        return write_login(target, head.workdir_id, login)

    TrainingWriter(training, target, person).write()


def _home(
    facts: Facts, records: Iterable[AnyRecord], files: FileWriter, workflow: WorkflowWriter, *, live: bool
) -> Home:
    known = attempts(facts, records, files)
    scene = scene_of(facts, known)
    return Home(
        iri=scene.run,
        links=link_all(facts.training.runs, facts.training.models, scene),
        rule_iri=workflow.rule_iri,
        files=files_of(known),
        ended=None if live and facts.end is None else facts.end.at if facts.end else facts.last_seen,
        commit=facts.git.commit if facts.git else None,
    )
