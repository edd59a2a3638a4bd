"""The card of a dataset, from what is known of it."""

from collections.abc import Iterator

from snakemake_heliport.export.card.chain import chain_to, drawn, listed
from snakemake_heliport.export.card.cost import cost_table
from snakemake_heliport.export.card.document import Card, Part, Section, section
from snakemake_heliport.export.card.head import dataset_head, description_of, licence_of, name_of
from snakemake_heliport.export.card.limits import hidden_in_words, limits
from snakemake_heliport.export.card.model_card import MORE
from snakemake_heliport.export.card.software import authors, software, source_code
from snakemake_heliport.export.card.subject import PLACES, Entry, Subject, content_of, entries, roles, sha256_of
from snakemake_heliport.export.card.words import (
    MISSING,
    bullets,
    code,
    counted,
    cut,
    md,
    named,
    number,
    plain,
    size,
    table,
)
from snakemake_heliport.lineage.near import path_of
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate
from snakemake_heliport.wording import USES

MAX_COLUMNS = 100
MAX_FILES = 40
USE = f"## Uses\n\n### Direct use\n\n{MISSING}\n\n### Out-of-scope use\n\n{MISSING}"
PERSONAL = f"## Personal and sensitive information\n\n{MISSING}"
RISKS = f"## Bias, risks and limitations\n\n{MISSING}"


def dataset_card(subject: Subject, about: dict[str, str]) -> Card:
    """Return what the graph knows for the card of a dataset."""
    chain = chain_to(subject.view, subject.item)
    head = dataset_head(subject, chain, rows_of(subject))
    return Card(about, head, tuple(_parts(subject)), hidden_in_words(subject))


def _parts(subject: Subject) -> Iterator[Part]:
    chain = chain_to(subject.view, subject.item)
    description = description_of(subject)
    yield Section("title", f"# {md(name_of(subject))}" + (f"\n\n{md(description, 2000)}" if description else ""))
    yield Section("details", f"## Dataset details\n\n{named(_details(subject))}")
    yield USE
    yield from section("structure", "Structure", _structure(subject))
    if chain.steps or chain.beginnings:
        text = f"{listed(subject.view, chain, whole=not subject.hidden)}\n\n{drawn(chain, subject.item)}".strip()
        yield Section("provenance", f"## How it was collected and processed\n\n{text}")
    yield from section("files", "Files and checksums", _files(subject))
    yield PERSONAL
    yield RISKS
    yield from section("users", "Who used it", _users(subject))
    yield from section("cost", "Duration and energy", cost_table(subject))
    yield from section("software", "Software", software(subject))
    yield from section("code", "Code", source_code(subject))
    yield Section("limits", f"## What is not known\n\n{limits(subject, chain, model=False)}")
    yield Section("authors", f"## Authors and citation\n\n{authors(subject)}")
    yield MORE


def _logged(subject: Subject) -> list[DigitalObject]:
    """Return the thing and how trackers describe the same bytes; the thing itself first."""
    view, found = subject.view, {subject.item.iri: subject.item}
    for place in (subject.item, *subject.files):
        content = content_of(view, place)
        near = [*view.behind(place.iri, Predicate.HAS_SOURCE)]
        near += [] if content is None else view.behind(content.iri, Predicate.SPECIALIZATION_OF)
        same = sorted(
            (thing for thing in near if thing.kind is Kind.DATASET), key=lambda thing: (thing.label, thing.iri)
        )
        found.update({thing.iri: thing for thing in same if _agrees(subject, thing)})
    return list({**found, **{file.iri: file for file in subject.files}}.values())


def _agrees(subject: Subject, data: DigitalObject) -> bool:
    """Return whether logged data is the same by its bytes; a part of a file is not the file."""
    own, other = sha256_of(subject.view, subject.item), sha256_of(subject.view, data)
    return not own or not other or own == other


def _first(subject: Subject, name: str) -> JsonValue:
    return next((thing.attributes[name] for thing in _logged(subject) if thing.attributes.get(name)), None)


def rows_of(subject: Subject) -> int | None:
    """Return how many rows a dataset has, None where nobody counted them."""
    profile = _first(subject, "profile")
    said = [profile.get(name) for name in ("num_rows", "rows")] if isinstance(profile, dict) else []
    return next((rows for rows in (*said, _first(subject, "rows")) if isinstance(rows, int)), None)


def _details(subject: Subject) -> Iterator[tuple[str, str]]:
    item = subject.item
    rows = rows_of(subject)
    yield "Kind", md(item.attributes.get("annotated_kind") or ("logged dataset" if item.kind is Kind.DATASET else ""))
    yield "Licence", md(licence_of(subject) or "")
    yield "Rows", "" if rows is None else number(rows)
    yield "Changed last", md(_first(subject, "modified") or "")
    yield "Media type", code(_first(subject, "media_type") or "")
    yield "Source", "; ".join(_sources(subject))
    yield "Tracker's digest", code(item.attributes.get("dataset_digest") or "")
    yield "Made by", "" if subject.job is None else f"job {md(subject.job.label)}"


def _sources(subject: Subject) -> Iterator[str]:
    for place in (subject.item, *(file for file in subject.files if file.iri != subject.item.iri)):
        for source in subject.view.ahead(place.iri, Predicate.HAS_SOURCE):
            if source.kind is Kind.DATA_SOURCE:
                yield f"{md(source.label)} {code(source.attributes.get('uri') or '')}".strip()
        if place.kind in PLACES and place.attributes.get("source"):
            yield code(place.attributes["source"])


def _structure(subject: Subject) -> str:
    columns = [*entries(_first(subject, "columns"))]
    text = table(("Column", "Type"), [_column(entry) for entry in columns[:MAX_COLUMNS]])
    if len(columns) > MAX_COLUMNS:
        text += f"\n\n… and {len(columns) - MAX_COLUMNS:,} more columns"
    profile = _first(subject, "profile")
    facts = profile.items() if isinstance(profile, dict) else ()
    told = named((md(name.replace("_", " ")), number(_plain(value))) for name, value in facts)
    return "\n\n".join(filter(None, (text, told)))


def _column(entry: Entry) -> tuple[str, str]:
    return code(entry.get("name") or ""), code(entry.get("type") or "")


def _plain(value: JsonValue) -> JsonValue:
    return value if isinstance(value, int | float) else md(value)


def _files(subject: Subject) -> str:
    rows = []
    for file in subject.files:
        content, digest = content_of(subject.view, file), sha256_of(subject.view, file)
        why = f"not known: {md(file.attributes.get('unknown_reason') or 'no reason')}"
        bytes_ = size((file if content is None else content).attributes.get("size"))
        members = file.attributes.get("member_count")
        amount = bytes_ or (counted(members, "file") if isinstance(members, int) else "")
        rows.append((code(path_of(file)), amount, code(f"sha256:{digest}") if digest else why))
    text = table(("File", "Size", "Checksum"), rows[:MAX_FILES])
    return f"{text}\n\n… and {counted(len(rows) - MAX_FILES, 'more file')}" if len(rows) > MAX_FILES else text


def _users(subject: Subject) -> str:
    """Return the jobs, training runs and models that used a dataset, or equal bytes."""
    view, lines = subject.view, dict[str, str]()
    same = {thing.iri for thing in _logged(subject)}
    for iri in sorted(same):
        for relation in view.into(iri, Predicate.USED, Predicate.USED_DATASET, *USES):
            user = view.objects.get(relation.subject)
            if user is not None and user.kind in (Kind.JOB, Kind.TRAINING_RUN, Kind.MODEL):
                lines.setdefault(user.iri, _user(user, USES.get(relation.predicate) or ", ".join(roles(relation))))
    order = sorted(lines, key=lambda iri: (view.objects[iri].kind, view.objects[iri].label, iri))
    return bullets(cut([lines[iri] for iri in order], MAX_FILES))


def _user(user: DigitalObject, use: str) -> str:
    name = {Kind.JOB: "job", Kind.MODEL: "model"}.get(user.kind, "training run")
    mark = user.attributes.get("model_uri") or user.attributes.get("run_id")
    return f"{name} {md(user.label)}" + (f" ({code(mark)})" if mark else "") + (f", {md(plain(use))}" if use else "")
