"""Run Snakemake with counters around the recorder, and write what they counted as JSON.

    python counted_run.py COUNTERS.json [SNAKEMAKE ARGUMENT ...]

The counters wrap the product from outside; it knows nothing of them.
"""

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from threading import Lock
from typing import Any

from snakemake.cli import main

HEAVY = ("mlflow", "networkx", "pandas", "pyoxigraph", "pyshacl", "rdflib", "starlette")

counts: dict[str, float] = defaultdict(float)
_lock = Lock()


def install() -> None:
    """Wrap every place where the recorder begins to work. What it imports is counted here, once for all."""
    begin = time.thread_time()
    import snakemake_logger_plugin_heliport as plugin  # type: ignore[import-untyped]

    from snakemake_heliport.assembly import fold
    from snakemake_heliport.capture.session import Session
    from snakemake_heliport.capture.tap import Tap
    from snakemake_heliport.observe.observer import Observer

    _add("imports", time.thread_time() - begin)
    _count(plugin.LogHandler, "__post_init__", "start")
    _count(Tap, "filter", "events")
    _count(Session, "finish", "settle")
    _count(Observer, "finish", "wait, wall", time.perf_counter)
    _count(Observer, "_run", "observer threads")
    _count(fold, "fold", "assemble")
    _count(plugin.LogHandler, "close", "close, wall", time.perf_counter)


def _count(owner: Any, method: str, name: str, clock: Callable[[], float] = time.thread_time) -> None:
    """Add up the seconds that all calls of a method take by a clock: the CPU of the calling thread, if not given."""
    wrapped = getattr(owner, method)

    @wraps(wrapped)
    def counted(*args: Any, **kwargs: Any) -> Any:
        begin = clock()
        try:
            return wrapped(*args, **kwargs)
        finally:
            _add(name, clock() - begin)

    setattr(owner, method, counted)


def _add(name: str, seconds: float) -> None:
    with _lock:
        counts[name] += seconds


def _run(arguments: list[str]) -> int:
    try:
        main(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


if __name__ == "__main__":
    if "--logger" in sys.argv:
        install()
    code = _run(sys.argv[2:])
    heavy = sorted(name for name in HEAVY if name in sys.modules)
    Path(sys.argv[1]).write_text(json.dumps({**counts, "heavy modules": heavy}), encoding="utf-8")
    sys.exit(code)
