"""`show`: a run, job, file or any other object, in the terminal."""

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Annotated, TypeAlias

import typer
from rich.markup import escape

from snakemake_heliport.cli.common import (
    JsonOption,
    StoreOption,
    as_json,
    opened,
    out,
    print_json,
    resolve,
    short,
    styled,
    when,
)
from snakemake_heliport.cli.pages import entries, facts, headline, listed
from snakemake_heliport.costs import costs
from snakemake_heliport.lineage.near import Near, is_tracked, path_of, same_bytes
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate, Relation
from snakemake_heliport.store import Store
from snakemake_heliport.wording import kind_in_words, size

MAX_LINES = 30
# What is told in another way, or is for machines only.
NAMED = ("wildcards", "params", "tags")
HIDDEN = frozenset((*NAMED, "usage", "impact", "resources", "inputs", "outputs", "param_slots", "log_tail"))
Page: TypeAlias = Callable[[Store, DigitalObject], None]
# The file of this folder and the function in it that tell of some kinds in their own way; one of them is needed.
PAGES = {
    Kind.RUN: ("run_page", "run_page"),
    Kind.TRAINING_RUN: ("training_page", "training_page"),
    Kind.MODEL: ("model_page", "model_page"),
    Kind.MODEL_VERSION: ("model_page", "version_page"),
    Kind.DATASET: ("dataset_page", "dataset_page"),
}


def show(
    thing: Annotated[
        str, typer.Argument(help="A path, a run (`latest`, `-1`, the start of its id), a name or an IRI.")
    ] = "latest",
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Show one object: what it is, where it came from, and what came of it."""
    with opened(store) as target:
        item = resolve(target, thing)
        if json:
            document, near = as_json(item), Near.of(target, item)
            document["relations"] = [_relation(relation) for relation in (*near.outgoing, *near.incoming)]
            print_json(document)
            return
        page = _page_of(item.kind) or _plain_page
        page(target, item)


def _page_of(kind: Kind) -> Page | None:
    if kind not in PAGES:
        return None
    module, function = PAGES[kind]
    page: Page = getattr(import_module(f"snakemake_heliport.cli.{module}"), function)
    return page


def _plain_page(store: Store, item: DigitalObject) -> None:
    around = Near.of(store, item)
    _head(item)
    _relations(store, around.outgoing, around.incoming)
    _same_bytes(around)


def _relation(relation: Relation) -> dict[str, JsonValue]:
    return {
        "subject": relation.subject,
        "predicate": str(relation.predicate),
        "object": relation.object,
        "attributes": dict(relation.attributes),
    }


def _head(item: DigitalObject) -> None:
    headline(item)
    said = item.attributes
    plain = [
        (escape(name.replace("_", " ")), _value(name, value))
        for name, value in said.items()
        if not _is_hidden(name, value)
    ]
    named = [
        (f"{name.rstrip('s')} {escape(label)}", escape(text))
        for name in NAMED
        for label, text in _entries(said.get(name))
    ]
    used = [
        (f"usage {escape(name)}", f"{escape(amount)}  [dim]{escape(method)}[/]") for name, amount, method in costs(said)
    ]
    facts([*plain, *named, *used])
    if said.get("log_tail"):
        out.print("[dim]end of the log:[/]")
        out.print(escape(str(said["log_tail"]).rstrip()))


def _is_hidden(name: str, value: JsonValue) -> bool:
    return name in HIDDEN or (name == "deleted" and not value)


def _value(name: str, value: JsonValue) -> str:
    if name in ("started", "ended", "modified", "created"):
        return when(value)
    if name == "status":
        return styled(escape(str(value)))
    if name == "size":
        return size(value)
    if isinstance(value, list):
        lines = [escape(str(item)) for item in value[:MAX_LINES]]
        return "\n".join([*lines, f"… and {len(value) - MAX_LINES} more"] if len(value) > MAX_LINES else lines)
    return escape(str(value))


def _entries(value: JsonValue) -> Iterable[tuple[str, str]]:
    for entry in entries(value):
        yield str(entry.get("name", entry.get("slot"))), str(entry.get("value"))


def _same_bytes(around: Near) -> None:
    """Tell where else the bytes of a file are: at other paths, in models, in datasets."""
    if around.item.kind is not Kind.FILE:
        return
    # A dataset that names the file as its source is told already.
    told = {relation.subject for relation in around.incoming}
    lines = []
    for twin in same_bytes(around, Kind.FILE, Kind.DATASET):
        if twin.kind is Kind.DATASET:
            lines += [] if twin.iri in told else [described(twin)]
            continue
        near, name = around.to(twin), path_of(twin).rsplit("/", 1)[-1]
        models = near.users(Predicate.HAD_MEMBER, kinds=(Kind.MODEL,))
        runs = near.things(Predicate.WAS_GENERATED_BY, kinds=(Kind.TRAINING_RUN,))
        lines += [f"{described(owner)}, its {name}" for owner in models or runs]
        if not is_tracked(twin):
            lines.append(described(twin))
    listed("Same bytes as", [escape(line) for line in lines])


def _relations(store: Store, outgoing: list[Relation], incoming: list[Relation]) -> None:
    for relations, forward in ((outgoing, True), (incoming, False)):
        ends = [relation.object if forward else relation.subject for relation in relations]
        known = store.objects(ends)
        groups: dict[str, list[str]] = {}
        for relation, end in zip(relations, ends, strict=True):
            label = described(known[end]) if end in known else short(end)
            phrase = _phrase(relation.predicate, forward=forward)
            groups.setdefault(phrase, []).append(label + _part(relation))
        for phrase, labels in groups.items():
            out.print(f"[bold]{phrase}[/]")
            for label in labels[:MAX_LINES]:
                out.print(f"  {escape(label)}")
            if len(labels) > MAX_LINES:
                out.print(f"  … and {len(labels) - MAX_LINES} more")


def described(item: DigitalObject) -> str:
    """Return what an object is, its label, and the start of its id."""
    return f"{kind_in_words(item.kind)} {item.label} ({short(item.iri)})"


def _part(relation: Relation) -> str:
    """Return the part that one side plays for the other: the named slots, or the role."""
    said = relation.attributes.get("slot") or relation.attributes.get("role")
    names = [str(name) for name in (said if isinstance(said, list) else [said]) if name and not str(name).isdigit()]
    return f"  as {', '.join(names)}" if names else ""


INVERSE = {
    Predicate.USED: "used by",
    Predicate.WAS_GENERATED_BY: "generated",
    Predicate.SPECIALIZATION_OF: "found at",
    Predicate.WAS_INFORMED_BY: "informed",
    Predicate.WAS_DERIVED_FROM: "derived into",
    Predicate.HAD_MEMBER: "member of",
    Predicate.WAS_PART_OF: "has part",
    Predicate.CORRESPONDS_TO_STEP: "executed as",
    Predicate.IS_STEP_OF_PLAN: "has step",
    Predicate.IS_PRECEDED_BY: "precedes",
    Predicate.HAS_PART: "part of",
    Predicate.HAS_SOURCE: "source of",
    Predicate.RELIED_ON: "relied on by",
    Predicate.REVEALED_BY: "revealed",
    Predicate.WAS_ASSOCIATED_WITH: "associated with",
    Predicate.WAS_INVALIDATED_BY: "invalidated",
    Predicate.WAS_INFLUENCED_BY: "had a hand in",
    Predicate.IN_EXPERIMENT: "has training run",
    Predicate.NESTED_IN: "has nested run",
    Predicate.EXECUTES: "executed by",
    Predicate.USED_DATASET: "used by",
    Predicate.TRAINED_ON: "trained",
    Predicate.VALIDATED_ON: "validated",
    Predicate.TESTED_ON: "tested",
    Predicate.EVALUATED_ON: "evaluated",
}


def _phrase(predicate: Predicate, *, forward: bool) -> str:
    """Return a predicate in words: `wasGeneratedBy` read forward is "was generated by"."""
    if not forward:
        return INVERSE.get(predicate, f"is the {predicate} of")
    return "".join(f" {char.lower()}" if char.isupper() else char for char in predicate)
