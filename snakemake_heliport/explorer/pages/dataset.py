"""A dataset: what is in it, where it came from, and which training runs and models saw it."""

from collections.abc import Iterator

from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.pages.common import beginnings, state_of
from snakemake_heliport.explorer.parts import Cell, Section, entries, fact, link, links, plain, started, table, told
from snakemake_heliport.lineage.near import Near, content_of
from snakemake_heliport.model import DigitalObject, Kind, Predicate
from snakemake_heliport.wording import USES

# Every training run that uses a dataset describes it anew; this many of them are looked at.
MAX_SAME = 200


def dataset(near: Near, context: Context) -> Iterator[Section]:
    """Yield the sections of a dataset."""
    said, site = near.item.attributes, context.site
    origin = near.things(Predicate.HAS_SOURCE)
    facts = [
        fact("from", *(links(origin, site) or [Cell(plain(said.get("source")))])),
        fact("kind", plain(said.get("source_type"))),
        fact("digest of the tracker", Cell(plain(said.get("dataset_digest")), code=True)),
    ]
    yield Section("The dataset", facts=told(facts))
    yield beginnings(near.item, context)
    same = _same(near)
    yield _uses(same, context)
    yield _models(same, context)
    rows = [(plain(entry.get("name")), plain(entry.get("type"))) for entry in entries(said.get("columns"))]
    yield Section("Columns", table=table(("Name", "Type"), rows), count=len(rows))


def _same(near: Near) -> list[Near]:
    """Return a dataset, and how other training runs described the same bytes."""
    content = content_of(near)
    if content is None:
        return [near]
    twins = Near.of(near.source, content).users(Predicate.SPECIALIZATION_OF, kinds=(Kind.DATASET,))[:MAX_SAME]
    return [near, *(Near.of(near.source, twin) for twin in twins if twin.iri != near.item.iri)]


def _uses(same: list[Near], context: Context) -> Section:
    found: dict[str, tuple[DigitalObject, str]] = {}
    for one in same:
        for run, relation in one.behind(Predicate.USED_DATASET):
            role = relation.attributes.get("role")
            names = role if isinstance(role, list) else [role]
            found[run.iri] = run, ", ".join(str(name) for name in names if name)
    ordered = sorted(found.values(), key=lambda use: started(use[0]))
    rows = [(link(run, context.site), use, state_of(run)) for run, use in ordered]
    return Section("Training runs", table=table(("Training run", "Used for", "State"), rows), count=len(rows))


def _models(same: list[Near], context: Context) -> Section:
    found: dict[str, tuple[DigitalObject, str]] = {}
    for one in same:
        for predicate, use in USES.items():
            found.update((m.iri, (m, use)) for m in one.users(predicate, kinds=(Kind.MODEL, Kind.MODEL_VERSION)))
    rows = [(link(model, context.site), use) for model, use in found.values()]
    return Section("Models", table=table(("Model", "Used for"), rows), count=len(rows))
