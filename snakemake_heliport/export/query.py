"""Ask the stored graph in SPARQL, in a copy: what it is asked cannot change it, and reaches no server."""

import io
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

import pyoxigraph

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export.kept import Kept, load
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


class NotReady(Exception):
    """The graph of a large store is still to be made ready for queries, and who asks does not wait for it."""


def ask(
    store: Store, query: str, selection: Selection | None = None, *, most: int | None = None, patient: bool = True
) -> Solutions | Triples | bool:
    """Answer a query over the stored graph: all runs together, and each run by itself as a named graph.

    The graph of a large store is kept on disk for the next query, as long as nothing changes.

    Args:
        query: SELECT, ASK, CONSTRUCT or DESCRIBE; the prefixes of the vocabulary need not be declared.
        selection: What to ask; everything, if none.
        most: How many rows or triples are wanted, None for all.
        patient: Whether to make the graph of a large store ready where it is not, which may take minutes.

    Raises:
        QueryError: It is no query, would change something, or wants to ask a server.
        NotReady: The graph is to be made ready first.
    """
    chosen = selection or Selection()
    prefixes = dict(chosen.vocabulary.prefixes)
    with _answerable():
        by_graph = _checked(query, prefixes)
        kept = Kept.of(store, chosen, by_graph=by_graph)
        graph = None if kept is None else _kept(kept, patient=patient)
        if kept is not None and graph is not None:
            try:
                return _answer(graph.query(query, prefixes=prefixes), prefixes, most)
            except (OSError, RuntimeError):
                kept.discard()
        graph = pyoxigraph.Store()
        load(graph, store, chosen, by_graph=by_graph)
        return _answer(graph.query(query, prefixes=prefixes), prefixes, most)


def make_ready(store: Store, query: str, selection: Selection) -> bool:
    """Make the graph ready that a query asks, and return whether it is.

    Raises:
        QueryError: It is no query.
    """
    with _answerable():
        kept = Kept.of(store, selection, by_graph=_checked(query, dict(selection.vocabulary.prefixes)))
        return kept is not None and _kept(kept, patient=True) is not None


def asks_by_graph(query: str) -> bool:
    """Return whether a query asks runs one by one."""
    return _BY_GRAPH.search(_keywords(query)) is not None


def _kept(kept: Kept, *, patient: bool) -> pyoxigraph.Store | None:
    """Return a graph that is kept, or is from now on; None where that cannot be."""
    try:
        graph = kept.find()
        if graph is None and not patient:
            raise NotReady
        return kept.make() if graph is None else graph
    except (OSError, RuntimeError):
        # Broken, or no room for it.
        kept.discard()
        return None


@contextmanager
def _answerable() -> Iterator[None]:
    try:
        yield
    except (SyntaxError, ValueError, OSError) as error:
        raise QueryError(f"the query cannot be answered: {error}") from error


def _checked(query: str, prefixes: dict[str, str]) -> bool:
    """Refuse what is no query before a graph is loaded: a slip of the pen is told at once."""
    _refuse(_keywords(query))
    pyoxigraph.Store().query(query, prefixes=prefixes)
    return asks_by_graph(query)


def _keywords(query: str) -> str:
    """Return a query without what is no keyword, whatever it looks like."""
    return _NAMED.sub(" ", _SPELLED.sub(" ", query))


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
