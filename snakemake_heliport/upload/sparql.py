"""Sending runs to a SPARQL server: each is a named graph there, complete in itself.

The graph holds what the N-Quads of the run hold, also what they say of the graph and of the vocabulary outside of it.
So sending touches no graph that others write to, and replacing or removing one takes nothing from another run.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedRandom
from tempfile import TemporaryFile
from typing import BinaryIO

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export.ntriples import GRAPH, GRAPH_CLASSES, write_ntriples
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.syntax import NTriplesSyntax
from snakemake_heliport.export.text import iri_of
from snakemake_heliport.identity import part
from snakemake_heliport.model import Visibility
from snakemake_heliport.store import AUDIENCE, Store
from snakemake_heliport.store.ledger import Entry, Ledger
from snakemake_heliport.upload.http.client import Client
from snakemake_heliport.upload.session import Sent
from snakemake_heliport.upload.sparql_server import GraphServer

KIND = "sparql"
SENT, SENDING = "sent", "sending"


def send_graph(
    store: Store,
    ledger: Ledger,
    run: str,
    client: Client,
    update: str | None,
    alive: Callable[[], None],
    audience: Visibility = Visibility.PRIVATE,
) -> Sent:
    """Make the graph of a run at a SPARQL server be what the store says; an unchanged one is not sent.

    Whatever fails, and whenever the process ends, sending it again sets it right.

    Args:
        client: Speaks to the server's Graph Store Protocol.
        update: Where it takes SPARQL updates, None where it takes whole graphs only.
        alive: Called between requests; it raises where sending has to stop.
        audience: The least visibility that the server gets; a run that is less visible is refused, and its graph
            removed.

    Raises:
        SecretFound: Something in the graph looks like a secret; nothing was sent.
        UploadError: The server does not do it now; the graph is the former one, or the new one.
        HeliportError: There is no room for the graph on this machine.
    """
    graph = iri_of(part(run, GRAPH))
    known = ledger.entries(KIND).get(graph)
    server = GraphServer(client, update, alive)
    if not _is_seen(store, run, audience):
        if known is not None:
            _withdraw(ledger, server, graph, known)
        return Sent(refused={graph: f"the run is not {audience}, and this server gets nothing else"})
    with _written(store, run, graph, audience) as triples:
        digest = hashlib.file_digest(triples, "sha256").hexdigest()
        if known is not None and (known.state, known.payload) == (SENT, digest):
            return Sent(unchanged=1, url=known.url)
        alive()
        _replace(ledger, server, graph, known, triples, digest)
    url = server.address(graph)
    return Sent(created=1, url=url) if known is None or known.payload is None else Sent(changed=1, url=url)


def _is_seen(store: Store, run: str, audience: Visibility) -> bool:
    thing = store.get(run)
    return thing is not None and thing.visibility in AUDIENCE[audience]


def _withdraw(ledger: Ledger, server: GraphServer, graph: str, known: Entry) -> None:
    _clean_up(server, known, None)
    server.drop(graph)
    ledger.forget(KIND, [graph])


def _replace(
    ledger: Ledger, server: GraphServer, graph: str, known: Entry | None, triples: BinaryIO, digest: str
) -> None:
    under_way = f"{graph}.{digest[:16]}"
    if known is not None:
        _clean_up(server, known, under_way)
    # Noted before anything is sent: who comes after a killed process knows what may be lying there.
    before = None if known is None else known.payload
    ledger.record(KIND, [(graph, Entry(under_way, server.address(graph), before, SENDING, time.time()))])
    server.replace(graph, triples, under_way)
    ledger.record(KIND, [(graph, Entry(None, server.address(graph), digest, SENT, time.time()))])


def _clean_up(server: GraphServer, known: Entry, under_way: str | None) -> None:
    """Remove what a try that did not end has left; of the same content, what is there is needed."""
    if known.server_id not in (None, under_way):
        server.drop_gathered(str(known.server_id))


@contextmanager
def _written(store: Store, run: str, graph: str, audience: Visibility) -> Iterator[BufferedRandom]:
    """Yield the triples of a run's graph in a file, at its beginning."""
    selection = Selection([run], audience)
    syntax = NTriplesSyntax(selection.vocabulary)
    with TemporaryFile() as file:
        try:
            write_ntriples(store, selection, file)
            for term in GRAPH_CLASSES:
                file.write(f"{syntax.subject(graph)} {syntax.type(term)} .\n".encode())
            file.seek(0)
        except OSError as error:
            raise HeliportError(
                f"the graph of the run cannot be written to a temporary file: {error.strerror}; make room, or name "
                "another folder as TMPDIR"
            ) from error
        yield file
