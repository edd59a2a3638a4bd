"""How `show` tells of a model: its versions, the training run and data behind it, and where the record begins."""

from collections.abc import Iterable, Iterator

from rich.markup import escape

from snakemake_heliport.cli.common import out, short, styled, when
from snakemake_heliport.cli.pages import MAX_LINES, entries, facts, headline, items, listed
from snakemake_heliport.cli.training_origin import maker_of, origin, workflow_run_of
from snakemake_heliport.cli.training_page import commit_in_words
from snakemake_heliport.cli.training_parts import (
    Entry,
    data,
    flavors,
    metrics,
    parameters,
    version_in_words,
    versions_of,
)
from snakemake_heliport.lineage import sha256_of
from snakemake_heliport.lineage.beginnings import beginnings
from snakemake_heliport.lineage.near import DIGITS, Near, first, is_tracked, path_of, same_bytes
from snakemake_heliport.model import DigitalObject, Kind, Predicate
from snakemake_heliport.store import Store
from snakemake_heliport.wording import USES, brief, counted, kind_in_words, size

DIRECTIONS = {"inputs": "input", "outputs": "output", "params": "param"}
MAX_REQUIREMENTS = 3
USERS = (Kind.JOB, Kind.TRAINING_RUN)


def version_page(store: Store, version: DigitalObject) -> None:
    """Print a registered version, and the model that it is."""
    headline(version)
    said = version.attributes
    aliases = ", ".join(f"@{alias}" for alias in items(said.get("aliases")))
    facts(
        [
            ("aliases", escape(aliases)),
            ("stage", escape(str(said.get("stage") or ""))),
            ("registered", when(said.get("created"))),
        ]
    )
    for model, _ in Near.of(store, version).ahead(Predicate.SPECIALIZATION_OF, kinds=(Kind.MODEL,)):
        out.print()
        model_page(store, model)


def model_page(store: Store, item: DigitalObject) -> None:
    """Print a model."""
    around = Near.of(store, item)
    trained = first(around.things(Predicate.WAS_GENERATED_BY, kinds=(Kind.TRAINING_RUN,)))
    training = None if trained is None else Near.of(store, trained)
    headline(item)
    facts(_facts(around, training))
    listed("Signature", [*_signature(item)])
    metrics(store, _metrics(item, training))
    parameters(_parameters(item, training))
    data(store, "Data", [*_datasets(around)])
    _made_from(store, item)
    _elsewhere(around)


def _facts(around: Near, training: Near | None) -> Iterator[tuple[str, str]]:
    said = around.item.attributes
    if said.get("status") not in (None, "finished"):
        yield "state", styled(escape(str(said["status"])))
    yield "versions", escape(", ".join(map(version_in_words, versions_of(around))))
    yield "type", escape(str(said.get("model_type") or ""))
    yield "loads with", escape(flavors(around.item))
    files = sum(relation.predicate is Predicate.HAD_MEMBER for relation in around.outgoing)
    yield "size", f"{size(said.get('size'))} in {counted(files, 'file')}" if said.get("size") else ""
    yield "created", when(said.get("created"))
    if training is not None:
        yield "trained by", escape(f"training run {training.item.label} ({short(training.item.iri)})")
        for name, text in origin(training):
            # What else speaks for the job stands on the page of the training run.
            if name.strip():
                yield (name, text) if name in ("rule", "run") else (" ", f"{name} {text}")
        yield "code", escape(commit_in_words(training))
        yield "environment", escape(_environment(training))
    yield "needs", escape(_requirements(around.item))
    yield "address", escape(str(said.get("model_uri") or ""))


def _environment(training: Near) -> str:
    """Return the software environment of the job that trained a model, else that of its workflow run."""
    for thing in (maker_of(training), workflow_run_of(training)):
        near = None if thing is None else training.to(thing)
        found = None if near is None else first(near.things(Predicate.USED, kinds=(Kind.ENVIRONMENT, Kind.CONTAINER)))
        if found is not None:
            return found.label
    return ""


def _requirements(item: DigitalObject) -> str:
    found = [str(line) for line in items(item.attributes.get("requirements"))]
    if not found:
        return ""
    more = ", …" if len(found) > MAX_REQUIREMENTS else ""
    return f"{counted(len(found), 'requirement')}: {', '.join(found[:MAX_REQUIREMENTS])}{more}"


def _signature(item: DigitalObject) -> Iterator[str]:
    for entry in entries(item.attributes.get("signature")):
        direction = str(entry.get("direction"))
        name, kind = brief(entry.get("name")), brief(entry.get("type") or "")
        yield f"[dim]{escape(DIRECTIONS.get(direction, direction)):6}[/]  {escape(name)}  [dim]{escape(kind)}[/]"


def _metrics(item: DigitalObject, training: Near | None) -> list[Entry]:
    """Return what was measured of a model; where the tracker does not say of which, all that its training measured."""
    found = [] if training is None else [*entries(training.item.attributes.get("evaluations"))]
    return [entry for entry in found if entry.get("model") == item.iri] or found


def _parameters(item: DigitalObject, training: Near | None) -> Iterable[Entry]:
    found = [] if training is None else [*entries(training.item.attributes.get("hyperparameters"))]
    names = {entry.get("name") for entry in found}
    return [*found, *(own for own in entries(item.attributes.get("hyperparameters")) if own.get("name") not in names)]


def _datasets(around: Near) -> Iterator[tuple[DigitalObject, str]]:
    uses: dict[str, list[str]] = {}
    found: dict[str, DigitalObject] = {}
    for predicate, use in USES.items():
        for dataset, _ in around.ahead(predicate):
            found[dataset.iri] = dataset
            uses.setdefault(dataset.iri, []).append(use)
    yield from ((dataset, ", ".join(uses[iri])) for iri, dataset in found.items())


def _made_from(store: Store, item: DigitalObject) -> None:
    # A dataset of which no source is known stands among the data.
    found = [
        thing for thing in beginnings(store, item) if thing.kind is not Kind.DATASET or thing.attributes.get("source")
    ]
    digests = sha256_of(store, [thing.iri for thing in found[:MAX_LINES]])
    lines = []
    for thing in found[:MAX_LINES]:
        name = f"dataset {thing.label}, from {thing.attributes.get('source')}"
        name = name if thing.kind is Kind.DATASET else path_of(thing)
        lines.append(f"{escape(brief(name))}  [dim]{digests.get(thing.iri, '')[:DIGITS]}[/]".rstrip())
    more = len(found) - MAX_LINES
    if more > 0:
        lines.append(f"[dim]… and {more:,} more[/]")
    listed("Made from[/]  [dim]what no recorded job made from others", lines, MAX_LINES + 1)


def _elsewhere(around: Near) -> None:
    """Tell where the bytes of a model are in the workflow, and who used it by its name or by those bytes."""
    copies, users = [], dict(_users(around, ""))
    for member, _ in around.ahead(Predicate.HAD_MEMBER):
        for twin in same_bytes(around.to(member), Kind.FILE):
            if not is_tracked(twin):
                name = path_of(member).rsplit("/", 1)[-1]
                copies.append(f"{escape(path_of(twin))}  [dim]has the bytes of its {escape(name)}[/]")
                for user, text in _users(around.to(twin), f"as {path_of(twin)}"):
                    users.setdefault(user, text)
    listed("In the workflow", copies)
    listed("Used by", list(users.values()))


def _users(around: Near, how: str) -> Iterator[tuple[str, str]]:
    for user, _ in around.behind(Predicate.USED, kinds=USERS):
        name = f"{kind_in_words(user.kind)} {user.label} ({short(user.iri)})"
        yield user.iri, f"{escape(name)}  [dim]{escape(how)}[/]".rstrip()
