"""What the page's script asks a server for, because it is too much to be in the page."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.explorer.graph.graph import Graph
from snakemake_heliport.explorer.graph.items import NONE
from snakemake_heliport.explorer.graph.paths import ranges
from snakemake_heliport.explorer.graph.shelf import Drawn, drawn, is_there
from snakemake_heliport.explorer.graph.sketch import found_in_sketch, listed_in_sketch, part_of_sketch, thing_of_sketch
from snakemake_heliport.explorer.graph.telling import Told, part, thing
from snakemake_heliport.explorer.site import Site, key_of
from snakemake_heliport.export.text import representable
from snakemake_heliport.model import Visibility
from snakemake_heliport.store import Store

FOUND, NAMED = 40, 8
# Nothing that is longer is looked for.
MOST_TYPED = 500


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
        question: `view`, the name of a graph, `version`, what the page was made from, and one of `box` (what it looks
            like when it is open), `lit` with `item` or `box` (the path through one thing, or through all in a box),
            `find` (the things of that name), `thing` (what is said of one, or where an IRI or a key of one is); or
            `ready`, whether what was sketched is drawn. A sketch has no version, and the store is asked about it; the
            names in a box of it are asked for by `listed`, so that it opens without them.
        other: The IRI of the run that it is compared with.

    Raises:
        BadQuestion: There is no such graph, box or thing.
        NotFound: There is no such run for this audience.
    """
    if len(question.get("find", "")) > MOST_TYPED:
        return _written({"found": []})
    if "ready" in question:
        return json.dumps({"ready": is_there(store, run, other, audience)})
    if question.get("version") == "":
        return _written(_of_sketch(store, run, question, site, audience))
    made = drawn(store, run, other, audience)
    if question.get("version", made.version) != made.version:
        return _written({"stale": True})
    graph = made.graph(question.get("view", "rule"))
    if graph is None:
        raise BadQuestion("no such graph of this run")
    return _written(_answer(made, graph, question, site))


def _written(told: Told) -> str:
    return representable(json.dumps(told, ensure_ascii=False, separators=(",", ":")))


def _of_sketch(store: Store, run: str, question: Mapping[str, str], site: Site, audience: Visibility) -> Told:
    # Who is not the owner of the store gets a sketch without boxes, in which nothing can be found.
    told: Told | None = {"found": []} if "find" in question else None
    if audience is Visibility.PRIVATE:
        if "find" in question:
            told = {"found": found_in_sketch(store, run, question["find"], site, FOUND)}
        elif "thing" in question:
            told = thing_of_sketch(store, run, _count(question, "thing"), site)
        elif "listed" in question:
            told = listed_in_sketch(store, run, _count(question, "listed"))
        else:
            told = part_of_sketch(store, run, _count(question, "box"))
    if told is None:
        raise BadQuestion("there is no such thing in this sketch")
    return told


def _answer(made: Drawn, graph: Graph, question: Mapping[str, str], site: Site) -> Told:
    if "find" in question:
        return {"found": _found(graph, question["find"])}
    if "thing" in question and not _is_count(question["thing"]):
        return {"found": _named(graph, _places(graph, question["thing"]))}
    if "thing" in question:
        return thing(graph, _number(question, "thing", len(graph.items.iris)), site)
    if "lit" in question:
        return _lit(made, graph, question)
    return part(graph, _number(question, "box", len(graph.boxes)))


def _lit(made: Drawn, graph: Graph, question: Mapping[str, str]) -> Told:
    by_item = "item" in question
    starts: Sequence[int]
    if by_item:
        starts = [_number(question, "item", len(graph.items.iris))]
    else:
        starts = graph.items.of_box(_number(question, "box", len(graph.boxes)))
    lit = made.ways(graph).lit(starts)
    own = starts[0] if by_item else NONE
    shown = {place for side in (lit.up, lit.down) for place in _first_of_boxes(graph, side, own)}
    return {
        "up": list(ranges(lit.up)),
        "down": list(ranges(lit.down)),
        "arrows": lit.arrows,
        "names": {place: graph.items.names[place] for place in shown},
    }


def _first_of_boxes(graph: Graph, places: Sequence[int], own: int) -> Iterator[int]:
    """Yield the first few things of each box that are among some, which are in order, without one of them."""
    for _, alike in groupby((place for place in places if place != own), graph.items.box_of):
        yield from islice(alike, NAMED)


def _found(graph: Graph, text: str) -> list[Told]:
    wanted = text.casefold()
    hits = (place for place, name in enumerate(graph.items.names) if wanted in name.casefold())
    return _named(graph, islice(hits, FOUND))


def _places(graph: Graph, thing: str) -> list[int]:
    places = enumerate(graph.items.iris)
    return [place for place, iri in places if thing in (iri, key_of(iri))][:1]


def _named(graph: Graph, places: Iterable[int]) -> list[Told]:
    return [{"item": place, "name": graph.items.names[place]} for place in places]


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _count(question: Mapping[str, str], name: str) -> int:
    given = question.get(name, "")
    if not _is_count(given):
        raise BadQuestion(f"no such {name} in this graph")
    return int(given)


def _number(question: Mapping[str, str], name: str, limit: int) -> int:
    number = _count(question, name)
    if number >= limit:
        raise BadQuestion(f"no such {name} in this graph")
    return number
