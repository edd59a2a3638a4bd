"""Croissant 1.0 (https://docs.mlcommons.org/croissant): a dataset as machine learning tools load it.

Croissant's schema.org is `https://`, everywhere else in this project it is `http://`; so its words stay in here.
"""

import json
import os
import re
from pathlib import Path
from typing import BinaryIO, TypeAlias
from urllib.parse import quote

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export import bibliography as said
from snakemake_heliport.export.belonging import roots_of, the_one
from snakemake_heliport.export.citation import Citation, Creator, read_citation
from snakemake_heliport.export.codemeta import person
from snakemake_heliport.export.credits import view_with_credits
from snakemake_heliport.export.croissant_fields import Column, columns_in, logged_columns, record_set
from snakemake_heliport.export.datacite_relations import DATA, related_identifiers
from snakemake_heliport.export.identifiers import doi_among, identifier
from snakemake_heliport.export.plain import line, path_of
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate
from snakemake_heliport.store import AUDIENCE, Store

Entry: TypeAlias = dict[str, JsonValue]

VERSION = "http://mlcommons.org/croissant/1.0"
_TERMS = (
    "citeAs column conformsTo:dct data:json dataType:vocab equivalentProperty examples:json extract field"
    " fileProperty fileObject fileSet format includes isLiveDataset jsonPath key md5 parentField path recordSet"
    " references regex repeated replace samplingRate separator source subField transform"
)
# What the media types of this project are called in Croissant.
MEDIA_TYPES = {"application/vnd.apache.parquet": "application/x-parquet"}
TABULAR = frozenset(("text/csv", "text/tab-separated-values", "application/x-parquet"))


def _context() -> Entry:
    """Return the context that Croissant 1.0 prescribes, and the prefix of PROV."""
    context: Entry = {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "dct": "http://purl.org/dc/terms/",
        "sc": "https://schema.org/",
        "prov": "http://www.w3.org/ns/prov#",
    }
    forms = {"json": "@json", "vocab": "@vocab"}
    for word in _TERMS.split():
        name, _, form = word.partition(":")
        term = f"{'dct' if form == 'dct' else 'cr'}:{name}"
        context[name] = {"@id": term, "@type": forms[form]} if form in forms else term
    return context


def write_croissant(store: Store, selection: Selection, stream: BinaryIO, workdir: Path | None = None) -> None:
    """Write what describes the one file, directory or logged dataset that a selection is about.

    Args:
        workdir: Where the workflow lies: its `CITATION.cff` may name authors, and the header of a table is read there.

    Raises:
        HeliportError: It is about something else, or about bytes of which no checksum is recorded.
    """
    view, citation = view_with_credits(store, selection), read_citation(workdir)
    dataset = the_one(_datasets(view, roots_of(view, selection)), "croissant")
    columns = _columns(store, selection, view, dataset, workdir)
    content = croissant_of(view, dataset, columns, citation)
    stream.write(json.dumps(content, ensure_ascii=False, indent=2).encode("utf-8") + b"\n")


def _datasets(view: View, roots: list[DigitalObject]) -> list[DigitalObject]:
    """Return the datasets that are meant: the roots, or of runs the files that their authors call datasets."""
    if all(root.kind is not Kind.RUN for root in roots):
        return [root for root in roots if root.kind in (Kind.FILE, Kind.DIRECTORY, Kind.DATASET)]
    return [
        file for file in view.of_kind(Kind.FILE, Kind.DIRECTORY) if file.attributes.get("annotated_kind") == "dataset"
    ]


def croissant_of(view: View, dataset: DigitalObject, columns: list[Column], citation: Citation | None = None) -> Entry:
    """Return the description of a dataset."""
    creators = said.creators_of(view, dataset, citation)
    licence, date = said.licence_of(view, dataset, citation), said.date_of(view, dataset)
    doi = doi_among(dataset.identifiers)
    files = [_file_object(view, dataset, file) for file in _files(view, dataset)]
    home = next((creator for creator in creators if creator.affiliation), None)
    publisher: Entry = {"@type": "Organization", "name": home.affiliation} if home is not None else {}
    content: Entry = {
        "@context": _context(),
        "@type": "sc:Dataset",
        "conformsTo": VERSION,
        "name": said.title_of(view, dataset),
        "description": said.description_of(view, dataset, citation),
        "identifier": [*dataset.identifiers] or None,
        "url": f"https://doi.org/{doi}" if doi else None,
        "license": f"https://spdx.org/licenses/{licence}"
        if licence and re.fullmatch(r"[\w.+-]+", licence)
        else licence,
        "creator": [_person(creator) for creator in creators],
        "publisher": publisher or None,
        "keywords": [*said.keywords_of(view, dataset, citation)],
        "datePublished": date,
        "citeAs": _bibtex(said.title_of(view, dataset), creators, date, doi),
        "prov:wasDerivedFrom": _origins(view, dataset),
        "distribution": [*files],
        "recordSet": [record_set(columns, str(files[0]["@id"]))] if columns and _is_table(files) else None,
    }
    return {key: value for key, value in content.items() if value not in (None, [], "")}


def _person(creator: Creator) -> Entry:
    """Return a creator without the ids that Croissant would take for nodes of its own."""
    entry = {key: value for key, value in person(creator).items() if key in ("@type", "name")}
    return {**entry, "url": f"https://orcid.org/{creator.orcid}"} if creator.orcid else entry


def _origins(view: View, dataset: DigitalObject) -> list[JsonValue]:
    return [
        {"@id": f"https://doi.org/{entry['relatedIdentifier']}" if kind == "DOI" else entry["relatedIdentifier"]}
        for entry in related_identifiers(view, dataset)
        if isinstance(entry, dict) and entry["relationType"] == "IsDerivedFrom"
        if (kind := entry["relatedIdentifierType"]) in ("DOI", "URL", "URN")
    ]


def _files(view: View, dataset: DigitalObject) -> list[DigitalObject]:
    """Return the files that hold a dataset; of a logged one without a known file, itself."""
    if dataset.kind is Kind.DIRECTORY:
        return [file for file in view.ahead(dataset.iri, Predicate.HAD_MEMBER) if file.kind in DATA]
    return said.sources_of(view, dataset)[-1:]


def _file_object(view: View, dataset: DigitalObject, file: DigitalObject) -> Entry:
    sha256, size = said.content_of(view, file)
    if sha256 is None:
        reason = line(file.attributes.get("unknown_reason")) or "not told"
        raise HeliportError(
            f"{said.title_of(view, file)}: no checksum of it is recorded ({reason}), and Croissant demands one"
        )
    name = path_of(file) or line(file.attributes.get("source")) or said.title_of(view, dataset)
    entry: Entry = {
        "@type": "cr:FileObject",
        "@id": quote(name, safe="/", errors="replace"),
        "name": name.rpartition("/")[2] or name,
        "contentUrl": _place(file, name),
        "contentSize": f"{size} B" if size is not None else None,
        "encodingFormat": _media_type(file),
        "sha256": sha256,
    }
    return {key: value for key, value in entry.items() if value is not None}


def _place(file: DigitalObject, name: str) -> str:
    """Return where a file is: the address of a storage object, else its path beside the description."""
    address = file.attributes.get("uri")
    found = identifier(address) if isinstance(address, str) else None
    return found.value if found is not None else name


def _media_type(file: DigitalObject) -> str:
    told = line(file.attributes.get("media_type")) or "application/octet-stream"
    return MEDIA_TYPES.get(told, told)


def _is_table(files: list[Entry]) -> bool:
    return len(files) == 1 and files[0]["encodingFormat"] in TABULAR


def _columns(
    store: Store, selection: Selection, view: View, dataset: DigitalObject, workdir: Path | None
) -> list[Column]:
    """Return the columns of a dataset: as logged of it or of its file, else as they stand in the file."""
    logged = [dataset]
    if dataset.kind is Kind.FILE:
        # What a tracker logged of a file lies downstream of it, so it is not in the view.
        into = [item.subject for item in store.relations_of(dataset.iri)[1] if item.predicate is Predicate.HAS_SOURCE]
        found = (store.get(iri) for iri in into)
        logged = [item for item in found if item is not None and item.visibility in AUDIENCE[selection.audience]]
    for item in sorted(logged, key=lambda item: item.iri):
        if columns := logged_columns(item.attributes.get("columns")):
            return columns
    file = said.sources_of(view, dataset)[-1]
    # The view may not tell where it lies.
    known, sha256 = store.get(file.iri), said.content_of(view, file)[0]
    path = None if known is None else known.attributes.get("path")
    if workdir is None or sha256 is None or not isinstance(path, str):
        return []
    return columns_in(workdir / os.path.expanduser(path), sha256, _media_type(file))


def _bibtex(title: str, creators: list[Creator], date: str | None, doi: str | None) -> str:
    authors = " and ".join(f"{{{creator.name}}}" if creator.organization else creator.name for creator in creators)
    told = {"author": authors, "title": title, "year": date[:4] if date else None, "doi": doi}
    fields = ", ".join(f"{name}={{{re.sub(r'[{}]', '', value)}}}" for name, value in told.items() if value)
    first = (creators[0].family or creators[0].name.split()[-1]) if creators else "dataset"
    key = "".join(char for char in first.lower() if char.isalnum()) + (date[:4] if date else "")
    return f"@misc{{{key or 'dataset'}, {fields}}}"
