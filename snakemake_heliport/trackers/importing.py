"""Import training runs: read them from trackers, find out where they belong, and write them into journals.

Those that belong to a recorded run go into its journal, the others into one of their own. What a journal has already
said in the same words is not said again, so importing twice changes nothing.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from snakemake_heliport.assembly.attempts import Attempt, attempts
from snakemake_heliport.assembly.facts import Facts, Training, gather
from snakemake_heliport.assembly.files import FileWriter
from snakemake_heliport.assembly.linking import Links, link_all, scene_of
from snakemake_heliport.assembly.sink import Nowhere
from snakemake_heliport.identity import experiment_iri, model_version_iri, run_iri
from snakemake_heliport.journal import JournalWriter, Replay, first_record, is_live
from snakemake_heliport.layout import Layout
from snakemake_heliport.records import (
    AnyRecord,
    ExperimentSeen,
    ImportStarted,
    LoggedModelSeen,
    MentionSeen,
    ModelVersionSeen,
    RunStarted,
    TrainingRunMoved,
    TrainingRunSeen,
)
from snakemake_heliport.trackers.errors import TrackerError
from snakemake_heliport.trackers.reader import Reader, Told, Window
from snakemake_heliport.training import TrackedFile, TrainingRun

# Clocks of the tracker's machine and of ours.
SKEW = 5.0
RUN_ID = re.compile(rb"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
# Files in which an id may be noted: larger ones are data.
MAX_NOTE = 256 * 1024
MAX_NOTES = 5_000


@dataclass(slots=True)
class Outcome:
    """What an import came to.

    Attributes:
        found: How many training runs were read and kept.
        new: How many of them were not known before, or have changed.
        linked: How many are part of a job.
        problems: Sentences about single things that could not be read.
        failures: Sentences about tracking stores that could not be read, which is worth another try.
    """

    found: int = 0
    new: int = 0
    linked: int = 0
    problems: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def import_run(path: Path, places: Iterable[str], reader: Reader) -> Outcome:
    """Import what belongs to one recorded run into its journal.

    Args:
        path: The journal of the run, which has ended.
        places: Tracking URIs.
    """
    replay = Replay(path)
    facts = gather(replay)
    begin, end = _window(facts)
    windows = (
        Window(started_from=begin - SKEW, started_to=end + SKEW),
        Window(ended_from=begin - SKEW, started_to=begin - SKEW),
    )
    told, outcome = _read(places, partial(reader.read, windows=windows))
    _settle(path, facts, replay, told, set(told.runs), outcome, reader.layout)
    return outcome


def import_all(
    layout: Layout,
    places: Iterable[str],
    reader: Reader,
    *,
    experiments: Sequence[str] = (),
    runs: Sequence[str] = (),
) -> Outcome:
    """Import everything that trackers hold: what belongs to recorded runs into theirs, the rest into its own journal.

    Args:
        experiments: Names of experiments; all if none.
        runs: Ids of training runs; all if none.
    """
    told, outcome = _read(places, partial(reader.read, experiments=experiments, runs=runs))
    homed: set[str] = set()
    for start, path in _journals(layout):
        tagged = {id_ for id_, run in told.runs.items() if run.context.run == run_iri(start.run)}
        if is_live(path):
            homed |= tagged
            if tagged:
                outcome.problems.append(f"run {start.run[:8]} still goes on; its training runs are imported at its end")
            continue
        end = path.stat().st_mtime
        overlapping = {id_ for id_, run in told.runs.items() if _overlaps(run, start.at, end)}
        if tagged or overlapping:
            replay = Replay(path)
            homed |= _settle(path, gather(replay), replay, told, tagged | overlapping, outcome, layout)
    _keep_unlinked(layout, reader, told, told.runs.keys() - homed, homed, outcome)
    return outcome


def _read(places: Iterable[str], read: Callable[[str, Told], None]) -> tuple[Told, Outcome]:
    told, failures = Told(), []
    for place in places:
        try:
            read(place, told)
        except TrackerError as error:
            failures.append(str(error))
    return told, Outcome(problems=told.problems, failures=failures)


def _journals(layout: Layout) -> Iterator[tuple[RunStarted, Path]]:
    for path in sorted(layout.journals.glob("*.jsonl")):
        start = first_record(path)
        if start is not None:
            yield start, path


def _window(facts: Facts) -> tuple[float, float]:
    # The jobs of a run that was killed may have gone on without it.
    return facts.start.at, time.time() if facts.end is None else facts.end.at


def _overlaps(run: TrainingRun, begin: float, end: float) -> bool:
    return run.started <= end + SKEW and (run.ended or run.started) >= begin - SKEW


# What belongs to a recorded run.


def _settle(
    path: Path, facts: Facts, replay: Replay, told: Told, candidates: set[str], outcome: Outcome, layout: Layout
) -> set[str]:
    """Write those candidates that belong to a recorded run into its journal, and return their ids."""
    known = facts.training
    attempts_made = attempts(facts, replay, FileWriter(facts, Nowhere()))
    ids = {id_.encode() for id_ in candidates}
    mentions = dict(_mentions(facts, attempts_made, ids, layout.workdir))
    if mentions:
        known.mentions.update(mentions)
        attempts_made = attempts(facts, replay, FileWriter(facts, Nowhere()))
    runs = {**known.runs, **{id_: told.runs[id_] for id_ in sorted(candidates)}}
    models = {**known.models, **{model.id: model for id_ in candidates for model in told.models.get(id_, ())}}
    links = link_all(runs, models, scene_of(facts, attempts_made))
    own = {id_ for id_ in candidates if links[id_].origin is not None or links[id_].others}
    outcome.found += len(own)
    outcome.linked += sum(1 for id_ in own if _has_job(links[id_]))
    records: list[AnyRecord] = [
        MentionSeen(path=name, runs=found) for name, found in mentions.items() if not own.isdisjoint(found)
    ]
    _append(path, [*records, *_news(known, told, own, outcome)])
    return {id_ for id_ in own if links[id_].origin is not None}


def _has_job(links: Links) -> bool:
    return links.origin is not None and links.origin.certain_attempt is not None


def _mentions(
    facts: Facts, known: Sequence[Attempt], ids: set[bytes], workdir: Path
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the small files of a run that name training runs, with the ids that they name."""
    paths = dict.fromkeys(
        path for attempt in known for path in (*attempt.outputs, *attempt.logs, *attempt.inputs) if "://" not in path
    )
    for path in list(paths)[:MAX_NOTES] if ids else ():
        found = ids.intersection(RUN_ID.findall(_note(workdir / path)))
        if found and path not in facts.training.mentions:
            yield path, tuple(sorted(id_.decode() for id_ in found))


def _note(path: Path) -> bytes:
    try:
        if path.is_file() and path.stat().st_size <= MAX_NOTE:
            return path.read_bytes()
    except OSError:
        pass
    return b""


def _news(known: Training, told: Told, own: Iterable[str], outcome: Outcome) -> Iterator[AnyRecord]:
    """Yield what trackers tell of training runs that a journal does not say yet, in the same words."""
    experiments: dict[str, ExperimentSeen] = {}
    for id_ in sorted(own):
        run = told.runs[id_]
        if id_ in known.runs:
            run = remembering(known.runs[id_], run)
        experiment = told.experiments[run.experiment]
        iri = experiment_iri(experiment.id, experiment.name, experiment.created)
        if known.experiments.get(iri) != experiment and iri not in experiments:
            experiments[iri] = ExperimentSeen(experiment=experiment)
            yield experiments[iri]
        if known.runs.get(id_) != run:
            outcome.new += 1
            yield TrainingRunSeen(run=run, experiment=iri)
        for model in told.models.get(id_, ()):
            before = known.models.get(model.id)
            if before is not None:
                model = replace(model, files=_files(before.files, model.files))
            if before != model:
                yield LoggedModelSeen(model=model)
        for version in told.versions.get(id_, ()):
            name = model_version_iri(version.name, version.version, version.created)
            if known.versions.get(name) != version:
                yield ModelVersionSeen(version=version)


def remembering(before: TrainingRun, run: TrainingRun) -> TrainingRun:
    """Return a run with the digests that were known before: a file that is gone since tells none any more."""
    known = {(item.name, item.digest, item.path): item.sha256 for item in before.datasets}
    datasets = tuple(
        replace(item, sha256=item.sha256 or known.get((item.name, item.digest, item.path))) for item in run.datasets
    )
    return replace(run, datasets=datasets, files=_files(before.files, run.files))


def _files(before: Sequence[TrackedFile], now: Sequence[TrackedFile]) -> tuple[TrackedFile, ...]:
    told = {file.path: file for file in before if file.sha256}
    found = {file.path: file for file in now}
    lost = {path: file for path, file in told.items() if path not in found or not found[path].sha256}
    return tuple(file for _, file in sorted({**found, **lost}.items()))


def _append(path: Path, records: Sequence[AnyRecord]) -> None:
    if not records:
        return
    journal = JournalWriter(path)
    try:
        for record in records:
            journal.append(record)
    finally:
        unwritten = journal.close()
    if unwritten:
        raise OSError(f"{path}: {unwritten} records could not be written")


# What belongs to none.


def _keep_unlinked(
    layout: Layout, reader: Reader, told: Told, ids: Iterable[str], homed: set[str], outcome: Outcome
) -> None:
    """Write training runs that belong to no recorded run into their own journal, and those that now do out of it."""
    path, ids = layout.imports, set(ids)
    known = imported(layout)
    records: list[AnyRecord] = [TrainingRunMoved(run=id_) for id_ in sorted(known.runs.keys() & homed)]
    outcome.found += len(ids)
    records.extend(_news(known, told, ids, outcome))
    if records and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        workdir = reader.redactor.text(str(layout.workdir))
        head = ImportStarted(workdir=workdir, workdir_id=reader.realm, visibility=reader.settings.visibility)
        records.insert(0, head)
    _append(path, records)


def imported(layout: Layout) -> Training:
    """Return what is known of training runs that belong to no recorded run."""
    known = Training()
    for record in Replay(layout.imports) if layout.imports.exists() else ():
        known.take(record)
    return known
