"""A training run: who made it and how sure that is, how well it did, with what, and what it left."""

from collections.abc import Iterator

from snakemake_heliport.explorer import words
from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.measures import HISTORY, compared, drawn, metrics, parameters
from snakemake_heliport.explorer.pages.common import beginnings, cost, datasets, files, state
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
    table,
)
from snakemake_heliport.explorer.parts import told as known
from snakemake_heliport.lineage.near import Near
from snakemake_heliport.model import Kind, Predicate
from snakemake_heliport.wording import size, sure


def training(near: Near, context: Context) -> Iterator[Section]:
    """Yield the sections of a training run."""
    said, site = near.item.attributes, context.site
    yield Section("The training run", facts=known(_facts(near, context)))
    yield metrics(context.source, site, entries(said.get("evaluations")))
    yield drawn(near, context.table)
    yield parameters(entries(said.get("hyperparameters")))
    used = [(thing, _roles(r.attributes.get("role"))) for thing, r in near.ahead(Predicate.USED_DATASET)]
    yield datasets("Data", used, context)
    yield beginnings(near.item, context)
    yield _models(near, context)
    made = near.behind(Predicate.WAS_GENERATED_BY, kinds=(Kind.FILE, Kind.DIRECTORY))
    own = [
        file
        for file, r in made
        if not plain(file.attributes.get("path")).startswith("models:/") and r.attributes.get("role") != HISTORY
    ]
    yield files("Files", own, context)
    yield cost(near.item)
    nested = near.users(Predicate.NESTED_IN, kinds=(Kind.TRAINING_RUN,))
    yield compared("Nested runs", sorted(nested, key=started), site, {})


def _facts(near: Near, context: Context) -> Iterator[Fact]:
    said, site = near.item.attributes, context.site
    yield fact("state", state(said))
    if said.get("inferred_end"):
        yield fact("its end", f"{said.get('tracker', 'the tracker')} never saw it; this is the end of what it ran in")
    yield fact("started", words.moment(said.get("started")))
    yield fact("experiment", *links(near.things(Predicate.IN_EXPERIMENT), site))
    yield fact("nested in", *links(near.things(Predicate.NESTED_IN), site))
    homes = [thing for thing in near.things(Predicate.WAS_PART_OF) if thing.kind in (Kind.JOB, Kind.RUN)]
    yield fact("ran in", *links(homes, site))
    for thing, relation in near.ahead(Predicate.WAS_INFLUENCED_BY):
        reasons = "; ".join(plain(reason) for reason in items(relation.attributes.get("evidence")))
        name = "known by" if any(thing.iri == home.iri for home in homes) else "perhaps by"
        yield fact(name, link(thing, site, sure(relation.attributes.get("confidence")).strip()), reasons)
    yield fact("rule", *links(near.things(Predicate.EXECUTES), site))
    yield fact("by", *links(near.things(Predicate.WAS_ASSOCIATED_WITH), site))
    yield fact("code", plain(said.get("source_name")), *links(near.things(Predicate.USED, kinds=(Kind.COMMIT,)), site))
    yield fact("used", *links(near.things(Predicate.USED, kinds=(Kind.MODEL,)), site))
    yield fact(plain(said.get("tracker")) or "tracker", Cell(plain(said.get("run_id")), code=True))


def _roles(said: object) -> str:
    return ", ".join(str(role) for role in (said if isinstance(said, list) else [said]) if role)


def _models(near: Near, context: Context) -> Section:
    rows = []
    for model in near.users(Predicate.WAS_GENERATED_BY, kinds=(Kind.MODEL,)):
        versions = Near.of(context.source, model).users(Predicate.SPECIALIZATION_OF, kinds=(Kind.MODEL_VERSION,))
        named = ", ".join(version.label for version in versions)
        rows.append((link(model, context.site), named, size(model.attributes.get("size"))))
    return Section("Models", table=table(("Model", "Registered as", "Size"), rows, (2,)), count=len(rows))


def experiment(near: Near, context: Context) -> Iterator[Section]:
    """Yield the sections of an experiment."""
    runs = near.users(Predicate.IN_EXPERIMENT, kinds=(Kind.TRAINING_RUN,))
    yield compared("Training runs", sorted(runs, key=started), context.site, {})
