"""What the page's script asks a server for, because it is too much to be in the page."""

import json
from collections.abc import Iterable, Mapping

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.explorer.graph.graph import Graph
from snakemake_heliport.explorer.graph.paths import ranges
from snakemake_heliport.explorer.graph.shelf import Drawn, drawn, is_there
from snakemake_heliport.explorer.graph.telling import Told, part
from snakemake_heliport.explorer.site import Site, key_of
from snakemake_heliport.export.text import representable
from snakemake_heliport.model import Visibility
from snakemake_heliport.store import Store

FOUND, NEAR = 40, 30


class BadQuestion(HeliportError):
    """A question about a graph that has no answer."""


def graph_part(
    store: Store,
    run: str,
    question: Mapping[str, str],
    site: Site,
    *,
    other: str | None = None,
    audience: Visibility = Visibility.PRIVATE,
) -> str:
    """Return what a page asks of a graph, as JSON.

    Args:
        run: The IRI of the run.
        question: `view`, the name of a graph, `version`, what the page was made from, and one of `box` (the things in
            it), `lit` with `item` or `box` (the path through one thing, or through all in a box), `find` (the things
            of that name), `thing` (where an IRI or a key of one is); or `ready`, whether what was sketched is drawn.
        other: The IRI of the run that it is compared with.

    Raises:
        BadQuestion: There is no such graph, box or thing.
        NotFound: There is no such run for this audience.
    """
    if "ready" in question:
        return json.dumps({"ready": is_there(store, run, other, audience)})
    made = drawn(store, run, other, audience)
    if question.get("version", made.version) != made.version:
        return json.dumps({"stale": True})
    graph = made.graph(question.get("view", "rule"))
    if graph is None:
        raise BadQuestion("no such graph of this run")
    return representable(json.dumps(_answer(made, graph, question, site), ensure_ascii=False, separators=(",", ":")))


def _answer(made: Drawn, graph: Graph, question: Mapping[str, str], site: Site) -> Told:
    if "find" in question:
        return {"found": _found(graph, question["find"])}
    if "thing" in question:
        return {"found": _things(graph, _places(graph, question["thing"]))}
    if "lit" in question:
        return _lit(made, graph, question)
    return part(graph, _number(question, "box", len(graph.boxes)), site)


def _lit(made: Drawn, graph: Graph, question: Mapping[str, str]) -> Told:
    ways = made.ways(graph)
    near: Told = {}
    starts: Iterable[int]
    if "item" in question:
        item = _number(question, "item", len(graph.items.iris))
        starts = [item]
        for name, places in zip(("from", "to"), ways.near(item), strict=True):
            near[name] = {"count": len(places), "first": _things(graph, places[:NEAR])}
    else:
        starts = graph.items.of_box(_number(question, "box", len(graph.boxes)))
    lit = ways.lit(starts)
    return {"up": list(ranges(lit.up)), "down": list(ranges(lit.down)), "arrows": lit.arrows, **near}


def _found(graph: Graph, text: str) -> list[Told]:
    wanted = text.casefold()
    hits = (place for place, name in enumerate(graph.items.names) if wanted in name.casefold())
    return _things(graph, (place for place, _ in zip(hits, range(FOUND), strict=False)))


def _places(graph: Graph, thing: str) -> list[int]:
    places = enumerate(graph.items.iris)
    return [place for place, iri in places if thing in (iri, key_of(iri))][:1]


def _things(graph: Graph, places: Iterable[int]) -> list[Told]:
    return [{"item": place, "name": graph.items.names[place]} for place in places]


def _number(question: Mapping[str, str], name: str, limit: int) -> int:
    given = question.get(name, "")
    number = int(given) if given.isascii() and given.isdigit() else limit
    if number >= limit:
        raise BadQuestion(f"no such {name} in this graph")
    return number
