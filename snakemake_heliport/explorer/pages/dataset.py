"""A dataset: what is in it, where it came from, and which training runs and models saw it."""

from collections.abc import Iterator

from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.pages.common import beginnings, bytes_of, state_of
from snakemake_heliport.explorer.parts import Cell, Section, entries, link, links, plain, several, started, table, told
from snakemake_heliport.explorer.properties import attribute
from snakemake_heliport.lineage.near import Near, content_of, same_bytes
from snakemake_heliport.model import DigitalObject, Kind, Predicate
from snakemake_heliport.wording import USES


def dataset(near: Near, context: Context) -> Iterator[Section]:
    """Yield the sections of a dataset."""
    item, said = near.item, near.item.attributes
    # What it was taken from is told where it came from.
    origin = [] if near.things(Predicate.HAS_SOURCE) else [attribute(item, "source", "from")]
    digest = Cell(plain(said.get("dataset_digest")), code=True)
    facts = [
        *origin,
        *bytes_of(content_of(near), context),
        attribute(item, "source_type", "kind"),
        attribute(item, "dataset_digest", "digest by the tracker", digest),
    ]
    yield Section("The dataset", facts=told(facts))
    yield beginnings(item, context)
    twins = _twins(near)
    yield _uses(twins, context)
    yield _models(twins, context)
    rows = [(plain(entry.get("name")), plain(entry.get("type"))) for entry in entries(said.get("columns"))]
    yield Section("Columns", table=table(("Name", "Type"), rows), count=len(rows))


def _twins(near: Near) -> list[Near]:
    """Return how other training runs described the same bytes."""
    return [near.to(twin) for twin in same_bytes(near, Kind.DATASET)]


def _uses(twins: list[Near], context: Context) -> Section:
    found: dict[str, tuple[DigitalObject, str]] = {}
    for one in twins:
        for run, relation in one.behind(Predicate.USED_DATASET):
            role = relation.attributes.get("role")
            names = role if isinstance(role, list) else [role]
            found[run.iri] = run, ", ".join(str(name) for name in names if name)
    ordered = sorted(found.values(), key=lambda use: started(use[0]))
    rows = [(link(run, context.site), use, state_of(run)) for run, use in ordered]
    columns = ("Training run", "Used for", "State")
    return Section("Other training runs on the same data", table=table(columns, rows), count=len(rows))


def _models(twins: list[Near], context: Context) -> Section:
    found: dict[str, tuple[DigitalObject, str]] = {}
    for one in twins:
        for predicate, use in USES.items():
            found.update((m.iri, (m, use)) for m in one.users(predicate, kinds=(Kind.MODEL, Kind.MODEL_VERSION)))
    rows = [(link(model, context.site), use, _makers(model, context)) for model, use in found.values()]
    columns = ("Model", "Used for", "Made by")
    return Section("Other models on the same data", table=table(columns, rows), count=len(rows))


def _makers(model: DigitalObject, context: Context) -> Cell:
    """Return what made a model: many of one name are told apart by that."""
    makers = Near.of(context.source, model).things(Predicate.WAS_GENERATED_BY, kinds=(Kind.TRAINING_RUN,))
    return several(links(makers, context.site))
