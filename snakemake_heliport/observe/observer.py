"""A thread beside the run that hashes files and reads what jobs leave, so that the run never waits for it.

Work is taken in small batches a few times a second rather than woken for each file: on thousands of trivial jobs the
wake-ups would cost more than the work.
"""

import time
from collections import deque
from collections.abc import Callable
from threading import Event, Lock, Thread

from snakemake_heliport.observe import hashing
from snakemake_heliport.observe.hashing import ContentUnknown, HashCache
from snakemake_heliport.records import DIRECTORY_SIZE, AnyRecord, FileSeen, Signature

TICK = 0.25
MAX_OPEN_FILES = 128
SYNC_EVERY = 1.0

Task = Callable[[], AnyRecord | None]


class Observer:
    """Runs tasks in the background and hands each resulting record to `write`.

    Args:
        write: Takes a finished record; called from the observer's threads.
        sync: Called about once a second.
        limit: Files above this many bytes are not hashed (None: no limit).
        cache: Digests of large files known from before.
        failed: Takes a sentence for a task that raised.
        threads: How many threads hash at once.
    """

    def __init__(
        self,
        write: Callable[[AnyRecord], None],
        *,
        sync: Callable[[], None] = lambda: None,
        limit: int | None = None,
        cache: HashCache | None = None,
        failed: Callable[[str], None] = lambda _: None,
        threads: int = 2,
    ) -> None:
        self._write = write
        self._sync = sync
        self._limit = limit
        self._cache = cache
        self._failed = failed
        self._urgent: deque[Task] = deque()
        self._later: deque[Task] = deque()
        # Hashes of (name, state): in a run of 100,000 jobs the names themselves would take a hundred megabytes.
        self._known: set[int] = set()
        self._open_files = 0
        self._busy = 0
        self._lock = Lock()
        self._closing = Event()
        self._abandoned = Event()
        self._threads = [Thread(target=self._run, name="heliport", daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def submit(self, task: Task) -> None:
        """Run a task soon."""
        self._urgent.append(task)

    def file(
        self, path: str, seen: Signature, *, name: str | None = None, vanishing: bool = False, later: bool = False
    ) -> None:
        """Find the digest of a file in the state `seen`, once for each state.

        Args:
            name: What the record calls the file, where that is not its path.
            vanishing: The file may be deleted right after this call, so it is opened before it returns.
            later: The file can wait until everything else is done.
        """
        name = name or path
        known = hash((name, seen))
        if known in self._known:
            return
        self._known.add(known)
        queue = self._later if later else self._urgent
        fd = self._hold(path) if vanishing and seen.size != DIRECTORY_SIZE else None
        queue.append(lambda: self._file(path, name, seen, fd))

    def _hold(self, path: str) -> int | None:
        if self._open_files >= MAX_OPEN_FILES:
            return None
        try:
            fd = hashing.open_for_hash(path)
        except ContentUnknown:
            return None
        with self._lock:
            self._open_files += 1
        return fd

    def _file(self, path: str, name: str, seen: Signature, fd: int | None) -> FileSeen:
        if fd is None:
            return hashing.file_seen(path, name, seen, self._limit, self._cache)
        with self._lock:
            self._open_files -= 1
        try:
            return FileSeen(path=name, seen=seen, sha256=hashing.hash_open_file(fd, seen, self._limit))
        except ContentUnknown as unknown:
            return FileSeen(path=name, seen=seen, reason=str(unknown))

    def _run(self) -> None:
        synced = time.monotonic()
        while not self._abandoned.is_set():
            if self._step():
                continue
            if time.monotonic() - synced > SYNC_EVERY:
                self._sync()
                synced = time.monotonic()
            if self._closing.wait(TICK) and not (self._urgent or self._later):
                return

    def _step(self) -> bool:
        """Do one task; return False when there is none."""
        with self._lock:
            queue = self._urgent or self._later
            if not queue:
                return False
            task = queue.popleft()
            self._busy += 1
        try:
            record = task()
            if record is not None:
                self._write(record)
        except Exception as error:  # noqa: BLE001 (a thread of ours: it must go on, and say what was lost)
            self._failed(f"{type(error).__name__}: {error}")
        finally:
            with self._lock:
                self._busy -= 1
        return True

    def finish(self, seconds: float) -> int:
        """Let the threads do what is left, for at most so many seconds.

        Returns:
            How many tasks were left undone; a later command does them where the files still stand.
        """
        deadline = time.monotonic() + seconds
        self._closing.set()
        try:
            for thread in self._threads:
                thread.join(max(0.0, deadline - time.monotonic()))
        finally:
            self._abandoned.set()
        return len(self._urgent) + len(self._later) + self._busy
