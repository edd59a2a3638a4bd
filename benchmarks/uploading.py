"""How fast a graph reaches HELIPORT's stand-in: against one request after the other, and against its bulk insertion.

All three send what the same contract makes of things with relations and attributes, each into a server of its own.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from measure import Row, parser, show

from snakemake_heliport.records import SendTo
from snakemake_heliport.store import Store
from snakemake_heliport.upload.content import Content
from snakemake_heliport.upload.contract import load_contract
from snakemake_heliport.upload.sending import send
from snakemake_heliport.upload.server import Server
from snakemake_heliport.upload.session import LARGEST_LIST, WORKERS, Session
from snakemake_heliport.upload.targets import Target, client_of, server_at
from snakemake_heliport.upload.things import Link, Remote, Thing

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from servers import heliport_server

AIM_OVER_SINGLE = 5.0
AIM_OVER_BULK = 1.3
# One request after the other takes too long to wait for all of them.
SAMPLE = 300


def content_of(objects: int, relations: int) -> Content:
    """Return things with a few attributes, and relations between them."""
    things = [
        Thing(f"urn:x:run#job-{n}", "Job", f"job {n}", attributes={"https://example.org/threads": 1})
        for n in range(objects)
    ]
    steps = [(subject, step) for step in range(1, relations // objects + 2) for subject in range(objects)][:relations]
    used = "http://www.w3.org/ns/prov#used"
    links = [
        Link(f"urn:x:run#job-{subject}", used, f"urn:x:run#job-{(subject + step) % objects}") for subject, step in steps
    ]
    return Content("urn:x:run", [Thing("urn:x:run", "Run", "the run"), *things], links)


def with_server(work: Callable[[Server, Store], float]) -> float:
    """Do some work with a fresh server and an empty store; return the seconds that it says it took."""
    with tempfile.TemporaryDirectory(prefix="heliport-benchmark-") as name, heliport_server(Path(name)) as running:
        os.environ["HELIPORT_TOKEN"] = running.token
        to = Target(SendTo("heliport", "heliport", running.url, str(running.project)))
        with Store.open(Path(name) / "store.db") as store, client_of(to, load_contract()) as client:
            return work(server_at(client, to, store.ledger(to.to.name)), store)


def one_by_one(content: Content) -> Callable[[Server, Store], float]:
    """Return what sends a sample with one request for each object and relation, and scales the time up."""

    def work(server: Server, _: Store) -> float:
        client, contract = server.client, server.contract
        things, links = content.things[:SAMPLE], content.links[:SAMPLE]
        ids = _created(server, content.things[: SAMPLE * 2])
        begin = time.perf_counter()
        for thing in things:
            client.request("POST", contract.objects.path, json=server.payload(thing), repeatable=False)
        for thing in things:
            server.set_attributes(ids[thing.iri], thing)
        objects = (time.perf_counter() - begin) * len(content.things) / len(things)
        begin = time.perf_counter()
        for row in _rows(links, ids):
            server.link([row])
        return objects + (time.perf_counter() - begin) * len(content.links) / len(links)

    return work


def bulk(content: Content) -> Callable[[Server, Store], float]:
    """Return what sends everything in lists over the same connections, and looks at nothing."""

    def work(server: Server, _: Store) -> float:
        begin = time.perf_counter()
        with ThreadPoolExecutor(WORKERS) as pool:
            lists = list(_lists(content.things))
            ids: dict[str, str] = {}
            for things, remotes in zip(lists, pool.map(server.create, lists), strict=True):
                ids.update((thing.iri, remote.id) for thing, remote in zip(things, remotes, strict=True))
            attributes = [
                [
                    {"subject": int(ids[t.iri]), "property": p, "value": v}
                    for t in things
                    for p, v in t.attributes.items()
                ]
                for things in lists
            ]
            path = str(server.contract.attributes.path)
            list(pool.map(lambda rows: server.client.request("POST", path, json=rows, repeatable=False), attributes))
            list(pool.map(server.link, _lists(list(_rows(content.links, ids)))))
        return time.perf_counter() - begin

    return work


def ours(content: Content) -> Callable[[Server, Store], float]:
    """Return what sends everything as `upload` does: noted, looked up, and once only."""

    def work(server: Server, store: Store) -> float:
        ledger = store.ledger("heliport")
        begin = time.perf_counter()
        assign = partial(store.assign_identifiers, "heliport")
        sent = send(Session(server, ledger, assign), content)
        taken = time.perf_counter() - begin
        if (sent.created, sent.relations) != (len(content.things), len(content.links)):
            raise RuntimeError(f"not everything was sent: {sent}")
        return taken

    return work


def _created(server: Server, things: Sequence[Thing]) -> dict[str, str]:
    remotes: list[Remote] = server.create(things)
    return {thing.iri: remote.id for thing, remote in zip(things, remotes, strict=True)}


def _rows(links: Iterable[Link], ids: dict[str, str]) -> Iterator[tuple[Link, str, str]]:
    return ((link, ids[link.subject], ids[link.object]) for link in links if link.subject in ids and link.object in ids)


def _lists(items: Sequence[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(items), LARGEST_LIST):
        yield list(items[start : start + LARGEST_LIST])


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--objects", type=int, default=10_000)
    options.add_argument("--relations", type=int, default=30_000)
    given = options.parse_args()
    content = content_of(given.objects, given.relations)
    single, raw, sent = (with_server(way(content)) for way in (one_by_one, bulk, ours))
    row: Row = {
        "objects": given.objects,
        "relations": given.relations,
        "one by one, s": single,
        "bulk, s": raw,
        "upload, s": sent,
        "times faster than one by one": single / sent,
        "aim": AIM_OVER_SINGLE,
        "times the bulk": sent / raw,
        "aim, at most": AIM_OVER_BULK,
    }
    show("Upload", [row], as_json=given.json)


if __name__ == "__main__":
    main()
