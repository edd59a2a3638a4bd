"""Graphs that were made are kept as long as their runs do not change: reading a large run takes seconds."""

from collections import OrderedDict
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock, Timer
from typing import TypeAlias

from snakemake_heliport.errors import HeliportError, NotFound
from snakemake_heliport.explorer.graph.comparing import merged
from snakemake_heliport.explorer.graph.graph import Graph, graph_of
from snakemake_heliport.explorer.graph.paths import Ways
from snakemake_heliport.export.figure.flow import INPUTS, JOBS, LEARNING, SOURCES, flow_of
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.view import View
from snakemake_heliport.garbage import uncollected
from snakemake_heliport.model import Kind, Visibility
from snakemake_heliport.store import AUDIENCE, Store

KEPT = 4
# What a graph is drawn from. Contents are half of a store, and only needed to compare two runs.
OTHERS = frozenset((Kind.SOURCE, Kind.MODEL_VERSION, Kind.RULE, Kind.RUN, Kind.WORKFLOW))
DRAWN = INPUTS | JOBS | LEARNING | SOURCES | OTHERS
COMPARED = DRAWN | {Kind.CONTENT}
DIGITS = 12
# The page that asks is to be written and drawn first; two threads of Python work no faster than one.
HEAD_START = 1.0
Key: TypeAlias = tuple[str, str, str, str]


@dataclass(slots=True)
class Drawn:
    """The graphs of a run.

    Attributes:
        graphs: By rule, by job where that can be read, and together with the other run where there is one.
        version: What tells them from those of the same run as it is later.
    """

    graphs: tuple[Graph, ...]
    version: str
    _ways: dict[str, Ways] = field(default_factory=dict)

    def graph(self, name: str) -> Graph | None:
        """Return the graph of a name, None where there is none."""
        return next((graph for graph in self.graphs if graph.name == name), None)

    def ways(self, graph: Graph) -> Ways:
        """Return where the links of a graph lead."""
        if graph.name not in self._ways:
            self._ways[graph.name] = Ways(graph)
        return self._ways[graph.name]


_shelf: OrderedDict[Key, Drawn] = OrderedDict()
_lock = Lock()
_turns: dict[Key, Lock] = {}
_begun: set[Key] = set()
_begun_lock = Lock()


def drawn(store: Store, run: str, other: str | None, audience: Visibility) -> Drawn:
    """Return the graphs of a run, and of a run with another one.

    Args:
        run: The IRI of the run.
        other: The IRI of a run to compare it with.

    Raises:
        NotFound: There is no such run for this audience.
        SecretFound: Something that is to be told looks like a secret.
    """
    key = _key(store, run, other, audience)
    version = _version(store, key)
    with _lock:
        turn = _turns.setdefault(key, Lock())
    # Who asks for the same waits until it is drawn; who asks for another run does not.
    with turn:
        found = _shelf.get(key)
        if found is None or found.version != version:
            # A large run is millions of objects, and none of them garbage.
            with uncollected():
                found = Drawn(tuple(_graphs(store, run, other, audience)), version)
        with _lock:
            _shelf[key] = found
            _shelf.move_to_end(key)
            while len(_shelf) > KEPT:
                _turns.pop(_shelf.popitem(last=False)[0], None)
    return found


def is_there(store: Store, run: str, other: str | None, audience: Visibility) -> bool:
    """Return whether the graphs of a run are kept."""
    key = _key(store, run, other, audience)
    found = _shelf.get(key)
    return found is not None and found.version == _version(store, key)


def begin(store: Store, run: str, other: str | None, audience: Visibility, first: Callable[[], None]) -> None:
    """Begin to draw the graphs of a run beside whatever else is done; what goes wrong is told to who asks for them.

    Args:
        first: What is done before.
    """
    key = _key(store, run, other, audience)
    with _begun_lock:
        if key in _begun:
            return
        _begun.add(key)
    timer = Timer(HEAD_START, _work, (key, store, run, other, audience, first))
    timer.daemon = True
    timer.start()


def _work(key: Key, store: Store, run: str, other: str | None, audience: Visibility, first: Callable[[], None]) -> None:
    try:
        with suppress(HeliportError):
            first()
            made = drawn(store, run, other, audience)
            for graph in made.graphs:
                made.ways(graph)
    finally:
        with _begun_lock:
            _begun.discard(key)


def _key(store: Store, run: str, other: str | None, audience: Visibility) -> Key:
    return store.place, run, other or "", audience.value


def _version(store: Store, key: Key) -> str:
    # What a run relied on lies in others, so that each of them counts.
    return sha256(repr((key, store.stamps())).encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]


def _graphs(store: Store, run: str, other: str | None, audience: Visibility) -> list[Graph]:
    kinds = DRAWN if other is None else COMPARED
    view = _view(store, run, audience, kinds)
    flow = flow_of(view)
    graphs = [graph_of(flow, "rule", run), graph_of(flow, "job", run)]
    if other is not None:
        both = merged(view, _view(store, other, audience, kinds))
        graphs.append(graph_of(flow_of(both.view), "rule", run, both.marks))
    return [graph for graph in graphs if graph is not None]


def _view(store: Store, run: str, audience: Visibility, kinds: Collection[Kind]) -> View:
    thing = store.get(run)
    if thing is None or thing.visibility not in AUDIENCE[audience]:
        raise NotFound(run, [])
    selection = Selection([run], audience)
    # The owner of the store sees what it holds; secrets were taken out when it was recorded, and looking for them again
    # takes as long as reading.
    private = audience is Visibility.PRIVATE
    return View.whole(store, selection, kinds) if private else View.of(store, selection)
