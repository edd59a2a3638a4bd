"""What a server answers, to whom, and what it lets a browser do with the answer."""

import asyncio
import shutil
import sys
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from explorer.seeing import Client, client, page_of, sound
from explorer.test_graph import chains
from export.published import ADA, LAST, RAW, SECRET
from rdflib import Graph
from starlette.responses import Response
from store.builders import RUN_A, file, file_itself, replace, run_itself

from snakemake_heliport.bounded import GivenUp, run_bounded
from snakemake_heliport.explorer.questions.query import EXAMPLES
from snakemake_heliport.explorer.questions.status import Standing
from snakemake_heliport.explorer.serving import refreshing
from snakemake_heliport.explorer.serving.accepting import chosen
from snakemake_heliport.explorer.serving.asking import AT_ONCE, Asking, Busy
from snakemake_heliport.explorer.serving.refreshing import Refresher
from snakemake_heliport.explorer.serving.server import Place
from snakemake_heliport.explorer.serving.sources import context_of
from snakemake_heliport.lineage.status import Status, status
from snakemake_heliport.model import Visibility
from snakemake_heliport.store import Store

ABROAD = Place(host="0.0.0.0")
OFFERS = {"html": "text/html", "turtle": "text/turtle", "json-ld": "application/ld+json"}


def test_every_link_of_a_served_page_is_answered(browsing: Client, study: Store) -> None:
    seen, waiting = set[str](), ["/", "/runs"]
    while waiting:
        place = waiting.pop()
        answer = browsing.get(place)
        assert answer.status_code == 200, place
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        new = {link for link in sound(answer.text).links if link.startswith("/")} - seen
        # Crates and records of each thing take their time; some of them are enough.
        new = {link for link in new if "name=ro-crate" not in link or RUN_A[9:] in link}
        seen |= new
        waiting += new
    assert {parse_qs(urlsplit(link).query)["iri"][0] for link in seen if link.startswith("/object")} >= {RUN_A, RAW}


def test_headers_let_a_page_do_nothing_but_be_read(browsing: Client) -> None:
    for place in ("/", page_of(RUN_A), "/static/heliport.css", "/nowhere", "/live"):
        headers = browsing.get(place).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == "'self'"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "options"])
def test_nothing_can_be_changed(browsing: Client, method: str) -> None:
    assert getattr(browsing, method)("/").status_code == 405


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "192.168.0.7", ""])
def test_a_name_that_is_not_ours_is_refused(browsing: Client, host: str) -> None:
    answer = browsing.get("/", headers={"host": host})
    assert answer.status_code == 421
    assert "a run" not in answer.text


@pytest.mark.parametrize("host", ["localhost", "localhost:8765", "127.0.0.1:8765", "[::1]:8765", "LOCALHOST"])
def test_names_of_this_machine_are_ours(browsing: Client, host: str) -> None:
    assert browsing.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "place",
    [
        "/static/../answers.py",
        "/static/..%2f..%2fsite.py",
        "/static/%2e%2e/site.py",
        "/static//etc/passwd",
        "/static/base.html",
        "/static/",
        "/file?iri=../../etc/passwd",
        "/file?iri=/etc/passwd",
        "/object?iri=",
        "/object",
        "/form?name=turtle",
        "/graph?run=..",
        "/graph/part?run=x&view=../..",
    ],
)
def test_there_is_nothing_to_traverse(browsing: Client, place: str) -> None:
    answer = browsing.get(place)
    assert answer.status_code == 404
    assert "root:" not in answer.text


def test_beyond_this_machine_a_token_is_asked_for_once(study: Store) -> None:
    asking = client(study, None, place=ABROAD, token="right", host="10.1.2.3")
    assert asking.get("/").status_code == 401
    assert asking.get("/?token=wrong").status_code == 401
    welcome = asking.get("/runs?token=right&q=1")
    assert (welcome.status_code, welcome.headers["location"]) == (303, "/runs?q=1")
    cookie = welcome.headers["set-cookie"]
    assert "right" not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert asking.get("/runs").status_code == 200


def test_a_token_is_never_sent_on_to_another_server(study: Store) -> None:
    asking = client(study, None, place=ABROAD, token="right", host="10.1.2.3")
    assert asking.get("http://10.1.2.3:8765//evil.example/?token=right").headers["location"] == "/evil.example/"


def test_programs_may_bring_the_token_in_a_header(study: Store) -> None:
    asking = client(study, None, place=ABROAD, token="right", host="10.1.2.3")
    assert asking.get("/live", headers={"authorization": "Bearer right"}).status_code == 200


def test_beyond_this_machine_a_foreign_name_is_refused_all_the_same(study: Store) -> None:
    asking = client(study, None, place=ABROAD, token="right", host="evil.example")
    assert asking.get("/?token=right").status_code == 421


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("", "html"),
        ("*/*", "html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"),
        ("text/turtle", "turtle"),
        ("application/ld+json;q=0.5, text/turtle;q=0.9", "turtle"),
        ("text/*;q=0.1, application/ld+json", "json-ld"),
        ("text/html;q=0, text/turtle", "turtle"),
        ("image/png", None),
        ("text/turtle;q=nonsense", None),
    ],
)
def test_a_client_gets_what_it_would_rather_have(accept: str, wanted: str | None) -> None:
    assert chosen(accept, OFFERS) == wanted


def test_what_cannot_be_had_is_refused(browsing: Client) -> None:
    assert browsing.get(page_of(RUN_A), headers={"accept": "image/png"}).status_code == 406


def test_signposts_lead_to_what_a_page_is_about(browsing: Client) -> None:
    links = browsing.get(page_of(RAW)).headers["link"]
    assert '<https://doi.org/10.1234/x>; rel="cite-as"' in links
    assert 'rel="describedby"; type="text/turtle"' in links
    assert '<https://spdx.org/licenses/CC0-1.0>; rel="license"' in links
    assert f'<{ADA}>; rel="author"' in links
    assert '<https://schema.org/AboutPage>; rel="type"' in links


def test_others_see_what_they_may_see_and_nothing_else(shared: Store, tmp_path: Path) -> None:
    asking = client(shared, tmp_path, audience=Visibility.PUBLIC)
    for thing, _ in shared.statements():
        public = thing.visibility is Visibility.PUBLIC
        answer = asking.get(page_of(thing.iri))
        if public:
            assert answer.status_code == 200
            page = sound(answer.text)
            linked = {parse_qs(urlsplit(link).query)["iri"][0] for link in page.links if link.startswith("/object")}
            for iri in linked:
                assert asking.get(page_of(iri)).status_code == 200
            assert SECRET not in answer.text
            assert "grace" not in answer.text
        elif thing.kind != "Content":
            assert answer.status_code == 404
    assert "data/raw.csv" in sound(asking.get("/search?q=raw").text).text
    assert "Nothing that was recorded is called so." in asking.get("/search?q=grace").text
    # The jobs between the two are hidden, and that one came from the other is not.
    assert "data/raw.csv" in sound(asking.get(page_of(LAST)).text).text


def test_a_program_that_takes_json_is_given_linked_data(browsing: Client) -> None:
    answer = browsing.get(page_of(RUN_A), headers={"accept": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/ld+json")
    assert "@id" in answer.text


def test_a_file_tells_how_long_it_is(tmp_path: Path) -> None:
    content = b"0123456789" * 100_000
    (tmp_path / "raw.csv").write_bytes(content)
    with Store.open(tmp_path / "store.db") as store:
        digest = sha256(content).hexdigest()
        replace(store, RUN_A, [*run_itself(RUN_A), *file_itself("raw.csv", digest)])
        answer = client(store, tmp_path).get(f"/file?iri={quote(file('raw.csv', digest), safe='')}")
    assert (answer.headers["content-length"], answer.content) == (str(len(content)), content)


def test_nothing_is_called_by_a_very_long_name(browsing: Client) -> None:
    answer = browsing.get(f"/search?q={'x' * 60_000}")
    assert answer.status_code == 200
    assert "Nothing that was recorded is called so." in sound(answer.text).text
    place = f"/graph/part?run={quote(RUN_A, safe='')}&version=&find={'x' * 60_000}"
    assert browsing.get(place).json() == {"found": []}


CONSTRUCT = "CONSTRUCT { ?s rdfs:label ?o } WHERE { ?s rdfs:label ?o }"


def test_a_graph_is_saved_as_turtle(browsing: Client) -> None:
    page = browsing.get(f"/query?{urlencode({'sparql': CONSTRUCT})}")
    assert 'value="turtle"' in page.text
    assert 'value="csv"' not in page.text
    answer = browsing.get(f"/query?{urlencode({'sparql': CONSTRUCT, 'form': 'turtle'})}")
    assert answer.headers["content-type"].startswith("text/turtle")
    assert len(Graph().parse(data=answer.text, format="turtle"))


@pytest.mark.parametrize(
    ("query", "form"), [("SELECT * { ?s ?p ?o } LIMIT 1", "xml"), (CONSTRUCT, "csv"), ("ASK { ?s ?p ?o }", "csv")]
)
def test_a_form_that_an_answer_has_not_is_refused(browsing: Client, query: str, form: str) -> None:
    answer = browsing.get(f"/query?{urlencode({'sparql': query, 'form': form})}")
    assert answer.status_code == 400
    assert "saved as" in sound(answer.text).text


def test_the_examples_find_what_they_ask_for(study: Store, tmp_path: Path) -> None:
    def rows(store: Store, part: str) -> str:
        (query,) = [query for title, query in EXAMPLES.items() if part in title]
        answer = client(store, None).get(f"/query?{urlencode({'sparql': query, 'form': 'csv'})}")
        return answer.text.partition("\n")[2]

    assert "data/raw.csv" in rows(study, "each model")
    assert "accuracy,most,0.93" in rows(study, "best metrics")
    with Store.open(tmp_path / "without-models.db") as store:
        replace(store, RUN_A, chains(2, status="failed", error="it broke"))
        assert file("raw/0.csv") in rows(store, "each result")
        assert "it broke" in rows(store, "did not finish")


def test_what_is_given_up_is_stopped_at_once() -> None:
    given_up = threading.Event()
    threading.Timer(0.3, given_up.set).start()
    begin = time.monotonic()
    with pytest.raises(GivenUp):
        run_bounded([sys.executable, "-c", "import time; time.sleep(30)"], 20, given_up=given_up)
    assert time.monotonic() - begin < 3


def test_what_is_not_given_up_is_answered_whole() -> None:
    given = b"x" * 300_000
    echo = "import sys, time; told = sys.stdin.read(); time.sleep(0.4); print(told, end='')"
    assert run_bounded([sys.executable, "-c", echo], 20, given, given_up=threading.Event()).stdout == given


def test_what_is_being_done_does_not_keep_the_process_alive() -> None:
    waiting = "asyncio.wait_for(beside(lambda: time.sleep(60)), 0.2)"
    names = "import asyncio, time; from snakemake_heliport.explorer.serving.working import beside"
    ended = run_bounded([sys.executable, "-c", f"{names}\nasyncio.run({waiting})"], 30, with_errors=True)
    assert b"TimeoutError" in ended.stderr


class Asked:
    """A request of somebody who may leave."""

    def __init__(self) -> None:
        self.has_left = False

    async def is_disconnected(self) -> bool:
        return self.has_left


def test_a_few_queries_are_answered_at_once_and_no_more() -> None:
    async def ask() -> None:
        asking, request, free = Asking(), Asked(), threading.Event()
        work: Callable[[threading.Event], bool] = lambda _: free.wait(10)  # noqa: E731
        begun = [asyncio.ensure_future(asking.answered(request, work)) for _ in range(AT_ONCE)]  # type: ignore[arg-type]
        await asyncio.sleep(0.1)
        with pytest.raises(Busy):
            await asking.answered(request, work)  # type: ignore[arg-type]
        free.set()
        assert await asyncio.gather(*begun) == [True] * AT_ONCE
        assert await asking.answered(request, work)  # type: ignore[arg-type]

    asyncio.run(ask())


def test_a_query_is_given_up_when_who_asked_has_left_or_the_server_ends() -> None:
    async def ask(leave: Callable[[Asking, Asked], None]) -> None:
        asking, request = Asking(), Asked()
        waiting = asyncio.ensure_future(asking.answered(request, lambda given_up: given_up.wait(10)))  # type: ignore[arg-type]
        await asyncio.sleep(0.1)
        leave(asking, request)
        assert await asyncio.wait_for(waiting, 3) is True

    asyncio.run(ask(lambda _, request: setattr(request, "has_left", True)))
    asyncio.run(ask(lambda asking, _: asking.end()))


def test_a_busy_server_says_so(browsing: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def busy(*_: object) -> Response:
        raise Busy

    monkeypatch.setattr(Asking, "answered", busy)
    answer = browsing.get(f"/query?{urlencode({'sparql': 'ASK { ?s ?p ?o }'})}")
    assert answer.status_code == 503
    assert "busy, try again" in sound(answer.text).text


def _refresher(store: Store, workdir: Path, compared: Callable[[], Status]) -> Refresher:
    return Refresher(
        lambda: context_of(store, Visibility.PRIVATE, workdir, None, store.place), dict, lambda: None, compared
    )


def test_who_asks_how_files_stand_is_told_how_they_stand_now(study: Store, tmp_path: Path) -> None:
    looked = []

    def compared() -> Status:
        looked.append(1)
        return status(study, tmp_path, [RUN_A])

    refresher = _refresher(study, tmp_path, compared)
    assert refresher.standing_now() == Standing(None), "the first comparison is waited for by nobody"
    refresher.standing = Standing(compared())
    looked.clear()
    told = refresher.standing_now()
    assert told is not None
    assert told.at is not None
    refresher.standing_now()
    assert len(looked) == 1, "what was just compared is not compared again"


def test_who_asks_does_not_wait_for_a_long_comparison(
    study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refreshing, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(refreshing, "AT_MOST", 0.0)
    refresher = _refresher(study, tmp_path, lambda: pytest.fail("it was compared"))
    refresher.standing = Standing(status(study, tmp_path, [RUN_A]))
    assert refresher.standing_now() is refresher.standing


def test_the_page_says_when_files_were_compared(browsing: Client) -> None:
    assert "as of " in sound(browsing.get("/status").text).text


def test_of_a_directory_that_is_gone_nothing_else_is_said(study: Store, tmp_path: Path) -> None:
    workdir = tmp_path / "work"
    workdir.mkdir()
    asking = client(study, workdir)
    shutil.rmtree(workdir)
    for place in ("/status", "/"):
        answer = asking.get(place)
        assert answer.status_code == 200
        text = sound(answer.text).text
        if place == "/status":
            assert "no longer there" in text
            assert "as they were recorded" not in text
    assert not workdir.exists()
