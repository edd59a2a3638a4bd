"""Ask the stored graph in SPARQL, in memory: what it is asked cannot change it, and reaches no server."""

import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, TypeAlias

import pyoxigraph

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export.ntriples import write_nquads, write_ntriples
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.model import JsonValue
from snakemake_heliport.store import Store

# What is no keyword, whatever it looks like: texts, IRIs, and comments last, for the `#` in an IRI.
_SPELLED = re.compile(
    r"""
    \"{3}(?:\\.|[^\\])*?\"{3} | '{3}(?:\\.|[^\\])*?'{3} | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'
    | <[^<>"{}|^`\\\s]*> | \#[^\n]*
    """,
    re.DOTALL | re.VERBOSE,
)
# A name with a prefix, or a variable, may be spelled as a keyword is.
_NAMED = re.compile(r"[?$]\w+|[\w.-]*:[\w.:%-]*")
_CHANGING = re.compile(r"\b(INSERT|DELETE|LOAD|CLEAR|CREATE|DROP|COPY|MOVE|ADD)\b", re.IGNORECASE)
_ASKING = re.compile(r"\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.IGNORECASE)
_SERVICE = re.compile(r"\bSERVICE\b", re.IGNORECASE)
_BY_GRAPH = re.compile(r"\b(GRAPH|FROM)\b", re.IGNORECASE)
Term: TypeAlias = pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal | pyoxigraph.Triple


class QueryError(HeliportError):
    """A query that cannot be answered; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class Solutions:
    """The answer of SELECT: the names of its variables, and rows of terms, None where unbound."""

    variables: tuple[str, ...]
    rows: tuple[tuple[Term | None, ...], ...]

    def values(self) -> Iterator[tuple[str, ...]]:
        """Yield the rows as plain texts: IRIs without brackets, literals without type and language."""
        for row in self.rows:
            yield tuple("" if term is None else _plain(term) for term in row)

    def document(self) -> dict[str, JsonValue]:
        """Return the answer as SPARQL 1.1 Query Results JSON."""
        bindings: list[JsonValue] = [
            {name: _binding(term) for name, term in zip(self.variables, row, strict=True) if term is not None}
            for row in self.rows
        ]
        return {"head": {"vars": list(self.variables)}, "results": {"bindings": bindings}}


@dataclass(frozen=True, slots=True)
class Triples:
    """The answer of CONSTRUCT and DESCRIBE."""

    graph: tuple[pyoxigraph.Triple, ...]
    prefixes: dict[str, str]

    def text(self) -> str:
        """Return them as Turtle."""
        stream = io.BytesIO()
        pyoxigraph.serialize(self.graph, stream, pyoxigraph.RdfFormat.TURTLE, prefixes=self.prefixes)
        return stream.getvalue().decode()


def ask(
    store: Store, query: str, selection: Selection | None = None, *, most: int | None = None
) -> Solutions | Triples | bool:
    """Answer a query over the stored graph: all runs together, and each run by itself as a named graph.

    Args:
        query: SELECT, ASK, CONSTRUCT or DESCRIBE; the prefixes of the vocabulary need not be declared.
        selection: What to ask; everything, if none.
        most: How many rows or triples are wanted, None for all.

    Raises:
        QueryError: It is no query, would change something, or wants to ask a server.
    """
    plain = _NAMED.sub(" ", _SPELLED.sub(" ", query))
    _refuse(plain)
    chosen = selection or Selection()
    prefixes = dict(chosen.vocabulary.prefixes)
    graph = pyoxigraph.Store()
    try:
        # Parsed before the graph is loaded: a slip of the pen is told at once.
        graph.query(query, prefixes=prefixes)
        graph.bulk_load(_written(store, chosen, write_ntriples), pyoxigraph.RdfFormat.N_TRIPLES, lenient=True)
        if _BY_GRAPH.search(plain):
            graph.bulk_load(_written(store, chosen, write_nquads), pyoxigraph.RdfFormat.N_QUADS, lenient=True)
        return _answer(graph.query(query, prefixes=prefixes), prefixes, most)
    except (SyntaxError, ValueError, OSError) as error:
        raise QueryError(f"the query cannot be answered: {error}") from error


def _written(store: Store, selection: Selection, write: Callable[[Store, Selection, BinaryIO], None]) -> bytes:
    stream = io.BytesIO()
    write(store, selection, stream)
    return stream.getvalue()


def _refuse(plain: str) -> None:
    if _CHANGING.search(plain) and not _ASKING.search(plain):
        raise QueryError("the record cannot be changed by a query: ask with SELECT, ASK, CONSTRUCT or DESCRIBE")
    if _SERVICE.search(plain):
        raise QueryError("SERVICE asks another server, and nothing here does; export the graph and ask there")


def _answer(
    found: pyoxigraph.QuerySolutions | pyoxigraph.QueryBoolean | pyoxigraph.QueryTriples,
    prefixes: dict[str, str],
    most: int | None,
) -> Solutions | Triples | bool:
    if isinstance(found, pyoxigraph.QueryBoolean):
        return bool(found)
    if isinstance(found, pyoxigraph.QueryTriples):
        triples = tuple(islice(_once(found), most))
        text = "\n".join(map(str, triples))
        return Triples(triples, {name: base for name, base in prefixes.items() if f"<{base}" in text})
    names = tuple(variable.value for variable in found.variables)
    return Solutions(names, tuple(tuple(solution[name] for name in names) for solution in islice(found, most)))


def _once(triples: Iterable[pyoxigraph.Triple]) -> Iterator[pyoxigraph.Triple]:
    seen: set[pyoxigraph.Triple] = set()
    for triple in triples:
        if triple not in seen:
            seen.add(triple)
            yield triple


def _plain(term: Term) -> str:
    return str(term) if isinstance(term, pyoxigraph.Triple) else term.value


def _binding(term: Term) -> dict[str, JsonValue]:
    match term:
        case pyoxigraph.Literal(value=value, language=str(language)):
            return {"type": "literal", "value": value, "xml:lang": language}
        case pyoxigraph.Literal(value=value, datatype=datatype):
            return {"type": "literal", "value": value, "datatype": datatype.value}
        case pyoxigraph.NamedNode(value=value):
            return {"type": "uri", "value": value}
    return {"type": "bnode", "value": _plain(term)}
