"""A workflow: its rules, and the runs of it."""

from collections.abc import Iterator

from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.pages.common import state_of, taken
from snakemake_heliport.explorer.parts import Section, link, started, table
from snakemake_heliport.lineage.near import Near
from snakemake_heliport.model import DigitalObject, Kind, Predicate


def workflow(near: Near, context: Context) -> Iterator[Section]:
    """Yield the sections of a workflow."""
    steps = near.users(Predicate.IS_STEP_OF_PLAN, kinds=(Kind.RULE,))
    rules = [(link(rule, context.site), rule.description or "") for rule in sorted(steps, key=lambda rule: rule.label)]
    yield Section("Rules", table=table(("Rule", "What it does"), rules), count=len(rules))
    runs = [(link(run, context.site), state_of(run), taken(run.attributes)) for run in _runs(near.item, context)]
    yield Section("Runs of this version", table=table(("Run", "State", "Took"), runs, (2,)), count=len(runs))


def _runs(item: DigitalObject, context: Context) -> list[DigitalObject]:
    """Return the runs that followed a workflow, the latest first."""
    known = context.source.relations_at(context.source.run_iris(), Predicate.WAS_ASSOCIATED_WITH, outgoing=True)
    iris = {relation.subject for relation in known if relation.attributes.get("plan") == item.iri}
    return sorted(context.source.objects(iris).values(), key=started, reverse=True)
