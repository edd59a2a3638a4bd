"""The landing page of an object: what it is, where it came from, what came of it, how to cite and to take it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from snakemake_heliport.explorer.citing import Citing, citing
from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.disk import FOR_A_PAGE
from snakemake_heliport.explorer.forms import FORMS, description, digest_of, forms_of, is_held, outlined
from snakemake_heliport.explorer.pages import PAGES, RELATED, TOLD
from snakemake_heliport.explorer.parts import Cell, Fact, Section, called
from snakemake_heliport.explorer.properties import properties
from snakemake_heliport.explorer.questions import impact, lineage
from snakemake_heliport.explorer.questions.diff import runs_before
from snakemake_heliport.explorer.rendering import data, render
from snakemake_heliport.explorer.source import Source
from snakemake_heliport.explorer.ways import AHEAD, ANY, Told, Way, others, way
from snakemake_heliport.export.citation import Creator
from snakemake_heliport.garbage import uncollected
from snakemake_heliport.lineage.near import Near
from snakemake_heliport.lineage.tree import WORKING
from snakemake_heliport.model import DigitalObject, Kind, Predicate
from snakemake_heliport.store import FLOW_KINDS

MAX_OTHERS = 200
# Linked data of a page; thousands of metrics take more, and nobody reads them there.
MAX_GRAPH = 4_000_000
ORCID = "https://orcid.org/"
# A log, a job or a package is not looked for by what the project is about.
SOUGHT = frozenset(
    (Kind.PROJECT, Kind.WORKFLOW, Kind.RUN, Kind.FILE, Kind.DIRECTORY, Kind.DATASET, Kind.MODEL, Kind.MODEL_VERSION)
)
OF_JOBS = "It read nothing that was recorded.", "It made nothing that was recorded."
OF_THINGS = "Nothing that was recorded: here the record begins.", "Nothing that was recorded."
WAYS = "Where it came from", "What came of it"
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
    people: list[Cell]
    file: str
    forms: list[tuple[str, str, str]]
    run: str
    questions: list[tuple[str, str]]

    @property
    def item(self) -> DigitalObject:
        return self.near.item

    @property
    def ways(self) -> list[tuple[str, Way, str]]:
        """Where it came from and what came of it, with what is said where that is nothing.

        What no data flows through can only be taken from something: there is nothing to be missed on the other side.
        """
        nothing = OF_JOBS if self.item.kind in WORKING else OF_THINGS
        both = zip(WAYS, (self.came_from, self.came_of), nothing, strict=True)
        return [one for one in both if one[1].groups or self.item.kind in FLOW_KINDS]

    @property
    def troubles(self) -> list[Section]:
        """What stands before all else: what went wrong."""
        return list(takewhile(lambda section: section.warning, self.sections))

    @property
    def first(self) -> list[Section]:
        """What went wrong, and the section after that: what stands before where it came from."""
        return self.sections[: len(self.troubles) + 1]

    @property
    def rest(self) -> list[Section]:
        """The sections after where it came from and what came of it."""
        return self.sections[len(self.first) :]

    @property
    def name(self) -> str:
        """What the object is called."""
        return called(self.item)

    @property
    def title(self) -> str:
        """What somebody has called it, where that stands nowhere else."""
        title = str(self.item.attributes.get("title") or "")
        return "" if title in (self.item.label, self.name) else title

    @property
    def keywords(self) -> Sequence[str]:
        """Its keywords; those of its project, where it is what people look for."""
        return self.citing.keywords if self.item.kind in SOUGHT or self.item.attributes.get("keywords") else ()

    @property
    def links(self) -> list[tuple[str, str, str]]:
        """What is announced to machines: relation, address, media type."""
        links = [(relation, address, "") for relation, address in self.citing.links]
        links += [("describedby", address, FORMS[name].media_type) for name, _, address in self.forms]
        media = str(self.item.attributes.get("media_type") or "application/octet-stream")
        return [*links, *([("item", self.file, media)] if self.file else [])]


@uncollected()
def landing(item: DigitalObject, context: Context) -> Landing:
    """Return what the page of an object tells."""
    near = Near.of(context.source, item)
    cited = citing(near, context.source)
    people = [_person(creator, context) for creator in cited.creators]
    page = PAGES.get(item.kind)
    sections = [] if page is None else [section for section in page(near, context) if not section.is_empty]
    return Landing(
        near,
        sections,
        list(properties(item, TOLD.get(item.kind, ()))),
        way(near, context.source, context.site, upward=True),
        way(near, context.source, context.site, upward=False),
        list(others(near, context.site, MAX_OTHERS, (*_beside(people), *RELATED.get(item.kind, ())))),
        cited,
        people,
        _file(near, context),
        list(_forms(item, context)),
        _run(near, context.source),
        list(_questions(item, context)),
    )


def _person(creator: Creator, context: Context) -> Cell:
    """Return who made an object, with the way to the own page and to the ORCID, where there are such."""
    iri = f"{ORCID}{creator.orcid}" if creator.orcid else ""
    known = context.source.get(iri) if iri else None
    more = (Cell(f"ORCID {creator.orcid}", iri),) if iri else ()
    return Cell(creator.name, context.site.url(iri) if known else "", creator.affiliation or "", others=more)


def _beside(people: Iterable[Cell]) -> list[Told]:
    """Return the relations that are told beside a page: the project, and who made the object, if that leads to them."""
    found = [(Predicate.IN_PROJECT, AHEAD, ANY)]
    return [*found, (Predicate.WAS_ATTRIBUTED_TO, AHEAD, ANY)] if all(one.href for one in people) else found


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
    graph = data(_graph(page))
    return render("object.html", context.site, page=page, jsonld=graph, graph_of=page.run, live=page.run)


def _graph(page: Landing) -> str:
    """Return the linked data in a page; where it is large and can be had beside it, the page says what it is of."""
    whole = description(page.near, "json-ld")
    is_linked = any(name == "json-ld" for name, _, _ in page.forms)
    return outlined(page.near) if is_linked and len(whole) > MAX_GRAPH else whole


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
