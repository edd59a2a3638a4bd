"""The landing page of an object: what it is, where it came from, what came of it, how to cite and to take it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from snakemake_heliport.explorer.citing import Citing, citing
from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.disk import FOR_A_PAGE
from snakemake_heliport.explorer.forms import FORMS, description, digest_of, forms_of, is_held
from snakemake_heliport.explorer.pages import PAGES, TOLD
from snakemake_heliport.explorer.parts import Fact, Section, called
from snakemake_heliport.explorer.properties import properties
from snakemake_heliport.explorer.questions import impact, lineage
from snakemake_heliport.explorer.questions.diff import runs_before
from snakemake_heliport.explorer.rendering import data, render
from snakemake_heliport.explorer.source import Source
from snakemake_heliport.explorer.ways import Way, others, way
from snakemake_heliport.lineage.near import Near
from snakemake_heliport.lineage.tree import WORKING
from snakemake_heliport.model import DigitalObject, Kind, Predicate
from snakemake_heliport.store import FLOW_KINDS

MAX_OTHERS = 20
OF_JOBS = "It read nothing that was recorded.", "It made nothing that was recorded."
OF_THINGS = "Nothing that was recorded: here the record begins.", "Nothing that was recorded."
TO_RUN = (Predicate.WAS_GENERATED_BY, Predicate.WAS_PART_OF)


@dataclass(frozen=True, slots=True)
class Landing:
    """A landing page before it is written, as the page itself and as a part of a larger one."""

    near: Near
    sections: list[Section]
    facts: list[Fact]
    came_from: Way
    came_of: Way
    others: list[tuple[str, Any, int]]
    citing: Citing
    file: str
    forms: list[tuple[str, str, str]]
    run: str
    questions: list[tuple[str, str]]

    @property
    def item(self) -> DigitalObject:
        return self.near.item

    @property
    def flows(self) -> bool:
        """Whether data flows through it, so that it came from something, or something came of it."""
        return self.item.kind in FLOW_KINDS or bool(self.came_from.groups or self.came_of.groups)

    @property
    def nothing(self) -> tuple[str, str]:
        """What is said where it came from nothing that was recorded, and where nothing came of it."""
        return OF_JOBS if self.item.kind in WORKING else OF_THINGS

    @property
    def name(self) -> str:
        """What the object is called."""
        return called(self.item)

    @property
    def links(self) -> list[tuple[str, str, str]]:
        """What is announced to machines: relation, address, media type."""
        links = [(relation, address, "") for relation, address in self.citing.links]
        links += [("describedby", address, FORMS[name].media_type) for name, _, address in self.forms]
        media = str(self.item.attributes.get("media_type") or "application/octet-stream")
        return [*links, *([("item", self.file, media)] if self.file else [])]


def landing(item: DigitalObject, context: Context) -> Landing:
    """Return what the page of an object tells."""
    near = Near.of(context.source, item)
    page = PAGES.get(item.kind)
    sections = [] if page is None else [section for section in page(near, context) if not section.is_empty]
    return Landing(
        near,
        sections,
        list(properties(item, TOLD.get(item.kind, ()))),
        way(near, context.source, context.site, upward=True),
        way(near, context.source, context.site, upward=False),
        list(others(near, context.site, MAX_OTHERS)),
        citing(near, context.source),
        _file(near, context),
        list(_forms(item, context)),
        _run(near, context.source),
        list(_questions(item, context)),
    )


def object_page(item: DigitalObject, context: Context) -> str:
    """Return the landing page of an object.

    Raises:
        SecretFound: Something in it looks like a secret.
    """
    return written(landing(item, context), context)


def written(page: Landing, context: Context) -> str:
    """Return a landing page as HTML.

    Raises:
        SecretFound: Something in it looks like a secret.
    """
    graph = data(description(page.near, "json-ld"))
    return render("object.html", context.site, page=page, jsonld=graph, graph_of=page.run, live=page.run)


def _file(near: Near, context: Context) -> str:
    """Return where the bytes of a file can be had, nothing where they cannot."""
    if context.disk is None or not is_held(near.item):
        return ""
    digest = digest_of(near)
    place = context.disk.place(near.item) if digest else None
    if place is None or (place.stat().st_size <= FOR_A_PAGE and not context.disk.stands(near.item, digest)):
        return ""
    return context.site.file(near.item.iri)


def _forms(item: DigitalObject, context: Context) -> Iterable[tuple[str, str, str]]:
    for name in forms_of(item):
        address = context.site.form(item.iri, name)
        if address:
            yield name, FORMS[name].title, address


def _questions(item: DigitalObject, context: Context) -> Iterable[tuple[str, str]]:
    """Yield what may be asked about an object, and where that is answered."""
    site, asked = context.site, list[tuple[str, str]]()
    if item.kind in lineage.ASKED:
        asked = [(words, site.lineage(item.iri, upward=upward)) for words, upward in lineage.DIRECTIONS]
    if item.kind in impact.ASKED:
        asked.append(("What depends on it", site.impact(item.iri)))
    before = runs_before(context.source).get(item.iri) if item.kind is Kind.RUN else None
    if before is not None:
        asked.append(("How it differs from the run before", site.diff(before, item.iri)))
    return ((words, address) for words, address in asked if address)


def _run(near: Near, source: Source) -> str:
    """Return the IRI of the run whose graph has the object in it, nothing where there is none."""
    if near.item.kind is Kind.RUN:
        return near.item.iri
    makers = [relation.object for relation in near.outgoing if relation.predicate in TO_RUN]
    # A training run is part of its job, and raw data is where it was used.
    homes = source.relations_at(makers, Predicate.WAS_PART_OF, outgoing=True) if makers else []
    users = [relation.subject for relation in near.incoming if relation.predicate is Predicate.USED][-1:]
    for iri in (near.item.iri, *makers, *(home.object for home in homes), *users):
        head, mark, _ = iri.partition("#")
        thing = source.get(head) if mark else None
        if thing is not None and thing.kind is Kind.RUN:
            return head
    return ""
