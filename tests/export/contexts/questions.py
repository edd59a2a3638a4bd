"""A crate as RDF, read with the contexts beside this file, and the community's questions about it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rdflib

HERE = Path(__file__).parent
FILES = {
    "https://w3id.org/ro/crate/1.1/context": "ro-1.1.jsonld",
    "https://w3id.org/ro/terms/workflow-run/context": "wfrun.jsonld",
}


def full_contexts() -> dict[str, Any]:
    """Return the published contexts by their addresses."""
    return {url: json.loads((HERE / name).read_text("utf-8")) for url, name in FILES.items()}


def graph_of(crate: Path) -> rdflib.Graph:
    """Return a crate as RDF."""
    known, document = full_contexts(), json.loads((crate / "ro-crate-metadata.json").read_text("utf-8"))
    said = document["@context"]
    document["@context"] = [known[part]["@context"] if isinstance(part, str) else part for part in said]
    graph = rdflib.Graph()
    graph.parse(data=json.dumps(document), format="json-ld", publicID=crate.as_uri() + "/")
    return graph


def questions() -> Iterator[tuple[str, str]]:
    """Yield the names and texts of the questions."""
    for path in sorted((HERE / "questions").glob("*.rq")):
        yield path.stem, path.read_text("utf-8")
