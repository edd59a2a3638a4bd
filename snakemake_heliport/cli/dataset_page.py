"""How `show` tells of a dataset: what is in it, where it came from, and which training runs and models saw it."""

from collections.abc import Iterable, Iterator

from rich.markup import escape

from snakemake_heliport.cli.common import short
from snakemake_heliport.cli.pages import MAX_LINES, entries, facts, headline, items, listed, tabled
from snakemake_heliport.cli.training_origin import maker_of, workflow_run_of
from snakemake_heliport.cli.training_parts import digest_of, source_of
from snakemake_heliport.lineage.near import Near, content_of, same_bytes
from snakemake_heliport.lineage.tree import roles_of
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate
from snakemake_heliport.store import Store
from snakemake_heliport.wording import USES, brief, counted, number, size

# Every training run that uses a dataset describes it anew; this many of them are looked at.
MAX_SAME = 200


def dataset_page(store: Store, item: DigitalObject) -> None:
    """Print a dataset."""
    around = Near.of(store, item)
    equal, others = _same(store, around)
    headline(item)
    uses = sorted(_uses(equal), key=lambda use: (str(use[0].attributes.get("started")), use[0].label))
    facts(_facts(around, uses))
    columns = items(item.attributes.get("columns"))
    names = [
        f"{escape(brief(entry.get('name')))}  [dim]{escape(brief(entry.get('type')))}[/]" for entry in entries(columns)
    ]
    listed(f"Columns ({len(names)})" if names else "Columns", names)
    rows = [(escape(run.label), escape(use), escape(job)) for run, use, job, _ in uses[:MAX_LINES]]
    tabled("Training runs", ("Name", "Used for", "Job"), rows, more=len(uses) - MAX_LINES)
    _models(equal)
    listed("Other datasets with the same content", [escape(_named(other)) for other in others])


def _facts(around: Near, uses: list[tuple[DigitalObject, str, str, str]]) -> Iterator[tuple[str, str]]:
    said, content = around.item.attributes, content_of(around)
    digest = digest_of(around)
    yield "from", escape(source_of(around)) + (f"  [dim]sha256 {escape(digest)}[/]" if digest else "")
    yield "size", size(content.attributes.get("size")) if content is not None else ""
    yield "kind", escape(str(said.get("source_type") or ""))
    yield "profile", escape(_profile(said.get("profile")))
    runs = len({run for _, _, _, run in uses if run})
    where = f" of {counted(runs, 'workflow run')}" if runs else ""
    yield "used in", f"{counted(len(uses), 'training run')}{where}" if uses else ""
    yield (
        "digest",
        f"{escape(str(said['dataset_digest']))} [dim](the tracker's own)[/]" if said.get("dataset_digest") else "",
    )


def _profile(profile: JsonValue) -> str:
    """Return the size of a dataset as the tracker tells it: `num_rows` 3 is 3 rows."""
    if not isinstance(profile, dict):
        return brief(profile or "")
    words = []
    for name, value in profile.items():
        told = number(value) if isinstance(value, int | float) else brief(value)
        plain = name.replace("_", " ")
        words.append(f"{told} {plain.removeprefix('num ')}" if name.startswith("num_") else f"{plain} {told}")
    return ", ".join(words)


def _same(store: Store, around: Near) -> tuple[list[Near], list[DigitalObject]]:
    """Return the dataset as each training run describes it, and those of other names with the same bytes."""
    item = around.item
    twins = same_bytes(around, Kind.DATASET)
    others = [twin for twin in twins if twin.label != item.label]
    found = {item.iri: item, **{twin.iri: twin for twin in twins if twin.label == item.label}}
    digest = item.attributes.get("dataset_digest")
    for thing in store.find(item.label, (Kind.DATASET,), MAX_SAME) if digest else ():
        own = content_of(Near.of(store, thing))
        # Equal digests of the tracker prove little; different bytes prove that it is not the same.
        known = own is not None and content_of(around) is not None
        if thing.label == item.label and thing.attributes.get("dataset_digest") == digest and not known:
            found.setdefault(thing.iri, thing)
    return [Near.of(store, thing) for thing in found.values()], others


def _uses(datasets: Iterable[Near]) -> Iterator[tuple[DigitalObject, str, str, str]]:
    """Yield each training run that used a dataset, what for, its job, and the IRI of its workflow run."""
    for dataset in datasets:
        for run, relation in dataset.behind(Predicate.USED_DATASET):
            near = dataset.to(run)
            job, whole = maker_of(near), workflow_run_of(near)
            yield run, roles_of(relation.attributes), job.label if job else "", whole.iri if whole else ""


def _models(datasets: Iterable[Near]) -> None:
    uses: dict[str, tuple[DigitalObject, list[str]]] = {}
    for dataset in datasets:
        for predicate, use in USES.items():
            for model, _ in dataset.behind(predicate):
                uses.setdefault(model.iri, (model, []))[1].append(use)
    rows = [(escape(_named(model)), escape(", ".join(use))) for model, use in uses.values()]
    tabled("Models", ("Name", "Used for"), rows[:MAX_LINES], more=len(rows) - MAX_LINES)


def _named(thing: DigitalObject) -> str:
    return f"{thing.label} ({short(thing.iri)})"
