"""A training run: who made it and how sure that is, how well it did, with what, and what it left."""

from collections.abc import Iterator

from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.measures import compared, drawn, metrics, parameters
from snakemake_heliport.explorer.pages.common import beginnings, cost, taken
from snakemake_heliport.explorer.parts import (
    Cell,
    Fact,
    Section,
    entries,
    fact,
    items,
    link,
    links,
    plain,
    started,
)
from snakemake_heliport.explorer.parts import told as known
from snakemake_heliport.explorer.properties import attribute
from snakemake_heliport.lineage.near import Near
from snakemake_heliport.model import Kind, Predicate
from snakemake_heliport.wording import sure


def training(near: Near, context: Context) -> Iterator[Section]:
    """Yield the sections of a training run."""
    said, site = near.item.attributes, context.site
    yield Section("The training run", facts=known(_facts(near, context)))
    yield metrics(context.source, site, entries(said.get("evaluations")))
    yield drawn(near, context.table)
    yield parameters(entries(said.get("hyperparameters")))
    yield beginnings(near.item, context)
    yield cost(near.item)
    nested = near.users(Predicate.NESTED_IN, kinds=(Kind.TRAINING_RUN,))
    yield compared("Nested runs", sorted(nested, key=started), site, {})


def _facts(near: Near, context: Context) -> Iterator[Fact]:
    said, site = near.item.attributes, context.site
    yield fact("took", taken(said))
    if said.get("inferred_end"):
        yield fact("its end", f"{said.get('tracker', 'the tracker')} never saw it; this is the end of what it ran in")
    yield attribute(near.item, "started")
    yield fact("experiment", *links(near.things(Predicate.IN_EXPERIMENT), site))
    homes = [thing for thing in near.things(Predicate.WAS_PART_OF) if thing.kind in (Kind.JOB, Kind.RUN)]
    for thing, relation in near.ahead(Predicate.WAS_INFLUENCED_BY):
        reasons = "; ".join(plain(reason) for reason in items(relation.attributes.get("evidence")))
        name = "known by" if any(thing.iri == home.iri for home in homes) else "perhaps by"
        yield fact(name, link(thing, site, sure(relation.attributes.get("confidence")).strip()), reasons)
    yield fact("rule", *links(near.things(Predicate.EXECUTES), site))
    yield fact("by", *links(near.things(Predicate.WAS_ASSOCIATED_WITH), site))
    yield fact("code", plain(said.get("source_name")), *links(near.things(Predicate.USED, kinds=(Kind.COMMIT,)), site))
    yield fact(plain(said.get("tracker")) or "tracker", Cell(plain(said.get("run_id")), code=True))


def experiment(near: Near, context: Context) -> Iterator[Section]:
    """Yield the sections of an experiment."""
    runs = near.users(Predicate.IN_EXPERIMENT, kinds=(Kind.TRAINING_RUN,))
    yield compared("Training runs", sorted(runs, key=started), context.site, {})
