"""Queries take a process and all of a processor each: few at once, and none that nobody waits for."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from starlette.requests import Request

from snakemake_heliport.explorer.questions.making import Making
from snakemake_heliport.explorer.serving.working import beside

AT_ONCE = 2
# How often it is looked whether somebody still waits.
GLANCE_SECONDS = 0.25
T = TypeVar("T")


class Busy(Exception):
    """As many queries are being answered as may be."""


class Asking:
    """The queries that are being answered, and the graphs that are made ready for them."""

    def __init__(self) -> None:
        self.making = Making()
        self._free = threading.BoundedSemaphore(AT_ONCE)
        self._given_up: set[threading.Event] = set()
        self._ended = threading.Event()

    async def answered(self, request: Request, work: Callable[[threading.Event], T]) -> T:
        """Return what work returns, which is told by an event when nobody waits for it any longer.

        Raises:
            Busy: There are too many already.
        """
        if self._ended.is_set() or not self._free.acquire(blocking=False):
            raise Busy
        given_up = threading.Event()
        self._given_up.add(given_up)
        if self._ended.is_set():
            given_up.set()

        def run() -> T:
            # Free again once the process is gone, and not when who asked is.
            try:
                return work(given_up)
            finally:
                self._given_up.discard(given_up)
                self._free.release()

        waiting = asyncio.ensure_future(beside(run))
        try:
            while not waiting.done():
                await asyncio.wait({waiting}, timeout=GLANCE_SECONDS)
                if not waiting.done() and await request.is_disconnected():
                    given_up.set()
            return waiting.result()
        except asyncio.CancelledError:
            given_up.set()
            raise

    def end(self) -> None:
        """Give up all of them, and begin no other."""
        self._ended.set()
        self.making.end()
        # A copy: threads take theirs away meanwhile. And no lock: this is called when a signal comes, at any time.
        for given_up in self._given_up.copy():
            given_up.set()
