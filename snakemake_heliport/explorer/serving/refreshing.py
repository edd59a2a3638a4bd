"""Keeping what is served up to date while runs go on, beside the answers and never in their way."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.questions.status import Standing
from snakemake_heliport.lineage.status import Status

# Journals are looked at this often; after a long fold, they are left alone for some time.
SECONDS, PATIENCE = 2.0, 4.0
# Files change without a run, too.
STANDING_SECONDS = 60.0
# Run ids (or names of journals) with what changes when more is recorded.
Stamps = dict[str, str]


class Refresher:
    """Folds journals into the store as they grow, and compares files with their record.

    Args:
        context: Makes what pages are made from, anew after each change.
        stamps: Tells what was recorded by now, by the IRI of the run.
        fold: Brings the store up to date.
        status: Compares the files of the working directory with their record; None where there is none.
    """

    def __init__(
        self,
        context: Callable[[], Context],
        stamps: Callable[[], Stamps],
        fold: Callable[[], None],
        status: Callable[[], Status] | None,
    ) -> None:
        self._make, self._stamps, self._fold, self._status = context, stamps, fold, status
        self._known = stamps()
        self.context = context()
        self.standing = None if status is None else Standing(None)
        self._next = 0.0
        self._standings = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heliport-refresh", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no longer."""
        self._ended.set()
        self._thread.join(timeout=5)

    def version(self, run: str) -> str:
        """Return what changes when a page of this run, or, of none, one of everything, would."""
        known = self._known
        told = known.get(run, "") if run else f"{sorted(known.items())} {self._standings}"
        return sha256(told.encode()).hexdigest()[:16]

    def _run(self) -> None:
        pause = 0.0
        while not self._ended.wait(pause):
            begin = time.monotonic()
            # A store that is busy or away for now is asked again.
            with suppress(HeliportError, OSError):
                self._look()
            pause = max(SECONDS, PATIENCE * (time.monotonic() - begin))

    def _look(self) -> None:
        stamps = self._stamps()
        if stamps != self._known:
            self._fold()
            self.context = self._make()
            self._known, self._next = stamps, 0.0
        if self._status is not None and time.monotonic() >= self._next:
            self._compare(self._status)

    def _compare(self, status: Callable[[], Status]) -> None:
        found = Standing(status())
        if found != self.standing:
            self.standing = found
            self._standings += 1
        self._next = time.monotonic() + STANDING_SECONDS
