"""N-Triples, and N-Quads with one named graph a run."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from snakemake_heliport.export.compiler import Block
from snakemake_heliport.export.emitter import blocks_of, graphs_of, static_blocks
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.stream import write_text
from snakemake_heliport.export.syntax import NTriplesSyntax
from snakemake_heliport.identity import part
from snakemake_heliport.store import Store

GRAPH = "graph"
GRAPH_CLASSES = ("prov:Bundle", "prov:Entity")


def write_ntriples(store: Store, selection: Selection, stream: BinaryIO) -> None:
    """Write the selection as N-Triples."""
    blocks = blocks_of(store, selection, NTriplesSyntax(selection.vocabulary))
    write_text(stream, ntriples(blocks))


def ntriples(blocks: Iterable[Block]) -> Iterator[str]:
    """Yield the text of a document of some blocks."""
    return (_lines(block, "") for block in blocks)


def write_nquads(store: Store, selection: Selection, stream: BinaryIO) -> None:
    """Write the selection as N-Quads: each run in its own graph, and in the default graph what the graphs
    are, and what no run that may be seen states."""
    write_text(stream, nquads(store, selection))


def nquads(store: Store, selection: Selection) -> Iterator[str]:
    """Yield the text of that document."""
    syntax = NTriplesSyntax(selection.vocabulary)
    for run, blocks in graphs_of(store, selection, syntax):
        name = ""
        if run is not None:
            graph = syntax.reference(part(run, GRAPH))
            yield _lines(Block(graph, [syntax.type(term) for term in GRAPH_CLASSES]), "")
            name = f" {graph}"
        for block in blocks:
            yield _lines(block, name)
    for block in static_blocks(selection, syntax):
        yield _lines(block, "")


def _lines(block: Block, graph: str) -> str:
    subject, statements = block
    return f"{subject} " + f"{graph} .\n{subject} ".join(statements) + f"{graph} .\n"
