"""What may tie a training run to a job: each clue speaks for some jobs, with a method, a certainty and a reason."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from snakemake_heliport.assembly.attempts import Attempt
from snakemake_heliport.commands import matches
from snakemake_heliport.redaction.detectors import MARK
from snakemake_heliport.training import LoggedModel, TrackedFile, TrainingRun

# Seconds by which a training run may seem to start outside its job: the clock is the same, its rounding is not; then
# the difference between two clocks.
SLACKS = (0.1, 5.0)
# On a cluster a start is a submission and an end is noticed by a poll; the clocks differ.
DISTANT_SLACK = 5.0
# Shorter files are alike by chance: empty ones, a lone number, a flag.
TELLING_SIZE = 64
SNAKEMAKE_SCRIPT = re.compile(r"(?P<workdir>.*)/\.snakemake/scripts/tmp[^./]+\.(?P<script>[^/]+)", re.DOTALL)


class Method(StrEnum):
    """What a link rests on; the value is the name of a term of ours."""

    RUN_CONTEXT_TAG = "RunContextTag"
    RUN_ID_OUTPUT = "RunIdOutput"
    MODEL_CHECKSUM = "ModelChecksum"
    ARTIFACT_CHECKSUM = "ArtifactChecksum"
    SOURCE_PATH = "SourcePath"
    DATASET_SOURCE = "DatasetSource"
    TIME_WINDOW = "TimeWindow"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for a link: its method, how certain it makes the link (0 to 1), and a sentence for people."""

    method: Method
    confidence: float
    sentence: str


def covers(attempt: Attempt, at: float, slack: float) -> bool:
    slack = max(slack, DISTANT_SLACK) if attempt.distant else slack
    return attempt.started - slack <= at <= attempt.ended + slack


Clue = Callable[[Attempt], Evidence | None]


def clues_of(run: TrainingRun, models: Sequence[LoggedModel], workdir: str) -> tuple[Clue, ...]:
    """Return what may speak for an attempt, the best first."""
    model_files = _telling(file for model in models for file in model.files)
    artifacts = _telling(run.files)

    def by_context(attempt: Attempt) -> Evidence | None:
        if attempt.key not in run.context.jobs:
            return None
        return Evidence(Method.RUN_CONTEXT_TAG, 1.0, "its context named the job")

    def by_command(attempt: Attempt) -> Evidence | None:
        certainty = fits(attempt, run.context.commands)
        if certainty is None:
            return None
        return Evidence(Method.RUN_CONTEXT_TAG, certainty, "it was started by the shell command of the job")

    def by_note(attempt: Attempt) -> Evidence | None:
        if run.id not in attempt.mentioned:
            return None
        return Evidence(Method.RUN_ID_OUTPUT, 1.0, "its id is written in an output or log of the job")

    def by_model(attempt: Attempt) -> Evidence | None:
        return _by_bytes(attempt, model_files, Method.MODEL_CHECKSUM, 0.95, "model file")

    def by_artifact(attempt: Attempt) -> Evidence | None:
        return _by_bytes(attempt, artifacts, Method.ARTIFACT_CHECKSUM, 0.9, "artifact")

    def by_script(attempt: Attempt) -> Evidence | None:
        made = SNAKEMAKE_SCRIPT.fullmatch(run.source_name or "")
        if made is None or made["workdir"] != workdir or made["script"] != attempt.script:
            return None
        return Evidence(Method.SOURCE_PATH, 0.8, f"it ran the script {attempt.script} of the job")

    def by_dataset(attempt: Attempt) -> Evidence | None:
        return _by_dataset(run, attempt)

    def by_time(attempt: Attempt) -> Evidence | None:
        if not covers(attempt, run.started, SLACKS[-1]):
            return None
        return Evidence(Method.TIME_WINDOW, 0.6, "it started while the job was running")

    return (by_context, by_command, by_note, by_model, by_artifact, by_script, by_dataset, by_time)


def fits(attempt: Attempt, clues: Sequence[tuple[int, str]]) -> float | None:
    """Return how well a job's command fits what the processes above a training run tell; None where it does not."""
    if attempt.command_clue is not None and attempt.command_clue in clues:
        return 1.0
    return None if attempt.command is None else matches(attempt.command, clues)


def _telling(files: Iterable[TrackedFile]) -> dict[str, str]:
    return {file.sha256: file.path for file in files if file.sha256 and (file.size or 0) >= TELLING_SIZE}


def _by_bytes(
    attempt: Attempt, files: Mapping[str, str], method: Method, confidence: float, what: str
) -> Evidence | None:
    for path, made in attempt.outputs.items():
        if made.sha256 is not None and made.sha256 in files:
            return Evidence(method, confidence, f"its {what} {files[made.sha256]} has the bytes of {path}")
    return None


def _by_dataset(run: TrainingRun, attempt: Attempt) -> Evidence | None:
    found: Evidence | None = None
    for dataset in run.datasets:
        read = attempt.inputs.get(dataset.path or "")
        if read is None:
            continue
        if dataset.sha256 is not None and dataset.sha256 == read.sha256:
            return Evidence(Method.DATASET_SOURCE, 0.9, f"its dataset {dataset.name} is the input {dataset.path}")
        if dataset.sha256 is None or read.sha256 is None:
            found = Evidence(Method.DATASET_SOURCE, 0.7, f"its dataset {dataset.name} came from {dataset.path}")
    return found


def agreement(run: TrainingRun, attempt: Attempt) -> tuple[bool, bool]:
    """Return whether some parameter of a training run is one of the job, and whether some other contradicts it."""
    shared = run.params.keys() & attempt.values.keys()
    equal = {name for name in shared if same_value(run.params[name], attempt.values[name])}
    return bool(equal), bool(shared - equal)


def same_value(one: str, other: str) -> bool:
    """Return whether two texts are the same value: as text, or as a number. What was redacted is like nothing."""
    if MARK in one:
        return False
    if one == other:
        return True
    try:
        return math.isclose(float(one), float(other), rel_tol=1e-9)
    except ValueError:
        return False
