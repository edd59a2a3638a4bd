"""The graph page in a real browser: opened, lit, found, sifted, compared and saved, from disk and served."""

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from explorer.chromium import Chromium, browser_here, chromium
from explorer.test_graph import HOSTILE, chains, folder, graph
from store.builders import RUN_A, RUN_B, job, replace

from snakemake_heliport.explorer.graph import graph_page
from snakemake_heliport.explorer.rendering import STATIC
from snakemake_heliport.explorer.serving.refreshing import Refresher
from snakemake_heliport.explorer.serving.server import Place, application
from snakemake_heliport.explorer.serving.sources import context_of
from snakemake_heliport.explorer.site import quoted
from snakemake_heliport.export.figure.flow import flow_of
from snakemake_heliport.export.figure.lineage import Path as ReferencePath
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.view import View
from snakemake_heliport.model import Visibility
from snakemake_heliport.store import Store

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(browser_here() is None, reason="no Chromium on this machine (Debian: apt install chromium)"),
]
BOX = "document.querySelector('.canvas:not([hidden]) [data-box=\"{}\"]')"


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    """Return one browser for all tests."""
    with chromium() as started:
        yield started


@pytest.fixture
def page(tmp_path: Path, browser: Chromium) -> Iterator[Callable[..., Any]]:
    """Return what opens the page of a run from disk; at the end nothing may have gone wrong in it."""
    shutil.copytree(STATIC, tmp_path / "static")
    (tmp_path / "graphs").mkdir()

    def opened(store: Store, run: str = RUN_A, **options: Any) -> Chromium:
        path = tmp_path / "graphs" / "graph.html"
        path.write_text(graph_page(store, run, folder(run)), encoding="utf-8")
        browser.open(path.as_uri(), **options)
        return browser

    yield opened
    assert browser.troubles == []
    assert all(url.startswith(("file://", "data:", "blob:")) for url in browser.requests)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return a store with two runs, the later one with a failed job and a sample more."""
    with Store.open(tmp_path / "store.db") as opened:
        replace(opened, RUN_B, chains(2, RUN_B))
        replace(opened, RUN_A, chains(3, status="failed"), "2026-11-24T07:57:40.277Z")
        yield opened


def box(title: str, store: Store) -> int:
    return next(place for place, one in enumerate(graph(store).figure.boxes) if one.title == title)


def test_a_rule_is_opened_and_closed_by_keys(store: Store, page: Callable[..., Any]) -> None:
    """Enter opens a box, arrows go from job to job, Enter chooses one, Escape leads out again."""
    browser, place = page(store), box("evaluate", store)
    browser.run(f"{BOX.format(place)}.focus()")
    browser.press("Enter")
    browser.wait(f"{BOX.format(place)}.getAttribute('aria-expanded') === 'true'")
    shown = browser.run("[...document.querySelectorAll('.frame text')].map(t => t.textContent)")
    assert shown == ["sample=0", "sample=1", "sample=2"]
    browser.press("Enter")
    browser.press("ArrowDown")
    assert browser.run("document.getElementById('say').textContent").startswith("2 of 3: sample=1 · finished")
    browser.press("Enter")
    browser.wait("document.querySelector('#detail h2')?.textContent === 'sample=1'")
    for _ in range(3):
        browser.press("Escape")
    assert browser.run(f"{BOX.format(place)}.getAttribute('aria-expanded')") == "false"
    assert browser.run("document.querySelectorAll('.lit').length") == 0


def test_the_lit_path_is_the_reference_closure(store: Store, page: Callable[..., Any]) -> None:
    """What a found file lights, unfolded, is what it came from and what came of it, and nothing else."""
    browser = page(store)
    browser.run("document.getElementById('find').focus()")
    browser.ask("Input.insertText", text="mid/1.csv")
    browser.wait("document.querySelectorAll('#hits li').length === 1")
    browser.press("Enter")
    browser.wait("document.querySelector('#detail h2')?.textContent === 'mid/1.csv'")
    browser.run(
        "[...document.querySelectorAll('#detail button')].find(b => b.textContent === 'Unfold its path').click()"
    )
    browser.wait("document.querySelectorAll('.frame').length === 5")
    shown = browser.run("[...document.querySelectorAll('.frame text')].map(t => t.textContent)")

    flow = flow_of(View.of(store, Selection([RUN_A])))
    items = graph(store).items
    start = items.iris[items.names.index("mid/1.csv")]
    reference = ReferencePath(flow, start)
    assert sorted(shown) == sorted(
        name for iri, name in zip(items.iris, items.names, strict=True) if reference.has(iri)
    )
    assert browser.run("document.querySelectorAll('.canvas:not([hidden]) .arrow.lit').length") == 4


def test_filters_tell_how_many_match(store: Store, page: Callable[..., Any]) -> None:
    """Only what failed: one job of three in one box, said in words there; all else stands back."""
    browser = page(store)
    browser.run(
        "(() => { const s = document.getElementById('state');"
        " s.value = [...s.options].find(o => o.text === 'failed').value; s.dispatchEvent(new Event('change')); })()"
    )
    assert browser.run("document.getElementById('say').textContent") == "1 match"
    assert browser.run("[...document.querySelectorAll('.canvas:not([hidden]) .tag')].map(t => t.textContent)") == [
        "1 of 3 match"
    ]
    assert browser.run("document.querySelectorAll('.canvas:not([hidden]) .box.unmatched').length") == 4


def test_two_runs_are_compared(store: Store, page: Callable[..., Any]) -> None:
    """The differences stand in the boxes, at the things in them, and can be sifted."""
    browser = page(store)
    browser.click('[data-to="both"]')
    words = browser.run("[...document.querySelectorAll('[data-view=both] .box')].map(b => b.textContent).join(' | ')")
    assert "+ 1 only in this run" in words
    browser.run(
        "(() => { const s = document.getElementById('mark'); s.value = 'any'; "
        "s.dispatchEvent(new Event('change')); })()"
    )
    assert browser.run("document.getElementById('say').textContent") == "4 match"


def test_names_stay_text(tmp_path: Path, page: Callable[..., Any]) -> None:
    """A name that is markup is read as it is written, in the picture, the panel, the hits and the saved SVG."""
    with Store.open(tmp_path / "hostile.db") as store:
        replace(store, RUN_A, [*chains(1), *job(RUN_A, 77, [HOSTILE], [])])
        browser = page(store)
        browser.run("document.getElementById('find').focus()")
        browser.ask("Input.insertText", text="onerror")
        browser.wait("document.querySelectorAll('#hits li').length > 0")
        browser.press("Enter")
        browser.wait("document.querySelector('#detail h2')")
        assert "<img src=x onerror=alert(1)>" in browser.run("document.querySelector('#detail').textContent")
        assert browser.run("document.querySelectorAll('img').length") == 0


def test_what_is_seen_is_saved(store: Store, page: Callable[..., Any]) -> None:
    """SVG and PNG are made in the page, from what it shows, with nothing from elsewhere."""
    browser = page(store, dark=True)
    browser.run(
        "window.saved = []; const make = URL.createObjectURL;"
        " URL.createObjectURL = (blob) => { saved.push(blob); return make(blob); };"
        " HTMLAnchorElement.prototype.click = () => {};"
    )
    browser.click("#save-svg")
    browser.click("#save-png")
    browser.wait("saved.length === 2")
    svg = browser.run("saved.find(b => b.type === 'image/svg+xml').text()")
    assert "calibrate" in svg
    assert "class=" not in svg
    assert "var(" not in svg
    assert browser.run("saved.find(b => b.type === 'image/png').size") > 5000


@contextmanager
def served(store: Store) -> Iterator[str]:
    """Serve a store as `explore` does, and return the address of its graph page."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    refresher = Refresher(lambda: context_of(store, Visibility.PRIVATE, None, None), dict, lambda: None, None)
    server = uvicorn.Server(uvicorn.Config(application(store, refresher, Place(), port, None), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}/graph?run={quoted(RUN_A)}"
    finally:
        server.should_exit = True
        thread.join()


def test_a_server_is_asked_for_what_is_opened(store: Store, browser: Chromium, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a run with too many things, the page holds the overview; jobs, paths and names come when they are wanted."""
    monkeypatch.setattr("snakemake_heliport.explorer.graph.telling.MOST_SERVED", 2)
    with served(store) as address:
        browser.open(f"{address}&other={quoted(RUN_B)}")
        assert browser.run("document.querySelector('#other').selectedOptions[0].textContent") == "a run"
        browser.open(address)
        browser.run("document.getElementById('find').focus()")
        browser.ask("Input.insertText", text="mid/1.csv")
        browser.wait("document.querySelectorAll('#hits li').length === 1 && document.querySelector('#hits li small')")
        browser.press("Enter")
        browser.wait("document.querySelector('#detail h2')?.textContent === 'mid/1.csv'")
        assert browser.run("document.querySelectorAll('.canvas:not([hidden]) .arrow.lit').length") == 4
        assert browser.run("[...document.querySelectorAll('#detail li')].map(l => l.textContent)")[:2] == [
            "sample=1",
            "sample=1",
        ]
        assert "/graph/part?" in " ".join(browser.requests)
        assert all(url.startswith(("http://127.0.0.1:", "data:")) for url in browser.requests)
    assert browser.troubles == []


@pytest.mark.parametrize("width", [360, 1200, 2560])
@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_every_screen(store: Store, page: Callable[..., Any], width: int, dark: bool) -> None:
    """Nothing is wider than the screen, and no text in the first view is too small to read."""
    browser = page(store, width=width, height=800, dark=dark)
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run("document.querySelector('.canvas:not([hidden]) .box text').getBoundingClientRect().height") >= 7
