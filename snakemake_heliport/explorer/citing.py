"""How to cite an object: a line of text, BibTeX, and the links that machines follow (https://signposting.org)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from snakemake_heliport.explorer.properties import classes_of
from snakemake_heliport.explorer.source import Source
from snakemake_heliport.export.belonging import project_of
from snakemake_heliport.export.bibliography import (
    creators_of,
    date_of,
    description_of,
    keywords_of,
    licence_of,
    title_of,
)
from snakemake_heliport.export.citation import Creator
from snakemake_heliport.export.identifiers import identifier
from snakemake_heliport.export.view import View
from snakemake_heliport.lineage.near import Near
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.wording import kind_in_words

# What leads from a thing to its run; if nothing does, what used it is asked.
TO_RUN = (
    Predicate.WAS_GENERATED_BY,
    Predicate.WAS_PART_OF,
    Predicate.SPECIALIZATION_OF,
    Predicate.HAS_SOURCE,
    Predicate.NESTED_IN,
)
USERS = (Predicate.USED, Predicate.USED_DATASET, Predicate.HAS_SOURCE, Predicate.HAD_MEMBER)
AROUND = (
    Predicate.IN_PROJECT,
    Predicate.WAS_ASSOCIATED_WITH,
    Predicate.WAS_ATTRIBUTED_TO,
    Predicate.HAS_AFFILIATION,
    Predicate.EXECUTES,
)
MAX_STEPS = 8
RESOLVERS = {"DOI": "https://doi.org/", "Handle": "https://hdl.handle.net/"}
BIBTEX_TYPES = {Kind.DATASET: "dataset", Kind.WORKFLOW: "software", Kind.SOURCE: "software", Kind.RULE: "software"}
# What TeX would take for a command.
SPECIAL = re.compile(r"[\\{}$&#%_^~]")
ESCAPES = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
SPDX = "https://spdx.org/licenses/"


@dataclass(frozen=True, slots=True)
class Named:
    """An identifier, what kind it is, and the address that resolves it, where there is one."""

    kind: str
    value: str
    address: str


@dataclass(frozen=True, slots=True)
class Citing:
    """What one must know to cite an object."""

    text: str
    bibtex: str
    identifiers: tuple[Named, ...]
    creators: tuple[Creator, ...]
    licence: str | None
    project: DigitalObject | None
    description: str | None
    keywords: tuple[str, ...]
    links: tuple[tuple[str, str], ...]


def citing(near: Near, source: Source) -> Citing:
    """Return what one must know to cite an object, as far as its audience may know it."""
    view, item = surroundings(near.item, source), near.item
    creators, title = tuple(creators_of(view, item)), title_of(view, item)
    names = _identifiers(item, source)
    date, licence, project = date_of(view, item), licence_of(view, item), project_of(view, item)
    year = date[:4] if date else None
    best = names[0]
    text = ". ".join(
        (
            *([f"{'; '.join(creator.name for creator in creators)}"] if creators else []),
            f"{title} [{kind_in_words(item.kind)}]" + (f" ({year})" if year else ""),
            *([project.label] if project is not None and project.label != title else []),
            best.address or best.value,
        )
    )
    return Citing(
        text,
        _bibtex(item, title, creators, year, best, licence),
        names,
        creators,
        licence,
        project,
        description_of(view, item),
        tuple(keywords_of(view, item)),
        tuple(_links(item, names, creators, licence)),
    )


def surroundings(item: DigitalObject, source: Source) -> View:
    """Return a view of an object, its run, and who and what is behind it: enough to cite it, and no more."""
    view = View({item.iri: item})
    _take(view, source, item)
    level, seen = [item.iri], {item.iri}
    for _ in range(MAX_STEPS):
        relations = source.relations_at(level, *TO_RUN, outgoing=True)
        found = _kept(source, relations, seen)
        if not found and seen == {item.iri} and item.kind is not Kind.RUN:
            # Nothing made it; who used it first tells as much.
            relations = source.relations_at(level, *USERS, outgoing=False)[:1]
            found = _kept(source, relations, seen)
        for relation in relations:
            view.add(relation)
        view.objects.update(found)
        level = list(found)
        seen.update(level)
        runs = [thing for thing in found.values() if thing.kind is Kind.RUN]
        for run in runs:
            _take(view, source, run)
        if runs or not level:
            break
    return view


def _kept(source: Source, relations: Iterable[Relation], seen: set[str]) -> dict[str, DigitalObject]:
    """Return the new ends of some relations; bytes are where things of strangers meet, and lead nowhere."""
    iris = {end for relation in relations for end in (relation.subject, relation.object)} - seen
    return {iri: thing for iri, thing in source.objects(sorted(iris)).items() if thing.kind is not Kind.CONTENT}


def _take(view: View, source: Source, thing: DigitalObject) -> None:
    """Add who and what is behind a thing, with the plan that its run followed and the homes of its people."""
    own = source.relations_at([thing.iri], *AROUND, outgoing=True)
    plans = [str(relation.attributes["plan"]) for relation in own if relation.attributes.get("plan")]
    found = source.objects([*(relation.object for relation in own), *plans])
    further = source.relations_at(found, *AROUND, outgoing=True)
    found |= source.objects(relation.object for relation in further)
    homes = source.relations_at(found, Predicate.HAS_AFFILIATION, outgoing=True)
    view.objects.update(found | source.objects(relation.object for relation in homes))
    known = {(r.subject, r.predicate, r.object) for r in view.out(thing.iri)}
    for relation in {(r.subject, r.predicate, r.object): r for r in (*own, *further, *homes)}.values():
        if (relation.subject, relation.predicate, relation.object) not in known:
            view.add(relation)


def _identifiers(item: DigitalObject, source: Source) -> tuple[Named, ...]:
    named = [_named(text) for text in item.identifiers]
    named.sort(key=lambda one: (one.kind not in RESOLVERS, one.kind, one.value))
    pages = [Named("HELIPORT", page, page) for page in source.pages_elsewhere(item.iri)]
    own = Named("IRI", item.iri, item.iri if item.iri.startswith(("https://", "http://")) else "")
    return (*named, *pages) if item.iri in item.identifiers else (*named, *pages, own)


def _named(text: str) -> Named:
    found = identifier(text)
    if found is None:
        return Named("identifier", text, "")
    if found.kind in RESOLVERS:
        return Named(found.kind, found.value, RESOLVERS[found.kind] + found.value)
    return Named(found.kind, found.value, found.value if found.value.startswith(("https://", "http://")) else "")


def _bibtex(
    item: DigitalObject,
    title: str,
    creators: tuple[Creator, ...],
    year: str | None,
    best: Named,
    licence: str | None,
) -> str:
    who = " and ".join(f"{{{_tex(c.name)}}}" if c.organization else _tex(c.name) for c in creators)
    fields = {
        "author": who,
        "title": f"{{{_tex(title)}}}",
        "year": year or "",
        "doi": best.value if best.kind == "DOI" else "",
        "url": best.address,
        "note": "" if best.address else _tex(best.value),
        "copyright": _tex(licence or ""),
    }
    key = re.sub(r"[^a-z0-9]+", "-", f"{item.kind}-{item.iri[-8:]}".lower()).strip("-")
    lines = ",\n".join(f"  {name:<9} = {{{value}}}" for name, value in fields.items() if value)
    return f"@{BIBTEX_TYPES.get(item.kind, 'misc')}{{{key},\n{lines}\n}}"


def _tex(text: str) -> str:
    flat = " ".join(text.split())
    return SPECIAL.sub(lambda found: ESCAPES.get(found.group(), f"\\{found.group()}"), flat)


def _links(
    item: DigitalObject, names: tuple[Named, ...], creators: tuple[Creator, ...], licence: str | None
) -> list[tuple[str, str]]:
    """Return what is announced of a page: relation and address."""
    links = [("cite-as", one.address) for one in names[:1] if one.kind in RESOLVERS]
    links += [("type", "https://schema.org/AboutPage")]
    links += [("type", iri) for iri in classes_of(item) if iri.startswith("http://schema.org/")]
    links += [("author", f"https://orcid.org/{creator.orcid}") for creator in creators if creator.orcid]
    if licence is not None and re.fullmatch(r"[A-Za-z0-9.+-]+", licence):
        links.append(("license", f"{SPDX}{licence}"))
    return links
