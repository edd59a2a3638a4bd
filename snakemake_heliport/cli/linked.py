"""How things and the links between them are told, in the terminal and as JSON."""

from rich.markup import escape

from snakemake_heliport.cli.common import short, styled, when
from snakemake_heliport.lineage import Link, Trace
from snakemake_heliport.lineage.tree import WORKING
from snakemake_heliport.model import DigitalObject, JsonValue, Kind
from snakemake_heliport.wording import kind_in_words


def called(thing: DigitalObject) -> str:
    """Return what a thing is called: a file by its path."""
    path = thing.attributes.get("path")
    return str(path) if isinstance(path, str) else thing.label


def told(thing: DigitalObject, *, in_short: bool = False) -> str:
    """Return a thing as markup: what it is, its name, its state where that is no good one, when, and its id.

    Args:
        in_short: Leave out the title of a file, and its time.
    """
    kind = "" if thing.kind is Kind.FILE else f"{kind_in_words(thing.kind)} "
    title = f" ({escape(thing.label)})" if called(thing) != thing.label and not in_short else ""
    parts = [f"{kind}[bold]{escape(called(thing))}[/]{title}"]
    state = thing.attributes.get("status")
    if state not in (None, "finished"):
        parts.append(styled(escape(str(state))))
    at = _moment(thing)
    if at and (thing.kind in WORKING or not in_short):
        parts.append(f"[dim]{when(at)}[/]")
    if thing.kind in WORKING:
        parts.append(f"[dim]{escape(short(thing.iri))}[/]")
    return "  ".join(parts)


def way(found: Trace, path: tuple[str, ...]) -> str:
    """Return a way through the graph as plain text."""
    return " → ".join(_in_way(found.things[iri]) for iri in path if iri in found.things)


def _in_way(thing: DigitalObject) -> str:
    plain = thing.kind in (Kind.JOB, Kind.FILE, Kind.DIRECTORY)
    return called(thing) if plain else f"{kind_in_words(thing.kind)} {called(thing)}"


def as_node(thing: DigitalObject) -> dict[str, JsonValue]:
    """Return a thing as JSON documents list it."""
    node: dict[str, JsonValue] = {"iri": thing.iri, "kind": str(thing.kind), "label": thing.label}
    told = {"path": thing.attributes.get("path"), "status": thing.attributes.get("status"), "at": _moment(thing)}
    node.update((name, value) for name, value in told.items() if value is not None)
    if thing.identifiers:
        node["identifiers"] = list(thing.identifiers)
    return node


def as_link(link: Link) -> dict[str, JsonValue]:
    """Return a link as JSON documents list it."""
    return {
        "origin": link.origin,
        "thing": link.thing,
        "relation": str(link.predicate),
        "attributes": dict(link.attributes),
    }


def _moment(thing: DigitalObject) -> JsonValue:
    said = thing.attributes
    return said.get("started") or said.get("created") or said.get("modified")
