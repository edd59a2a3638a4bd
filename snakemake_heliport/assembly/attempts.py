"""What of each attempt of a job can tie a training run to it: when it ran, what it read, made and was called."""

import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from snakemake_heliport.assembly.facts import Facts
from snakemake_heliport.assembly.files import FileWriter
from snakemake_heliport.assembly.pairing import paired
from snakemake_heliport.identity import content_sha256, job_iri, job_key, run_iri
from snakemake_heliport.model import JsonValue
from snakemake_heliport.records import (
    DIRECTORY_SIZE,
    AnyRecord,
    FileRef,
    JobEnded,
    JobSeen,
    JobStarted,
    Signature,
    State,
)


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file as a job saw or left it: its IRI and the digest of its content, None where that is not known."""

    iri: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a job, by what may tie a training run to it.

    Attributes:
        key: What its context calls the job (`identity.job_key`).
        ended: Seconds since the epoch; infinite where nobody saw its end.
        distant: Its start and end are those of its submission and of a status poll, not its own.
        command_clue: Of a command that was redacted, what its process tells of it (`commands.clue`).
        values: Its params and wildcards as text, by name; `params` are the names of the former.
        mentioned: Ids of training runs in the files that it made, and in those that it read.
    """

    iri: str
    rule: str
    key: str
    state: State
    started: float
    ended: float
    distant: bool
    command: str | None
    command_clue: tuple[int, str] | None
    script: str | None
    values: Mapping[str, str]
    params: frozenset[str]
    inputs: Mapping[str, KnownFile]
    outputs: Mapping[str, KnownFile]
    logs: tuple[str, ...]
    mentioned: frozenset[str]
    mentioned_in_inputs: frozenset[str]


def attempts(facts: Facts, records: Iterable[AnyRecord], files: FileWriter) -> list[Attempt]:
    """Return all attempts of a run in the order of their starts."""
    found = [_attempt(facts, files, started, ended) for started, ended in paired(records)]
    return sorted(found, key=lambda attempt: (attempt.started, attempt.iri))


def files_of(known: Iterable[Attempt]) -> dict[str, list[KnownFile]]:
    """Return the files of all attempts by path, each in all states in which jobs met it."""
    found: dict[str, dict[str, KnownFile]] = {}
    for attempt in known:
        for path, file in (*attempt.inputs.items(), *attempt.outputs.items()):
            found.setdefault(path, {})[file.iri] = file
    return {path: list(states.values()) for path, states in found.items()}


def _attempt(facts: Facts, files: FileWriter, started: JobStarted, ended: JobEnded | None) -> Attempt:
    job = started.job
    made = ended.outputs if ended is not None and ended.state is State.FINISHED else ()
    logs = tuple(files.path(ref.path) for ref in job.log)
    outputs = dict(_known(files, ((ref, ref.seen) for ref in made)))
    inputs = dict(_known(files, ((ref, files.seen_when_used(ref)) for ref in job.inputs)))
    return Attempt(
        iri=job_iri(run_iri(facts.start.run), job.jobid, started.attempt),
        rule=job.rule,
        key=job_key(job.rule, job.wildcards),
        state=State.INTERRUPTED if ended is None else ended.state,
        started=started.at,
        ended=math.inf if ended is None else ended.at,
        distant=ended is not None and ended.late,
        command=job.shell_command,
        command_clue=job.command_clue,
        script=None if job.source is None else os.path.basename(job.source),
        values=_values(job),
        params=frozenset(param.name for param in job.params if param.name),
        inputs=inputs,
        outputs=outputs,
        logs=logs,
        mentioned=_mentioned(facts, (*outputs, *logs)),
        mentioned_in_inputs=_mentioned(facts, inputs),
    )


def _known(files: FileWriter, refs: Iterable[tuple[FileRef, Signature | None]]) -> Iterator[tuple[str, KnownFile]]:
    """Yield the files of a job, those inside its directories among them."""
    for ref, seen in refs:
        content = None if seen is None else files.content_of(ref, seen)
        yield files.name(ref), KnownFile(files.iri(ref, seen), content and content_sha256(content))
        if seen is not None and seen.size == DIRECTORY_SIZE:
            yield from ((path, KnownFile(iri, sha256)) for path, iri, sha256 in files.contents(ref, seen))


def _mentioned(facts: Facts, paths: Iterable[str]) -> frozenset[str]:
    mentions = facts.training.mentions
    return frozenset(run for path in paths if path in mentions for run in mentions[path])


def _values(job: JobSeen) -> dict[str, str]:
    values: dict[str, JsonValue] = {param.name: param.value for param in job.params if param.name}
    return {name: str(value) for name, value in {**values, **job.wildcards}.items()}
