"""Numbers of jobs, and what tells that a run has changed: answers that do not wait for a large run to be read."""

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, exists, func, select

from snakemake_heliport.model import Kind, Predicate
from snakemake_heliport.store.rows import storable
from snakemake_heliport.store.schema import identifier, object_, relation, run

JOBS = (Kind.JOB.value, Kind.PLANNED_JOB.value)


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How many jobs of a rule are in a state."""

    rule: str
    status: str
    count: int


def jobs_by_rule(connection: Connection, run_iri: str) -> list[RuleCount]:
    """Return how many jobs of a run ended how, by rule; of a job that was tried again, the last attempt counts."""
    part, step, retry = relation.alias("part"), relation.alias("step"), relation.alias("retry")
    job, rule, home = object_.alias("job"), object_.alias("rule"), object_.alias("home")
    retried = exists().where(
        retry.c.object == job.c.id,
        retry.c.predicate == Predicate.WAS_INFORMED_BY.value,
        retry.c.attributes.contains('"role":"retry"', autoescape=True),
    )
    status = func.coalesce(job.c.status, "")
    query = (
        select(rule.c.iri, status, func.count())
        .select_from(home)
        .join(part, (part.c.object == home.c.id) & (part.c.predicate == Predicate.WAS_PART_OF.value))
        .join(job, job.c.id == part.c.subject)
        .join(step, (step.c.subject == job.c.id) & (step.c.predicate == Predicate.CORRESPONDS_TO_STEP.value))
        .join(rule, rule.c.id == step.c.object)
        # Other runs may state the same of a job that they relied on.
        .where(part.c.run == home.c.id, step.c.run == home.c.id)
        .where(home.c.iri == storable(run_iri), job.c.kind.in_(JOBS), ~retried)
        .group_by(rule.c.iri, status)
        .order_by(rule.c.iri, status)
    )
    return [RuleCount(*row) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What changes whenever a run does: its state, and how much of its journal which version of assembly has read."""

    state: str
    journal: str
    size: int
    version: int


def stamps(connection: Connection, kind: Kind) -> dict[str, Stamp]:
    """Return the stamps of the runs of a kind by the IRI of the run, the latest last."""
    query = (
        select(object_.c.iri, run.c.state, run.c.journal, run.c.journal_size, run.c.assembly_version)
        .select_from(run.join(object_, object_.c.id == run.c.id))
        .where(object_.c.kind == kind.value)
        .order_by(run.c.started, object_.c.iri)
    )
    return {iri: Stamp(*columns) for iri, *columns in connection.execute(query)}


def revision(connection: Connection) -> str:
    """Return what changes whenever anything that is told does: all stamps, and how many identifiers were assigned."""
    query = select(object_.c.iri, run.c.started, run.c.state, run.c.journal, run.c.journal_size, run.c.assembly_version)
    rows = connection.execute(query.select_from(run.join(object_, object_.c.id == run.c.id)).order_by(object_.c.iri))
    # Identifiers are assigned for good, so there are more of them after each change.
    assigned = connection.scalar(select(func.count()).select_from(identifier))
    return sha256(repr((list(map(tuple, rows)), assigned)).encode()).hexdigest()
