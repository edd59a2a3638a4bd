"""`show`: a run, job, file or any other object, in the terminal."""

from collections.abc import Iterable
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from snakemake_heliport.cli.common import (
    JsonOption,
    StoreOption,
    as_json,
    describe,
    opened,
    out,
    print_json,
    resolve,
    short,
    styled,
    when,
)
from snakemake_heliport.cli.run_page import run_page
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate, Relation
from snakemake_heliport.store import Store

MAX_LINES = 30
HIDDEN = frozenset(("params", "usage", "wildcards", "resources", "inputs", "outputs", "param_slots", "log_tail"))


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
        outgoing, incoming = target.relations_of(item.iri)
        if json:
            document = as_json(item)
            document["relations"] = [_relation(relation) for relation in (*outgoing, *incoming)]
            print_json(document)
            return
        if item.kind is Kind.RUN:
            run_page(target, item, outgoing, incoming)
        else:
            _head(item)
            _relations(target, outgoing, incoming)


def _relation(relation: Relation) -> dict[str, JsonValue]:
    return {
        "subject": relation.subject,
        "predicate": str(relation.predicate),
        "object": relation.object,
        "attributes": dict(relation.attributes),
    }


def _head(item: DigitalObject) -> None:
    out.print(f"[bold]{escape(item.label)}[/]  [dim]{item.kind} · {item.visibility} · {short(item.iri)}[/]")
    if item.description:
        out.print(escape(item.description))
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in item.attributes.items():
        if name not in HIDDEN:
            table.add_row(name.replace("_", " "), _value(name, value))
    for name in ("wildcards", "params", "usage"):
        for label, text in _entries(item.attributes.get(name)):
            table.add_row(f"{name.rstrip('s')} {label}", escape(text))
    out.print(table)
    if item.attributes.get("log_tail"):
        out.print("[dim]end of the log:[/]")
        out.print(escape(str(item.attributes["log_tail"]).rstrip()))


def _value(name: str, value: JsonValue) -> str:
    if name in ("started", "ended", "modified"):
        return when(value)
    if name == "status":
        return styled(str(value))
    if isinstance(value, list):
        return "\n".join(escape(str(item)) for item in value[:MAX_LINES])
    return escape(str(value))


def _entries(value: JsonValue) -> Iterable[tuple[str, str]]:
    for entry in value if isinstance(value, list) else ():
        if isinstance(entry, dict):
            unit = str(entry.get("unit", "")).removeprefix("unit:")
            yield str(entry.get("name", entry.get("slot"))), f"{entry.get('value')} {unit}".rstrip()


def _relations(store: Store, outgoing: list[Relation], incoming: list[Relation]) -> None:
    for title, relations, forward in (("", outgoing, True), ("", incoming, False)):
        out.print(title, end="")
        groups: dict[str, list[str]] = {}
        for relation in relations:
            other = store.get(relation.object if forward else relation.subject)
            label = describe(other) if other else short(relation.object if forward else relation.subject)
            phrase = _phrase(relation.predicate, forward=forward)
            groups.setdefault(phrase, []).append(label + _part(relation))
        for phrase, labels in groups.items():
            out.print(f"[bold]{phrase}[/]")
            for label in labels[:MAX_LINES]:
                out.print(f"  {escape(label)}")
            if len(labels) > MAX_LINES:
                out.print(f"  … and {len(labels) - MAX_LINES} more")


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
}


def _phrase(predicate: Predicate, *, forward: bool) -> str:
    """Return a predicate in words: `wasGeneratedBy` read forward is "was generated by"."""
    if not forward:
        return INVERSE.get(predicate, f"is the {predicate} of")
    return "".join(f" {char.lower()}" if char.isupper() else char for char in predicate)
