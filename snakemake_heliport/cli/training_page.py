"""How `show` tells of a training run: who made it and how sure that is, with what, how well it did, what it left."""

from collections.abc import Iterator

from rich.markup import escape

from snakemake_heliport.cli.common import short, styled, when
from snakemake_heliport.cli.pages import IN_JSON, MAX_LINES, MAX_ROWS, entries, facts, headline, tabled
from snakemake_heliport.cli.training_origin import maker_of, origin, workflow_run_of
from snakemake_heliport.cli.training_parts import (
    data,
    flavors,
    metrics,
    parameters,
    training_runs,
    version_in_words,
    versions_of,
)
from snakemake_heliport.costs import costs
from snakemake_heliport.lineage.near import Near, content_of, first, is_tracked, path_of, same_bytes
from snakemake_heliport.lineage.tree import roles_of
from snakemake_heliport.model import DigitalObject, Kind, Predicate
from snakemake_heliport.store import Store
from snakemake_heliport.wording import brief, duration, number, seconds_between, size

MAX_TAGS = 8


def training_page(store: Store, item: DigitalObject) -> None:
    """Print a training run."""
    around, said = Near.of(store, item), item.attributes
    headline(item)
    facts(_facts(around))
    metrics(store, entries(said.get("evaluations")))
    parameters(entries(said.get("hyperparameters")))
    used = [(thing, roles_of(relation.attributes)) for thing, relation in around.ahead(Predicate.USED_DATASET)]
    data(store, "Data", used)
    _models(around)
    _files(around)
    _costs(item)
    training_runs("Nested runs", [(child, 0, "") for child in children(around)])


def children(around: Near) -> list[DigitalObject]:
    """Return the training runs that are nested in another directly, the earliest first."""
    found = (child for child, _ in around.behind(Predicate.NESTED_IN, kinds=(Kind.TRAINING_RUN,)))
    return sorted(found, key=lambda child: (str(child.attributes.get("started")), child.label))


def _facts(around: Near) -> Iterator[tuple[str, str]]:
    said = around.item.attributes
    yield "state", _state(around)
    yield "started", when(said.get("started"))
    experiment = first(around.things(Predicate.IN_EXPERIMENT))
    yield "experiment", escape(experiment.label) if experiment else ""
    for parent, _ in around.ahead(Predicate.NESTED_IN, kinds=(Kind.TRAINING_RUN,)):
        yield "nested in", escape(f"{parent.label} ({short(parent.iri)})")
    yield from origin(around)
    yield "by", escape(", ".join(person.label for person, _ in around.ahead(Predicate.WAS_ASSOCIATED_WITH)))
    yield "code", escape(", ".join(filter(None, (str(said.get("source_name") or ""), commit_in_words(around)))))
    for model, _ in around.ahead(Predicate.USED, kinds=(Kind.MODEL,)):
        yield "used", escape(f"model {model.label} ({short(model.iri)})")
    yield "tags", escape(_tags(around.item))
    yield str(said.get("tracker") or "tracker"), escape(str(said.get("run_id") or ""))


def _state(around: Near) -> str:
    said = around.item.attributes
    took = duration(seconds_between(said.get("started"), said.get("ended")))
    words = styled(escape(str(said.get("status", "unknown")))) + (f", took {took}" if took else "")
    if said.get("inferred_end"):
        whose = "its job" if maker_of(around) is not None else "the workflow run"
        words += f"; {said.get('tracker', 'the tracker')} never saw it end, so this is the end of {whose}"
    return words + (", deleted in the tracker" if said.get("deleted") else "")


def commit_in_words(around: Near) -> str:
    """Return the commit that a training run ran, and whether it is that of the workflow."""
    commit = first(around.things(Predicate.USED, kinds=(Kind.COMMIT,)))
    if commit is None:
        return ""
    run = workflow_run_of(around)
    own = None if run is None else first(around.to(run).things(Predicate.USED, kinds=(Kind.COMMIT,)))
    if own is None:
        return f"commit {commit.label}"
    same = "the one" if own.iri == commit.iri else f"not the one ({own.label})"
    return f"commit {commit.label}, {same} of the workflow"


def _tags(item: DigitalObject) -> str:
    tags = [f"{entry.get('name')}={brief(entry.get('value'), 40)}" for entry in entries(item.attributes.get("tags"))]
    more = f", … and {len(tags) - MAX_TAGS} more" if len(tags) > MAX_TAGS else ""
    return ", ".join(tags[:MAX_TAGS]) + more


def _models(around: Near) -> None:
    models = [model for model, _ in around.behind(Predicate.WAS_GENERATED_BY, kinds=(Kind.MODEL,))]
    rows = []
    for model in models[:MAX_LINES]:
        versions = ", ".join(map(version_in_words, versions_of(around.to(model))))
        names = (brief(model.label), versions, flavors(model), size(model.attributes.get("size")))
        rows.append([escape(text) for text in names])
    columns = ("Model", "Registered as", "Loads with", "Size")
    tabled("Models", columns, rows, numbers=(3,), more=len(models) - MAX_LINES)


def _files(around: Near) -> None:
    """List what a training run left with its tracker; the files of its models stand on their pages."""
    found = list(around.behind(Predicate.WAS_GENERATED_BY, kinds=(Kind.FILE, Kind.DIRECTORY)))
    files = [(file, relation) for file, relation in found if not path_of(file).startswith("models:/")]
    rows = []
    for file, relation in files[:MAX_LINES]:
        near = around.to(file)
        content = content_of(near)
        known = content if content is not None else file
        note = str(file.attributes.get("unknown_reason") or "")
        if roles_of(relation.attributes) == "metric-history":
            note = f"every point of every metric, {number(file.attributes.get('rows'))} rows"
        twins = [path_of(twin) for twin in same_bytes(near, Kind.FILE) if not is_tracked(twin)]
        note = f"same bytes as {', '.join(twins[:3])}" if twins else note
        rows.append([escape(text) for text in (_below_root(file), size(known.attributes.get("size")), note)])
    tabled("Files", ("Path", "Size", " "), rows, numbers=(1,), more=len(files) - MAX_LINES)


def _costs(item: DigitalObject) -> None:
    found = [*costs(item.attributes)]
    rows = [(escape(name), escape(amount), f"[dim]{escape(method)}[/]") for name, amount, method in found[:MAX_ROWS]]
    columns = ("What", "How much", "How it is known")
    tabled("Energy and resources", columns, rows, more=len(found) - MAX_ROWS, hint=IN_JSON)


def _below_root(file: DigitalObject) -> str:
    """Return a tracker's path without the id of the run that has it."""
    path = path_of(file)
    return path.split("/", 2)[-1] if is_tracked(file) else path
