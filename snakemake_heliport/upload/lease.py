"""The right to send to a server: one process at a time has it, on whatever machine, and only while it is alive."""

import os
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.store.ledger import Ledger

# Who sends says so at least this often; after that long without a word, somebody else may go on.
LEASE_SECONDS = 60.0
RENEW_SECONDS = 15.0


class OutOfTime(HeliportError):
    """Sending has to stop before it is done; what is left waits, and nothing is wrong with it."""


class Watch:
    """Tells a process that sends whether it may go on.

    Args:
        holder: Who has the right to send.
        until: The monotonic time at which sending ends, None if there is no hurry.
    """

    def __init__(self, ledger: Ledger, holder: str, until: float | None) -> None:
        self.until = until
        self._ledger = ledger
        self._holder = holder
        self._renewed = time.monotonic()

    def alive(self) -> None:
        """Go on, if there is time and nobody else has taken over.

        Raises:
            OutOfTime: There is none, or somebody has.
        """
        now = time.monotonic()
        if self.until is not None and now > self.until:
            raise OutOfTime("the time for sending is over")
        if now - self._renewed > RENEW_SECONDS:
            if not self._ledger.renew(self._holder, LEASE_SECONDS):
                raise OutOfTime("another process has gone on with sending")
            self._renewed = now


@contextmanager
def held(ledger: Ledger, until: float | None) -> Iterator[Watch]:
    """Have the right to send to a server while the block lasts.

    Raises:
        OutOfTime: Another process has it.
    """
    holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    _free_if_dead(ledger)
    if not ledger.acquire(holder, LEASE_SECONDS):
        raise OutOfTime("another process is sending to this server at this moment")
    try:
        yield Watch(ledger, holder, until)
    finally:
        ledger.release(holder)


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
