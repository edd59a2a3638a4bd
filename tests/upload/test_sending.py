"""Whatever the network does, a server ends up with every object and relation once, and nothing is sent in vain."""

import itertools
import os
from functools import partial
from multiprocessing import Pool
from pathlib import Path

import pytest
from servers import OBJECTS, FaultProxy, HeliportServer
from upload.sendable import NAME, assert_once, content, fill, identified, target

from snakemake_heliport.settings import Granularity
from snakemake_heliport.store import Store
from snakemake_heliport.upload import objects, outbox, targets
from snakemake_heliport.upload.http.client import Client
from snakemake_heliport.upload.outbox import Delivery, deliver
from snakemake_heliport.upload.server import Server
from snakemake_heliport.upload.things import Remote, Thing

FAULTS = (
    "refused",
    "timeout",
    "reset",
    "reset-after",
    "401",
    "403",
    "429",
    "500",
    "500-after",
    "502",
    "502-after",
    "truncated",
    "short",
)


@pytest.fixture(autouse=True)
def impatient(server: HeliportServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait as long as one does for a server far away; let the token be known."""
    monkeypatch.setattr(targets, "Client", partial(Client, attempts=2, backoff=0.01))
    monkeypatch.setattr(targets, "TIMEOUT", (10.0, 30.0))
    monkeypatch.setattr(outbox, "PAUSES", (0.0,))
    monkeypatch.setenv("HELIPORT_TOKEN", server.token)


def send(path: Path, url: str, project: int, *runs: str, granularity: Granularity = Granularity.JOBS) -> list[Delivery]:
    """Send runs, or what waits."""
    with Store.open(path) as store:
        return list(deliver(store, {NAME: target(url, project, granularity)}, runs={NAME: list(runs)}))


@pytest.mark.parametrize("granularity", list(Granularity))
def test_what_a_run_says_is_at_the_server(tmp_path: Path, server: HeliportServer, granularity: Granularity) -> None:
    """Objects with their labels, and relations between them, as far as is asked for."""
    run = fill(tmp_path / "s.db", f"granularity {granularity}")

    (delivery,) = send(tmp_path / "s.db", server.url, server.project, run, granularity=granularity)

    expected = content(tmp_path / "s.db", run, granularity)
    assert_once(server.held(), expected)
    assert delivery.failure is None
    assert delivery.sent.created == len(expected.things)
    assert len(expected.things) == (3 if granularity is Granularity.RUN else 8)


def test_what_lies_between_is_told_as_one_relation(tmp_path: Path, server: HeliportServer) -> None:
    """A result is connected with the raw file, although the jobs in between are not sent."""
    run = fill(tmp_path / "s.db", "bridged", jobs=3)
    with Store.open(tmp_path / "s.db") as store:
        raw, last = (store.find(f"f{number}")[0] for number in (0, 3))
    figures = content(tmp_path / "s.db", run, Granularity.JOBS)

    assert any(link.subject == last.iri for link in figures.links)
    assert any(link.object == raw.iri for link in figures.links)


def test_nothing_is_sent_that_is_there(tmp_path: Path, server: HeliportServer, proxy: FaultProxy) -> None:
    """The second time not one request is made; of a change, the change."""
    path = tmp_path / "s.db"
    run = fill(path, "unchanged")
    send(path, proxy.url, server.project, run)
    before = len(proxy.seen())

    send(path, proxy.url, server.project, run)
    assert len(proxy.seen()) == before

    fill(path, "unchanged", label="the run, renamed")
    (delivery,) = send(path, proxy.url, server.project, run)
    writing = [seen["method"] for seen in proxy.seen()[before:] if seen["method"] not in ("GET", "OPTIONS")]
    assert (delivery.sent.created, delivery.sent.changed, delivery.sent.relations) == (0, 1, 0)
    # The run, and the graph that is called after it.
    assert writing == ["PATCH", "PATCH"]
    assert_once(server.held(), content(path, run))


def test_a_relation_that_is_said_no_more_goes(tmp_path: Path, server: HeliportServer) -> None:
    """What a run does not say any longer of its own jobs is taken back."""
    path = tmp_path / "s.db"
    run = fill(path, "taken back")
    send(path, server.url, server.project, run)

    fill(path, "taken back", dropped=True)
    send(path, server.url, server.project, run)

    assert_once(server.held(), content(path, run))


def test_a_lost_ledger_is_made_again_from_the_server(tmp_path: Path, server: HeliportServer) -> None:
    """A store that was made anew finds its objects by their identifiers."""
    run = fill(tmp_path / "old.db", "lost ledger")
    send(tmp_path / "old.db", server.url, server.project, run)
    fill(tmp_path / "new.db", "lost ledger")

    (delivery,) = send(tmp_path / "new.db", server.url, server.project, run)

    assert delivery.sent.created == 0
    assert_once(server.held(), content(tmp_path / "new.db", run))


def test_identifiers_that_a_server_gives_are_ours_from_then_on(tmp_path: Path, server: HeliportServer) -> None:
    """A handle appears in the store, and is no reason to send the object again."""
    path = tmp_path / "s.db"
    run = fill(path, "handles")
    send(path, server.url, server.project, run)

    with Store.open(path) as store:
        known = store.get(run)
    assert known is not None
    assert any("20.500.12865/" in identifier for identifier in known.identifiers)
    (delivery,) = send(path, server.url, server.project, run)
    assert (delivery.sent.created, delivery.sent.changed) == (0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_loses_or_doubles_anything(
    tmp_path: Path, server: HeliportServer, proxy: FaultProxy, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One request after the other goes wrong in each way; then all goes well, and everything is there once."""
    if fault == "timeout":
        monkeypatch.setattr(targets, "TIMEOUT", (2.0, 2.0))
    path = tmp_path / "s.db"
    for number in itertools.count(1):
        run = fill(path, f"{fault} {number}")
        proxy.plan({"fault": fault, "nth": number, "retry_after": 0, "seconds": 30})
        first = send(path, proxy.url, server.project, run)
        fired = proxy.rules()[0]["fired"]
        proxy.plan()
        send(path, proxy.url, server.project)
        expected = content(path, run)
        assert_once(server.held(), expected)
        with Store.open(path) as store:
            assert store.ledger(NAME).waiting() == []
        if not fired:
            assert [delivery.failure for delivery in first] == [None]
            assert number > 5
            return


def test_a_token_that_ends_midway_is_told_and_nothing_is_lost(
    tmp_path: Path, server: HeliportServer, proxy: FaultProxy
) -> None:
    """The run waits with a reason that says what to do, and goes on later."""
    path = tmp_path / "s.db"
    run = fill(path, "expired", jobs=5)
    proxy.plan({"fault": "401", "method": "POST", "since": 2})

    (delivery,) = send(path, proxy.url, server.project, run)

    assert delivery.failure is not None
    assert "HELIPORT_TOKEN" in delivery.failure
    assert server.token not in delivery.failure
    with Store.open(path) as store:
        (waiting,) = store.ledger(NAME).waiting()
    assert waiting.failure == delivery.failure
    proxy.plan()
    send(path, proxy.url, server.project)
    assert_once(server.held(), content(path, run))


def test_a_server_that_has_moved_is_the_same_server(tmp_path: Path, server: HeliportServer, proxy: FaultProxy) -> None:
    """What waits goes to the new address, and what was sent to the old one is found there."""
    path = tmp_path / "s.db"
    first, second = fill(path, "moved 1"), fill(path, "moved 2")
    send(path, server.url, server.project, first)
    with Store.open(path) as store:
        store.ledger(NAME).enqueue(second, target("http://127.0.0.1:9", server.project).facts())

    deliveries = send(path, proxy.url, server.project, first)

    assert [delivery.failure for delivery in deliveries] == [None, None]
    held = server.held()
    for run in (first, second):
        assert_once(held, content(path, run))


def test_what_is_created_after_all_does_not_stay_double(
    tmp_path: Path, server: HeliportServer, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that was given up is done late, when the object has been created again: the next upload sees it."""
    path = tmp_path / "s.db"
    run = fill(path, "late")
    proxy.plan({"fault": "reset", "method": "POST", "path": "/complete/", "nth": 1})
    assert send(path, proxy.url, server.project, run)[0].failure is not None
    proxy.plan()
    send(path, proxy.url, server.project)
    with server.session() as session:
        twice = {"scheme": "IRI", "identifier": run}
        row = {"label": "a run", "category": "Run", "projects": [server.project], "identifiers": [twice]}
        session.post(server.url + OBJECTS, json=row, timeout=10).raise_for_status()
    assert len(identified(server.held())[run]) == 2

    monkeypatch.setattr(objects, "SETTLED_SECONDS", 0.0)
    send(path, proxy.url, server.project, run)

    assert_once(server.held(), content(path, run))


def test_two_who_send_the_same_leave_it_once(tmp_path: Path, server: HeliportServer) -> None:
    """Two copies of a store know nothing of each other; their shared objects meet at the server."""
    paths = [tmp_path / "a.db", tmp_path / "b.db"]
    run, _ = (fill(path, "two senders", jobs=10) for path in paths)
    with Pool(2) as pool:
        pool.starmap(_send_elsewhere, [(path, server.url, server.project, run, server.token) for path in paths])
    for path in paths:
        # Whoever was faster, both know the same.
        send(path, server.url, server.project, run)

    assert_once(server.held(), content(paths[0], run))


def _send_elsewhere(path: Path, url: str, project: int, run: str, token: str) -> None:
    os.environ["HELIPORT_TOKEN"] = token
    send(path, url, project, run)


def test_a_graph_that_two_make_at_once_stands_once(
    tmp_path: Path, server: HeliportServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have looked and seen none: the older one stands, with the members."""
    path = tmp_path / "s.db"
    run = fill(path, "two graphs")
    make = Server.graph

    def made_by_two(self: Server, thing: Thing, members: list[str], existing: str | None = None) -> Remote:
        if existing is None:
            make(self, thing, members[:1])
        return make(self, thing, members, existing)

    monkeypatch.setattr(Server, "graph", made_by_two)
    send(path, server.url, server.project, run)

    held = server.held()
    assert_once(held, content(path, run))
    (graph,) = [row for row in held.graphs if f"{run}#graph" in str(row)]
    assert len(graph["nodes"]) == 8


def test_what_somebody_deleted_there_is_made_again_with_its_relations(tmp_path: Path, server: HeliportServer) -> None:
    """Once there is something new to tell of it; the graph, too."""
    path = tmp_path / "s.db"
    run = fill(path, "deleted")
    send(path, server.url, server.project, run)
    there = identified(server.held())
    with server.session() as session:
        for iri in (run, f"{run}#graph"):
            session.delete(f"{server.url}{OBJECTS}{there[iri][0]}/", timeout=10).raise_for_status()

    fill(path, "deleted", label="the run, renamed")
    (delivery,) = send(path, server.url, server.project, run)

    assert delivery.failure is None
    assert (delivery.sent.created, delivery.sent.changed) == (1, 0)
    held = server.held()
    assert_once(held, content(path, run))
    assert len([row for row in held.graphs if f"{run}#graph" in str(row)]) == 1


def test_two_who_send_from_one_store_take_turns(tmp_path: Path, server: HeliportServer) -> None:
    """While one holds the right to send, the other says so and lets it be."""
    path = tmp_path / "s.db"
    run = fill(path, "taking turns")
    with Store.open(path) as store:
        assert store.ledger(NAME).acquire("elsewhere:1:x", 60.0)

    (delivery,) = send(path, server.url, server.project, run)
    assert "another process" in str(delivery.failure)

    with Store.open(path) as store:
        store.ledger(NAME).release("elsewhere:1:x")
    (delivery,) = send(path, server.url, server.project)
    assert delivery.failure is None
    assert_once(server.held(), content(path, run))
