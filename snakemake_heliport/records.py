"""The facts of a run as they were seen: small, typed, plain data, one journal line each.

Times are seconds since the epoch (UTC); sizes are bytes; digests are SHA-256 in hexadecimal. A journal of these
records is enough to rebuild everything that follows, so nothing here may refer to live objects.
"""

from enum import StrEnum
from typing import TypeAlias

import msgspec

from snakemake_heliport.model import JsonValue
from snakemake_heliport.training import Experiment, LoggedModel, ModelVersion, TrainingRun

JOURNAL_VERSION = 1
# The size in the signature of a directory.
DIRECTORY_SIZE = -1
# Flags of files that are streams: they have no content, and no moment at which they are complete.
STREAMS = frozenset(("pipe", "service"))


class State(StrEnum):
    """What became of a job or a run."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    PENDING = "pending"
    UP_TO_DATE = "up-to-date"
    TOUCHED = "touched"


class Record(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Base of all journal records."""


class Signature(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the file system said of a path at one moment: bytes and nanoseconds; a directory has size -1."""

    size: int
    mtime_ns: int


class FileRef(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file as a job names it: its slot (name, or position from 0), path, flags, and state when seen."""

    slot: str
    path: str
    flags: tuple[str, ...] = ()
    seen: Signature | None = None
    uri: str | None = None
    note: dict[str, JsonValue] | None = None


class Param(msgspec.Struct, frozen=True, omit_defaults=True):
    """A parameter of a job: its name, or None and its position from 0."""

    name: str | None
    position: int
    value: JsonValue


class ConfigValue(msgspec.Struct, frozen=True, omit_defaults=True):
    """One leaf of the merged configuration, and where it came from: a config file, the command line, the Snakefile."""

    name: str
    value: JsonValue
    origin: str


class Git(msgspec.Struct, frozen=True, omit_defaults=True):
    """The state of the repository that holds the Snakefile."""

    commit: str
    branch: str | None = None
    remote: str | None = None
    dirty: bool | None = None


class SendTo(msgspec.Struct, frozen=True, omit_defaults=True):
    """A server that a run is to be sent to, as it was named when the run began; how it is spoken to is not told."""

    name: str
    kind: str
    url: str
    project: str | None = None
    granularity: str | None = None


class RunStarted(Record, tag="run_started", frozen=True, omit_defaults=True, kw_only=True):
    """The invocation: who ran what, where, with which versions and configuration.

    `tags_jobs` says that a training run which a job starts carries the IRI of this run among its tags;
    `estimate_power` are watts of one busy core, for an estimate of energy that the user asks for; `send_to` names the
    servers that the run is to be sent to.
    """

    version: int = JOURNAL_VERSION
    run: str
    at: float
    workdir: str
    workdir_id: str
    command: str
    user: str | None = None
    host: str | None = None
    pid: int = 0
    snakefile: str = ""
    snakemake_version: str = ""
    python_version: str = ""
    plugin_version: str = ""
    platform: str = ""
    executor: str = ""
    touch: bool = False
    reconstructed: bool = False
    targets: tuple[str, ...] = ()
    config: tuple[ConfigValue, ...] = ()
    configfiles: tuple[str, ...] = ()
    visibility: str = "private"
    max_hash_size: int | None = None
    tags_jobs: bool = False
    estimate_power: float | None = None
    send_to: tuple[SendTo, ...] = ()
    gaps: tuple[str, ...] = ()


class GitSeen(Record, tag="git", frozen=True, omit_defaults=True, kw_only=True):
    """The repository, read beside the run."""

    git: Git


class AnnotationsSeen(Record, tag="annotations", frozen=True, omit_defaults=True, kw_only=True):
    """What `heliport.yaml` (or the `heliport:` section of the config) says, already validated."""

    origin: str
    content: dict[str, JsonValue]


class SourceSeen(Record, tag="source", frozen=True, omit_defaults=True, kw_only=True):
    """A file that defines the workflow: snakefile, include, script, module, environment, config."""

    path: str
    role: str
    sha256: str | None = None
    size: int = 0
    reason: str | None = None
    part_of_workflow: bool = True


class ModulesSeen(Record, tag="modules", frozen=True, omit_defaults=True, kw_only=True):
    """The local modules that a script or Snakefile imports, directly or through others, as the texts tell."""

    script: str
    modules: tuple[SourceSeen, ...]


class Slot(msgspec.Struct, frozen=True, omit_defaults=True):
    """A declared input or output of a rule: slot, pattern as written (None for a function), flags."""

    slot: str
    pattern: str | None = None
    flags: tuple[str, ...] = ()


class RuleSeen(Record, tag="rule", frozen=True, omit_defaults=True, kw_only=True):
    """A rule as written."""

    name: str
    docstring: str | None = None
    message: str | None = None
    action: str = "shell"
    code: str | None = None
    source: str | None = None
    snakefile: str | None = None
    line: int | None = None
    checkpoint: bool = False
    cache: bool = False
    conda: str | None = None
    container: str | None = None
    env_modules: tuple[str, ...] = ()
    inputs: tuple[Slot, ...] = ()
    outputs: tuple[Slot, ...] = ()
    params: tuple[str, ...] = ()
    log: tuple[str, ...] = ()
    benchmark: str | None = None


class JobSeen(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A job as Snakemake planned it.

    `command_clue` is the length and digest of a shell command that had to be redacted (`commands.clue`).
    """

    jobid: int
    rule: str
    wildcards: dict[str, str] = {}
    inputs: tuple[FileRef, ...] = ()
    outputs: tuple[FileRef, ...] = ()
    params: tuple[Param, ...] = ()
    log: tuple[FileRef, ...] = ()
    benchmark: FileRef | None = None
    threads: int = 1
    resources: dict[str, JsonValue] = {}
    priority: int | None = None
    reason: str | None = None
    message: str | None = None
    group: str | None = None
    local: bool = False
    upstream: tuple[int, ...] = ()
    revealed_by: tuple[int, ...] = ()
    shell_command: str | None = None
    command_clue: tuple[int, str] | None = None
    source: str | None = None
    conda: str | None = None
    conda_prefix: str | None = None
    container: str | None = None


class JobStarted(Record, tag="job_started", frozen=True, omit_defaults=True, kw_only=True):
    """An attempt began (on a cluster: was submitted)."""

    at: float
    attempt: int
    job: JobSeen


class JobSubmitted(Record, tag="job_submitted", frozen=True, omit_defaults=True, kw_only=True):
    """The scheduler of a cluster gave a job (or a group, by its id) an id of its own."""

    external_id: str
    jobid: int | None = None
    group: str | None = None


class JobEnded(Record, tag="job_ended", frozen=True, omit_defaults=True, kw_only=True):
    """An attempt ended: what was at its outputs, logs and benchmark file (`records`) at that moment.

    `late` says that `at` is when the end was noticed, not when it happened.
    """

    at: float
    jobid: int
    attempt: int
    state: State
    outputs: tuple[FileRef, ...] = ()
    records: tuple[FileRef, ...] = ()
    error: str | None = None
    late: bool = False
    from_cache: bool = False


class PlannedJob(msgspec.Struct, frozen=True, array_like=True):
    """A job that is to run, as far as it is known before it does."""

    jobid: int
    rule: str
    wildcards: dict[str, str]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    upstream: tuple[int, ...]


class JobsPlanned(Record, tag="plan", frozen=True, omit_defaults=True, kw_only=True):
    """Jobs that are to run, written when the DAG is known, so that a killed run still tells what it was about."""

    jobs: tuple[PlannedJob, ...]


class JobKnown(Record, tag="job_known", frozen=True, omit_defaults=True, kw_only=True):
    """A job that was up to date: the run relies on what it made before, and does not execute it."""

    job: JobSeen
    started: float | None = None
    ended: float | None = None


class GroupSeen(Record, tag="group", frozen=True, omit_defaults=True, kw_only=True):
    """Jobs that were submitted together: the id of the group job, and the name that the workflow gives it."""

    group: str
    name: str
    jobs: tuple[int, ...]


class Member(msgspec.Struct, frozen=True, array_like=True):
    """A file inside a directory: path relative to it, digest, bytes, nanoseconds."""

    path: str
    sha256: str
    size: int
    mtime_ns: int


class FileSeen(Record, tag="file", frozen=True, omit_defaults=True, kw_only=True):
    """What was found at a path whose state was `seen`: the digest, or the reason why there is none."""

    path: str
    seen: Signature
    sha256: str | None = None
    reason: str | None = None
    members: tuple[Member, ...] | None = None
    member_count: int = 0


class FileGone(Record, tag="gone", frozen=True, omit_defaults=True, kw_only=True):
    """A file that this run wrote is no longer there at the end (temp, pipe, service)."""

    path: str
    at: float


class BenchmarkSeen(Record, tag="benchmark", frozen=True, omit_defaults=True, kw_only=True):
    """The rows of a benchmark file, column by column as Snakemake wrote them."""

    jobid: int
    attempt: int
    path: str
    rows: tuple[dict[str, str], ...]


class EmissionsSeen(Record, tag="emissions", frozen=True, omit_defaults=True, kw_only=True):
    """Rows of a table of CodeCarbon: one that a job declares, or the one in the working directory that many may fill.

    `at` of a row is the end of what it measured, in seconds since the epoch.
    """

    path: str
    rows: tuple[dict[str, str], ...]
    jobid: int | None = None
    attempt: int = 0


class LogSeen(Record, tag="log", frozen=True, omit_defaults=True, kw_only=True):
    """The end of a log file, redacted."""

    jobid: int
    attempt: int
    path: str
    tail: str


class PackageRef(msgspec.Struct, frozen=True, omit_defaults=True):
    """A resolved software package: name, version, and its package URL."""

    name: str
    version: str
    purl: str


class EnvironmentSeen(Record, tag="environment", frozen=True, omit_defaults=True, kw_only=True):
    """A software environment found on disk with its resolved packages."""

    spec: str
    prefix: str | None = None
    packages: tuple[PackageRef, ...] = ()


class ImportStarted(Record, tag="import", frozen=True, omit_defaults=True, kw_only=True):
    """The head of the journal of training runs that belong to no recorded run."""

    version: int = JOURNAL_VERSION
    workdir: str
    workdir_id: str
    visibility: str = "private"


class ExperimentSeen(Record, tag="experiment", frozen=True, omit_defaults=True, kw_only=True):
    """An experiment of a tracker; the last record of the same one stands, as with all that trackers tell."""

    experiment: Experiment


class TrainingRunSeen(Record, tag="training_run", frozen=True, omit_defaults=True, kw_only=True):
    """A training run of a tracker; `experiment` is the IRI of its experiment."""

    run: TrainingRun
    experiment: str


class TrainingRunMoved(Record, tag="training_run_moved", frozen=True, omit_defaults=True, kw_only=True):
    """A training run that was imported by itself turned out to belong to a recorded run, whose journal has it now."""

    run: str


class LoggedModelSeen(Record, tag="logged_model", frozen=True, omit_defaults=True, kw_only=True):
    """A model that a training run logged."""

    model: LoggedModel


class ModelVersionSeen(Record, tag="model_version", frozen=True, omit_defaults=True, kw_only=True):
    """A version of a registered model."""

    version: ModelVersion


class MentionSeen(Record, tag="mention", frozen=True, omit_defaults=True, kw_only=True):
    """A file of a job names training runs by their ids."""

    path: str
    runs: tuple[str, ...]


class Lost(Record, tag="lost", frozen=True, omit_defaults=True, kw_only=True):
    """Something could not be recorded: what, and why."""

    at: float
    what: str


class RunEnded(Record, tag="run_ended", frozen=True, omit_defaults=True, kw_only=True):
    """The end of the run; without this record the run was interrupted. `pending` are the planned jobs never begun."""

    at: float
    state: State
    pending: tuple[int, ...] = ()
    error: str | None = None


AnyRecord: TypeAlias = (
    RunStarted
    | GitSeen
    | AnnotationsSeen
    | SourceSeen
    | ModulesSeen
    | RuleSeen
    | JobStarted
    | JobSubmitted
    | JobEnded
    | JobKnown
    | JobsPlanned
    | GroupSeen
    | FileSeen
    | FileGone
    | BenchmarkSeen
    | EmissionsSeen
    | LogSeen
    | EnvironmentSeen
    | ImportStarted
    | ExperimentSeen
    | TrainingRunSeen
    | TrainingRunMoved
    | LoggedModelSeen
    | ModelVersionSeen
    | MentionSeen
    | Lost
    | RunEnded
)
