"""JSON-LD: one flat list of nodes, with a context of prefixes inside, so nothing has to be fetched."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from snakemake_heliport.export.compiler import Block
from snakemake_heliport.export.emitter import blocks_of
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.stream import write_text
from snakemake_heliport.export.text import representable
from snakemake_heliport.store import Store
from snakemake_heliport.vocabulary import Vocabulary

SEPARATOR = "\x00"


class JsonLdSyntax:
    """A statement is the text of a key, a separator, and the text of a value."""

    def subject(self, iri: str) -> str:
        return _string(iri)

    def type(self, term: str) -> str:
        return f'"@type"{SEPARATOR}{_string(term)}'

    def property(self, term: str) -> str:
        return f"{_string(term)}{SEPARATOR}"

    def term(self, term: str) -> str:
        return f'{{"@id": {_string(term)}}}'

    def reference(self, iri: str) -> str:
        return f'{{"@id": {self.subject(iri)}}}'

    def literal(self, datatype: str) -> Callable[[str], str]:
        if datatype == "xsd:string":
            return _literal
        head = f'{{"@type": {_string(datatype)}, "@value": '
        return lambda text: f"{head}{_literal(text)}}}"


def write_jsonld(store: Store, selection: Selection, stream: BinaryIO) -> None:
    """Write the selection as JSON-LD 1.1."""
    write_text(stream, jsonld(blocks_of(store, selection, JsonLdSyntax()), selection.vocabulary))


def jsonld(blocks: Iterable[Block], vocabulary: Vocabulary) -> Iterator[str]:
    """Yield the text of a document of some blocks."""
    yield f'{{"@context": {json.dumps(vocabulary.prefixes)},\n"@graph": ['
    comma = "\n"
    for block in blocks:
        yield comma + _node(block)
        comma = ",\n"
    yield "\n]}\n"


def _node(block: Block) -> str:
    values: dict[str, list[str]] = {}
    for statement in block.statements:
        key, _, value = statement.partition(SEPARATOR)
        values.setdefault(key, []).append(value)
    members = (f"{key}: {found[0] if len(found) == 1 else _list(found)}" for key, found in values.items())
    return f'{{"@id": {block.subject}, {", ".join(members)}}}'


def _list(values: list[str]) -> str:
    return f"[{', '.join(values)}]"


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _literal(text: str) -> str:
    return _string(representable(text))
