"""What a server answers, to whom, and what it lets a browser do with the answer."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from explorer.seeing import Client, client, page_of, sound
from export.published import ADA, LAST, RAW, SECRET
from store.builders import RUN_A

from snakemake_heliport.explorer.serving.accepting import chosen
from snakemake_heliport.explorer.serving.server import Place
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
