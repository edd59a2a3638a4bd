"""What was sent, what came back, what waits, and who is sending."""

import itertools
import multiprocessing
import time
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from store.builders import RUN_A, RUN_B, file, file_itself, replace, run_itself

from snakemake_heliport.model import DigitalObject, Kind, Visibility
from snakemake_heliport.store import Entry, Store, StoreError
from snakemake_heliport.store.engine import MIGRATING, REMOVING, alone, among_others

SENT = Entry("17", "https://heliport.example/17", "ab" * 32, "sent", 1_790_000_000.123456)
KEY = "urn:x:1\x1fused\x1furn:x:2"


def test_what_was_sent_is_known_by_key(store: Store) -> None:
    """Entries come back as they were recorded, apart by target and kind; the last one of a key stands."""
    ledger, other = store.ledger("heliport"), store.ledger("elsewhere")
    empty = Entry(None, None, None, "gone", 0.5)

    ledger.record("object", [("urn:x:1", empty), ("urn:x:ü", SENT)])
    ledger.record("relation", iter([(KEY, SENT)]))
    ledger.record("object", [("urn:x:1", empty), ("urn:x:1", SENT._replace(server_id="18"))])
    ledger.record("object", [])
    other.record("object", [("urn:x:1", empty)])

    assert ledger.entries("object") == {"urn:x:1": SENT._replace(server_id="18"), "urn:x:ü": SENT}
    assert ledger.entries("relation") == {KEY: SENT}
    assert ledger.entries("attribute") == {}
    assert other.entries("object") == {"urn:x:1": empty}


def test_what_is_forgotten_is_gone_of_this_target_only(store: Store) -> None:
    """Keys are forgotten one by one or all together; the outbox and the address are not touched."""
    ledger, other = store.ledger("heliport"), store.ledger("elsewhere")
    for each in (ledger, other):
        each.record("object", [("urn:x:1", SENT), ("urn:x:2", SENT)])
    ledger.set_address("https://heliport.example")
    ledger.enqueue(RUN_A, {})

    ledger.forget("object", ["urn:x:1", "urn:x:1", "urn:x:unknown"])
    assert ledger.entries("object") == {"urn:x:2": SENT}

    ledger.forget_all()
    assert ledger.entries("object") == {}
    assert set(other.entries("object")) == {"urn:x:1", "urn:x:2"}
    assert ledger.address == "https://heliport.example"
    assert [waiting.run for waiting in ledger.waiting()] == [RUN_A]


def test_many_entries_are_recorded_at_once(store: Store) -> None:
    """More rows than a statement may have variables are no matter, and all are there afterwards."""
    ledger = store.ledger("heliport")
    rows = {f"urn:x:{number}": SENT._replace(server_id=str(number)) for number in range(5000)}

    ledger.record("object", rows.items())
    ledger.record("object", rows.items())

    assert ledger.entries("object") == rows
    ledger.forget("object", list(rows)[1:])
    assert list(ledger.entries("object")) == ["urn:x:0"]


def test_an_address_and_facts_are_kept_apart(store: Store) -> None:
    """Either can be said first, and changed without the other."""
    ledger = store.ledger("heliport")
    assert (ledger.address, ledger.facts) == (None, {})

    ledger.set_facts({"version": [1, 2], "name": "é"})
    assert (ledger.address, ledger.facts) == (None, {"version": [1, 2], "name": "é"})
    ledger.set_address("https://a.example")
    ledger.set_address("https://b.example")
    ledger.set_facts({})
    assert (ledger.address, ledger.facts) == ("https://b.example", {})


def test_runs_wait_in_order_and_keep_their_tries(store: Store) -> None:
    """The oldest comes first; what failed says why and when it is due; a run that is queued again keeps its place."""
    ledger, before = store.ledger("heliport"), time.time()
    ledger.enqueue(RUN_B, {"granularity": "run"})
    time.sleep(0.01)
    ledger.enqueue(RUN_A)
    ledger.failed(RUN_B, "502 bad gateway\x00", next_at=before + 60)
    ledger.failed(RUN_B, "refused", next_at=before + 120)
    ledger.enqueue(RUN_B, {"granularity": "jobs"})

    first, second = ledger.waiting()

    assert (first.run, second.run) == (RUN_B, RUN_A)
    assert (first.tries, first.next, first.failure) == (2, before + 120, "refused")
    assert (first.facts, second.facts) == ({"granularity": "jobs"}, {})
    assert first.tried is not None
    assert before <= first.queued <= first.tried <= time.time()
    assert (second.tries, second.tried, second.next, second.failure) == (0, None, None, None)

    ledger.done(RUN_B)
    ledger.done(RUN_B)
    ledger.failed(RUN_B, "nobody waits any more")
    assert [waiting.run for waiting in ledger.waiting()] == [RUN_A]
    assert store.ledger("elsewhere").waiting() == []


def test_targets_are_those_of_which_anything_is_known(store: Store) -> None:
    """A name appears once something was said, sent or queued for it."""
    assert store.targets() == []
    store.ledger("c").enqueue(RUN_A, {})
    store.ledger("a").set_address("https://a.example")
    store.ledger("b").record("object", [("urn:x:1", SENT)])
    store.ledger("d").acquire("me", 60)
    assert store.targets() == ["a", "b", "c"]


def test_a_store_that_is_only_read_takes_no_notes(store: Store, database: str) -> None:
    """A reader sees the ledger, and cannot change it."""
    store.ledger("heliport").record("object", [("urn:x:1", SENT)])
    with Store.open(database, readonly=True) as reader:
        ledger = reader.ledger("heliport")
        assert ledger.entries("object") == {"urn:x:1": SENT}
        with pytest.raises(StoreError, match="opened for reading only"):
            ledger.record("object", [])
        with pytest.raises(StoreError, match="opened for reading only"):
            reader.assign_identifiers("heliport", [])


def test_a_lease_has_one_holder(store: Store) -> None:
    """Only its holder renews or releases it; a lease whose time is over goes to whoever asks first."""
    ledger = store.ledger("heliport")

    assert ledger.acquire("a", 60)
    assert ledger.acquire("a", 60)
    assert not ledger.acquire("b", 60)
    assert not ledger.renew("b", 60)
    ledger.release("b")
    assert not ledger.acquire("b", 60)
    assert store.ledger("elsewhere").acquire("b", 60)

    assert ledger.renew("a", 0)
    assert ledger.acquire("b", 60)
    assert not ledger.renew("a", 60)
    ledger.release("a")
    assert not ledger.acquire("a", 60)
    ledger.release("b")
    assert ledger.acquire("a", 60)


def compete(database: str, name: str, log: str, turns: int, start: Barrier) -> None:
    """Take the lease so many times, and note when it was had."""
    with Store.open(database) as store, Path(log).open("a", encoding="utf-8") as file:
        ledger = store.ledger("heliport")
        start.wait(60)
        while turns:
            if ledger.acquire(name, 30):
                turns -= 1
                begin = time.monotonic()
                time.sleep(0.002)
                file.write(f"{begin} {time.monotonic()} {name}\n")
                ledger.release(name)
                time.sleep(0.002)


@pytest.mark.slow
def test_two_processes_never_hold_a_lease_at_once(database: str, tmp_path: Path) -> None:
    """However fast they compete, the times at which they held it do not overlap, and each gets its turn."""
    Store.open(database).close()
    context, turns = multiprocessing.get_context("fork"), 20
    start = context.Barrier(2)
    logs = [str(tmp_path / name) for name in "ab"]
    processes = [context.Process(target=compete, args=(database, log[-1], log, turns, start)) for log in logs]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0, 0]
    held = sorted(tuple(map(float, line.split()[:2])) for log in logs for line in Path(log).read_text().splitlines())
    assert len(held) == 2 * turns
    assert all(end < begin for (_, end), (begin, _) in itertools.pairwise(held))


def test_assigned_identifiers_come_after_an_objects_own(store: Store) -> None:
    """They are told wherever the object is, once each, also those of another server, in a stable order."""
    own = DigitalObject("urn:x:1", Kind.FILE, "f", None, {"path": "p"}, Visibility.PUBLIC, ("swh:1", "doi:10.1/z"))
    replace(store, RUN_A, [*run_itself(RUN_A), own])
    before = list(store.statements())

    store.assign_identifiers("heliport", [("urn:x:1", "hdl:20/9"), ("urn:x:1", "doi:10.1/z"), (RUN_A, "hdl:20/1")])
    store.assign_identifiers("elsewhere", iter([("urn:x:1", "ark:/1"), ("urn:x:nobody", "ark:/2")]))
    store.assign_identifiers("elsewhere", [("urn:x:1", "hdl:20/9")])

    expected = ("swh:1", "doi:10.1/z", "ark:/1", "hdl:20/9")
    (found,) = store.file_versions("p")
    told = {thing.iri: thing.identifiers for thing, _ in store.statements()}
    assert found.identifiers == expected
    assert store.get("urn:x:1") == found
    assert store.find("f", [Kind.FILE]) == [found]
    assert (told["urn:x:1"], told[RUN_A]) == (expected, ("hdl:20/1",))
    assert {thing.iri: thing.identifiers for thing, _ in store.statements([RUN_A])} == told
    assert [relations for _, relations in store.statements()] == [relations for _, relations in before]
    assert store.get("urn:x:nobody") is None


def test_assigned_identifiers_outlive_the_statements_of_a_run(store: Store) -> None:
    """An object that is assembled again, or that comes back after it was removed, has them as before."""
    replace(store, RUN_A, [*run_itself(RUN_A), *file_itself("a")])
    store.assign_identifiers("heliport", [(file("a"), "hdl:20/1")])

    replace(store, RUN_A, [*run_itself(RUN_A), *file_itself("a")])
    again = store.get(file("a"))
    replace(store, RUN_A, run_itself(RUN_A))
    gone = store.get(file("a"))
    replace(store, RUN_B, file_itself("a"))
    back = store.get(file("a"))

    assert gone is None
    assert again is not None
    assert again.identifiers == ("hdl:20/1",)
    assert back == again


def test_a_lease_is_renewed_while_others_write(team_database: str) -> None:
    """What is noted for sending does not wait for runs that are being merged, not even for one that may remove."""
    with Store.open(team_database) as store, Store.open(team_database) as other:
        ledger = store.ledger("heliport")
        with other._engine.begin() as merging:
            among_others(merging, MIGRATING)
            alone(merging, REMOVING)
            begin = time.monotonic()
            assert ledger.acquire("me", 60)
            ledger.record("object", [("urn:x:1", SENT)])
            assert time.monotonic() - begin < 10
