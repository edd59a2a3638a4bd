"""Turtle, and TriG with one named graph a run."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from snakemake_heliport.export.compiler import Block
from snakemake_heliport.export.emitter import blocks_of, graphs_of, static_blocks
from snakemake_heliport.export.ntriples import GRAPH, GRAPH_CLASSES
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.stream import write_text
from snakemake_heliport.export.syntax import TurtleSyntax
from snakemake_heliport.identity import part
from snakemake_heliport.store import Store
from snakemake_heliport.vocabulary import Vocabulary


def write_turtle(store: Store, selection: Selection, stream: BinaryIO) -> None:
    """Write the selection as Turtle."""
    blocks = blocks_of(store, selection, TurtleSyntax(selection.vocabulary))
    write_text(stream, turtle(blocks, selection.vocabulary))


def turtle(blocks: Iterable[Block], vocabulary: Vocabulary) -> Iterator[str]:
    """Yield the text of a document of some blocks."""
    yield from _prefixes(vocabulary)
    yield from map(_sentence, blocks)


def write_trig(store: Store, selection: Selection, stream: BinaryIO) -> None:
    """Write the selection as TriG: each run in its own graph, and in the default graph what the graphs are,
    and what no run that may be seen states."""
    write_text(stream, _prefixes(selection.vocabulary))
    write_text(stream, _graphs(store, selection))


def _graphs(store: Store, selection: Selection) -> Iterator[str]:
    syntax = TurtleSyntax(selection.vocabulary)
    for run, blocks in graphs_of(store, selection, syntax):
        if run is None:
            yield from map(_sentence, blocks)
            continue
        graph = syntax.reference(part(run, GRAPH))
        yield _sentence(Block(graph, [syntax.type(term) for term in GRAPH_CLASSES]))
        yield f"{graph} {{\n"
        yield from map(_sentence, blocks)
        yield "}\n"
    yield from map(_sentence, static_blocks(selection, syntax))


def _prefixes(vocabulary: Vocabulary) -> Iterator[str]:
    for name, namespace in vocabulary.prefixes.items():
        yield f"@prefix {name}: <{namespace}> .\n"
    yield "\n"


def _sentence(block: Block) -> str:
    return f"{block.subject} " + " ;\n  ".join(block.statements) + " .\n"
