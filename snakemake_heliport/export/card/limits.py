"""What the graph does not know of a thing, said plainly."""

from collections.abc import Iterator

from snakemake_heliport.export.card.chain import Chain
from snakemake_heliport.export.card.head import licence_of
from snakemake_heliport.export.card.results import results_of
from snakemake_heliport.export.card.software import commit_of
from snakemake_heliport.export.card.subject import PLACES, Subject, content_of, entries, items, sha256_of
from snakemake_heliport.export.card.words import bullets, code, counted, cut, md
from snakemake_heliport.lineage.near import path_of
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate

MAX_NAMED = 8
SURE = 1.0
NAMES = {
    Kind.TRAINING_RUN: "training run",
    Kind.MODEL_VERSION: "model version",
    Kind.ENVIRONMENT: "software environment",
    Kind.RUN: "workflow run",
    Kind.PERSON: "person",
    Kind.DIRECTORY: "directory",
}


def limits(subject: Subject, chain: Chain, *, model: bool) -> str:
    """Return the gaps as a list in Markdown."""
    found = [*_hidden(subject, chain), *_contents(subject, chain), *_jobs(chain), *_runs(subject)]
    if model:
        found += [*_training(subject), *_measured(subject)]
    if licence_of(subject) is None:
        known = _known(subject, Kind.PROJECT)
        found.append(
            f"No licence is {known}, so nobody may use it; `license` of the file or project in heliport.yaml says it."
        )
    if commit_of(subject) is None:
        found.append(f"No commit of the code is {_known(subject, Kind.COMMIT)}.")
    return bullets(found) or "Nothing that the record tells of is known to be missing."


def _known(subject: Subject, *kinds: Kind) -> str:
    """Return the word for what is not there: it may be known and not told."""
    return "told here" if any(subject.hidden[kind] for kind in kinds) else "known"


def hidden_in_words(subject: Subject) -> str:
    """Return how many things the audience must not see, without naming any."""
    some = {**NAMES, Kind.PERSON: "agent"}
    return ", ".join(counted(count, some.get(kind, kind.lower())) for kind, count in subject.hidden.items())


def _hidden(subject: Subject, chain: Chain) -> Iterator[str]:
    if subject.hidden:
        yield f"Left out because it is not for the readers of this card: {hidden_in_words(subject)}."
    if chain.bridged:
        yield "Between some of what is told here lie steps that are not told."


def _contents(subject: Subject, chain: Chain) -> Iterator[str]:
    places = [thing for thing in chain.things.values() if thing.kind in PLACES]
    places += [file for file in subject.files if file.iri not in chain.things]
    unknown = [thing for thing in places if content_of(subject.view, thing) is None]
    unknown.sort(key=lambda thing: (path_of(thing), thing.iri))
    names = [
        f"{code(path_of(thing))} ({md(thing.attributes.get('unknown_reason') or 'no reason')})" for thing in unknown
    ]
    if names:
        yield f"The content is not known of {'; '.join(cut(names, MAX_NAMED))}."
    data = [thing for thing in chain.things.values() if thing.kind is Kind.DATASET]
    loose = sorted({thing.label for thing in data if not sha256_of(subject.view, thing)})
    if loose:
        names = cut([md(name) for name in loose], MAX_NAMED)
        yield f"The tracker's short digest, and no checksum of the bytes, is known of {'; '.join(names)}."
    if not chain.steps:
        yield f"No job that made it is {_known(subject, Kind.JOB)}."


def _jobs(chain: Chain) -> Iterator[str]:
    jobs = [job for step in chain.steps for job in step.jobs if job.kind is Kind.JOB]
    told: tuple[tuple[str, list[DigitalObject]], ...] = (
        ("known from Snakemake's own metadata alone, without a recorded run", _of(jobs, "historic")),
        ("taken from Snakemake's cache of results instead of being run", _of(jobs, "from_cache")),
        ("seen to end late, so that their times are not exact", _of(jobs, "late")),
        ("not recorded as finished", [job for job in jobs if not _is_finished(job)]),
    )
    for how, some in told:
        if some:
            names = cut(sorted({md(job.label) for job in some}), MAX_NAMED)
            yield f"Jobs {how}: {', '.join(names)}."
    lost = sorted({md(text) for job in jobs for text in items(job.attributes.get("lost"))})
    if lost:
        yield f"Not recorded of these jobs: {'; '.join(cut(lost, MAX_NAMED))}."


def _of(jobs: list[DigitalObject], name: str) -> list[DigitalObject]:
    return [job for job in jobs if job.attributes.get(name)]


def _is_finished(job: DigitalObject) -> bool:
    return job.attributes.get("historic") is not None or job.attributes.get("status") in ("finished", "touched", None)


def _runs(subject: Subject) -> Iterator[str]:
    run = subject.run
    if run is None:
        yield f"No workflow run that made it is {_known(subject, Kind.RUN)}."
        return
    said = run.attributes
    if said.get("reconstructed"):
        yield "The run was not watched; it was reconstructed afterwards from what Snakemake left."
    gaps = [md(gap) for gap in (*items(said.get("gaps")), *items(said.get("lost")))]
    if gaps:
        yield f"Gaps in the record of the run: {'; '.join(cut(gaps, MAX_NAMED))}."
    if said.get("dirty"):
        yield "The code had changes that were not committed."


def _training(subject: Subject) -> Iterator[str]:
    training = subject.training
    if training is None:
        known = _known(subject, Kind.TRAINING_RUN)
        yield f"No training run of a tracker is {known}, so parameters and metrics are those of the job at most."
        return
    if subject.unproven:
        yield f"That {md(training.label)} is its training run is not proven: {subject.basis}."
    for relation in subject.view.out(training.iri, Predicate.WAS_INFLUENCED_BY):
        confidence = relation.attributes.get("confidence")
        if isinstance(confidence, int | float) and confidence < SURE:
            other = subject.view.objects.get(relation.object)
            evidence = "; ".join(md(text) for text in items(relation.attributes.get("evidence")))
            name = (
                "a job that is not told here" if other is None else f"{NAMES.get(other.kind, 'job')} {md(other.label)}"
            )
            why = f": {evidence}" if evidence else ""
            yield f"That {name} made the training run is {confidence:.0%} sure{why}."
    if training.attributes.get("inferred_end"):
        yield "The tracker never saw the training run end; its end is that of its job."
    if training.attributes.get("deleted"):
        yield "The training run was deleted in the tracker."


def _measured(subject: Subject) -> Iterator[str]:
    found = results_of(subject)
    loose = sorted({result.name for result in found if result.on is None})
    if loose:
        names = ", ".join(cut([code(name) for name in loose], MAX_NAMED))
        yield f"On which data these were measured is not recorded: {names}."
    if found and not any(result.certain for result in found):
        yield "The tracker does not say of which model the metrics are; they are those of the training run."
    odd = sorted({result.name for result in found if not result.finite})
    if odd:
        yield f"Not a finite number: {', '.join(cut([code(name) for name in odd], MAX_NAMED))}."
    impacts = [subject.training, subject.job]
    if not any(_has_impact(None if thing is None else thing.attributes.get("impact")) for thing in impacts):
        yield f"No energy and emissions are {_known(subject, Kind.TRAINING_RUN, Kind.JOB)}."


def _has_impact(value: JsonValue) -> bool:
    return any(True for _ in entries(value))
