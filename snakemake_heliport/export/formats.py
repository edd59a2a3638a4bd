"""The formats by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

from snakemake_heliport.export.codemeta import write_codemeta
from snakemake_heliport.export.croissant import write_croissant
from snakemake_heliport.export.datacite import write_datacite_json
from snakemake_heliport.export.datacite_xml import write_datacite_xml
from snakemake_heliport.export.figure import write_dot, write_mermaid, write_pdf, write_png, write_svg
from snakemake_heliport.export.jsonld import write_jsonld
from snakemake_heliport.export.ntriples import write_nquads, write_ntriples
from snakemake_heliport.export.openlineage import write_openlineage
from snakemake_heliport.export.provjson import write_provjson
from snakemake_heliport.export.provn import write_provn
from snakemake_heliport.export.rdfxml import write_rdfxml
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.turtle import write_trig, write_turtle
from snakemake_heliport.store import Store

Writer: TypeAlias = Callable[[Store, Selection, BinaryIO], None]


@dataclass(frozen=True, slots=True)
class Format:
    """A format: what writes it, and how its files are named and announced.

    `published` says that it is meant for everybody, so that it tells what is public unless asked for more.
    """

    writer: Callable[..., None]
    suffix: str
    media_type: str
    published: bool = False

    def write(self, store: Store, selection: Selection | Sequence[str] | None, stream: BinaryIO) -> None:
        """Write a selection, the runs of these IRIs, or everything (None)."""
        self.writer(store, selection if isinstance(selection, Selection) else Selection(selection), stream)


FORMATS: dict[str, Format] = {
    "turtle": Format(write_turtle, ".ttl", "text/turtle"),
    "n-triples": Format(write_ntriples, ".nt", "application/n-triples"),
    "n-quads": Format(write_nquads, ".nq", "application/n-quads"),
    "trig": Format(write_trig, ".trig", "application/trig"),
    "json-ld": Format(write_jsonld, ".jsonld", "application/ld+json"),
    "rdf-xml": Format(write_rdfxml, ".rdf", "application/rdf+xml"),
    "prov-json": Format(write_provjson, ".json", "application/json"),
    "prov-n": Format(write_provn, ".provn", "text/provenance-notation"),
    "svg": Format(write_svg, ".svg", "image/svg+xml"),
    "pdf": Format(write_pdf, ".pdf", "application/pdf"),
    "png": Format(write_png, ".png", "image/png"),
    "dot": Format(write_dot, ".dot", "text/vnd.graphviz"),
    "mermaid": Format(write_mermaid, ".mmd", "text/plain"),
    "datacite-json": Format(write_datacite_json, ".json", "application/vnd.datacite.datacite+json", published=True),
    "datacite-xml": Format(write_datacite_xml, ".xml", "application/vnd.datacite.datacite+xml", published=True),
    "codemeta": Format(write_codemeta, ".json", "application/ld+json", published=True),
    "croissant": Format(write_croissant, ".json", "application/ld+json", published=True),
    "openlineage": Format(write_openlineage, ".jsonl", "application/jsonl"),
}
# What draws takes `FigureOptions`, too.
FIGURES = frozenset(("svg", "pdf", "png", "dot", "mermaid"))
# What describes one thing for a catalogue looks for a `CITATION.cff` in the `workdir`.
DESCRIPTIONS = frozenset(name for name, chosen in FORMATS.items() if chosen.published)
