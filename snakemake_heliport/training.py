"""What a tracker (MLflow) tells of training runs: plain, typed facts, whichever way they were read.

Times are seconds since the epoch (UTC); sizes are bytes; digests are SHA-256 in hexadecimal; ids are the tracker's own.
Everything in here has been redacted, and is sorted by name, so that the same runs always give the same facts.
"""

import msgspec

from snakemake_heliport.model import JsonValue

# From this confidence on, a training run is stated to be part of its job.
CERTAIN_ENOUGH = 0.8


class Fact(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Base of all facts of a tracker."""


class Experiment(Fact, frozen=True, omit_defaults=True, kw_only=True):
    """A named collection of runs. Its id counts within one tracking store only; its creation tells stores apart."""

    id: str
    name: str
    created: float | None = None
    tags: dict[str, str] = {}
    deleted: bool = False


class Point(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One logged value of a metric; NaN and infinities are the texts `NaN`, `Infinity` and `-Infinity`."""

    value: float | str
    step: int
    at: float


class Metric(Fact, frozen=True, omit_defaults=True, kw_only=True):
    """A metric by its last point (as the tracker ranks them), its least and its greatest, and how many there are.

    `model` and `dataset` are the id of the logged model that was measured, and (name, digest) of the dataset.
    """

    name: str
    last: Point
    least: Point
    greatest: Point
    count: int = 1
    mean: float | None = None
    model: str | None = None
    dataset: tuple[str, str] | None = None


class Table(Fact, frozen=True, omit_defaults=True, kw_only=True):
    """The full history of all metrics of a run as one CSV table (key, step, timestamp, value), kept by its digest."""

    sha256: str
    size: int
    rows: int


class TrackedFile(msgspec.Struct, frozen=True, array_like=True):
    """A file that the tracker keeps: path below its run or model, bytes, digest, or the reason why there is none."""

    path: str
    size: int | None = None
    sha256: str | None = None
    reason: str | None = None


class DatasetInput(Fact, frozen=True, omit_defaults=True, kw_only=True):
    """A dataset that a run says it used.

    Attributes:
        digest: The tracker's own, of the first rows only: it names the input, and never proves equal bytes.
        context: What it was used for (`training`, `validation`, …), as logged.
        source: Where it came from: a path or URI as logged; None where the tracker knows only code.
        schema: Columns or tensors as the tracker describes them.
        path: The source as an absolute local path, or relative to the working directory where it lies inside.
        sha256: Digest of that file, where it has not been written since the run ended.
    """

    name: str
    digest: str
    source_type: str
    contexts: tuple[str, ...] = ()
    source: str | None = None
    schema: JsonValue = None
    profile: JsonValue = None
    path: str | None = None
    sha256: str | None = None


class JobContext(Fact, frozen=True, omit_defaults=True, kw_only=True):
    """What the tags of a run (or model) say of the job it was started in.

    Attributes:
        run: The IRI of the workflow run, from the environment that its jobs inherit.
        rule: The rule, where our context provider saw the job.
        jobs: Keys (`identity.job_key`) of the jobs that it may be; a group job carries several.
        commands: Length and digest of the command line of each process above it (`commands`).
    """

    run: str | None = None
    rule: str | None = None
    jobs: tuple[str, ...] = ()
    commands: tuple[tuple[int, str], ...] = ()


class TrainingRun(Fact, frozen=True, omit_defaults=True, kw_only=True):
    """One run of an experiment.

    Attributes:
        status: `RUNNING`, `SCHEDULED`, `FINISHED`, `FAILED` or `KILLED`, as the tracker has it.
        system: System metrics (`system/…`), by their names without that prefix.
        files: Artifacts of the run.
        models: Ids of the logged models that it made.
        used_models: Ids of the logged models that it says it used.
        source_name: Path of the script or notebook that started it.
        commit: Git commit that the tracker saw, 40 hexadecimal digits.
    """

    id: str
    experiment: str
    name: str
    status: str
    started: float
    ended: float | None = None
    deleted: bool = False
    user: str | None = None
    parent: str | None = None
    params: dict[str, str] = {}
    metrics: tuple[Metric, ...] = ()
    system: tuple[Metric, ...] = ()
    history: Table | None = None
    tags: dict[str, str] = {}
    description: str | None = None
    datasets: tuple[DatasetInput, ...] = ()
    files: tuple[TrackedFile, ...] = ()
    models: tuple[str, ...] = ()
    used_models: tuple[str, ...] = ()
    source_name: str | None = None
    source_type: str | None = None
    commit: str | None = None
    branch: str | None = None
    repository: str | None = None
    context: JobContext = JobContext()
    emissions: tuple[dict[str, str], ...] = ()


class LoggedModel(Fact, frozen=True, omit_defaults=True, kw_only=True):
    """A model that a run logged; its files are the tracker's.

    Attributes:
        id: `m-` and 32 hexadecimal digits; of a model that MLflow 2 kept among a run's artifacts, `<run id>/<path>`.
        signature: Inputs, outputs and params, as the tracker describes them.
        flavors: Names of the libraries that can load it, with their versions where known.
        requirements: Lines of its `requirements.txt`.
    """

    id: str
    name: str
    run: str
    status: str = "READY"
    created: float | None = None
    model_type: str | None = None
    params: dict[str, str] = {}
    tags: dict[str, str] = {}
    files: tuple[TrackedFile, ...] = ()
    signature: JsonValue = None
    flavors: dict[str, str] = {}
    requirements: tuple[str, ...] = ()
    tracker_version: str | None = None
    context: JobContext = JobContext()


class ModelVersion(Fact, frozen=True, omit_defaults=True, kw_only=True):
    """A version of a registered model, with its aliases; it is one of the logged models under another name."""

    name: str
    version: str
    run: str | None = None
    model: str | None = None
    created: float | None = None
    aliases: tuple[str, ...] = ()
    tags: dict[str, str] = {}
    description: str | None = None
    stage: str | None = None


class Batch(Fact, frozen=True, omit_defaults=True, kw_only=True):
    """A page of what a tracking store holds: runs, and the experiments, models and versions that belong to them."""

    experiments: tuple[Experiment, ...] = ()
    runs: tuple[TrainingRun, ...] = ()
    models: tuple[LoggedModel, ...] = ()
    versions: tuple[ModelVersion, ...] = ()
