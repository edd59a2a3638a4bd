"""A file: its bytes, the versions at its path, where the same bytes are, and a look into it."""

from collections.abc import Iterator

from snakemake_heliport.explorer import words
from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.disk import FOR_A_PAGE
from snakemake_heliport.explorer.pages.common import beginnings, bytes_of, digests_of, files
from snakemake_heliport.explorer.parts import Cell, Section, fact, link, plain, table, told
from snakemake_heliport.explorer.previews import preview
from snakemake_heliport.explorer.properties import attribute
from snakemake_heliport.lineage.near import Near, content_of, is_tracked, path_of
from snakemake_heliport.model import DigitalObject, Kind, Predicate

# Thousands of empty files share their bytes; nobody reads a list of them.
MAX_TWINS, MAX_VERSIONS = 50, 100


def file(near: Near, context: Context) -> Iterator[Section]:
    """Yield the sections of a file or directory."""
    content = content_of(near)
    if near.item.kind is not Kind.DIRECTORY:
        yield _bytes(near, content, context)
    yield preview(near.item, content, context)
    if near.item.kind is not Kind.LOG:
        yield beginnings(near.item, context)
    yield _versions(near, context)
    if content is not None and content.attributes.get("size") != 0:
        twins = Near.of(context.source, content).users(Predicate.SPECIALIZATION_OF)
        # A dataset that was taken from the file is no other place of its bytes.
        twins = [twin for twin in twins if twin.kind is not Kind.DATASET]
        others = [twin for twin in twins if twin.attributes.get("path") != near.item.attributes.get("path")]
        # Of every model, the tracker keeps files of the same names.
        cells = [link(twin, context.site, path_of(twin) if is_tracked(twin) else "") for twin in others[:MAX_TWINS]]
        yield Section("The same bytes elsewhere", cells=cells, count=len(others))
    yield files("Holds", near.things(Predicate.HAD_MEMBER), context)


def _bytes(near: Near, content: DigitalObject | None, context: Context) -> Section:
    facts = [
        *bytes_of(content, context),
        attribute(near.item, "media_type", "type"),
        attribute(near.item, "modified", "written"),
        attribute(near.item, "unknown_reason", "not known, because"),
        fact("on disk", _on_disk(near.item, content, context)),
    ]
    return Section("The file", facts=told(facts))


def _on_disk(item: DigitalObject, content: DigitalObject | None, context: Context) -> str:
    """Return why a file cannot be opened here, nothing where it can, or is none of the workflow's own."""
    digest = "" if content is None else plain(content.attributes.get("sha256"))
    if context.disk is None or not context.site.served or not digest or is_tracked(item):
        return ""
    place = context.disk.place(item)
    if place is None:
        return "it is not there any more"
    stands = place.stat().st_size > FOR_A_PAGE or context.disk.stands(item, digest)
    return "" if stands else "what lies there now is not this version"


def _versions(near: Near, context: Context) -> Section:
    """Return what else was recorded at the path; a path that had one state only has no history."""
    path = near.item.attributes.get("path")
    found = context.source.versions(near.item)[-MAX_VERSIONS:] if isinstance(path, str) else []
    if len(found) < 2:
        return Section("Versions")
    digests = digests_of(context, found)
    made = context.source.relations_at([one.iri for one in found], Predicate.WAS_GENERATED_BY, outgoing=True)
    makers = context.source.objects(relation.object for relation in made)
    by = {r.subject: makers[r.object] for r in made if r.object in makers}
    rows = []
    for one in reversed(found):
        here = one.iri == near.item.iri
        when = words.moment(one.attributes.get("modified")) or "time not known"
        maker = by.get(one.iri)
        rows.append(
            (
                Cell(when, "" if here else context.site.url(one.iri), soft="this one" if here else ""),
                Cell(digests.get(one.iri, "")[:12], code=True),
                Cell() if maker is None else link(maker, context.site),
            )
        )
    return Section("Versions at this path", table=table(("Written", "SHA-256", "Made by"), rows), count=len(rows))
