"""First reading of a journal: what must be known before the first object can be written."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from snakemake_heliport.annotation import format_note, note_problems
from snakemake_heliport.identity import experiment_iri, model_version_iri, run_iri
from snakemake_heliport.model import JsonValue
from snakemake_heliport.records import (
    AnnotationsSeen,
    AnyRecord,
    BenchmarkSeen,
    EmissionsSeen,
    EnvironmentSeen,
    ExperimentSeen,
    FileGone,
    FileRef,
    FileSeen,
    Git,
    GitSeen,
    GroupSeen,
    JobEnded,
    JobKnown,
    JobSeen,
    JobsPlanned,
    JobStarted,
    JobSubmitted,
    LoggedModelSeen,
    LogSeen,
    Lost,
    MentionSeen,
    ModelVersionSeen,
    ModulesSeen,
    PlannedJob,
    RuleSeen,
    RunEnded,
    RunStarted,
    Signature,
    SourceSeen,
    State,
    TrainingRunMoved,
    TrainingRunSeen,
)
from snakemake_heliport.training import Experiment, LoggedModel, ModelVersion, TrainingRun


@dataclass(slots=True)
class Training:
    """What trackers tell, the last word on each thing, by its id.

    Attributes:
        experiments: By IRI.
        experiment_of: The IRI of a run's experiment, by the id of the run.
        mentions: The ids of training runs that a file names, by its path.
    """

    experiments: dict[str, Experiment] = field(default_factory=dict)
    runs: dict[str, TrainingRun] = field(default_factory=dict)
    experiment_of: dict[str, str] = field(default_factory=dict)
    models: dict[str, LoggedModel] = field(default_factory=dict)
    versions: dict[str, ModelVersion] = field(default_factory=dict)
    mentions: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def take(self, record: AnyRecord) -> None:
        """Take a record, if it is about training."""
        match record:
            case ExperimentSeen(experiment=experiment):
                iri = experiment_iri(experiment.id, experiment.name, experiment.created)
                self.experiments[iri] = experiment
            case TrainingRunSeen(run=run, experiment=experiment):
                self.runs[run.id] = run
                self.experiment_of[run.id] = experiment
            case TrainingRunMoved(run=moved):
                self._forget(moved)
            case LoggedModelSeen(model=model):
                self.models[model.id] = model
            case ModelVersionSeen(version=version):
                iri = model_version_iri(version.name, version.version, version.created)
                self.versions[iri] = version
            case MentionSeen(path=path, runs=runs):
                self.mentions[path] = runs

    def _forget(self, run: str) -> None:
        self.runs.pop(run, None)
        self.experiment_of.pop(run, None)
        self.models = {id_: model for id_, model in self.models.items() if model.run != run}
        self.versions = {iri: version for iri, version in self.versions.items() if version.run != run}


class NoRun(Exception):
    """The journal does not say which run it is of; nothing can be made of it."""


@dataclass(slots=True)
class Facts:
    """Everything of a run that jobs refer to, by what they refer to it with.

    Attributes:
        modules: The local modules that a script or Snakefile imports, by its path.
        digests: SHA-256 as bytes, or the reason why there is none, by (path, state of the path).
        directories: Directories and their members by (path, state).
        settled: The state in which a job of this run left a file that its reader could not see yet.
        notes: What `annotate()` says of a path, on whichever side of a job it stands.
        known: The jobs that were up to date, by their ids.
        planned: The jobs that have not begun, by their ids.
        attempts: How the last attempt of each executed job ended.
        emissions: Rows of CodeCarbon's tables by job and attempt; `shared_emissions` are of a table that jobs share.
        training: What trackers tell of the training runs that belong to the run.
    """

    start: RunStarted
    end: RunEnded | None = None
    git: Git | None = None
    annotations: AnnotationsSeen | None = None
    sources: dict[str, SourceSeen] = field(default_factory=dict)
    modules: dict[str, tuple[SourceSeen, ...]] = field(default_factory=dict)
    rules: dict[str, RuleSeen] = field(default_factory=dict)
    environments: list[EnvironmentSeen] = field(default_factory=list)
    digests: dict[tuple[str, Signature], bytes | str] = field(default_factory=dict)
    directories: dict[tuple[str, Signature], FileSeen] = field(default_factory=dict)
    settled: dict[str, Signature | None] = field(default_factory=dict)
    notes: dict[str, dict[str, JsonValue]] = field(default_factory=dict)
    attempts: dict[int, tuple[int, State]] = field(default_factory=dict)
    known: dict[int, JobKnown] = field(default_factory=dict)
    planned: dict[int, PlannedJob] = field(default_factory=dict)
    groups: dict[str, GroupSeen] = field(default_factory=dict)
    external_ids: dict[int | str, str] = field(default_factory=dict)
    benchmarks: dict[tuple[int, int], BenchmarkSeen] = field(default_factory=dict)
    logs: dict[tuple[int, int], list[LogSeen]] = field(default_factory=dict)
    emissions: dict[tuple[int, int], tuple[dict[str, str], ...]] = field(default_factory=dict)
    shared_emissions: tuple[dict[str, str], ...] = ()
    gone: dict[str, float] = field(default_factory=dict)
    training: Training = field(default_factory=Training)
    lost: list[str] = field(default_factory=list)
    last_seen: float = 0.0


def gather(records: Iterable[AnyRecord]) -> Facts:
    """Read a journal once.

    Raises:
        NoRun: It holds no start of a run.
    """
    facts: Facts | None = None
    for record in records:
        if facts is None:
            if isinstance(record, RunStarted):
                facts = Facts(record, last_seen=record.at)
        else:
            _take(facts, record)
    if facts is None:
        raise NoRun
    return facts


def _take(facts: Facts, record: AnyRecord) -> None:
    match record:
        case FileSeen():
            _take_file(facts, record)
        case JobsPlanned():
            facts.planned.update((job.jobid, job) for job in record.jobs)
        case JobStarted():
            facts.last_seen = record.at
            facts.planned.pop(record.job.jobid, None)
            facts.known.pop(record.job.jobid, None)
            facts.attempts[record.job.jobid] = (record.attempt, State.RUNNING)
            facts.settled.update((ref.path, None) for ref in record.job.inputs if ref.seen is None)
            _note(facts, record.job)
        case JobEnded():
            facts.last_seen = record.at
            facts.attempts[record.jobid] = (record.attempt, record.state)
            _settle(facts, record.outputs)
        case JobKnown():
            facts.known[record.job.jobid] = record
            _note(facts, record.job)
        case RunStarted():
            facts.start = record
        case RunEnded():
            facts.end = record
        case GitSeen():
            facts.git = record.git
        case AnnotationsSeen():
            facts.annotations = record
        case SourceSeen():
            facts.sources.setdefault(record.path, record)
        case ModulesSeen():
            facts.modules.setdefault(record.script, record.modules)
        case RuleSeen():
            facts.rules[record.name] = record
        case EnvironmentSeen():
            facts.environments.append(record)
        case BenchmarkSeen():
            facts.benchmarks[record.jobid, record.attempt] = record
        case LogSeen():
            facts.logs.setdefault((record.jobid, record.attempt), []).append(record)
        case EmissionsSeen(jobid=None):
            facts.shared_emissions = record.rows
        case EmissionsSeen(jobid=int(jobid)):
            facts.emissions[jobid, record.attempt] = record.rows
        case GroupSeen():
            facts.groups[record.group] = record
        case JobSubmitted():
            key = record.jobid if record.jobid is not None else record.group
            if key is not None:
                facts.external_ids[key] = record.external_id
        case FileGone():
            facts.gone[record.path] = record.at
        case Lost():
            facts.lost.append(record.what)
        case _:
            facts.training.take(record)
            if isinstance(record, TrainingRunSeen) and record.run.context.run == run_iri(facts.start.run):
                # The jobs of a run that was killed may have gone on without it.
                facts.last_seen = max(facts.last_seen, record.run.started, record.run.ended or 0.0)


def _take_file(facts: Facts, record: FileSeen) -> None:
    key = (record.path, record.seen)
    if record.sha256 is None:
        facts.digests.setdefault(key, record.reason or "unknown")
        return
    facts.digests[key] = bytes.fromhex(record.sha256)
    if record.members is not None:
        facts.directories[key] = record


def _note(facts: Facts, job: JobSeen) -> None:
    for ref in (*job.inputs, *job.outputs):
        if ref.note:
            facts.notes[ref.path] = format_note(ref.note, job.wildcards)
            facts.lost.extend(f"{ref.path}: {problem}" for problem in note_problems(ref.note))


def _settle(facts: Facts, outputs: Iterable[FileRef]) -> None:
    for ref in outputs:
        if ref.path in facts.settled:
            facts.settled[ref.path] = ref.seen


def state_of(facts: Facts, *, live: bool) -> State:
    """Return what became of the run; one without an end was interrupted, unless its process still lives."""
    if facts.end is not None:
        return facts.end.state
    return State.RUNNING if live else State.INTERRUPTED


def unhashed(facts: Facts, records: Iterable[AnyRecord]) -> list[tuple[str, Signature]]:
    """Return the files whose state is known and whose content is not, in the order they were met."""
    found: dict[tuple[str, Signature], None] = {}
    for record in records:
        refs: tuple[FileRef, ...] = ()
        match record:
            case JobStarted() | JobKnown():
                refs = (*record.job.inputs, *record.job.outputs)
            case JobEnded(state=State.FINISHED | State.TOUCHED):
                refs = (*record.outputs, *record.records)
        for ref in refs:
            if ref.seen is not None and (ref.path, ref.seen) not in facts.digests:
                found[ref.path, ref.seen] = None
    return list(found)
