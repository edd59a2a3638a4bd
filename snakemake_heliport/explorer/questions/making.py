"""Graphs of large stores made ready for queries, each by a process that goes on when who asked has left."""

import json
import sys
import threading
from threading import Event

from snakemake_heliport.bounded import GivenUp, TookTooLong, python_module, run_bounded
from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export import Selection
from snakemake_heliport.export.query import asks_by_graph, make_ready
from snakemake_heliport.model import Visibility
from snakemake_heliport.store import Store

# However large the store is, nothing goes on for longer.
MAKING_SECONDS = 3600.0
# How often it is looked whether somebody still waits.
GLANCE_SECONDS = 0.25


class Making:
    """The graphs that are being made."""

    def __init__(self) -> None:
        self._ended = Event()
        self._lock = threading.Lock()
        self._made: dict[tuple[str, Visibility, bool], Event] = {}

    def wait(self, place: str, query: str, audience: Visibility, seconds: float, given_up: Event) -> bool:
        """Have the graph made that a query asks, and return whether that came to its end in so many seconds.

        Args:
            place: The path or URL of the store.
            given_up: Is set by who does not wait any longer.
        """
        done = self._begun(place, query, audience)
        for _ in range(int(seconds / GLANCE_SECONDS)):
            if done.wait(GLANCE_SECONDS) or given_up.is_set():
                break
        return done.is_set()

    def end(self) -> None:
        """Make none any more; called when a signal comes, at any time."""
        self._ended.set()

    def _begun(self, place: str, query: str, audience: Visibility) -> Event:
        key = (place, audience, asks_by_graph(query))
        with self._lock:
            if key not in self._made:
                self._made[key] = Event()
                work = threading.Thread(target=self._make, args=(key, query), name="heliport-making", daemon=True)
                work.start()
            return self._made[key]

    def _make(self, key: tuple[str, Visibility, bool], query: str) -> None:
        place, audience, _ = key
        # By the standard input: the URL of a database may hold a password.
        asked = json.dumps({"place": place, "query": query, "audience": audience}).encode()
        try:
            run_bounded(python_module(__name__), MAKING_SECONDS, asked, given_up=self._ended)
        except (GivenUp, TookTooLong, OSError):
            # Who asks is told what the query says then.
            pass
        finally:
            with self._lock:
                self._made.pop(key).set()


def _main() -> None:
    asked = json.load(sys.stdin)
    try:
        with Store.open(asked["place"], readonly=True) as store:
            make_ready(store, asked["query"], Selection(audience=Visibility(asked["audience"])))
    except HeliportError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    _main()
