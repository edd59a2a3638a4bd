"""Files, datasets and models as datasets of OpenLineage: how they are named, and what facets they have."""

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import PurePosixPath

from snakemake_heliport.export.machine import ELSEWHERE
from snakemake_heliport.export.openlineage_facets import Json, facet, own_facet, present
from snakemake_heliport.export.text import elements, representable
from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, Kind, Predicate
from snakemake_heliport.store import Store

# What jobs read and write; their code and their environment are told otherwise.
DATA = {
    Kind.FILE: ("FILE", None),
    Kind.LOG: ("FILE", "LOG"),
    Kind.CONFIG: ("FILE", "CONFIG"),
    Kind.DIRECTORY: ("FILE", "DIRECTORY"),
    Kind.DATASET: ("FILE", None),
    Kind.MODEL: ("MODEL", None),
    Kind.MODEL_VERSION: ("MODEL", "VERSION"),
}
MLFLOW = "mlflow"
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*)://([^/?#]*)/*(.*)", re.DOTALL)
_MLFLOW_URI = re.compile(r"(runs|models):/+(.+)", re.DOTALL)
# Storages whose address names the container before the `@`; elsewhere a user would stand there.
_CONTAINERS = ("abfs", "abfss", "wasb", "wasbs")


def place(text: str) -> tuple[str, str]:
    """Return the namespace and name of what lies at a path or address, as OpenLineage's naming conventions have it.

    A path outside the working directory tells of the machine: its digest stands in place of its folder.
    """
    if found := _MLFLOW_URI.fullmatch(text):
        return MLFLOW, f"{found[1]}/{found[2]}"
    if found := _ADDRESS.fullmatch(text):
        scheme, authority, name = found[1].lower(), found[2], found[3]
        if scheme != "file":
            host = authority if scheme in _CONTAINERS else authority.rpartition("@")[2]
            return f"{scheme}://{host}", name or host
        text = f"/{name}"
    if text.startswith("/"):
        digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        return "file", f"outside/{digest}/{PurePosixPath(text).name}"
    return "file", text


class Datasets:
    """Makes datasets of the objects of a view."""

    def __init__(self, view: View, store: Store) -> None:
        self._view = view
        self._store = store
        self._common: dict[str, Json] = {}

    def inputs(self, things: Iterable[DigitalObject]) -> list[Json]:
        """Return what was read, each place once."""
        return list(self._datasets(things, "input", "1-0-0"))

    def outputs(self, things: Iterable[DigitalObject]) -> list[Json]:
        """Return what was written, each place once; the files of a model are in the model."""
        whole = (thing for thing in things if not self._view.behind(thing.iri, Predicate.HAD_MEMBER))
        return list(self._datasets(whole, "output", "1-0-2"))

    def _datasets(self, things: Iterable[DigitalObject], side: str, version: str) -> Iterator[Json]:
        taken: set[tuple[str, str]] = set()
        schema = f"{side.title()}Statistics{side.title()}DatasetFacet"
        for thing in things:
            if thing.kind not in DATA:
                continue
            common = self._dataset(thing)
            if (found := (common["namespace"], common["name"])) in taken:
                continue
            taken.add(found)
            statistics = self._statistics(thing)
            facets = {f"{side}Statistics": facet(schema, version, **statistics)} if statistics else {}
            yield {**common, f"{side}Facets": facets}

    def _dataset(self, thing: DigitalObject) -> Json:
        if (dataset := self._common.get(thing.iri)) is None:
            namespace, name = map(representable, self._place(thing))
            facets = present(
                {
                    "dataSource": _data_source(namespace),
                    "datasetType": self._type(thing),
                    "schema": _schema(thing),
                    "version": self._version(thing),
                    "heliport_checksum": self._checksum(thing),
                }
            )
            dataset = self._common[thing.iri] = {"namespace": namespace, "name": name, "facets": facets}
        return dataset

    def _place(self, thing: DigitalObject) -> tuple[str, str]:
        attributes = thing.attributes
        if self._is_cut(thing) and (known := self._store.get(thing.iri)) is not None:
            # What was cut off tells two places with one name apart: as a digest.
            attributes = known.attributes
        match thing.kind:
            case Kind.MODEL:
                return place(str(attributes.get("model_uri") or f"models:/{thing.label}"))
            case Kind.MODEL_VERSION:
                return MLFLOW, f"models/{attributes.get('name', thing.label)}/{attributes.get('version', '')}"
            case Kind.DATASET:
                for source in self._view.ahead(thing.iri, Predicate.HAS_SOURCE):
                    return self._place(source)
                source_text = str(attributes.get("source") or "")
                return place(source_text) if "://" in source_text else (MLFLOW, f"datasets/{thing.label}")
        uri, path = str(attributes.get("uri") or ""), str(attributes.get("path") or thing.label)
        return place(uri if "://" in uri and not uri.startswith("file:") else path)

    def _is_cut(self, thing: DigitalObject) -> bool:
        return any(str(thing.attributes.get(name) or "").startswith(ELSEWHERE) for name in ("path", "uri", "source"))

    def _contents(self, thing: DigitalObject) -> list[DigitalObject]:
        found = self._view.ahead(thing.iri, Predicate.SPECIALIZATION_OF)
        return [content for content in found if content.kind is Kind.CONTENT]

    def _type(self, thing: DigitalObject) -> Json:
        kind, part = DATA[thing.kind]
        return facet("DatasetTypeDatasetFacet", "1-0-1", datasetType=kind, subType=part)

    def _version(self, thing: DigitalObject) -> Json | None:
        """Return what tells versions of one place apart: the digest of the bytes, or the tracker's of a dataset."""
        known = [content.attributes.get("sha256") for content in self._contents(thing)]
        version = next(filter(None, (*known, *map(thing.attributes.get, ("dataset_digest", "version")))), None)
        return None if version is None else facet("DatasetVersionDatasetFacet", "1-0-1", datasetVersion=str(version))

    def _checksum(self, thing: DigitalObject) -> Json | None:
        for content in self._contents(thing):
            if digest := content.attributes.get("sha256"):
                return own_facet(
                    "HeliportChecksumDatasetFacet", algorithm="SHA-256", value=str(digest), content=content.iri
                )
        return None

    def _statistics(self, thing: DigitalObject) -> Json:
        sizes = (content.attributes.get("size") for content in self._contents(thing))
        numbers = {
            "size": next((size for size in sizes if size is not None), thing.attributes.get("size")),
            "fileCount": thing.attributes.get("member_count"),
            "rowCount": thing.attributes.get("rows"),
        }
        return {name: number for name, number in numbers.items() if type(number) is int}


def _data_source(namespace: str) -> Json | None:
    known = "://" in namespace
    return facet("DatasourceDatasetFacet", "1-0-1", name=namespace, uri=namespace if known else None)


def _schema(thing: DigitalObject) -> Json | None:
    fields = [_field(column) for column in elements(thing.attributes.get("columns", [])) if isinstance(column, dict)]
    return facet("SchemaDatasetFacet", "1-2-0", fields=fields) if fields else None


def _field(column: Json) -> Json:
    position = column.get("position")
    field = {
        "name": representable(str(column.get("name", ""))),
        "type": None if column.get("type") is None else representable(str(column["type"])),
        "ordinal_position": position + 1 if type(position) is int else None,
    }
    return {name: value for name, value in field.items() if value is not None}
