"""Bringing a server to what a run says: what is missing is created, what changed is written, nothing is doubled."""

import hashlib
import time

import msgspec

from snakemake_heliport.store.ledger import Entry
from snakemake_heliport.upload.content import Content
from snakemake_heliport.upload.errors import Rejected
from snakemake_heliport.upload.objects import ObjectSender
from snakemake_heliport.upload.relations import RelationSender
from snakemake_heliport.upload.session import GRAPH, SENT, Sent, Session
from snakemake_heliport.upload.things import Remote, Thing


def send(session: Session, content: Content) -> Sent:
    """Bring a server to what a run says.

    Raises:
        UploadError: The server does not do it now; what is done is noted, and is not done again.
        StoreError: The ledger cannot be read or written.
    """
    ObjectSender(session).send(content.things)
    RelationSender(session).send(content)
    _send_graph(session, content)
    return session.sent


def _send_graph(session: Session, content: Content) -> None:
    """Make the graph of the run, which people look at: its members are what was sent."""
    run = next(thing for thing in content.things if thing.iri == content.run)
    if run.iri not in session.entries:
        return
    entry = session.entries[run.iri]
    session.sent.url = session.server.landing_page(Remote(str(entry.server_id), entry.url))
    if not session.server.graphs_have_members:
        return
    members = sorted(session.id_of(thing.iri) for thing in content.things if thing.iri in session.entries)
    graph = Thing(f"{run.iri}#graph", "ObjectGraph", f"Graph of {run.label}", visibility=run.visibility)
    digest = hashlib.sha256(msgspec.json.encode([session.digest(graph), members])).hexdigest()
    known = session.ledger.entries(GRAPH).get(graph.iri)
    if known is not None and known.payload == digest:
        return
    remote = _written(session, graph, members, known.server_id if known is not None else None)
    session.ledger.record(GRAPH, [(graph.iri, Entry(remote.id, remote.url, digest, SENT, time.time()))])


def _written(session: Session, graph: Thing, members: list[str], known: str | None) -> Remote:
    """Write a graph where it is, or make it where it is not (any more)."""
    existing = known or _oldest(session, graph)
    if existing is not None:
        try:
            return session.server.graph(graph, members, existing)
        except Rejected as error:
            if known is None or not error.gone:
                raise
        return _written(session, graph, members, None)
    made = session.server.graph(graph, members)
    # Somebody else may have made it at the same moment.
    oldest = _oldest(session, graph, exact=True)
    return made if oldest in (None, made.id) else session.server.graph(graph, members, oldest)


def _oldest(session: Session, graph: Thing, *, exact: bool = False) -> str | None:
    """Return the id of a graph at the server, and delete what is there besides."""
    if not session.server.can_find:
        return None
    found = session.server.find([graph.iri], exact=exact)[graph.iri]
    session.remove(found[1:])
    return found[0].id if found else None
