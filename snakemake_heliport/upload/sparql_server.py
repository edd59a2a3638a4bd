"""A SPARQL 1.1 server: named graphs over its Graph Store Protocol, and one update that changes a graph at once."""

from collections.abc import Callable, Iterator
from typing import BinaryIO
from urllib.parse import urlencode, urljoin

from snakemake_heliport.upload.errors import Rejected
from snakemake_heliport.upload.http.client import Client

TRIPLES = {"Content-Type": "application/n-triples"}
UPDATE = {"Content-Type": "application/sparql-update"}
# Bytes of one request, where a graph may be sent in parts; the next one where a server says that it is too large.
SIZES = (4_000_000, 500_000, 60_000)
TOO_LARGE = 413
# Says of a graph under way which parts of it have come.
HAS_PART = "http://purl.org/dc/terms/hasPart"
# Inserted before anything is deleted: where a server has no transactions, a reader misses nothing in between. Each step
# asks whether all parts are there. So it does nothing the second time, when the parts are gone: after an answer that
# never came it can be sent again. `MOVE` would then put nothing in the place of the graph.
TAKE_OVER = """\
INSERT {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}
WHERE {{ {complete} GRAPH <{under_way}> {{ ?s ?p ?o }} FILTER (?s != <{under_way}>)
         FILTER NOT EXISTS {{ GRAPH <{graph}> {{ ?s ?p ?o }} }} }} ;
DELETE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}
WHERE {{ {complete} GRAPH <{graph}> {{ ?s ?p ?o }}
         FILTER NOT EXISTS {{ GRAPH <{under_way}> {{ ?s ?p ?o }} }} }} ;
DROP SILENT GRAPH <{under_way}>
"""
COMPLETE = """\
{{ SELECT (COUNT(?part) AS ?parts) WHERE {{ GRAPH <{under_way}> {{ <{under_way}> <{has_part}> ?part }} }} }}
FILTER (?parts = {parts})"""


class GraphServer:
    """A server that holds named graphs.

    Args:
        client: Speaks to its graph store.
        update: Where it takes SPARQL updates, None where it takes whole graphs only.
        alive: Called between requests; it raises where sending has to stop.
    """

    def __init__(self, client: Client, update: str | None, alive: Callable[[], None]) -> None:
        self._client = client
        self._update = None if update is None else urljoin(client.base_url, update)
        self._alive = alive

    def address(self, graph: str) -> str:
        """Return where a graph can be read."""
        return f"{self._client.base_url}?{urlencode({'graph': graph})}"

    def replace(self, graph: str, triples: BinaryIO, under_way: str) -> None:
        """Make a graph hold these triples and no others.

        What fits into one request, and all that goes to a server without updates, is put there at once. Otherwise
        the triples are gathered in another graph, and take over when all of them are there.

        Args:
            triples: N-Triples without blank nodes.
            under_way: What the other graph is called. Other triples must go by another name.

        Raises:
            UploadError: The graph is as it was, or as it is to be.
        """
        if self._update is None:
            self._put(graph, triples)
            return
        for size in SIZES:
            gathered = _gathered(under_way, size)
            try:
                self._replace_by(size, self._update, graph, triples, gathered)
                return
            except Rejected as error:
                if error.status != TOO_LARGE or size == SIZES[-1]:
                    raise
                self.drop(gathered)

    def drop(self, graph: str) -> None:
        """Remove a graph, if there is one.

        Raises:
            UploadError: It may still be there.
        """
        try:
            self._client.request("DELETE", self._client.base_url, params={"graph": graph})
        except Rejected as error:
            if not error.gone:
                raise

    def drop_gathered(self, under_way: str) -> None:
        """Remove what was gathered under a name, and has not taken over.

        Raises:
            UploadError: It may still be there.
        """
        for size in SIZES:
            self.drop(_gathered(under_way, size))

    def _put(self, graph: str, triples: BinaryIO) -> None:
        triples.seek(0)
        try:
            self._send("PUT", graph, triples)
        except Rejected as error:
            if error.status == TOO_LARGE and self._update is None:
                advice = f"{error.reason}; name its address for updates as `update`, and it is sent in parts"
                raise Rejected(error.what, advice, status=error.status, body=error.body) from error
            raise

    def _replace_by(self, size: int, update: str, graph: str, triples: BinaryIO, gathered: str) -> None:
        """Replace a graph by requests of about this size."""
        if triples.seek(0, 2) <= size:
            self._put(graph, triples)
            return
        parts = 0
        for number, part in enumerate(_parts(triples, size)):
            self._alive()
            # In the same request as the part, so that neither is there without the other.
            mark = f"<{gathered}> <{HAS_PART}> <{gathered}-{number}> .\n"
            self._send("POST", gathered, part + mark.encode())
            parts = number + 1
        self._alive()
        self._take_over(update, graph, gathered, parts)

    def _take_over(self, update: str, graph: str, gathered: str, parts: int) -> None:
        """Put what was gathered in the place of a graph, if all parts of it are there."""
        complete = COMPLETE.format(under_way=gathered, has_part=HAS_PART, parts=parts)
        text = TAKE_OVER.format(graph=graph, under_way=gathered, complete=complete)
        self._client.request("POST", update, data=text.encode(), headers=UPDATE, repeatable=True)

    def _send(self, method: str, graph: str, data: bytes | BinaryIO) -> None:
        # Without blank nodes, adding the same triples twice is adding them once.
        self._client.request(
            method, self._client.base_url, params={"graph": graph}, data=data, headers=TRIPLES, repeatable=True
        )


def _gathered(under_way: str, size: int) -> str:
    """Return the graph for parts of a size: those of another size are cut at other places."""
    return f"{under_way}-{size}"


def _parts(triples: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield the lines in parts, each a little more than a size."""
    triples.seek(0)
    while part := triples.read(size):
        yield part + triples.readline()
