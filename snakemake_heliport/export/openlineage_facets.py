"""What all facets of OpenLineage have in common, and what is written from one value: ids, times, places of code."""

import re
import uuid
from typing import Any, TypeAlias

from snakemake_heliport.export.prov_terms import is_time
from snakemake_heliport.export.text import valid_iri
from snakemake_heliport.model import DigitalObject

Json: TypeAlias = dict[str, Any]

PRODUCER = "https://github.com/hzdr/snakemake-heliport"
STANDARD = "https://openlineage.io/spec/facets"
OWN = f"{PRODUCER}/blob/main/docs/openlineage"
_ZONE = re.compile(r"(?:Z|[+-][0-9]{2}:[0-9]{2})\Z")
_UUID = re.compile(r"urn:uuid:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_REMOTE = re.compile(
    r"(?:(?:https?|ssh|git)://)?(?:[^@/]+@)?([A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+)(?::[0-9]+(?=/))?[:/](.+?)(?:\.git)?/?"
)
# How hosts of repositories show a commit.
_TREES = {"github": "tree", "gitlab": "-/tree"}


def facet(name: str, version: str, /, **values: object) -> Json:
    """Return a standard facet, without the values that are None."""
    return _facet(f"{STANDARD}/{version}/{name}.json#/$defs/{name}", values)


def own_facet(name: str, /, **values: object) -> Json:
    """Return a facet of ours, without the values that are None."""
    return _facet(f"{OWN}/1-0-0/{name}.json#/$defs/{name}", values)


def _facet(schema: str, values: Json) -> Json:
    known = {key: value for key, value in values.items() if value is not None}
    return {"_producer": PRODUCER, "_schemaURL": schema, **known}


def present(facets: dict[str, Json | None]) -> dict[str, Json]:
    """Return the facets that there are."""
    return {name: found for name, found in facets.items() if found is not None}


def run_id(iri: str) -> str:
    """Return the UUID of a run: the one in its IRI, or the version-5 UUID of the IRI."""
    found = _UUID.fullmatch(iri)
    return found[1] if found else str(uuid.uuid5(uuid.NAMESPACE_URL, iri.encode("utf-8", "replace").decode()))


def told_time(value: object) -> str | None:
    """Return a time as it stands, None where it is none or does not say of which zone."""
    return value if isinstance(value, str) and is_time(value) and _ZONE.search(value) else None


def source_location(commit: DigitalObject) -> Json:
    """Return where the code of a commit can be seen: at its host, if that is a known one, else in the archive."""
    sha1, repository = commit.iri.rpartition(":")[2], commit.attributes.get("repository")
    remote = _REMOTE.fullmatch(str(repository or ""))
    url, repo = valid_iri(commit.iri), None
    if remote is not None:
        repo = f"https://{remote[1]}/{remote[2]}"
        tree = next((way for name, way in _TREES.items() if name in remote[1]), None)
        url = valid_iri(f"{repo}/{tree}/{sha1}") if tree else url
    return facet("SourceCodeLocationJobFacet", "1-1-0", type="git", url=url, repoUrl=repo, version=sha1)
