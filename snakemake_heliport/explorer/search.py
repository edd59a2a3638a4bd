"""The search: asked of the store where pages are served, and among the names in the page itself from disk."""

from collections.abc import Iterable

from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.parts import called, link
from snakemake_heliport.explorer.rendering import island, render
from snakemake_heliport.explorer.site import Site
from snakemake_heliport.explorer.words import date_of
from snakemake_heliport.model import DigitalObject
from snakemake_heliport.wording import kind_in_words

LIMIT, LONGEST = 100, 200
# Nothing that is longer is looked for.
MOST_TYPED = 500


def search_page(context: Context, query: str) -> str:
    """Return what a text may mean."""
    found = context.source.search(query, LIMIT) if query and len(query) <= MOST_TYPED else []
    query = query[:MOST_TYPED]
    cells = [link(thing, context.site, _told(thing)) for thing in found]
    return render("search.html", context.site, query=query, cells=cells, limit=LIMIT, index=None)


def _told(thing: DigitalObject) -> str:
    """Return what tells a thing from others of its name."""
    return ", ".join(filter(None, (kind_in_words(thing.kind), date_of(thing))))


def index_page(things: Iterable[DigitalObject], site: Site) -> str:
    """Return a page with the names of all things in it."""
    names = [
        (called(thing)[:LONGEST], kind_in_words(thing.kind), _more(thing)[:LONGEST], site.url(thing.iri))
        for thing in things
    ]
    return render("search.html", site, query="", cells=[], limit=LIMIT, index=island(sorted(names)))


def _more(thing: DigitalObject) -> str:
    return thing.label if thing.label != called(thing) else ""
