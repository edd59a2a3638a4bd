"""RDF/XML. XML has no control characters, not even escaped: they are written as their Unicode pictures."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

from snakemake_heliport.export.compiler import Block
from snakemake_heliport.export.emitter import blocks_of
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.stream import write_text
from snakemake_heliport.export.text import representable
from snakemake_heliport.store import Store
from snakemake_heliport.vocabulary import Vocabulary

SEPARATOR, TEXT = "\x00", "\x01"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_PICTURES = 0x2400


class RdfXmlSyntax:
    """A statement is the name of an element, a separator, its attributes, and its text if it has one."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def subject(self, iri: str) -> str:
        return quoteattr(iri)

    def type(self, term: str) -> str:
        return self.property("rdf:type") + self.term(term)

    def property(self, term: str) -> str:
        return f"{term}{SEPARATOR}"

    def term(self, term: str) -> str:
        return f" rdf:resource={quoteattr(self._vocabulary.expand(term))}"

    def reference(self, iri: str) -> str:
        return f" rdf:resource={self.subject(iri)}"

    def literal(self, datatype: str) -> Callable[[str], str]:
        if datatype == "xsd:string":
            return lambda text: TEXT + _text(text)
        head = f" rdf:datatype={quoteattr(self._vocabulary.expand(datatype))}{TEXT}"
        return lambda text: head + _text(text)


def visible(text: str) -> str:
    """Return text that XML can carry: control characters become their pictures, such as U+241B for escape."""
    return _CONTROL.sub(lambda match: chr(_PICTURES + ord(match.group())), text)


def write_rdfxml(store: Store, selection: Selection, stream: BinaryIO) -> None:
    """Write the selection as RDF/XML."""
    vocabulary = selection.vocabulary
    write_text(stream, rdfxml(blocks_of(store, selection, RdfXmlSyntax(vocabulary)), vocabulary))


def rdfxml(blocks: Iterable[Block], vocabulary: Vocabulary) -> Iterator[str]:
    """Yield the text of a document of some blocks."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF'
    for name, namespace in vocabulary.prefixes.items():
        yield f"\n  xmlns:{name}={quoteattr(namespace)}"
    yield ">\n"
    for block in blocks:
        yield f"<rdf:Description rdf:about={block.subject}>\n"
        yield from map(_element, block.statements)
        yield "</rdf:Description>\n"
    yield "</rdf:RDF>\n"


def _element(statement: str) -> str:
    name, _, rest = statement.partition(SEPARATOR)
    attributes, mark, text = rest.partition(TEXT)
    return f"  <{name}{attributes}>{text}</{name}>\n" if mark else f"  <{name}{attributes}/>\n"


def _text(text: str) -> str:
    # A parser turns a bare carriage return into a line feed.
    return escape(visible(representable(text)), {"\r": "&#13;"})
