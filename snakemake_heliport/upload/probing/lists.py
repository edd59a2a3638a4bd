"""How lists are cut into pages, how objects are looked up in them, and how one object is named in another."""

from collections.abc import Mapping
from typing import Any

from snakemake_heliport.upload.http.answers import Answer
from snakemake_heliport.upload.probing.asking import Asking
from snakemake_heliport.upload.probing.notes import Notes
from snakemake_heliport.upload.probing.roles import Found
from snakemake_heliport.upload.probing.seen import Filter, Resource, spelling
from snakemake_heliport.upload.server.reading import LISTS, NEXT, rows_of

SIZES = ("pagesize", "limit", "perpage", "size", "pagelength", "maxresults", "count", "first", "rows", "itemsperpage")
CURSORS = ("cursor", "pagetoken", "after", "continuation", "token", "marker", "resumptiontoken", "starting_after")
OFFSETS = ("offset", "skip", "start", "startindex", "from")
PAGES = ("page", "pagenumber", "pageno", "p")
LOOKUPS = ("identifier", "identifiers", "identifierin", "iri", "uri", "pid", "sameas", "externalid", "externalids")
PROJECTS = ("project", "projects", "projectid", "collection", "workspace", "space", "partof")
# What is asked for at once, unless the server names a maximum.
SIZE = 500
# What no server has.
NOTHING = "urn:uuid:00000000-0000-4000-8000-70726f626564"


def paging_part(asking: Asking, objects: Resource, notes: Notes) -> dict[str, Any]:
    """Return how lists are cut into pages."""
    told: dict[str, Any] = {"style": "auto"}
    body = objects.page.body if isinstance(objects.page, Answer) else None
    if isinstance(body, Mapping):
        told["results"] = next((name for name in LISTS if isinstance(body.get(name), list)), "results")
        following = next((name for name in NEXT if name in body), None)
        if following is not None:
            told["next"] = following
            notes.found(f"lists come in pages: elements in {told['results']!r}, the next page in {following!r}")
    elif isinstance(body, list):
        header = "link" in objects.page.headers
        notes.found("lists come bare" + (", with the next page in the `Link` header" if header else ""))
    size = _filter(objects, SIZES)
    if size is None:
        size = _tried_size(asking, objects)
    if size is not None:
        told |= {"size_parameter": size.name, "size": size.maximum or SIZE}
        notes.found(f"{size.name!r} asks for larger pages")
    cursor = _filter(objects, CURSORS)
    if cursor is not None:
        told["cursor"] = cursor.name
    followed = cursor is not None or "next" in told or (isinstance(body, list) and "link" in objects.page.headers)
    for style, words in (("page", PAGES), ("offset", OFFSETS)):
        counting = _filter(objects, words)
        if counting is not None:
            told[style] = counting.name
            if not followed:
                told["style"], followed = style, True
                notes.found(f"pages are counted by {counting.name!r}")
    return told


def _tried_size(asking: Asking, objects: Resource) -> Filter | None:
    """Ask for pages of one, where there are two to be had."""
    if len(objects.records) < 2:
        return None
    for name in ("page_size", "limit", "per_page", "size"):
        if len(_records(asking, objects, {name: "1"})) == 1:
            return Filter(name)
    return None


def lookup_part(
    asking: Asking,
    objects: Resource,
    identifiers: Mapping[str, Any],
    names: Mapping[str, Any],
    notes: Notes,
) -> dict[str, Any]:
    """Return how objects are found by an identifier."""
    field = identifiers.get("field")
    mine = spelling(field) if field else ""
    wanted = (f"{mine}in", mine, mine.rstrip("s"), *LOOKUPS)
    project = _filter(objects, (spelling(str(names.get("project"))), *PROJECTS))
    told: dict[str, Any] = {"parameter": None, "project": None if project is None else project.name}
    if identifiers["style"] == "none":
        return told
    found = _filter(objects, wanted)
    if found is not None:
        notes.found(f"{found.name!r} looks objects up by an identifier", objects.described or ["its OPTIONS metadata"])
    else:
        found = _tried_lookup(
            asking, objects, [field, str(field).rstrip("s"), "identifier"] if field else ["identifier"]
        )
        if found is not None:
            notes.found(
                f"{found.name!r} looks objects up by an identifier, as a request with one that is not there shows"
            )
    if found is None:
        notes.missing("no query parameter looks objects up by an identifier; all pages are read instead")
        return told
    several = found.several or _tried_several(asking, objects, found.name, identifiers)
    if several:
        notes.found(f"several identifiers may be asked for at once with {found.name!r}")
    return {**told, "parameter": found.name, "several": several, "separator": found.separator}


def _tried_lookup(asking: Asking, objects: Resource, names: list[Any]) -> Filter | None:
    """Ask for what is not there: who answers with nothing, heeds the parameter."""
    if not objects.records:
        return None
    for name in dict.fromkeys(filter(None, names)):
        if not _records(asking, objects, {name: NOTHING}, default=[{}]):
            return Filter(name)
    return None


def _tried_several(asking: Asking, objects: Resource, name: str, identifiers: Mapping[str, Any]) -> bool:
    """Ask for an identifier that is there and one that is not, in both orders."""
    known = next((text for record in objects.records for text in _texts(record, identifiers)), None)
    if known is None:
        return False
    orders = ([known, NOTHING], [NOTHING, known])
    return all(0 < len(_records(asking, objects, {name: order})) <= len(objects.records) for order in orders)


def _texts(record: Mapping[str, Any], identifiers: Mapping[str, Any]) -> list[str]:
    value = record.get(str(identifiers.get("field")))
    key = identifiers.get("identifier", "identifier")
    listed = value if isinstance(value, list) else [value]
    texts = [item.get(key) if isinstance(item, Mapping) else item for item in listed]
    return [text for text in texts if isinstance(text, str) and text]


def _records(
    asking: Asking, objects: Resource, params: Mapping[str, Any], default: list[Any] | None = None
) -> list[Any]:
    answer = asking.get(objects.path, params)
    found = None if answer is None else rows_of(answer.body, asking.contract)
    return (default or []) if found is None else found


def _filter(objects: Resource, words: tuple[str, ...]) -> Filter | None:
    """Return the query parameter that is called by one of some words, the best first."""
    by_word = {spelling(name): found for name, found in objects.filters.items()}
    return next((by_word[word] for word in words if word in by_word), None)


def references_part(objects: Resource, relations: Mapping[str, Any], project: Found | None) -> dict[str, Any]:
    """Return how one object is named inside another: as a mapping, where that is how it is shown or described."""
    fields = objects.fields
    inside = fields.get(str(relations.get("field")))
    target = inside.children.get(str(relations.get("object"))) if inside is not None else None
    for field in (target, None if project is None else project.field):
        if field is not None and field.form == "mapping" and len(field.children) >= 1:
            key = next((name for name in ("@id", "id", "iri", "uri", "pk") if name in field.children), None)
            if key is not None:
                return {"style": "mapping", "key": key}
    return {"style": "id"}
