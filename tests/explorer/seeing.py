"""Asking a server as a browser would, and reading what it answers the way that browsers do."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import html5rdf
from starlette.applications import Starlette
from starlette.testclient import TestClient

from snakemake_heliport.explorer.questions.status import Standing
from snakemake_heliport.explorer.serving.refreshing import Refresher
from snakemake_heliport.explorer.serving.server import Place, application
from snakemake_heliport.explorer.serving.sources import context_of
from snakemake_heliport.lineage.status import status
from snakemake_heliport.model import Visibility
from snakemake_heliport.store import Store

Client = TestClient
PORT = 8765
XHTML = "{http://www.w3.org/1999/xhtml}"
# What browsers load by themselves.
LOADING = {"script": "src", "img": "src", "iframe": "src", "object": "data", "embed": "src", "source": "src"}
LOADING_LINKS = {"stylesheet", "icon", "preload", "manifest", "prefetch", "modulepreload"}
ELSEWHERE = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)


def client(
    store: Store,
    workdir: Path | None,
    *,
    audience: Visibility = Visibility.PRIVATE,
    place: Place | None = None,
    token: str | None = None,
    host: str = "127.0.0.1",
) -> Client:
    """Return a client of a server of a store."""
    app = served(store, workdir, audience, place, token)
    return TestClient(app, base_url=f"http://{host}:{PORT}", follow_redirects=False)


def served(
    store: Store,
    workdir: Path | None,
    audience: Visibility = Visibility.PRIVATE,
    place: Place | None = None,
    token: str | None = None,
) -> Starlette:
    """Return a server of a store, which has compared the files with their record."""
    runs = [row.iri for row in store.runs()]
    compared = None if workdir is None or audience is not Visibility.PRIVATE else lambda: status(store, workdir, runs)
    refresher = Refresher(lambda: context_of(store, audience, workdir, None, store.place), dict, lambda: None, compared)
    if compared is not None:
        refresher.standing = Standing(compared())
    return application(store, refresher, place or Place(), PORT, token)


def page_of(iri: str) -> str:
    """Return the address of the page of an object."""
    return f"/object?iri={quote(iri, safe='')}"


@dataclass
class Page:
    """What a browser makes of a page."""

    tree: Any
    problems: list[str]
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    handlers: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def island(self, id_: str) -> str:
        """Return the text of a script element."""
        return next(one.text or "" for one in self.tree.iter(f"{XHTML}script") if one.get("id") == id_)

    @property
    def text(self) -> str:
        """Return all text that is no script."""
        return "".join(self.tree.itertext())


def parsed(html: str) -> Page:
    """Read a page strictly."""
    parser = html5rdf.HTMLParser(tree=html5rdf.getTreeBuilder("etree"))
    page = Page(parser.parse(html), [])
    page.problems = [f"{place}: {kind} {what}" for place, kind, what in parser.errors]
    for element in page.tree.iter():
        if not isinstance(element.tag, str):
            continue
        name = element.tag.removeprefix(XHTML)
        page.handlers += [f"{name} {attribute}" for attribute in element.attrib if attribute.lower().startswith("on")]
        page.handlers += [f"{name} style" for attribute in element.attrib if attribute == "style"]
        page.ids += [element.get("id")] if element.get("id") else []
        if name == "a" and element.get("href"):
            page.links.append(element.get("href"))
        relations = set((element.get("rel") or "").split())
        if name == "link" and relations & LOADING_LINKS:
            page.loaded.append(element.get("href"))
        if name in LOADING and element.get(LOADING[name]):
            page.loaded.append(element.get(LOADING[name]))
        if (
            name == "script"
            and not element.get("src")
            and (element.get("type") or "")
            not in (
                "application/json",
                "application/ld+json",
            )
        ):
            page.scripts.append(element.text or "")
    return page


def sound(html: str) -> Page:
    """Read a page, and fail where it is none, runs anything, or loads anything from elsewhere."""
    page = parsed(html)
    assert page.problems == []
    assert page.handlers == []
    assert page.scripts == []
    assert [place for place in page.loaded if ELSEWHERE.match(place)] == []
    assert len(page.ids) == len(set(page.ids))
    assert [link for link in page.links if link.lower().strip().startswith(("javascript:", "data:", "vbscript:"))] == []
    return page
