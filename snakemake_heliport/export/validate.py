"""Hold the stored graph against the SHACL shapes."""

import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files

import pyshacl
from rdflib import RDF, SH, Graph, URIRef
from rdflib.namespace import NamespaceManager
from rdflib.term import Node

from snakemake_heliport.export.ntriples import write_ntriples
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.store import Store
from snakemake_heliport.vocabulary import DEFAULT_LAYERS, LAYERS, load


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One place where the graph is not as a shape demands; `severity` is Violation or Warning."""

    focus: str
    path: str
    message: str
    severity: str
    shape: str

    def document(self) -> dict[str, str]:
        """Return the violation as a JSON document."""
        return asdict(self)

    def __str__(self) -> str:
        place = f"{self.focus} {self.path}" if self.path else self.focus
        return f"{self.severity.lower()}: {place}: {self.message} [{self.shape}]"


def validate(
    store: Store, runs: Sequence[str] | None = None, layers: Sequence[str] = DEFAULT_LAYERS
) -> list[Violation]:
    """Return where the graph of these runs, or of all, breaks the shapes; an empty list is a valid graph."""
    stream = io.BytesIO()
    write_ntriples(store, Selection(runs, layers=layers), stream)
    return violations(Graph().parse(data=stream.getvalue(), format="nt"))


def violations(graph: Graph) -> list[Violation]:
    """Return where an RDF graph breaks the shapes, in a stable order."""
    _, report, _ = pyshacl.validate(graph, shacl_graph=shapes(), inference="none", meta_shacl=False)
    assert isinstance(report, Graph)
    return sorted(_violation(report, result) for result in report.subjects(RDF.type, SH.ValidationResult))


@cache
def shapes() -> Graph:
    """Return the shapes that ship with the package."""
    text = files("snakemake_heliport.vocabulary").joinpath("shapes.ttl").read_text(encoding="utf-8")
    return Graph().parse(data=text, format="turtle")


def _violation(report: Graph, result: Node) -> Violation:
    return Violation(
        focus=str(report.value(result, SH.focusNode)),
        path=_compact(report.value(result, SH.resultPath)),
        message=" ".join(str(report.value(result, SH.resultMessage) or "does not fit the shape").split()),
        severity=_compact(report.value(result, SH.resultSeverity)).removeprefix("sh:"),
        shape=_owner(report.value(result, SH.sourceShape)),
    )


def _owner(shape: Node | None) -> str:
    """Return the name of the shape that a nameless one is a part of."""
    while shape is not None and not isinstance(shape, URIRef):
        shape = next(shapes().subjects(None, shape), None)
    return _compact(shape).removeprefix("smk:")


def _compact(term: Node | None) -> str:
    return _names().normalizeUri(term) if isinstance(term, URIRef) else ""


@cache
def _names() -> NamespaceManager:
    graph = Graph(bind_namespaces="none")
    for prefix, namespace in {**load(layers=LAYERS).prefixes, "sh": str(SH)}.items():
        graph.bind(prefix, namespace)
    return graph.namespace_manager
