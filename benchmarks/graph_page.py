"""How long the graph page of a large run takes in a browser: the first picture, and opening a rule.

From disk the page is written beforehand. Served, the server is asked twice: at first it has read nothing, and answers
a large run with a sketch; then with everything. It needs Chromium.
"""

import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from measure import Row, parser, show
from synthetic import RUN, write_journal

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from explorer.chromium import Chromium, chromium

from snakemake_heliport.assembly.fold import fold
from snakemake_heliport.explorer.graph import graph_page
from snakemake_heliport.explorer.rendering import STATIC
from snakemake_heliport.explorer.serving.refreshing import Refresher
from snakemake_heliport.explorer.serving.server import Place, application
from snakemake_heliport.explorer.serving.sources import context_of
from snakemake_heliport.explorer.site import Folder, quoted
from snakemake_heliport.identity import run_iri
from snakemake_heliport.layout import Layout
from snakemake_heliport.model import Visibility
from snakemake_heliport.store import Store

IRI = run_iri(RUN)
PORT = 8769
PICTURE = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
OPENED = "performance.getEntriesByName('graph-opened')"
SEEN = "document.querySelector('.canvas .box')"
# A sketch loads itself again when all is read.
COMPLETE = "document.getElementById('graph-data') && !JSON.parse(document.getElementById('graph-data').text).waiting"
SECONDS = 600


def measured(browser: Chromium, url: str, *, opening: bool = True) -> dict[str, float | str]:
    """Open a page, then its first rule, and return the milliseconds that both took."""
    browser.open(url)
    browser.wait(f"{SEEN} && {PICTURE}")
    found: dict[str, float | str] = {"first picture, ms": browser.run(PICTURE), "opening, ms": "", "path, ms": ""}
    if not opening:
        return found
    rule = "[...document.querySelectorAll('.box.job')][0]"
    browser.run(f"{rule}.focus()")
    browser.press("Enter")
    browser.wait(f"{OPENED}.length")
    found["opening, ms"] = browser.run(f"{OPENED}[0].duration")
    browser.press("Enter")
    began = time.perf_counter()
    browser.press("Enter")
    browser.wait("document.querySelector('.canvas.pathed')")
    found["path, ms"] = (time.perf_counter() - began) * 1000
    return found


@contextmanager
def served(store: Store) -> Iterator[str]:
    """Serve a store from a thread, and return the address of its graph page."""
    refresher = Refresher(lambda: context_of(store, Visibility.PRIVATE, None, None), dict, lambda: None, None)
    config = uvicorn.Config(application(store, refresher, Place(), PORT, None), port=PORT, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{PORT}/graph?run={quoted(IRI)}"
    finally:
        server.should_exit = True
        thread.join()


def on_disk(store: Store, folder: Path) -> Path:
    """Write the page into a folder, and return its path."""
    shutil.copytree(STATIC, folder / "static")
    path = folder / "graphs" / "graph.html"
    path.parent.mkdir()
    page = graph_page(store, IRI, Folder(frozenset((IRI,)), frozenset((IRI,)), {}, {}, up="../"))
    path.write_text(page, encoding="utf-8")
    return path


def rows(jobs: int, browser: Chromium) -> Iterator[Row]:
    """Yield what is measured of a run of so many jobs."""
    with tempfile.TemporaryDirectory(prefix="heliport-benchmark-") as name:
        layout = Layout.of_workdir(Path(name))
        write_journal(Path(name), jobs)
        fold(layout, hash_missing=False)
        with Store.open(layout.store, readonly=True) as store:
            with served(store) as url:
                began = time.perf_counter()
                yield {
                    "jobs": jobs,
                    "page": "served, at first",
                    "complete after, s": "",
                    **measured(browser, url, opening=False),
                }
                browser.wait(COMPLETE, SECONDS)
                making = time.perf_counter() - began
                yield {"jobs": jobs, "page": "served, then", "complete after, s": making, **measured(browser, url)}
            path = on_disk(store, Path(name))
            yield {"jobs": jobs, "page": "from disk", "complete after, s": "", **measured(browser, path.as_uri())}


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--jobs", type=int, nargs="+", default=[5_000, 100_000])
    given = options.parse_args()
    with chromium() as browser:
        found = [row for jobs in sorted(given.jobs) for row in rows(jobs, browser)]
    show("graph page", found, as_json=given.json)


if __name__ == "__main__":
    main()
