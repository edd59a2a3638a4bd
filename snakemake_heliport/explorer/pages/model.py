"""A model: its versions, how well it did, the training run and data behind it, and where the record begins."""

from collections.abc import Iterator
from dataclasses import replace

from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.measures import metrics, parameters
from snakemake_heliport.explorer.pages.common import beginnings, files
from snakemake_heliport.explorer.parts import (
    Cell,
    Entry,
    Fact,
    Section,
    entries,
    fact,
    items,
    link,
    links,
    plain,
    table,
    told,
)
from snakemake_heliport.explorer.properties import attribute
from snakemake_heliport.explorer.scores import judges
from snakemake_heliport.lineage.near import Near, content_of
from snakemake_heliport.model import DigitalObject, Kind, Predicate

DIRECTIONS = {"inputs": "input", "outputs": "output", "params": "parameter"}


def version(near: Near, context: Context) -> Iterator[Section]:
    """Yield the sections of a registered version: those of the model that it is."""
    for found in near.things(Predicate.SPECIALIZATION_OF, kinds=(Kind.MODEL,)):
        yield from model(Near.of(context.source, found), context)


def model(near: Near, context: Context) -> Iterator[Section]:
    """Yield the sections of a model."""
    item, site = near.item, context.site
    trained = near.things(Predicate.WAS_GENERATED_BY, kinds=(Kind.TRAINING_RUN,))
    measured = [entry for run in trained for entry in entries(run.attributes.get("evaluations"))]
    own = [entry for entry in measured if entry.get("model") == item.iri]
    yield Section("The model", facts=told(_facts(near, trained, context)))
    yield beginnings(item, context)
    yield metrics(context.source, site, own or measured)
    yield _measured_later(item, trained, context)
    yield parameters(_parameters(item, trained))
    yield _copies(near, context)
    rows = [
        (
            DIRECTIONS.get(plain(e.get("direction")), plain(e.get("direction"))),
            plain(e.get("name")),
            plain(e.get("type")),
        )
        for e in entries(item.attributes.get("signature"))
    ]
    yield Section("Inputs and outputs", table=table(("", "Name", "Type"), rows))
    yield files("Files", near.things(Predicate.HAD_MEMBER, kinds=(Kind.FILE,)), context)


def _measured_later(item: DigitalObject, trained: list[DigitalObject], context: Context) -> Section:
    """Return what another training run measured of a model of which its own only tells how well it fits."""
    judge = judges(context.source, {item.iri: trained[0]})[item.iri] if trained else None
    if judge is None or judge in trained:
        return Section("Measured later")
    found = metrics(context.source, context.site, entries(judge.attributes.get("evaluations")))
    return replace(found, title="Measured later", facts=[fact("by", link(judge, context.site))])


def _facts(near: Near, trained: list[DigitalObject], context: Context) -> Iterator[Fact]:
    said, site = near.item.attributes, context.site
    yield attribute(near.item, "created")
    for run in trained:
        homes = Near.of(context.source, run).things(Predicate.WAS_PART_OF, kinds=(Kind.JOB, Kind.RUN))
        yield fact("trained in", *links(homes, site))
    loads = [" ".join((plain(e.get("name")), plain(e.get("version")))).strip() for e in entries(said.get("flavors"))]
    yield attribute(near.item, "flavors", "loads with", Cell(", ".join(loads)))
    yield attribute(near.item, "size")
    needs = [Cell(plain(line), code=True) for line in items(said.get("requirements"))]
    yield attribute(near.item, "requirements", "needs", *needs)
    yield attribute(near.item, "model_uri", "address", Cell(plain(said.get("model_uri")), code=True))


def _parameters(item: DigitalObject, trained: list[DigitalObject]) -> list[Entry]:
    found = [entry for run in trained for entry in entries(run.attributes.get("hyperparameters"))]
    names = {entry.get("name") for entry in found}
    return [*found, *(own for own in entries(item.attributes.get("hyperparameters")) if own.get("name") not in names)]


def _copies(near: Near, context: Context) -> Section:
    """Tell where the bytes of a model are in the workflow, and who used them."""
    rows = []
    for member in near.things(Predicate.HAD_MEMBER, kinds=(Kind.FILE,)):
        content = content_of(Near.of(context.source, member))
        if content is None or content.attributes.get("size") == 0:
            continue
        twins = Near.of(context.source, content).users(Predicate.SPECIALIZATION_OF, kinds=(Kind.FILE,))
        for twin in twins:
            if twin.iri != member.iri and "/" in plain(twin.attributes.get("path")) and ":/" not in twin.label:
                users = Near.of(context.source, twin).users(Predicate.USED, kinds=(Kind.JOB, Kind.TRAINING_RUN))
                by = ", ".join(user.label for user in users[:6])
                rows.append((link(twin, context.site), by))
    return Section("In the workflow, by equal bytes", table=table(("File", "Read by"), rows))
