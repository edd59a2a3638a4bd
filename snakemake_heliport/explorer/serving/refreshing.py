"""Keeping what is served up to date while runs go on, beside the answers and never in their way."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.questions.status import Standing
from snakemake_heliport.lineage.status import Status

# Journals are looked at this often; after a long fold, they are left alone for some time.
SECONDS, PATIENCE = 2.0, 4.0
# Files change without a run, too: they are looked at the more often the less time it takes.
STANDING_SECONDS, STANDING_LEAST, STANDING_PATIENCE = 60.0, 10.0, 50.0
# Who asks how they stand waits so long for a comparison, and takes one that is so old.
AT_MOST, FRESH_SECONDS = 2.0, 3.0
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
        self._next, self._took, self._compared = 0.0, 0.0, 0.0
        self._comparing = threading.Lock()
        self._standings = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heliport-refresh", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no longer."""
        self._ended.set()
        # It is a daemon, and the store is changed whole or not at all.
        self._thread.join(timeout=0.5)

    def version(self, run: str) -> str:
        """Return what changes when a page of this run, or, of none, one of everything, would."""
        known = self._known
        told = known.get(run, "") if run else f"{sorted(known.items())} {self._standings}"
        return sha256(told.encode()).hexdigest()[:16]

    def standing_now(self) -> Standing | None:
        """Return how the files stand: compared anew, unless that was just done, or would keep who asks waiting."""
        status, known = self._status, self.standing
        if status is None or known is None:
            return None
        old = time.monotonic() - self._compared > FRESH_SECONDS
        is_quick = self._took < AT_MOST and known != Standing(None) and not self._comparing.locked()
        if self._is_gone() or (old and is_quick):
            self._compare(status)
        return self.standing

    def _run(self) -> None:
        pause = 0.0
        while not self._ended.wait(pause):
            begin = time.monotonic()
            # A store that is busy or away for now is asked again.
            with suppress(HeliportError, OSError):
                self._look()
            pause = max(SECONDS, PATIENCE * (time.monotonic() - begin))

    def _look(self) -> None:
        # Where there is no directory any more, nothing is to be read, and no store to be made anew.
        if not self._is_gone():
            stamps = self._stamps()
            if stamps != self._known:
                self._fold()
                self.context = self._make()
                self._known, self._next = stamps, 0.0
        if self._status is not None and time.monotonic() >= self._next:
            self._compare(self._status)

    def _is_gone(self) -> bool:
        disk = self.context.disk
        return disk is not None and not disk.workdir.is_dir()

    def _compare(self, status: Callable[[], Status]) -> None:
        with self._comparing:
            at, begin = datetime.now(UTC), time.monotonic()
            found = self._found(status, at)
            is_news = found != self.standing
            self.standing = found
            self._standings += is_news
            self._compared = time.monotonic()
            self._took = self._compared - begin
            pause = min(STANDING_SECONDS, max(STANDING_LEAST, STANDING_PATIENCE * self._took))
            self._next = self._compared + pause

    def _found(self, status: Callable[[], Status], at: datetime) -> Standing:
        try:
            found = None if self._is_gone() else status()
        except (HeliportError, OSError) as error:
            return Standing(None, at, f"The files cannot be compared with their record: {error}")
        # It may have gone meanwhile, and then says nothing of the files.
        if self._is_gone() or found is None:
            return Standing(None, at, "The working directory is no longer there, and its files neither.")
        return Standing(found, at)
