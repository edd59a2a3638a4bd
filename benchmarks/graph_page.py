"""How long the graph page of a large run takes in a browser: the first picture, opening a rule, its path, finding.

From disk the page is written beforehand. Served, the server is asked twice: at first it has read nothing, and answers
a large run with a sketch; then with everything. It needs Chromium.
"""

import json
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from measure import Row, parser, show
from synthetic import RUN, write_journal

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from explorer.browsers import chromium, visit
from playwright.sync_api import Browser, Page

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
# From the click to the first frame that shows what came of it.
OPENING = """(handle) => new Promise((done) => {
  const began = performance.now();
  new MutationObserver(() => requestAnimationFrame(() => done(performance.now() - began)))
    .observe(handle, { attributes: true, attributeFilter: ["aria-expanded"] });
  handle.dispatchEvent(new MouseEvent("click", { bubbles: true }));
})"""
LIGHTING = """(target) => new Promise((done) => {
  const began = performance.now();
  new MutationObserver(() => requestAnimationFrame(() => done(performance.now() - began)))
    .observe(document.querySelector("#detail h2"), { childList: true });
  location.hash = target;
})"""
FINDING = """() => new Promise((done) => {
  const began = performance.now();
  new MutationObserver(() => requestAnimationFrame(() => done(performance.now() - began)))
    .observe(document.getElementById("hits"), { childList: true });
  document.getElementById("find").value = "S0001";
  document.getElementById("find").dispatchEvent(new Event("input"));
})"""
SECONDS = 600


def measured(browser: Browser, url: str, row: Row) -> Row:
    """Open a page, then its first rule, light the path of a job in it, and find jobs: the milliseconds they took."""
    page = visit(browser, url).page
    # The picture is told of a little after it was painted.
    while not (picture := page.evaluate(PICTURE)):
        time.sleep(0.02)
    return {**row, "first picture, ms": picture, **used(page)}


def told_in(page: Page) -> Any:
    """Return the data in a page."""
    return json.loads(page.locator("#graph-data").text_content() or "")


def used(page: Page) -> Row:
    """Use a page that is open, and close it."""
    box = page.locator(".view:not([hidden]) .box.job").first
    found: dict[str, str | float] = {"opening, ms": "", "path, ms": "", "finding, ms": ""}
    if box.locator(".handle").count():
        found["opening, ms"] = box.locator(".handle").evaluate(OPENING)
        rule = told_in(page)["graphs"][0]["boxes"][int(box.get_attribute("data-box") or 0)]
        found["path, ms"] = page.evaluate(LIGHTING, f"rule.{rule['first'] + 7}")
        found["finding, ms"] = page.evaluate(FINDING)
    page.context.close()
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
    page = graph_page(store, IRI, Folder(frozenset((IRI,)), frozenset((IRI,)), {}, {}, {}, {}, up="../"))
    path.write_text(page, encoding="utf-8")
    return path


def rows(jobs: int, browser: Browser) -> Iterator[Row]:
    """Yield what is measured of a run of so many jobs."""
    with tempfile.TemporaryDirectory(prefix="heliport-benchmark-") as name:
        layout = Layout.of_workdir(Path(name))
        write_journal(Path(name), jobs)
        fold(layout, hash_missing=False)
        with Store.open(layout.store, readonly=True) as store:
            with served(store) as url:
                began = time.perf_counter()
                yield measured(browser, url, {"jobs": jobs, "page": "served, at first", "complete after, s": ""})
                waiting = visit(browser, url).page
                # A sketch loads itself again when all is read.
                if not told_in(waiting)["version"]:
                    waiting.wait_for_event("load", timeout=SECONDS * 1000)
                waiting.context.close()
                making = time.perf_counter() - began
                yield measured(browser, url, {"jobs": jobs, "page": "served, then", "complete after, s": making})
            path = on_disk(store, Path(name))
            yield measured(browser, path.as_uri(), {"jobs": jobs, "page": "from disk", "complete after, s": ""})


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
