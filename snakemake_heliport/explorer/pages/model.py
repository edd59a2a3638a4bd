"""A model: its versions, how well it did, the training run and data behind it, and where the record begins."""

from collections import defaultdict
from collections.abc import Iterator

from snakemake_heliport.explorer import words
from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.measures import metrics, parameters
from snakemake_heliport.explorer.pages.common import beginnings, datasets, files
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
from snakemake_heliport.lineage.near import Near, content_of
from snakemake_heliport.model import DigitalObject, Kind, Predicate
from snakemake_heliport.wording import USES, size

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
    yield datasets("Data", _data(near), context)
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
    yield Section("Signature", table=table(("", "Name", "Type"), rows))
    yield files("Files", near.things(Predicate.HAD_MEMBER, kinds=(Kind.FILE,)), context)


def _facts(near: Near, trained: list[DigitalObject], context: Context) -> Iterator[Fact]:
    said, site = near.item.attributes, context.site
    versions = near.users(Predicate.SPECIALIZATION_OF, kinds=(Kind.MODEL_VERSION,))
    yield fact("registered as", *(link(found, site, _marks(found)) for found in versions))
    yield fact("created", words.moment(said.get("created")))
    yield fact("trained by", *links(trained, site))
    for run in trained:
        homes = Near.of(context.source, run).things(Predicate.WAS_PART_OF, kinds=(Kind.JOB, Kind.RUN))
        yield fact("in", *links(homes, site))
    loads = [" ".join((plain(e.get("name")), plain(e.get("version")))).strip() for e in entries(said.get("flavors"))]
    yield fact("loads with", ", ".join(loads))
    yield fact("size", size(said.get("size")))
    yield fact("needs", *(Cell(plain(line), code=True) for line in items(said.get("requirements"))))
    yield fact("address", Cell(plain(said.get("model_uri")), code=True))


def _marks(found: DigitalObject) -> str:
    marks = [f"@{plain(alias)}" for alias in items(found.attributes.get("aliases"))]
    stage = found.attributes.get("stage")
    return ", ".join([*marks, *([plain(stage)] if stage and stage != "None" else [])])


def _data(near: Near) -> list[tuple[DigitalObject, str]]:
    uses: defaultdict[str, list[str]] = defaultdict(list)
    found: dict[str, DigitalObject] = {}
    for predicate, use in USES.items():
        for dataset in near.things(predicate):
            found[dataset.iri] = dataset
            uses[dataset.iri].append(use)
    return [(dataset, ", ".join(uses[iri])) for iri, dataset in found.items()]


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
