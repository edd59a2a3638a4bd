"""A server of another contract is learnt when it is first met, and holds the same graph afterwards."""

import itertools
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from servers import OtherServer, fault_proxy, other_server
from upload.sendable import NAME, content, fill, target

from snakemake_heliport.store import Store
from snakemake_heliport.upload import outbox, targets
from snakemake_heliport.upload.http.client import Client
from snakemake_heliport.upload.outbox import Delivery, deliver


@pytest.fixture(scope="module", params=["nested", "property"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OtherServer]:
    """A server whose ids are IRIs, with relations inside their subjects."""
    with other_server(tmp_path_factory.mktemp("other"), "--style", request.param) as running:
        yield running


@pytest.fixture(autouse=True)
def impatient(server: OtherServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait as long as one does for a server far away; let the token be known."""
    monkeypatch.setattr(targets, "Client", partial(Client, attempts=2, backoff=0.01))
    monkeypatch.setattr(targets, "TIMEOUT", (10.0, 30.0))
    monkeypatch.setattr(outbox, "PAUSES", (0.0,))
    monkeypatch.setenv("HELIPORT_TOKEN", server.token)


def send(path: Path, url: str, server: OtherServer, *runs: str) -> list[Delivery]:
    """Send runs, or what waits."""
    collection = server.collection.replace(server.url, url)
    with Store.open(path) as store:
        return list(deliver(store, {NAME: target(url, collection)}, runs={NAME: list(runs)}))


def assert_same_graph(server: OtherServer, path: Path, run: str) -> None:
    """The server holds each thing and each relation of a run once."""
    held, expected = server.held(), content(path, run)
    ids: dict[str, list[str]] = {}
    for thing in held.objects:
        for iri in thing["sameAs"]:
            # A proxy has its own address in the ids that it lets through.
            ids.setdefault(iri, []).append(thing["@id"].rpartition("/")[2])
    assert {iri: len(ids.get(iri, [])) for iri in (thing.iri for thing in expected.things)} == {
        thing.iri: 1 for thing in expected.things
    }
    ours = {ids[thing.iri][0] for thing in expected.things}
    there = Counter((s.rpartition("/")[2], p, o.rpartition("/")[2]) for s, p, o in held.relations)
    wanted = Counter((ids[link.subject][0], link.predicate, ids[link.object][0]) for link in expected.links)
    assert Counter({triple: times for triple, times in there.items() if triple[0] in ours}) == wanted


def test_nobody_has_to_describe_it(tmp_path: Path, server: OtherServer) -> None:
    """The first upload looks at the server, sends everything, and the second one nothing."""
    run = fill(tmp_path / "s.db", "learnt", jobs=4)

    (first,) = send(tmp_path / "s.db", server.url, server, run)
    (second,) = send(tmp_path / "s.db", server.url, server, run)

    assert first.failure is None
    assert first.sent.notes == []
    assert_same_graph(server, tmp_path / "s.db", run)
    assert (second.sent.created, second.sent.changed, second.sent.relations) == (0, 0, 0)
    with Store.open(tmp_path / "s.db") as store:
        thing = store.get(run)
    assert thing is not None
    assert any("doi.org" in identifier for identifier in thing.identifiers)


def test_what_changes_is_written(tmp_path: Path, server: OtherServer) -> None:
    """A new label, and a relation that is said no more."""
    fill(tmp_path / "s.db", "changing")
    run = fill(tmp_path / "s.db", "changing", label="renamed", dropped=True)
    send(tmp_path / "s.db", server.url, server, run)

    assert_same_graph(server, tmp_path / "s.db", run)
    assert any(thing["title"] == "renamed" for thing in server.held().objects)


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["reset-after", "502", "truncated"])
def test_no_fault_loses_or_doubles_anything(tmp_path: Path, server: OtherServer, fault: str) -> None:
    """One request after the other goes wrong; then all goes well, and everything is there once."""
    path = tmp_path / "s.db"
    with fault_proxy(server.url, tmp_path) as proxy:
        for number in itertools.count(1):
            run = fill(path, f"{fault} {number}", jobs=1)
            proxy.plan({"fault": fault, "nth": number})
            send(path, proxy.url, server, run)
            fired = proxy.rules()[0]["fired"]
            proxy.plan()
            send(path, proxy.url, server)
            assert_same_graph(server, path, run)
            if not fired:
                assert number > 5
                return
