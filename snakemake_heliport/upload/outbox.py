"""The outbox: runs wait in the store until a server has them, in order, whatever happens in between."""

import os
import socket
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

import msgspec

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.records import SendTo
from snakemake_heliport.settings import Granularity
from snakemake_heliport.store import Store
from snakemake_heliport.store.ledger import Entry, Ledger, Waiting
from snakemake_heliport.upload.content import content_of
from snakemake_heliport.upload.contract import load_contract
from snakemake_heliport.upload.errors import Rejected, UploadError
from snakemake_heliport.upload.sending import send
from snakemake_heliport.upload.session import SENT, Sent, Session
from snakemake_heliport.upload.sparql import send_graph
from snakemake_heliport.upload.targets import SPARQL, Target, at_address, client_of, server_at
from snakemake_heliport.vocabulary import load

# In the ledger: how much of a run was sent.
RUN = "run"
# Who sends says so at least this often; after that long without a word, somebody else may go on.
LEASE_SECONDS = 60.0
RENEW_SECONDS = 15.0
# How long a run waits after its first, second … try; the last one for all that follow.
PAUSES = (60.0, 300.0, 900.0, 3600.0)


class OutOfTime(HeliportError):
    """The time for sending is over; what is left waits."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of sending one run to one server: what was sent, or why it waits."""

    run: str
    server: str
    sent: Sent = field(default_factory=Sent)
    failure: str | None = None


class _Watch:
    """Holds the right to send to a server, and knows when to stop."""

    def __init__(self, ledger: Ledger, until: float | None) -> None:
        self._ledger = ledger
        self.until = until
        self._renewed = time.monotonic()
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"

    def alive(self) -> None:
        """Go on, if there is time and nobody else has taken over."""
        now = time.monotonic()
        if self.until is not None and now > self.until:
            raise OutOfTime("the time for sending is over")
        if now - self._renewed > RENEW_SECONDS:
            if not self._ledger.renew(self.holder, LEASE_SECONDS):
                raise OutOfTime("another process has gone on with sending")
            self._renewed = now


def deliver(
    store: Store,
    targets: Mapping[str, Target],
    *,
    seconds: float | None = None,
    due_only: bool = False,
    runs: Mapping[str, list[str]] | None = None,
) -> Iterator[Delivery]:
    """Send what waits, server by server and the oldest first; yield what came of each run.

    Args:
        targets: The servers as they are to be spoken to now, by name; of others the outbox knows the address.
        seconds: How long that may take altogether.
        due_only: Leave out runs that failed a short while ago.
        runs: Runs that are to be sent by the name of the server, beside what waits.
    """
    until = None if seconds is None else time.monotonic() + seconds
    for name in sorted({*store.targets(), *targets}):
        ledger = store.ledger(name)
        noted = {item.run: item.facts for item in ledger.waiting()}
        for run in (runs or {}).get(name, ()):
            ledger.enqueue(run, {**noted.get(run, {}), **targets[name].facts()})
        waiting = [item for item in ledger.waiting() if not due_only or (item.next or 0.0) <= time.time()]
        if waiting:
            yield from _to_server(store, name, targets.get(name), waiting, until)


def _to_server(
    store: Store, name: str, target: Target | None, waiting: list[Waiting], until: float | None
) -> Iterator[Delivery]:
    ledger = store.ledger(name)
    watch = _Watch(ledger, until)
    _free_if_dead(ledger)
    if not ledger.acquire(watch.holder, LEASE_SECONDS):
        for item in waiting:
            yield Delivery(item.run, name, failure="another process is sending to this server at this moment")
        return
    try:
        yield from _one_by_one(store, ledger, name, target, waiting, watch)
    finally:
        ledger.release(watch.holder)


def _free_if_dead(ledger: Ledger) -> None:
    """Take the right to send from a process of this machine that was killed; from another machine's, time does."""
    holder = ledger.holder
    if holder is None:
        return
    host, number, _ = holder.rsplit(":", 2)
    if host == socket.gethostname() and not _is_alive(int(number)):
        ledger.release(holder)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _one_by_one(
    store: Store, ledger: Ledger, name: str, target: Target | None, waiting: list[Waiting], watch: _Watch
) -> Iterator[Delivery]:
    for item in waiting:
        here = target.over(item.facts) if target else Target(msgspec.convert(item.facts, SendTo))
        try:
            watch.alive()
            sent = _send(store, ledger, item.run, here, watch)
        except OutOfTime as error:
            # It failed at nothing: the next one may go on at once.
            yield Delivery(item.run, name, failure=str(error))
            return
        except HeliportError as error:
            ledger.failed(item.run, str(error), time.time() + PAUSES[min(item.tries, len(PAUSES) - 1)])
            yield Delivery(item.run, name, failure=str(error))
            if isinstance(error, UploadError) and not isinstance(error, Rejected):
                # What is wrong with the server is wrong for all that wait for it.
                return
            continue
        if sent.refused:
            ledger.failed(item.run, _first_of(sent.refused), time.time() + PAUSES[-1])
        else:
            ledger.done(item.run)
        yield Delivery(item.run, name, sent)


def _send(store: Store, ledger: Ledger, run: str, target: Target, watch: _Watch) -> Sent:
    if store.get(run) is None:
        raise HeliportError(f"run {run.removeprefix('urn:uuid:')[:8]} is not in this store any more")
    at_address(ledger, target.to.url)
    with client_of(target, load_contract(target.contract), watch.until) as client:
        if target.to.kind == SPARQL:
            return send_graph(store, ledger, run, client, target.update, watch.alive, target.audience)
        server = server_at(client, target, ledger)
        granularity = _granularity(ledger, run, target)
        content = content_of(store, run, granularity, load(), ledger.assigned())
        assign = partial(store.assign_identifiers, target.to.name)
        sent = send(Session(server, ledger, assign, watch.alive), content)
        ledger.record(RUN, [(run, Entry(None, sent.url, granularity, SENT, time.time()))])
        return sent


def _granularity(ledger: Ledger, run: str, target: Target) -> Granularity:
    """Return how much of a run is sent: what is said, else as much as the last time."""
    before = ledger.entries(RUN).get(run)
    return Granularity(target.to.granularity or (before and before.payload) or Granularity.RUN)


def _first_of(refused: Mapping[str, str]) -> str:
    first, *more = refused.values()
    return f"refused: {first}{f' (and {len(more)} more)' if more else ''}"
