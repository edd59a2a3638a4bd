"""The tap: sees each log record in the thread that logs it, before it is queued.

Snakemake's own handler of a plugin runs in another thread, where reading a job's params would race with the main
thread and could run a user's function twice. A filter runs in the thread that logs, and `--quiet` does not touch it.
"""

import logging
from collections.abc import Callable
from typing import ClassVar


class Tap(logging.Filter):
    """Calls `observe(record)` for each record of a logger; never rejects one, never raises.

    Only the newest tap listens: up to Snakemake 9.20 a handler is closed at interpreter exit only, and a process that
    runs several workflows would otherwise record each run twice.
    """

    _current: ClassVar["Tap | None"] = None

    def __init__(
        self,
        logger: logging.Logger,
        observe: Callable[[logging.LogRecord], None],
        failed: Callable[[str, Exception], None],
    ) -> None:
        super().__init__()
        self._logger = logger
        self._observe = observe
        self._failed = failed

    def install(self) -> None:
        """Begin to listen."""
        if Tap._current is not None:
            Tap._current.remove()
        Tap._current = self
        self._logger.addFilter(self)

    def remove(self) -> None:
        """Stop listening."""
        self._logger.removeFilter(self)
        if Tap._current is self:
            Tap._current = None

    def filter(self, record: logging.LogRecord) -> bool:
        """Show the record to the observer and let it pass."""
        try:
            self._observe(record)
        except Exception as error:  # noqa: BLE001 (an exception here would end the user's run)
            self._failed(str(getattr(record, "event", None) or "message"), error)
        return True
