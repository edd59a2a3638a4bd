"""The graphs of large stores, kept on disk for the queries to come: loading one takes longer than most answers.

A kept graph is a folder named by all that it was made from, so one of another state of the store, for another audience
or of another version is not found. It is made under another name, gets its own when it is whole, and is never changed:
any number of processes may ask it at once. It is made anew as a whole, because what runs say of a thing that they share
is merged. Who makes one has the folder to itself meanwhile; others wait, and find what was made. Any of it may be
deleted at any time: it is made again.
"""

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import chain
from pathlib import Path
from tempfile import mkdtemp
from typing import Self

import msgspec
import pyoxigraph

from snakemake_heliport import __version__
from snakemake_heliport.export.emitter import blocks_of
from snakemake_heliport.export.ntriples import nquads, ntriples
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.stream import readable
from snakemake_heliport.export.syntax import NTriplesSyntax
from snakemake_heliport.layout import FOLDER
from snakemake_heliport.model import Kind
from snakemake_heliport.store import Store

# From so many bytes of journals on it is worth it: about a thousand jobs, which take most of a second to load.
LARGE = 2_000_000
# A graph takes about seven times as much as the journals, and while it is made twice of that; a disk is never filled.
ROOM = 30
# How many are kept in one folder: for other audiences, with other vocabularies, of other stores.
MOST = 4
CACHE, GRAPHS, LOCK, UNFINISHED = "cache", "graphs", "lock", ".making"
DIGITS = 24


class Kept:
    """Where the graph of a store is kept, as an audience may know it."""

    def __init__(
        self,
        folder: Path,
        graph: str,
        room: int,
        state: Callable[[], str],
        load: Callable[[pyoxigraph.Store], None],
    ) -> None:
        self._folder = folder
        self._graph = graph
        self._room = room
        self._state = state
        self._load = load
        self._place = folder / f"{graph}-{state()}"

    @classmethod
    def of(cls, store: Store, selection: Selection, *, by_graph: bool) -> Self | None:
        """Return where a graph is kept; None where it is loaded as fast, or cannot be kept."""
        sizes = [stamp.size for kind in (Kind.RUN, Kind.IMPORT) for stamp in store.stamps(kind).values()]
        is_whole = selection.runs is None and selection.things is None
        # A run that waits to be read again may come to say more, and tell so by nothing.
        if not is_whole or sum(sizes) < LARGE or min(sizes) < 0:
            return None
        folder = _folder(store.place)
        if folder is None:
            return None
        said = [_whereabouts(store.place), selection.audience, selection.base, list(selection.layers), by_graph]
        return cls(
            folder,
            _digest(repr(said).encode("utf-8", "surrogateescape")),
            ROOM * sum(sizes),
            lambda: _state(store, selection),
            lambda graph: load(graph, store, selection, by_graph=by_graph),
        )

    def find(self) -> pyoxigraph.Store | None:
        """Return the graph of the store as it is now, None where there is none.

        Raises:
            OSError: It is broken; so with `RuntimeError`.
        """
        if not self._place.is_dir():
            return None
        os.utime(self._place)
        return pyoxigraph.Store.read_only(str(self._place))

    def make(self) -> pyoxigraph.Store:
        """Make the graph of the store as it is now, unless another process does, and return it.

        Raises:
            OSError: It cannot be made, or is broken; so with `RuntimeError`.
        """
        with self._alone():
            found = self.find()
            if found is not None:
                return found
            self._sweep()
            if shutil.disk_usage(self._folder).free < self._room:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            made = Path(mkdtemp(suffix=UNFINISHED, dir=self._folder))
            try:
                self._fill(made)
                # Of a store that has changed meanwhile it answers this query, and goes with the next sweep.
                if self._folder / f"{self._graph}-{self._state()}" == self._place:
                    made = made.rename(self._place)
                return pyoxigraph.Store.read_only(str(made))
            except BaseException:
                shutil.rmtree(made, ignore_errors=True)
                raise

    def discard(self) -> None:
        """Throw the graph away."""
        shutil.rmtree(self._place, ignore_errors=True)

    def _fill(self, place: Path) -> None:
        # Closed when this returns: nobody else may have it open to write.
        graph = pyoxigraph.Store(str(place))
        self._load(graph)
        graph.flush()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self._folder / LOCK).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _sweep(self) -> None:
        """Remove what was left half done, what was made of earlier states, and all but the last that were asked."""
        known = [place for place in self._folder.iterdir() if place.is_dir()]
        old = [one for one in known if one.name.endswith(UNFINISHED) or one.name.startswith(f"{self._graph}-")]
        others = sorted(set(known).difference(old), key=lambda place: place.stat().st_mtime, reverse=True)
        for place in (*old, *others[MOST - 1 :]):
            shutil.rmtree(place, ignore_errors=True)


def load(graph: pyoxigraph.Store, store: Store, selection: Selection, *, by_graph: bool) -> None:
    """Load a selection: all runs together, and each run as a named graph where they are asked by graph.

    Raises:
        SecretFound: Something in it looks like a secret.
    """
    pieces = ntriples(blocks_of(store, selection, NTriplesSyntax(selection.vocabulary)))
    if by_graph:
        pieces = chain(pieces, nquads(store, selection))
    graph.bulk_load(readable(pieces), pyoxigraph.RdfFormat.N_QUADS, lenient=True)


def _folder(place: str) -> Path | None:
    """Return the folder for the graphs of a store: beside it, or in the user's cache; None where neither can be."""
    for parent in _places(place):
        folder = parent / GRAPHS
        try:
            parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            return folder
    return None


def _places(place: str) -> Iterator[Path]:
    """Yield what may hold the graphs of a store, the best first."""
    beside = Path(place).parent
    if beside.name == FOLDER and "://" not in place:
        yield beside / CACHE
    own = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    # Of a user without a home, it stays as it is written.
    if os.path.isabs(own):
        yield Path(own) / "snakemake-heliport"


def _whereabouts(place: str) -> tuple[str, int, int]:
    """Return which store it is: another one may come to lie at the same path."""
    if "://" in place:
        return place, 0, 0
    state = os.stat(place)
    return os.path.realpath(place), state.st_dev, state.st_ino


def _state(store: Store, selection: Selection) -> str:
    """Return what changes whenever the graph may: the store, the words, and the code that writes it."""
    code = max(path.stat().st_mtime_ns for path in Path(__file__).parent.glob("*.py"))
    said = [store.revision(), selection.vocabulary, __version__, code, pyoxigraph.__version__]
    return _digest(msgspec.json.encode(said))


def _digest(said: bytes) -> str:
    return sha256(said).hexdigest()[:DIGITS]
