"""How a server keeps relations and attributes: in a resource, inside their subjects, or as fields of their own."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from snakemake_heliport.upload.probing.context import comparable
from snakemake_heliport.upload.probing.notes import Notes
from snakemake_heliport.upload.probing.roles import STATED, play
from snakemake_heliport.upload.probing.seen import Field, Resource, spelling
from snakemake_heliport.upload.server.names import Names, compact, expanded, known_locals, local, predicate_iris
from snakemake_heliport.vocabulary import load

# Names of resources that hold rows about objects.
RELATION_WORDS = ("relation", "link", "edge", "triple", "statement", "relationship")
ATTRIBUTE_WORDS = ("attribute", "property", "properties", "fact", "annotation", "parameter", "metadata")


def relations_of(
    objects: Resource, resources: list[Resource], terms: Mapping[str, str], notes: Notes
) -> dict[str, Any]:
    """Return the part of a contract about relations."""
    rows = _resource(resources, RELATION_WORDS, ("predicate", "object"), objects)
    if rows is not None:
        parts = _parts(rows.writable(), ("predicate", "object", "subject"))
        beside = _predicate_iri(rows.fields, parts["predicate"])
        notes.found(f"relations are rows at {rows.path} ({_shown(parts)})", rows.described)
        predicate = rows.fields[parts["predicate"]]
        return {
            "style": "separate",
            **_rows(rows, parts["subject"]),
            **parts,
            "predicate_iri": beside,
            **_visibility(rows.writable()),
            **_names(predicate, rows, terms, notes, sample="" if beside else parts["predicate"]),
        }
    nested = _nested(objects)
    if nested is not None:
        field, parts = nested
        how = STATED if field.iri else "guessed from its form"
        notes.found(f"relations stand inside objects, as a list in {field.name!r} ({_shown(parts)}), {how}")
        samples = [link for record in objects.records for link in _list(record.get(field.name))]
        return {
            "style": "nested",
            "path": None,
            "field": field.name,
            **parts,
            **_visibility(field.children),
            **_names(
                field.children[parts["predicate"]], Resource("", records=samples), terms, notes, parts["predicate"]
            ),
        }
    keys = _predicate_keys(objects)
    if keys:
        notes.found(f"relations are fields of objects: {', '.join(sorted(keys.values())[:8])}")
        return {"style": "property", "path": None, **_key_style(keys, terms)}
    notes.missing("no way was found to write relations; `relations` in the contract can tell one")
    return {"style": "none", "path": None}


def attributes_of(objects: Resource, resources: list[Resource], taken: Iterable[str], notes: Notes) -> dict[str, Any]:
    """Return the part of a contract about attributes."""
    rows = _resource(resources, ATTRIBUTE_WORDS, ("property", "value"), objects)
    if rows is not None:
        parts = _parts(rows.writable(), ("property", "value", "subject"))
        notes.found(f"attributes are rows at {rows.path} ({_shown(parts)})", rows.described)
        value = rows.fields[parts["value"]]
        plain = "text" if value.form == "text" and not rows.records else "json"
        return {
            "style": "separate",
            **_rows(rows, parts["subject"]),
            **parts,
            "values": plain,
            **_visibility(rows.writable()),
        }
    found = play("attributes", objects.writable(), tuple(taken))
    if found is None:
        notes.missing("no way was found to write attributes; `attributes` in the contract can tell one")
        return {"style": "none", "path": None}
    field = found.field
    parts = _parts(field.children, ("property", "value"))
    if "list" in (field.form,) and len(parts) == 2:
        notes.found(f"attributes are a list in {field.name!r} ({_shown(parts)}), {found.how}")
        return {"style": "nested", "path": None, "field": field.name, **parts}
    if field.form in ("mapping", "any"):
        notes.found(f"attributes are a mapping in {field.name!r}, {found.how}")
        return {"style": "mapping", "path": None, "field": field.name}
    notes.missing(f"the field {field.name!r} may hold attributes, but it is not told how")
    return {"style": "none", "path": None}


def _resource(
    resources: list[Resource], words: tuple[str, ...], roles: tuple[str, ...], objects: Resource
) -> Resource | None:
    """Return the resource whose name says what it is, and which has the fields for it."""
    for resource in resources:
        name = spelling(resource.path.rstrip("/").rpartition("/")[2])
        if resource is objects or not any(word in name for word in words):
            continue
        if len(_parts(resource.writable(), (*roles, "subject"))) == len(roles) + 1 and "POST" in resource.methods:
            return resource
    return None


def _parts(fields: Mapping[str, Field], roles: tuple[str, ...]) -> dict[str, str]:
    """Return which field plays each of some parts; a field plays one only."""
    found: dict[str, str] = {}
    # A subject may be called `object` where there is no other object.
    for role in roles:
        playing = play(role, fields, tuple(found.values()))
        if playing is not None:
            found[role] = playing.field.name
    return found


def _nested(objects: Resource) -> tuple[Field, dict[str, str]] | None:
    """Return the list of relations in an object: the one that is called so, or one that is built so."""
    fields = objects.writable()
    named = play("relations", fields)
    candidates = [named.field] if named is not None else []
    candidates += [field for field in fields.values() if field.form == "list" and field.children]
    for field in candidates:
        parts = _parts(field.children, ("predicate", "object"))
        values = {spelling(name) for name in field.children}
        if len(parts) == 2 and not values & {"scheme", "identifier", "value"}:
            return field, parts
    return None


def _predicate_keys(objects: Resource) -> dict[str, str]:
    """Return the fields of an object that are predicates of ours, by their IRIs."""
    iris = {comparable(iri): iri for iri in predicate_iris()}
    by_name = {compact(iri): iri for iri in iris.values()} | {iri: iri for iri in iris.values()}
    found: dict[str, str] = {}
    for name, field in objects.writable().items():
        iri = iris.get(comparable(field.iri or "")) or by_name.get(name)
        if iri is not None and iri.startswith(load().prefixes["prov"]) and field.form in ("list", "any", "text"):
            found[iri] = name
    return found


def _key_style(keys: Mapping[str, str], terms: Mapping[str, str]) -> dict[str, Any]:
    """Return the style that makes most of some keys, the words that are otherwise, and the prefixes that are known."""
    style = _best_style(keys)
    names, ours = Names(style, {}), load().prefixes
    # A server without a context says nothing of prefixes.
    known = [name for name, base in ours.items() if comparable(terms.get(name, "")) == comparable(base)]
    return {
        "names": style,
        "prefixes": known if style == "curie" and terms else None,
        "predicates": {compact(iri): key for iri, key in keys.items() if names.word(iri) != key},
    }


def _best_style(words: Mapping[str, str]) -> Any:
    made = {"iri": lambda iri: iri, "curie": compact, "local": local}
    return max(made, key=lambda style: sum(made[style](iri) == word for iri, word in words.items()))


def _names(predicate: Field, rows: Resource, terms: Mapping[str, str], notes: Notes, sample: str) -> dict[str, Any]:
    """Return how predicates are named: by the choices that there are, by what is there already, or by IRI."""
    seen = [record.get(sample) for record in rows.records] if sample else []
    words = [word for word in (*predicate.choices, *seen) if isinstance(word, (str, int))]
    keys = {iri: str(word) for word in words if (iri := meant(str(word), terms)) is not None}
    if keys:
        style = _key_style(keys, terms)
        notes.found(f"predicates are named like {next(iter(keys.values()))!r}", ["the words that it uses"])
        unmet = [compact(iri) for iri in predicate_iris() if iri not in keys] if predicate.choices else []
        if unmet:
            notes.missing(f"the server has no word for the predicates {', '.join(unmet)}; `predicates` can name some")
        return style
    # Who tells the IRI of a predicate beside its id, takes it.
    if sample and (predicate.form == "number" or any(isinstance(word, int) for word in words)):
        notes.found(f"predicates are ids of objects in {predicate.name!r}: they are looked up by IRI, or created")
        return {"names": "object", "predicates": {}}
    return {"names": "iri", "predicates": {}}


def meant(word: str, terms: Mapping[str, str]) -> str | None:
    """Return the predicate of ours that a word of a server means."""
    iri = terms.get(word) or expanded(word)
    known = {comparable(one): one for one in predicate_iris()}
    if comparable(iri) in known:
        return known[comparable(iri)]
    by_local = {spelling(name): one for name, one in known_locals().items() if one in known.values()}
    return None if ":" in word else by_local.get(spelling(word))


def _predicate_iri(fields: Mapping[str, Field], predicate: str) -> str | None:
    """Return the field that tells the IRI of a predicate which is shown as something else."""
    names = {spelling(predicate) + ending for ending in ("iri", "uri", "name", "label", "url")}
    return next((name for name, field in fields.items() if field.read_only and spelling(name) in names), None)


def _rows(rows: Resource, subject: str) -> dict[str, Any]:
    # django-filter calls the one that takes several `subject__in`.
    names = [spelling(subject) + ending for ending in ("in", "idin", "", "id", "ids")]
    by_name = {spelling(name): told for name, told in rows.filters.items()}
    wanted = next((by_name[name] for name in names if name in by_name), None)
    return {
        "path": rows.path,
        "item": rows.item,
        "bulk": rows.bulk,
        "filter": None if wanted is None else wanted.name,
        "several": False if wanted is None else wanted.several,
        "separator": None if wanted is None else wanted.separator,
        "ids": list(dict.fromkeys([*row_ids(rows), "id", "pk", "@id", "url"])),
    }


def row_ids(rows: Resource) -> Iterator[str]:
    """Yield the fields of a row that may be its id."""
    last = spelling(rows.path.rstrip("/").rpartition("/")[2]).rstrip("s")
    for name, field in rows.fields.items():
        if field.read_only and name[:1] != "@" and (spelling(name) in ("id", "pk", "uuid", f"{last}id")):
            yield name


def _visibility(fields: Mapping[str, Field]) -> dict[str, Any]:
    flag = play("visibility", fields)
    told = flag is not None and flag.field.form == "flag" and "private" not in spelling(flag.field.name)
    return {"visibility": flag.field.name if flag is not None and told else None}


def _list(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _shown(parts: Mapping[str, str]) -> str:
    return ", ".join(f"{role} in {name!r}" for role, name in parts.items())
