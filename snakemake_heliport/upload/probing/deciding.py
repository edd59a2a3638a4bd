"""From what was seen of a server to its contract: one function for each part, with sentences about what it found."""

from collections.abc import Callable, Mapping
from typing import Any

from snakemake_heliport.model import Kind
from snakemake_heliport.upload.contract import Contract
from snakemake_heliport.upload.probing.kinds import kinds_of
from snakemake_heliport.upload.probing.notes import Notes
from snakemake_heliport.upload.probing.roles import Found, play
from snakemake_heliport.upload.probing.seen import Field, Resource, spelling

# The last part of the path of digital objects, in the words of various servers, the best first.
OBJECT_WORDS = (
    "digitalobjects",
    "complete",
    "objects",
    "things",
    "items",
    "entities",
    "records",
    "nodes",
    "resources",
    "assets",
    "artifacts",
    "datasets",
    "products",
    "documents",
)
GRAPH_WORDS, SOURCE_WORDS = ("graph",), ("datasource", "source", "storage")
PROJECT_WORDS = ("project", "collection", "workspace", "space")
# How fields say that something is public, belongs to a project, or is private.
PUBLIC = ("public", "open", "world", "everyone", "anyone", "published", "all", "anonymous", "unrestricted")
SHARED = ("project", "internal", "group", "members", "team", "shared", "registered", "institution", "limited")
PRIVATE = ("private", "closed", "restricted", "owner", "hidden", "confidential", "secret", "me", "none", "draft")
IDS = ("digital_object_id", "id", "pk", "uuid", "@id", "iri", "uri", "url", "self", "href", "key", "identifier")
SURE_IDS = IDS[:7]
FLAGGED = ("label", "description", "project", "last_modified")


def objects_among(resources: list[Resource], contract: Contract) -> Resource | None:
    """Return the resource of digital objects: the one that the contract names, or the one most like it."""
    scored = sorted(
        ((_score(one, contract), -number, one) for number, one in enumerate(resources)), key=lambda s: s[:2]
    )
    return scored[-1][2] if scored and scored[-1][0] > 0 else None


def _score(resource: Resource, contract: Contract) -> float:
    if not (resource.asked or resource.fields):
        return 0.0
    fields = resource.writable()
    score = 0.0
    if resource.path.rstrip("/") == contract.objects.path.rstrip("/"):
        score += 20
    words = list(resource.words())
    score += next(
        (10 - rank / 2 for rank, word in enumerate(OBJECT_WORDS) if word in words[-1:] or word in words[-2:]), 0.0
    )
    score += sum(3.0 for role in ("label", "description", "kind") if play(role, fields))
    score += 4.0 if play("identifiers", fields) else 0.0
    score += 3.0 if "POST" in resource.methods else 0.0
    for others in (GRAPH_WORDS, SOURCE_WORDS, PROJECT_WORDS, ("relation", "attribute", "user", "tag")):
        score -= 8.0 if any(other in word for other in others for word in words[-2:]) else 0.0
    return score


def named(resources: list[Resource], words: tuple[str, ...], besides: Resource) -> Resource | None:
    """Return the resource whose path ends in one of some words."""
    for resource in resources:
        last = spelling(resource.path.rstrip("/").rpartition("/")[2])
        if resource is not besides and any(word in last for word in words):
            return resource
    return None


def ids_of(
    objects: Resource, contract: Contract, notes: Notes, is_there: Callable[[str, str], bool]
) -> tuple[list[str], str]:
    """Return the fields that hold an id, the best first, and the path of one object.

    Args:
        is_there: Tells whether an object is at the path, with an id put into it.
    """
    own = {
        name for name, field in objects.fields.items() if field.read_only or not objects.described or name in IDS[:7]
    }
    shown = {name for record in objects.records for name in record} or set(objects.fields)
    ids = [name for name in (objects.key, *contract.ids, *IDS) if name is not None and name in own & shown]
    ids = list(dict.fromkeys(ids))
    template = objects.item or f"{objects.path.rstrip('/')}/{{id}}{'/' if objects.path.endswith('/') else ''}"
    if objects.records and len(ids) > 1:
        # Of several that look like ids, the path takes one.
        record = objects.records[0]
        ids.sort(key=lambda name: not (record.get(name) and is_there(template, str(record[name]))))
    best = ids[0] if ids else None
    values = [str(record[best]) for record in objects.records if best is not None and record.get(best)]
    whole = bool(values) and all("://" in value for value in values)
    if best is None:
        notes.missing("no field was found that holds the id of an object; `ids` in the contract names it")
    else:
        kind = "addresses" if whole else "keys"
        notes.found(f"the id of an object is in {best!r}" + (f"; ids are {kind}" if values else ""))
    return list(dict.fromkeys([*ids, *contract.ids])), template


def fields_part(objects: Resource, contract: Contract, notes: Notes) -> tuple[dict[str, Any], dict[str, Found]]:
    """Return the field map, and what plays which part."""
    fields = objects.writable()
    parts: dict[str, Found] = {}
    for role in ("label", "description", "identifiers", "kind", "project"):
        found = play(role, fields, [one.field.name for one in parts.values()])
        if found is not None:
            parts[role] = found
            notes.found(f"our {role} is its {found.field.name!r}, {found.how}")
        else:
            notes.missing(f"no field was found for our {role}")
    names = {
        role: parts[role].field.name if role in parts else None for role in ("label", "description", "kind", "project")
    }
    for role in ("created", "deleted"):
        found = play(role, objects.fields)
        names[role] = None if found is None else found.field.name
    if names["label"] is None:
        names["label"] = contract.fields.label
    return {**names, "iri": _chosen_id(objects, notes), "uri": None}, parts


def _chosen_id(objects: Resource, notes: Notes) -> str | None:
    """Return the field in which the id of a new object is sent, where that is ours to choose and may be an IRI."""
    for name, field in objects.fields.items():
        told = objects.described and not field.read_only and field.form == "text"
        if told and (name in ("@id", "iri") or (name == "id" and field.format in ("iri", "uri"))):
            notes.found(f"ids are ours to choose: our IRI is sent in {name!r}", objects.described)
            return name
    return None


def visibility_part(objects: Resource, names: Mapping[str, Any], notes: Notes) -> dict[str, Any]:
    """Return how it is said who may see an object."""
    fields = objects.writable()
    pairs = {ours: names.get(ours) or ours for ours in FLAGGED}
    flags = {ours: flag for ours, theirs in pairs.items() if (flag := _flag(fields, str(theirs))) is not None}
    if flags:
        notes.found(f"a flag says of each of {len(flags)} attributes whether it is public: {', '.join(flags.values())}")
        return {"style": "flags", "flags": {**dict.fromkeys(FLAGGED), **flags}, "field": None}
    found = play("visibility", fields)
    values = None if found is None else _visibilities(found.field)
    if found is None or values is None:
        notes.missing("no field was found that says who may see an object; what the server does by itself is not known")
        return {"style": "none", "field": None}
    notes.found(f"{found.field.name!r} says who may see an object ({values}), {found.how}")
    return {"style": "value", "field": found.field.name, "values": values}


def _flag(fields: Mapping[str, Field], name: str) -> str | None:
    wanted = {spelling(f"{name}_is_public"), spelling(f"{name}_public"), spelling(f"is_{name}_public")}
    return next((one.name for one in fields.values() if one.form == "flag" and spelling(one.name) in wanted), None)


def _visibilities(field: Field) -> dict[str, Any] | None:
    if field.form == "flag":
        hidden = "private" in spelling(field.name)
        return {"private": hidden, "project": hidden, "public": not hidden}
    public, private = _choice(field, PUBLIC), _choice(field, PRIVATE)
    if public is None or private is None:
        return None
    shared = _choice(field, SHARED)
    return {"private": private, "project": private if shared is None else shared, "public": public}


def _choice(field: Field, words: tuple[str, ...]) -> Any:
    by_word = {spelling(str(choice)): choice for choice in field.choices}
    exact = next((by_word[word] for word in words if word in by_word), None)
    return (
        exact
        if exact is not None
        else next((by_word[b] for w in words for b in by_word if w in b and len(w) > 3), None)
    )


def identifiers_part(
    objects: Resource, parts: Mapping[str, Found], resources: list[Resource], notes: Notes
) -> dict[str, Any]:
    """Return how identifiers are kept."""
    found = parts.get("identifiers")
    if found is not None:
        return _identifiers_in(found.field, notes)
    rows = named(resources, ("identifier",), objects)
    told = None if rows is None else play("identifier", rows.writable())
    owner = None if rows is None or told is None else play("subject", rows.writable(), [told.field.name])
    if rows is not None and told is not None and owner is not None:
        scheme = play("scheme", rows.writable(), [told.field.name, owner.field.name])
        notes.found(f"identifiers are rows at {rows.path}", rows.described)
        return {
            "style": "separate",
            "field": None,
            "path": rows.path,
            "identifier": told.field.name,
            "scheme": None if scheme is None else scheme.field.name,
            "object": owner.field.name,
            "bulk": rows.bulk,
        }
    notes.missing("the server keeps no identifiers of ours: objects cannot be found again if the ledger is lost")
    return {"style": "none", "field": None}


def _identifiers_in(field: Field, notes: Notes) -> dict[str, Any]:
    if field.form == "list" and (field.children or field.element == "mapping"):
        told = play("identifier", field.children)
        scheme = play("scheme", field.children, [] if told is None else [told.field.name])
        notes.found(f"identifiers are mappings in {field.name!r}")
        return {
            "style": "objects",
            "field": field.name,
            "path": None,
            "identifier": "identifier" if told is None else told.field.name,
            "scheme": None if scheme is None else scheme.field.name,
        }
    style = "strings" if field.form == "list" else "objects" if field.children else "string"
    if field.form == "any":
        notes.missing(f"it is not told whether {field.name!r} takes one identifier or a list; one is sent")
    notes.found(f"identifiers are {'a list of texts' if style == 'strings' else 'one text: ours'} in {field.name!r}")
    return {"style": style, "field": field.name, "path": None}


def kinds_part(found: Found | None, notes: Notes) -> dict[str, Any]:
    """Return the server's words for our kinds, where it takes no others."""
    if found is None or not found.field.choices:
        return {"kinds": {}, "other_kind": None}
    kinds, other = kinds_of(found.field.choices)
    notes.found(f"kinds are {', '.join(map(str, found.field.choices[:8]))}; {len(kinds)} of {len(Kind)} are ours")
    return {"kinds": kinds, "other_kind": other}


def required_elsewhere(objects: Resource, used: set[str | None], notes: Notes) -> None:
    """Tell of fields that the server requires and that nothing of ours goes into."""
    for name, field in objects.writable().items():
        if field.required and name not in used:
            notes.missing(f"the server requires {name!r}, which nothing of ours is sent as")


def longest_part(parts: Mapping[str, Found]) -> dict[str, int]:
    """Return how long texts may be."""
    lengths = {role: found.field.longest for role, found in parts.items() if role in ("label", "description")}
    return {role: length for role, length in lengths.items() if length is not None}
