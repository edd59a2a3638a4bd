"""The graph page in a real browser: opened, lit, found, sifted, compared and saved, from disk and served."""

import re
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from explorer.browsers import Visit, axe, chromium, needs_chromium, visit
from explorer.test_graph import HOSTILE, chains, folder, graph
from playwright.sync_api import Browser, Locator, Page, expect
from store.builders import RUN_A, RUN_B, job, replace

from snakemake_heliport.explorer.graph import graph_page
from snakemake_heliport.explorer.graph.telling import reading_order
from snakemake_heliport.explorer.rendering import STATIC
from snakemake_heliport.explorer.serving.refreshing import Refresher
from snakemake_heliport.explorer.serving.server import Place, application
from snakemake_heliport.explorer.serving.sources import context_of
from snakemake_heliport.explorer.site import key_of, quoted
from snakemake_heliport.export.figure.flow import flow_of
from snakemake_heliport.export.figure.lineage import Path as ReferencePath
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.view import View
from snakemake_heliport.model import Visibility
from snakemake_heliport.store import Store

pytestmark = [pytest.mark.slow, needs_chromium]
HERE = ".view:not([hidden])"
Opener = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return one browser for all tests."""
    with chromium() as started:
        yield started


@pytest.fixture
def page(tmp_path: Path, browser: Browser) -> Iterator[Opener]:
    """Return what opens the page of a run from disk; at the end nothing may have gone wrong in it."""
    shutil.copytree(STATIC, tmp_path / "static")
    (tmp_path / "graphs").mkdir()
    visits: list[Visit] = []

    def opened(store: Store, run: str = RUN_A, hash_: str = "", **options: Any) -> Page:
        path = tmp_path / "graphs" / "graph.html"
        path.write_text(graph_page(store, run, folder(run)), encoding="utf-8")
        visits.append(visit(browser, path.as_uri() + hash_, **options))
        return visits[-1].page

    yield opened
    for one in visits:
        assert one.troubles == []
        assert all(url.startswith(("file://", "data:", "blob:")) for url in one.requests)
        one.page.context.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return a store with two runs, the later one with a failed job and a sample more."""
    with Store.open(tmp_path / "store.db") as opened:
        replace(opened, RUN_B, chains(2, RUN_B))
        replace(opened, RUN_A, chains(3, status="failed"), "2026-11-24T07:57:40.277Z")
        yield opened


def box(store: Store, title: str) -> str:
    """Return the selector of a box of the graph by rule."""
    place = next(place for place, one in enumerate(graph(store).figure.boxes) if one.title == title)
    return f'.view[data-graph="rule"] [data-box="{place}"]'


def rows(page: Page) -> Locator:
    return page.locator(f"{HERE} .open .thing text")


def sift(page: Page, name: str, words: str) -> None:
    page.locator(f'[data-sift="{name}"]').select_option(label=words)


def test_all_is_done_by_keys(store: Store, page: Opener) -> None:
    """Tab leads from a box to what opens it and to what is in it; Enter opens, lights and closes, Escape clears."""
    seen = page(store)
    head = seen.locator(f"{box(store, 'evaluate')} .head")
    handle = seen.locator(f"{box(store, 'evaluate')} .handle")
    head.focus()
    seen.keyboard.press("Tab")
    expect(handle).to_be_focused()
    seen.keyboard.press("Enter")
    expect(handle).to_have_attribute("aria-expanded", "true")
    expect(rows(seen)).to_have_text(["sample=0", "sample=1", "sample=2"])
    head.focus()
    seen.keyboard.press("Shift+Tab")
    seen.keyboard.press("Enter")
    expect(seen.locator("#detail h2")).to_have_text("sample=2")
    head.focus()
    seen.keyboard.press("Enter")
    expect(seen.locator("#detail h2")).to_have_text("evaluate")
    expect(seen.locator("#inside li")).to_have_text(["sample=2 failed", "sample=0 finished", "sample=1 finished"])
    seen.keyboard.press("Escape")
    expect(seen.locator("#detail")).to_be_hidden()
    expect(seen.locator(".lit")).to_have_count(0)
    handle.focus()
    seen.keyboard.press(" ")
    expect(handle).to_have_attribute("aria-expanded", "false")
    expect(seen.locator(f"{HERE} .open")).to_have_count(0)


def test_dragging_moves_the_picture_and_chooses_nothing(store: Store, page: Opener) -> None:
    """A mouse that is moved while it is down scrolls, also where it began on a box."""
    seen = page(store, width=700, height=500)
    for _ in range(3):
        seen.get_by_role("button", name="Larger").click()
    seen.locator(f"{box(store, 'calibrate')} .head").hover()
    before = seen.evaluate("document.getElementById('stage').scrollTop")
    place = seen.locator(f"{box(store, 'calibrate')} .head").bounding_box() or {}
    middle = (place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    seen.mouse.down()
    seen.mouse.move(middle[0], middle[1] - 60, steps=4)
    seen.mouse.up()
    assert seen.evaluate("document.getElementById('stage').scrollTop") > before + 40
    assert seen.evaluate("location.hash") == ""
    seen.locator(f"{box(store, 'calibrate')} .head").click()
    expect(seen.locator("#detail h2")).to_have_text("calibrate")


def scale(page: Page) -> float:
    """Return how large a graph is on the screen."""
    return float(page.evaluate(f"document.querySelector('{HERE} .canvas').getScreenCTM().a"))


def is_whole(page: Page) -> bool:
    """Return whether there is nothing of a graph to be scrolled to."""
    room = page.locator("#stage").evaluate("one => [one.clientWidth, one.clientHeight]")
    return bool(room == page.locator("#stage").evaluate("one => [one.scrollWidth, one.scrollHeight]"))


def test_a_graph_is_seen_as_a_whole_where_it_can_be_read(tmp_path: Path, store: Store, page: Opener) -> None:
    """Words are never smaller than 11 pixels until that is asked for, and the picture follows the window."""
    seen = page(store, width=2560, height=1300)
    assert is_whole(seen)
    assert scale(seen) == pytest.approx(1.5, abs=0.01)
    seen.set_viewport_size({"width": 1280, "height": 800})
    assert is_whole(seen)
    assert 1.15 < scale(seen) < 1.5

    with Store.open(tmp_path / "many.db") as many:
        replace(many, RUN_A, chains(30))
        seen = page(many, width=360, height=740)
        seen.get_by_role("button", name="By job").click()
        assert scale(seen) == pytest.approx(1.16, abs=0.01)
        assert not is_whole(seen)
        seen.get_by_role("button", name="Whole graph").click()
        assert is_whole(seen)
        seen.set_viewport_size({"width": 1280, "height": 800})
        assert is_whole(seen)
        was = scale(seen)
        seen.get_by_role("button", name="Larger").click()
        seen.set_viewport_size({"width": 700, "height": 800})
        assert scale(seen) == pytest.approx(1.25 * was, rel=0.01)


def test_a_graph_begins_at_its_beginning(store: Store, page: Opener) -> None:
    """What is too large to be seen as a whole is seen from its first box, by rule and by job."""
    seen = page(store, width=360, height=740)
    for name in ("job", "rule"):
        seen.get_by_role("button", name=f"By {name}").click()
        seen.locator("#stage").scroll_into_view_if_needed()
        first = reading_order(graph(store, name))[0]
        expect(seen.locator(f'{HERE} [data-box="{first}"] .head')).to_be_in_viewport(ratio=0.9)


def test_without_a_script_boxes_lead_to_the_list(store: Store, page: Opener, browser: Browser) -> None:
    """The picture is seen as a whole, and each box leads to what the list says of it; no tool is there in vain."""
    address = page(store).url
    window = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    seen = window.new_page()
    seen.goto(address)
    expect(seen.get_by_role("button", name="By job")).to_be_hidden()
    expect(seen.locator(".handle").first).to_be_hidden()
    seen.locator(f"{box(store, 'evaluate')} .head").click()
    entry = seen.locator("#graph-list li:target")
    expect(entry).to_be_in_viewport()
    expect(entry.locator("b")).to_have_text("evaluate")
    entry.get_by_text("in it").click()
    expect(entry.locator("details")).to_contain_text("sample=2, sample=0, sample=1")
    window.close()


def test_opening_a_box_covers_no_other(store: Store, page: Opener) -> None:
    """Room is made for what is opened: no two boxes lie on each other, and each keeps to its side of the others."""
    seen = page(store)
    before = seen.evaluate(PLACES)
    for title in ("calibrate", "evaluate", "mid/*.csv"):
        seen.locator(f"{box(store, title)} .handle").click()
    after = seen.evaluate(PLACES)
    for i, (left, top, right, bottom) in enumerate(after):
        for j, (left_, top_, right_, bottom_) in enumerate(after):
            assert i == j or right <= left_ or right_ <= left or bottom <= top_ or bottom_ <= top
            if before[i][3] <= before[j][1]:
                assert bottom <= top_
    assert after[0][2] - after[0][0] > 0


PLACES = f"""[...document.querySelectorAll('{HERE} .box')].map((box) => {{
  const inside = box.querySelector('.frame-back') && box.classList.contains('open')
    ? box.querySelector('.frame-back') : box.querySelector('path');
  const {{ left, top, right, bottom }} = inside.getBoundingClientRect();
  return [left, top, right, bottom].map(Math.round);
}})"""


def test_arrows_keep_meeting_their_boxes(store: Store, page: Opener) -> None:
    """Wherever boxes went, each arrow begins and ends at a side of its own."""
    seen = page(store)
    seen.locator(f"{box(store, 'mid/*.csv')} .handle").click()
    off = seen.evaluate(
        """JSON.parse(document.getElementById('graph-data').text).graphs[0].arrows.map((arrow, i) => {
          const canvas = document.querySelector('[data-graph="rule"] .canvas');
          const line = canvas.querySelector(`[data-arrow="${i}"] path`), to = canvas.getScreenCTM();
          return [[arrow.tail, 0], [arrow.head, line.getTotalLength()]].map(([place, at]) => {
            const box = canvas.querySelector(`[data-box="${place}"]`);
            const side = box.querySelector('.frame-back') ?? box.querySelector('path');
            const { left, top, right, bottom } = side.getBoundingClientRect();
            const { x, y } = line.getPointAtLength(at).matrixTransform(to);
            const within = [x - left, right - x, y - top, bottom - y];
            return Math.max(Math.min(...within), ...within.map((value) => -value));
          });
        }).flat()"""
    )
    assert len(off) == 8
    assert max(off) < 1.5


def test_the_lit_path_is_the_reference_closure(store: Store, page: Opener) -> None:
    """What a found file lights is what it came from and what came of it, and nothing else; the panel names it all."""
    seen = page(store)
    seen.keyboard.press("/")
    seen.keyboard.type("mid/1.csv")
    seen.locator("#hits a").click()
    expect(seen.locator("#detail h2")).to_have_text("mid/1.csv")
    for title in ("raw/*.csv", "calibrate", "evaluate", "out/*.json"):
        seen.locator(f"{box(store, title)} .handle").click()
    expect(seen.locator(f"{HERE} .open")).to_have_count(5)
    lit = seen.locator(f"{HERE} .open .thing:not(.out)").evaluate_all("all => all.map(one => Number(one.dataset.item))")

    flow = flow_of(View.of(store, Selection([RUN_A])))
    items = graph(store).items
    reference = ReferencePath(flow, items.iris[items.names.index("mid/1.csv")])
    assert {items.iris[item] for item in lit} == {iri for iri in items.iris if reference.has(iri)}
    expect(seen.locator(f"{HERE} .arrow.lit")).to_have_count(4)
    expect(seen.locator("#came li")).to_have_text(
        ["raw/*.csv files · 1 of 3 · raw inputraw/1.csv", "calibrate rule · 1 of 3sample=1"]
    )
    seen.locator("#came").get_by_text("raw/1.csv").click()
    expect(seen.locator("#detail h2")).to_have_text("raw/1.csv")
    seen.go_back()
    expect(seen.locator("#detail h2")).to_have_text("mid/1.csv")


def test_a_page_is_opened_at_a_thing(store: Store, page: Opener) -> None:
    """The address can name a thing by the key of its page, so that other pages lead to it."""
    items = graph(store).items
    raw = items.iris[items.names.index("raw/0.csv")]
    seen = page(store, hash_=f"#{key_of(raw)}")
    expect(seen.locator("#detail h2")).to_have_text("raw/0.csv")
    assert (seen.locator("#page").get_attribute("href") or "").endswith(f"objects/{key_of(raw)}.html")


def test_filters_tell_how_many_match(store: Store, page: Opener) -> None:
    """Only what failed: one job of three in one box, said in words there; all else stands back."""
    seen = page(store)
    seen.locator(f"{box(store, 'evaluate')} .handle").click()
    sift(seen, "state", "failed")
    expect(seen.locator("#say")).to_have_text("1 match")
    assert [text for text in seen.locator(f"{HERE} .tag").all_text_contents() if text] == ["1 of 3 match"]
    expect(seen.locator(f"{HERE} .box.out")).to_have_count(4)
    expect(seen.locator(f"{HERE} .open .thing:not(.out) text")).to_have_text(["sample=2"])
    sift(seen, "kind", "files")
    expect(seen.locator("#say")).to_have_text("0 match")


def test_two_runs_are_compared(store: Store, page: Opener) -> None:
    """The differences stand in the boxes, at the things in them, and can be sifted."""
    seen = page(store)
    seen.get_by_role("button", name="Two runs").click()
    expect(seen.locator(f"{HERE} .box", has_text="+ 1 only in this run")).to_have_count(4)
    sift(seen, "mark", "any difference")
    expect(seen.locator("#say")).to_have_text("4 match")
    calibrate = seen.locator(f"{HERE} .box", has_text="calibrate")
    calibrate.locator(".handle").click()
    expect(seen.locator(f"{HERE} .open .thing:not(.out) title")).to_have_text(
        ["sample=2 · finished · + only in this run"]
    )


def test_tiles_are_chosen_where_they_are(tmp_path: Path, page: Opener) -> None:
    """Too many things for rows: a click on a tile chooses the thing that it stands for, and its path lights tiles."""
    with Store.open(tmp_path / "many.db") as store:
        replace(store, RUN_A, chains(70))
        seen = page(store)
        for title in ("evaluate", "calibrate"):
            seen.locator(f"{box(store, title)} .handle").click()
        tiles = seen.locator(f"{box(store, 'evaluate')} .tiles .thing")
        scale = seen.evaluate(f"document.querySelector('{HERE} .canvas').getScreenCTM().a")
        columns = round((tiles.bounding_box() or {})["width"] / 12 / scale)
        tiles.click(position={"x": 3.5 * 12 * scale, "y": 1.5 * 12 * scale})
        made = graph(store)
        title = f"#rule.{made.items.of_box(int(box(store, 'evaluate').split(chr(34))[3])).start + columns + 3}"
        expect(seen).to_have_url(re.compile(re.escape(title)))
        chosen = made.items.names[int(title.removeprefix("#rule."))]
        expect(seen.locator("#detail h2")).to_have_text(chosen)
        expect(seen.locator("#came")).to_contain_text(chosen)
        # All tiles stand back but for the one that is left out.
        for place in ("calibrate", "evaluate"):
            veil = seen.locator(f"{box(store, place)} .veil").get_attribute("d") or ""
            assert veil.count("M") == 2
        expect(seen.locator(f"{box(store, 'evaluate')} .spot")).to_be_in_viewport()
        expect(seen.locator(f"{box(store, 'calibrate')} .spot")).to_be_hidden()


def test_names_stay_text(tmp_path: Path, page: Opener) -> None:
    """A name that is markup is read as it is written: in the picture, the panel, the hits and an open box."""
    with Store.open(tmp_path / "hostile.db") as store:
        replace(store, RUN_A, [*chains(1), *job(RUN_A, 77, [HOSTILE, f"a{HOSTILE}"], [])])
        seen = page(store)
        seen.keyboard.press("/")
        seen.keyboard.type("onerror")
        seen.locator("#hits a").last.click()
        expect(seen.locator("#detail h2")).to_contain_text("<img src=x onerror=alert(1)>")
        expect(seen.locator(".open .thing title", has_text="<img src=x onerror=alert(1)>").first).to_be_attached()
        expect(seen.locator("img")).to_have_count(0)


def test_what_is_seen_is_saved(store: Store, page: Opener) -> None:
    """SVG and PNG are made in the page, from what it shows, with nothing from elsewhere."""
    seen = page(store, dark=True)
    with seen.expect_download() as saved:
        seen.get_by_role("button", name="SVG").click()
    svg = Path(saved.value.path()).read_text(encoding="utf-8")
    assert "calibrate" in svg
    assert "var(" not in svg
    assert "http" not in svg.replace("http://www.w3.org/", "")
    with seen.expect_download() as saved:
        seen.get_by_role("button", name="PNG").click()
    picture = Path(saved.value.path()).read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 5000


def test_the_search_is_steered_by_keys(store: Store, page: Opener) -> None:
    """Enter goes to the first hit; Down leads into the list, and the arrows from hit to hit and back."""
    seen = page(store)
    seen.keyboard.press("/")
    seen.keyboard.type("mid/1.csv")
    seen.keyboard.press("Enter")
    expect(seen.locator("#detail h2")).to_have_text("mid/1.csv")
    expect(seen.locator("#hits")).to_be_hidden()
    seen.locator("#find").fill("sample")
    expect(seen.locator("#hits")).to_be_visible()
    seen.keyboard.press("ArrowDown")
    expect(seen.locator("#hits a").first).to_be_focused()
    seen.keyboard.press("ArrowDown")
    expect(seen.locator("#hits a").nth(1)).to_be_focused()
    seen.keyboard.press("ArrowUp")
    seen.keyboard.press("ArrowUp")
    expect(seen.locator("#find")).to_be_focused()
    seen.keyboard.press("ArrowDown")
    chosen = seen.locator("#hits a").first.inner_text()
    seen.keyboard.press("Enter")
    expect(seen.locator("#detail h2")).to_have_text(chosen)
    seen.locator("#find").fill("nowhere")
    expect(seen.locator("#hits")).to_have_text("nothing of that name")
    seen.locator("h1").click()
    expect(seen.locator("#hits")).to_be_hidden()
    seen.locator("#find").focus()
    expect(seen.locator("#hits")).to_be_visible()
    seen.keyboard.press("Escape")
    expect(seen.locator("#hits")).to_be_hidden()
    expect(seen.locator("#find")).to_be_focused()


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


def test_a_server_is_asked_for_what_is_opened(store: Store, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a run with too many things, the page holds the overview; jobs, paths and names come when they are wanted."""
    monkeypatch.setattr("snakemake_heliport.explorer.graph.telling.MOST_SERVED", 2)
    with served(store) as address:
        opened = visit(browser, address)
        seen = opened.page
        seen.get_by_text("Compare", exact=True).click()
        expect(seen.locator(".others a")).to_have_text(["a run"])
        seen.keyboard.press("/")
        seen.keyboard.type("mid/1.csv")
        expect(seen.locator("#hits a")).to_have_text("mid/1.csv")
        seen.locator("#hits a").click()
        expect(seen.locator("#detail h2")).to_have_text("mid/1.csv")
        expect(seen.locator(f"{HERE} .arrow.lit")).to_have_count(4)
        expect(seen.locator("#led")).to_contain_text("sample=1")
        expect(rows(seen)).to_have_text(["mid/0.csv", "mid/1.csv", "mid/2.csv"])
        assert "/graph/part?" in " ".join(opened.requests)
        assert all(url.startswith(("http://127.0.0.1:", "data:")) for url in opened.requests)
        assert opened.troubles == []
        seen.context.close()


def test_a_sketch_opens_and_gives_way(store: Store, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """A box of a sketch can be looked into; who does is asked before everything takes its place."""
    monkeypatch.setattr("snakemake_heliport.explorer.graph.sketch.LARGE", 2)
    begun: list[Callable[..., None]] = []
    monkeypatch.setattr("snakemake_heliport.explorer.graph.page.begin", lambda *told: begun.append(told))
    with served(store) as address:
        opened = visit(browser, address)
        seen = opened.page
        seen.locator(f"{HERE} .box", has_text="evaluate").locator(".handle").click()
        expect(seen.locator(f"{HERE} .open")).to_have_count(1)
        expect(rows(seen)).to_have_text(["sample=0", "sample=1", "sample=2"])
        seen.locator(f"{HERE} .open .thing").last.click()
        expect(seen.locator("#words")).to_have_text("failed")
        monkeypatch.setattr("snakemake_heliport.explorer.graph.answers.is_there", lambda *_: True)
        expect(seen.locator("#whole")).to_be_visible()
        assert begun
        assert opened.troubles == []
        seen.context.close()


def test_a_graph_offers_what_was_recorded_since(
    store: Store, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays as it is until it is wanted anew; and when the server has ended, that is said."""
    versions = ["first"]
    monkeypatch.setattr(Refresher, "version", lambda *_: versions[-1])
    with served(store) as address:
        seen = visit(browser, address).page
        hasten(seen)
        with seen.expect_response("**/live?*"), seen.expect_response("**/live?*"):
            seen.reload()
        expect(seen.locator("#newer")).to_be_hidden()
        versions.append("second")
        expect(seen.locator("#newer")).to_be_visible()
        assert axe(seen) == []
        replace(store, RUN_A, chains(4))
        seen.get_by_role("link", name="Show it").click()
        expect(seen.locator("#newer")).to_be_hidden()
        expect(seen.locator(f"{HERE} svg")).to_contain_text("4 jobs")
    expect(seen.get_by_text("The server has ended; what is shown is from")).to_be_visible()
    seen.context.close()


def hasten(page: Page) -> None:
    """Let a page ask very often whether there is more, from its next load on."""
    text = (STATIC / "live.js").read_text(encoding="utf-8").replace("SECONDS = 3", "SECONDS = 0.1")
    page.route("**/live.js", lambda route: route.fulfill(body=text, content_type="text/javascript"))


LIVE = """<div class="stack" data-live="">{}<section class="card"><h2>Came of it <span class="count">{}</span></h2>
<ul><li><a href="/object?iri=a">a</a><details id="a"><summary>more of a</summary><p>what a led to</p></details></li>
<li><a href="/object?iri=b">b</a><details id="b"><summary>{} more</summary><p>what b led to</p></details></li></ul>
</section></div>"""
ABOVE = """<section class="card"><h2>New</h2><details id="new"><summary>1 more</summary>x</details></section>"""


def test_a_page_that_changes_keeps_what_is_open_focused_and_marked(
    store: Store, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is open stays open where something comes above it; while a text in it is marked, nothing is replaced."""
    versions = ["first"]
    monkeypatch.setattr(Refresher, "version", lambda *_: versions[-1])
    with served(store) as address:
        home = address.partition("graph?")[0]
        seen = visit(browser, home).page
        hasten(seen)
        shown = {"now": LIVE.format("", 2, 4)}
        script = '<script src="/static/live.js" defer></script>'
        seen.route(home, lambda route: route.fulfill(body=shown["now"] + script, content_type="text/html"))
        with seen.expect_response("**/live?*"):
            seen.reload()
        seen.locator("#b summary").click()
        expect(seen.locator("#b summary")).to_be_focused()
        shown["now"] = LIVE.format(ABOVE, 3, 5)
        versions.append("second")
        expect(seen.locator("#new")).to_be_attached()
        assert [one.get_attribute("id") for one in seen.locator("details[open]").all()] == ["b"]
        expect(seen.locator("#b summary")).to_be_focused()

        seen.evaluate("getSelection().selectAllChildren(document.querySelector('#b p'))")
        shown["now"] = LIVE.format("", 2, 4)
        versions.append("third")
        with seen.expect_response("**/live?*"), seen.expect_response("**/live?*"):
            pass
        assert seen.evaluate("getSelection().toString()") == "what b led to"
        expect(seen.locator("#new")).to_be_attached()
        seen.evaluate("getSelection().removeAllRanges()")
        expect(seen.locator("#new")).not_to_be_attached()
        seen.context.close()


@pytest.mark.parametrize("width", [360, 1200, 2560])
@pytest.mark.parametrize("dark", [False, True])
def test_everybody_can_use_it(store: Store, page: Opener, width: int, dark: bool) -> None:
    """Nothing is wider than the screen, words can be read, and axe finds nothing grave, whatever is open and lit."""
    seen = page(store, width=width, height=800, dark=dark)
    assert seen.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.evaluate(f"document.querySelector('{HERE} .box text').getBoundingClientRect().height") >= 10
    assert axe(seen) == []
    for title in ("evaluate", "mid/*.csv"):
        seen.locator(f"{box(store, title)} .handle").click()
    seen.locator(f"{HERE} .open .thing").last.click()
    expect(seen.locator("#detail")).to_be_visible()
    seen.keyboard.press("/")
    seen.keyboard.type("sample")
    expect(seen.locator("#hits")).to_be_visible()
    assert axe(seen) == []
    seen.locator("#find").fill("")
    seen.get_by_role("button", name="Two runs").click()
    sift(seen, "mark", "any difference")
    assert axe(seen) == []
    assert seen.evaluate("document.documentElement.scrollWidth") <= width
