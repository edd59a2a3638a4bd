"""Bringing a server to what a run says: what is missing is created, what changed is written, nothing is doubled."""

import hashlib
import time

import msgspec

from snakemake_heliport.store.ledger import Entry
from snakemake_heliport.upload.content import Content
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
    existing = known.server_id if known is not None else None
    if existing is None and session.server.can_find:
        found = session.server.find([graph.iri])[graph.iri]
        session.remove(found[1:])
        existing = found[0].id if found else None
    remote = session.server.graph(graph, members, existing)
    session.ledger.record(GRAPH, [(graph.iri, Entry(remote.id, remote.url, digest, SENT, time.time()))])
