"""DataCite metadata (kernel 4) of runs, workflows, datasets and models, as JSON by Invenio's schema 4.5.

What DataCite demands is always there; what is not known is `:unkn`, DataCite's own word for it. Identifiers are those
that were recorded: a DOI is never made up, and never asked for.
"""

import json
import re
from pathlib import Path
from typing import BinaryIO

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export import bibliography as said
from snakemake_heliport.export.belonging import commit_of, project_of, roots_of
from snakemake_heliport.export.citation import Citation, read_citation
from snakemake_heliport.export.credits import view_with_credits
from snakemake_heliport.export.datacite_people import Record, contributors, funding, person_entry, publisher
from snakemake_heliport.export.datacite_relations import general_type, made_in, related_identifiers
from snakemake_heliport.export.datacite_words import methods_of, technical_of
from snakemake_heliport.export.identifiers import doi_among, identifier
from snakemake_heliport.export.plain import line, text, texts
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate
from snakemake_heliport.store import Store

SCHEMA = "http://datacite.org/schema/kernel-4"
# What is named in records, and has none of its own.
ONLY_RELATED = (Kind.ENGINE, Kind.COMMIT, Kind.CONTAINER)
SPDX = "https://spdx.org/licenses/"
NAMES = {
    Kind.RUN: "Workflow Run",
    Kind.TRAINING_RUN: "Training Run",
    Kind.MODEL_VERSION: "Model Version",
    Kind.SOURCE: "Source Code",
}
# The titles of the licences that research data and code most often have.
LICENCES = {
    "CC0-1.0": "Creative Commons Zero v1.0 Universal",
    "CC-BY-4.0": "Creative Commons Attribution 4.0 International",
    "CC-BY-SA-4.0": "Creative Commons Attribution Share Alike 4.0 International",
    "CC-BY-NC-4.0": "Creative Commons Attribution Non Commercial 4.0 International",
    "MIT": "MIT License",
    "Apache-2.0": "Apache License 2.0",
    "BSD-3-Clause": 'BSD 3-Clause "New" or "Revised" License',
    "GPL-3.0-or-later": "GNU General Public License v3.0 or later",
    "GPL-3.0-only": "GNU General Public License v3.0 only",
}


def write_datacite_json(store: Store, selection: Selection, stream: BinaryIO, workdir: Path | None = None) -> None:
    """Write the record of what a selection is about; of several things, a list of records.

    Args:
        workdir: Where the workflow lies, whose `CITATION.cff` may name authors.
    """
    found = records_of(store, selection, workdir)
    content = json.dumps(found[0] if len(found) == 1 else found, ensure_ascii=False, indent=2)
    stream.write(content.encode("utf-8") + b"\n")


def records_of(store: Store, selection: Selection, workdir: Path | None) -> list[Record]:
    """Return the records of what a selection is about.

    Raises:
        HeliportError: Something of it is not for the audience, or no such thing as DataCite describes.
    """
    view, citation = view_with_credits(store, selection), read_citation(workdir)
    return [record_of(view, root, citation) for root in roots_of(view, selection)]


def record_of(view: View, thing: DigitalObject, citation: Citation | None = None) -> Record:
    """Return the record of a thing, with everything that the view knows and nothing else."""
    general = None if thing.kind in ONLY_RELATED else general_type(thing)
    if general is None:
        raise HeliportError(
            f"{line(thing.label)}: DataCite has no {thing.kind}; choose a run, workflow, file, dataset or model"
        )
    creators = said.creators_of(view, thing, citation)
    doi = _doi(thing, citation)
    record: Record = {
        "doi": doi,
        "types": {"resourceTypeGeneral": general, "resourceType": _resource_type(thing)},
        "creators": [person_entry(creator) for creator in creators] or [{"name": said.UNKNOWN}],
        "titles": [{"title": said.title_of(view, thing)}],
        "publisher": publisher(creators),
        "publicationYear": _year(view, thing, citation),
        "subjects": [{"subject": word} for word in said.keywords_of(view, thing, citation)],
        "contributors": contributors(view, thing, creators),
        "dates": _dates(view, thing, citation),
        "alternateIdentifiers": _alternates(view, thing, doi),
        "relatedIdentifiers": related_identifiers(view, thing),
        "sizes": _sizes(view, thing),
        "formats": _formats(view, thing),
        "version": _version(view, thing, citation),
        "rightsList": _rights(said.licence_of(view, thing, citation)),
        "descriptions": _descriptions(view, thing, citation),
        "fundingReferences": funding(project_of(view, thing)),
        "schemaVersion": SCHEMA,
    }
    return {key: value for key, value in record.items() if value not in (None, [], "")}


def _doi(thing: DigitalObject, citation: Citation | None) -> str | None:
    own = doi_among(thing.identifiers)
    if own is None and thing.kind is Kind.WORKFLOW and citation is not None and citation.doi:
        return doi_among([citation.doi])
    return own


def _resource_type(thing: DigitalObject) -> str:
    annotated = thing.attributes.get("annotated_kind")
    if isinstance(annotated, str) and annotated != "other" and line(annotated):
        return annotated.capitalize()
    return NAMES.get(thing.kind, thing.kind.value)


def _year(view: View, thing: DigitalObject, citation: Citation | None) -> str:
    date = _released(thing, citation) or said.date_of(view, thing)
    if date is None or not re.match(r"\d{4}", date):
        raise HeliportError(f"{said.title_of(view, thing)}: no date of it is recorded, and DataCite demands a year")
    return date[:4]


def _released(thing: DigitalObject, citation: Citation | None) -> str | None:
    found = citation.released if citation is not None and thing.kind is Kind.WORKFLOW else None
    return found if found and re.fullmatch(r"\d{4}(-\d\d){0,2}", found) else None


def _dates(view: View, thing: DigitalObject, citation: Citation | None) -> list[JsonValue]:
    started, ended = thing.attributes.get("started"), thing.attributes.get("ended")
    if started:
        return [{"date": f"{started}/{ended}" if ended else str(started), "dateType": "Created"}]
    date, released = said.date_of(view, thing), _released(thing, citation)
    dates: list[JsonValue] = [{"date": released, "dateType": "Issued"}] if released else []
    if date and thing.kind is Kind.WORKFLOW:
        return [*dates, {"date": date, "dateType": "Other", "dateInformation": "end of a recorded run"}]
    made = view.out(thing.iri, Predicate.WAS_GENERATED_BY, Predicate.WAS_DERIVED_FROM, Predicate.WAS_INFLUENCED_BY)
    raw = thing.kind in (Kind.FILE, Kind.DIRECTORY) and not made
    return [*dates, {"date": date, "dateType": "Collected" if raw else "Created"}] if date else dates


def _alternates(view: View, thing: DigitalObject, doi: str | None) -> list[JsonValue]:
    """Return the other names of a thing, in its own words: of its record, its bytes, its tracker."""
    attributes, (sha256, _) = thing.attributes, said.content_of(view, thing)
    names = [
        *((value, found.kind if (found := identifier(value)) else "Other") for value in texts([*thing.identifiers])),
        (attributes.get("run_id"), "MLflow run id" if thing.kind is Kind.TRAINING_RUN else "Snakemake workflow id"),
        (attributes.get("model_uri"), "MLflow model"),
        (attributes.get("digest"), "SHA-256 of the manifest"),
        (sha256, "SHA-256"),
        (thing.iri if identifier(thing.iri) else None, "URN"),
    ]
    kept = [(text(value), kind) for value, kind in names]
    return [
        {"alternateIdentifier": value, "alternateIdentifierType": kind}
        for value, kind in dict.fromkeys(kept)
        if value and doi_among([value]) != (doi or "")
    ]


def _files(view: View, thing: DigitalObject) -> list[DigitalObject]:
    """Return the files that a thing consists of."""
    if thing.kind in (Kind.RUN, Kind.TRAINING_RUN):
        return made_in(view, thing)
    members = view.ahead(thing.iri, Predicate.HAD_MEMBER)
    return [member for member in members if member.kind in said.FILES] or said.sources_of(view, thing)[-1:]


def _sizes(view: View, thing: DigitalObject) -> list[JsonValue]:
    files = _files(view, thing)
    sizes = [size for file in files if (size := said.content_of(view, file)[1]) is not None]
    if thing.kind is Kind.WORKFLOW or not files:
        return []
    count = f"{len(files)} files" if len(files) != 1 else None
    # A sum that leaves files out would be wrong.
    total = f"{sum(sizes)} bytes" if len(sizes) == len(files) else None
    return [item for item in (count, total) if item]


def _formats(view: View, thing: DigitalObject) -> list[JsonValue]:
    found = {str(file.attributes.get("media_type") or "") for file in _files(view, thing)}
    return [*sorted(found - {"", "application/octet-stream"})]


def _version(view: View, thing: DigitalObject, citation: Citation | None) -> str | None:
    if thing.kind is Kind.WORKFLOW:
        commit = commit_of(view, thing)
        return (citation.version if citation else None) or (
            None if commit is None else line(commit.attributes["version"])
        )
    return line(thing.attributes.get("version"))


def _rights(licence: str | None) -> list[JsonValue]:
    if licence is None:
        return []
    if identifier(licence) is not None or not re.fullmatch(r"[\w.+-]+", licence):
        return [{"rights": licence}]
    scheme = {"rightsIdentifier": licence, "rightsIdentifierScheme": "SPDX", "schemeUri": SPDX}
    return [{"rights": LICENCES.get(licence, licence), "rightsUri": f"{SPDX}{licence}.html", **scheme}]


def _descriptions(view: View, thing: DigitalObject, citation: Citation | None) -> list[JsonValue]:
    told = (
        (said.description_of(view, thing, citation), "Abstract"),
        (methods_of(view, thing), "Methods"),
        (technical_of(view, thing), "TechnicalInfo"),
    )
    return [{"description": words, "descriptionType": kind} for words, kind in told if words]
