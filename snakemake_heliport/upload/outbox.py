"""The outbox: runs wait in the store until a server has them, in order, whatever happens in between."""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import msgspec

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.records import SendTo
from snakemake_heliport.settings import Granularity
from snakemake_heliport.store import Store
from snakemake_heliport.store.ledger import Entry, Waiting
from snakemake_heliport.upload.attaching import attach
from snakemake_heliport.upload.content import content_of
from snakemake_heliport.upload.contract import load_contract
from snakemake_heliport.upload.errors import Rejected, UploadError
from snakemake_heliport.upload.lease import OutOfTime, Watch, held
from snakemake_heliport.upload.sending import send
from snakemake_heliport.upload.session import SENT, Sent, Session
from snakemake_heliport.upload.sparql import send_graph
from snakemake_heliport.upload.targets import SPARQL, Target, at_address, client_of, server_at
from snakemake_heliport.vocabulary import load

# In the ledger: how much of a run was sent.
RUN = "run"
# How long a run waits after its first, second … try, in seconds; the last one for all that follow.
PAUSES = (60.0, 300.0, 900.0, 3600.0)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of sending one run to one server: what was sent, or why it waits."""

    run: str
    server: str
    sent: Sent = field(default_factory=Sent)
    failure: str | None = None


def deliver(
    store: Store,
    targets: Mapping[str, Target],
    *,
    seconds: float | None = None,
    due_only: bool = False,
    runs: Mapping[str, list[str]] | None = None,
    workdir: Path | None = None,
) -> Iterator[Delivery]:
    """Send what waits, server by server and the oldest first; yield what came of each run.

    Args:
        targets: The servers as they are to be spoken to now, by name; of others the outbox knows the address.
        seconds: How long that may take altogether.
        due_only: Leave out runs that failed a short while ago, unless they are named.
        runs: Runs that are to be sent by the name of the server, beside what waits.
        workdir: Where the code of the workflow is, for crates.
    """
    until = None if seconds is None else time.monotonic() + seconds
    for name in sorted({*store.targets(), *targets}):
        courier = _Courier(store, name, targets.get(name), workdir)
        named = (runs or {}).get(name, [])
        courier.enqueue(named)
        yield from courier.deliver(until, named if due_only else None)


class _Courier:
    """Brings runs to one server.

    Args:
        target: The server as it is to be spoken to now, None where only the outbox knows of it.
    """

    def __init__(self, store: Store, name: str, target: Target | None, workdir: Path | None) -> None:
        self._store = store
        self._name = name
        self._target = target
        self._workdir = workdir
        self._ledger = store.ledger(name)

    def enqueue(self, runs: Iterable[str]) -> None:
        """Let runs wait; of one that waits already, what was said before stays said."""
        facts = {} if self._target is None else self._target.facts()
        noted = {item.run: item.facts for item in self._ledger.waiting()}
        for run in runs:
            self._ledger.enqueue(run, {**noted.get(run, {}), **facts})

    def deliver(self, until: float | None, named: Collection[str] | None) -> Iterator[Delivery]:
        """Send what waits, the oldest first, until the time is over or the server fails.

        Args:
            named: Runs that are sent although they failed a short while ago; None is all.
        """
        waiting = self._ledger.waiting()
        if named is not None:
            waiting = [item for item in waiting if item.run in named or (item.next or 0.0) <= time.time()]
        if not waiting:
            return
        try:
            with held(self._ledger, until) as watch:
                for item in waiting:
                    delivery, goes_on = self._one(item, watch)
                    yield delivery
                    if not goes_on:
                        return
        except OutOfTime as error:
            yield Delivery(waiting[0].run, self._name, failure=str(error))

    def _one(self, item: Waiting, watch: Watch) -> tuple[Delivery, bool]:
        """Send one run; return what came of it, and whether it is worth while to go on with the next."""
        try:
            sent = self._send(item, watch)
        except OutOfTime as error:
            # It failed at nothing: the next one may go on at once.
            return Delivery(item.run, self._name, failure=str(error)), False
        except HeliportError as error:
            pause = PAUSES[min(item.tries, len(PAUSES) - 1)]
            self._ledger.failed(item.run, str(error), time.time() + pause)
            # What is wrong with the server is wrong for all that wait for it.
            goes_on = isinstance(error, Rejected) or not isinstance(error, UploadError)
            return Delivery(item.run, self._name, failure=str(error)), goes_on
        if sent.refused:
            self._ledger.failed(item.run, _first_of(sent.refused), time.time() + PAUSES[-1])
        else:
            self._ledger.done(item.run)
        return Delivery(item.run, self._name, sent), True

    def _send(self, item: Waiting, watch: Watch) -> Sent:
        watch.alive()
        target = Target(msgspec.convert(item.facts, SendTo)) if self._target is None else self._target.over(item.facts)
        if self._store.get(item.run) is None:
            raise HeliportError(f"run {item.run.removeprefix('urn:uuid:')[:8]} is not in this store any more")
        at_address(self._ledger, target.to.url)
        with client_of(target, load_contract(target.contract), watch.until) as client:
            if target.to.kind == SPARQL:
                update, audience = target.update, target.audience
                return send_graph(self._store, self._ledger, item.run, client, update, watch.alive, audience)
            server = server_at(client, target, self._ledger)
            assign = partial(self._store.assign_identifiers, self._name)
            return self._bring(item.run, target, Session(server, self._ledger, assign, watch.alive))

    def _bring(self, run: str, target: Target, session: Session) -> Sent:
        before = self._ledger.entries(RUN).get(run)
        # What nobody says is as it was the last time.
        granularity = Granularity(target.to.granularity or (before and before.payload) or Granularity.RUN)
        content = content_of(self._store, run, granularity, load(), self._ledger.assigned())
        sent = send(session, content)
        attach(session, content, self._store, self._workdir)
        self._ledger.record(RUN, [(run, Entry(None, sent.url, granularity, SENT, time.time()))])
        return sent


def _first_of(refused: Mapping[str, str]) -> str:
    first, *more = refused.values()
    return f"refused: {first}{f' (and {len(more)} more)' if more else ''}"
