"""Where a training run comes from, in words: the job that made it, how sure that is, and what speaks for it."""

from collections.abc import Iterator

from rich.markup import escape

from snakemake_heliport.cli.common import short
from snakemake_heliport.cli.pages import items
from snakemake_heliport.lineage.near import Near, first
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.training import CERTAIN_ENOUGH
from snakemake_heliport.wording import sure

NO_RUN = "it belongs to no recorded workflow run"
UNDECIDED = "not certain which: several jobs came into question"


def homes(around: Near) -> list[DigitalObject]:
    """Return the jobs and workflow runs that a training run is part of: its own, else those of its parents."""
    level, seen = [around], {around.item.iri}
    while level:
        wholes = [whole for near in level for whole, _ in near.ahead(Predicate.WAS_PART_OF) if whole.iri not in seen]
        seen.update(whole.iri for whole in wholes)
        own = [whole for whole in wholes if whole.kind is not Kind.TRAINING_RUN]
        if own:
            return own
        level = [around.to(parent) for parent in wholes]
    return []


def maker_of(around: Near) -> DigitalObject | None:
    """Return the job that is stated to have made a training run."""
    return next((whole for whole in homes(around) if whole.kind is Kind.JOB), None)


def workflow_run_of(around: Near) -> DigitalObject | None:
    """Return the workflow run that a training run belongs to."""
    for whole in homes(around):
        run = whole if whole.kind is Kind.RUN else _run_of_job(around.to(whole))
        if run is not None:
            return run
    return None


def _run_of_job(job: Near) -> DigitalObject | None:
    return first(job.things(Predicate.WAS_PART_OF, kinds=(Kind.RUN,)))


def origin(around: Near) -> Iterator[tuple[str, str]]:
    """Yield names and texts, as markup, that say where a training run comes from."""
    maker, told = maker_of(around), False
    made_first = sorted(
        around.ahead(Predicate.WAS_INFLUENCED_BY),
        key=lambda pair: (maker is None or pair[0].iri != maker.iri, *_rank(pair[1])),
    )
    for thing, relation in made_first:
        told = True
        if thing.kind is Kind.RUN:
            yield "made by", f"a job of the workflow run, {_because(UNDECIDED, relation)}"
        elif maker is not None and thing.iri == maker.iri:
            yield from _because_of("made by", thing, relation)
        elif _confidence(relation) < CERTAIN_ENOUGH:
            yield from _because_of("perhaps by", thing, relation)
        else:
            yield from _because_of("continued by", thing, relation)
    if maker is not None and not told:
        yield "made by", f"job {escape(maker.label)}"
    run = workflow_run_of(around)
    rule = first(around.things(Predicate.EXECUTES))
    if rule is not None:
        yield "rule", escape(rule.label)
    if run is not None:
        yield "run", escape(f"{run.label} ({short(run.iri)})")
    elif not told or around.item.attributes.get("unlinked"):
        yield "run", f"none: {NO_RUN}"


def _because_of(name: str, job: DigitalObject, relation: Relation) -> Iterator[tuple[str, str]]:
    reasons = [escape(str(reason)) for reason in items(relation.attributes.get("evidence"))]
    because = f": {reasons[0]}" if reasons else ""
    yield name, f"job {escape(job.label)}{sure(relation.attributes.get('confidence'))}{because}"
    if reasons[1:]:
        yield " ", f"[dim]also {'; '.join(reasons[1:])}[/]"


def _because(text: str, relation: Relation) -> str:
    reasons = [escape(str(reason)) for reason in items(relation.attributes.get("evidence"))]
    return f"{text} ({'; '.join(reasons)})" if reasons else text


def _confidence(relation: Relation) -> float:
    said = relation.attributes.get("confidence")
    return float(said) if isinstance(said, int | float) else 1.0


def _rank(relation: Relation) -> tuple[float, str]:
    return -_confidence(relation), relation.object
