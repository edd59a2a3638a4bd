"""What the client does when all goes well, and when it does not: over real connections."""

import io
import logging
import socket
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers import FaultProxy, HeliportServer
from upload.local_server import Asked, LocalServer, Reply, serving

from snakemake_heliport.upload.credentials import Token
from snakemake_heliport.upload.errors import (
    Rejected,
    TemporarilyRefused,
    Unauthorized,
    UnclearOutcome,
    Unreachable,
    UploadError,
)
from snakemake_heliport.upload.http import sessions, waiting
from snakemake_heliport.upload.http.addresses import here, joined, same_site
from snakemake_heliport.upload.http.answers import decoded, reason_of
from snakemake_heliport.upload.http.client import Client

OBJECTS = "/api/digital-objects/complete/"
SECRET = "tok-7f3a9b1c5d"


def client_of(url: str, token: str | None = SECRET, **options: Any) -> Client:
    """Return a client that does not wait long."""
    options = {"backoff": 0.02, "timeout": (2.0, 1.0), **options}
    return Client(url, token=None if token is None else Token(token, "the test"), **options)


def make(client: Client, label: str = "x", **options: Any) -> Any:
    """Create an object."""
    return client.request("POST", OBJECTS, json={"label": label}, **options).body


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "refused", "nth": 1},
        {"fault": "reset", "nth": 1},
        {"fault": "timeout", "nth": 1},
        {"fault": "truncated", "nth": 1},
        {"fault": "short", "nth": 1},
        {"fault": "500", "nth": [1, 2]},
        {"fault": "502", "nth": 1},
        {"fault": "429", "nth": 1, "retry_after": 0},
        {"fault": "503", "nth": 1, "retry_after": 0},
        {"fault": "reset-after", "nth": 1},
    ],
    ids=lambda fault: fault["fault"],
)
def test_what_is_repeatable_is_tried_again(server: HeliportServer, proxy: FaultProxy, fault: dict) -> None:
    """A request that may be sent twice gets its answer in the end, whatever happened before."""
    proxy.plan(fault)

    answer = client_of(proxy.url, server.token).request("GET", OBJECTS)

    assert "results" in answer.body


@pytest.mark.parametrize("fault", ["reset-after", "timeout-after", "502-after", "500", "truncated", "short", "reset"])
def test_what_may_have_been_done_is_not_sent_again(server: HeliportServer, proxy: FaultProxy, fault: str) -> None:
    """A POST of which nobody knows what became is sent once, and the error says that it is unclear."""
    proxy.plan({"fault": fault, "method": "POST"})

    with pytest.raises(UnclearOutcome) as raised:
        make(client_of(proxy.url, server.token))

    assert raised.value.unclear
    assert len([request for request in proxy.seen() if request["method"] == "POST"]) == 1


@pytest.mark.parametrize("fault", ["429", "503"])
def test_what_was_surely_not_done_is_sent_again(server: HeliportServer, proxy: FaultProxy, fault: str) -> None:
    """A POST that the server put off is sent again."""
    proxy.plan({"fault": fault, "method": "POST", "nth": 1, "retry_after": 0})

    assert make(client_of(proxy.url, server.token))["label"] == "x"


def test_a_post_known_to_be_safe_is_sent_again(server: HeliportServer, proxy: FaultProxy) -> None:
    """The caller may say that a POST can be repeated."""
    proxy.plan({"fault": "502", "method": "POST", "nth": 1})

    assert make(client_of(proxy.url, server.token), repeatable=True)["label"] == "x"


def test_nobody_there() -> None:
    """A port that nobody listens at: not unclear, even for a POST."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(Unreachable, match="connection refused") as raised:
        make(client_of(f"http://127.0.0.1:{port}"))

    assert not raised.value.unclear


def test_an_unknown_host_is_unreachable() -> None:
    """A name that does not resolve is one line."""
    with pytest.raises(Unreachable) as raised:
        make(client_of("http://nowhere.invalid", attempts=1))

    assert "\n" not in str(raised.value)


def test_401_says_what_to_do(server: HeliportServer) -> None:
    """Without a token the error says where to put one; with a wrong one, where that came from."""
    with pytest.raises(Unauthorized, match=r"make one .* into the environment variable HELIPORT_TOKEN or the keyring"):
        make(client_of(server.url, None, name="lab"))
    with pytest.raises(Unauthorized, match="the token from the test is not, or no longer, valid") as raised:
        make(client_of(server.url))

    assert raised.value.status == 401
    assert SECRET not in str(raised.value)


def test_a_token_that_was_renewed_is_used(server: HeliportServer, tmp_path: Path) -> None:
    """Where a token expires in the middle, the one that took its place is used, without a word."""
    held = ["expired"]
    client = Client(server.url, token=Token("expired", "a file", lambda: held[0]))
    held[0] = server.token

    assert make(client)["label"] == "x"
    assert client.token is not None
    assert client.token.source == "a file"


def test_403_names_the_permission(server: HeliportServer) -> None:
    """Writing to the project of somebody else."""
    client = client_of(server.url, server.token)

    with pytest.raises(Unauthorized, match="ask the owner of the project") as raised:
        client.request("POST", OBJECTS, json={"label": "x", "projects": [server.foreign_project]})

    assert raised.value.status == 403


def test_400_gives_the_reason(server: HeliportServer) -> None:
    """What the server finds wrong is in the message, in one line."""
    with pytest.raises(Rejected, match=r"400: projects.*no project 999") as raised:
        client_of(server.url, server.token).request("POST", OBJECTS, json={"label": "x", "projects": [999]})

    assert raised.value.status == 400
    assert isinstance(raised.value.body, dict)


def test_an_html_error_is_one_short_line() -> None:
    """The page of a gateway is told by its title."""
    page = b"<!DOCTYPE html><html><head><title>502 Bad\n Gateway</title></head><body>" + b"<p>x</p>" * 5000
    reply = Reply(502, page, {"Content-Type": "text/html"})

    with serving(lambda _: reply) as server, pytest.raises(TemporarilyRefused) as raised:
        client_of(server.url).request("GET", "/")

    assert str(raised.value).endswith("502: 502 Bad Gateway")


def test_retry_after_is_waited_for_or_told() -> None:
    """A short pause is made; a long one is left to the caller, with the time."""
    replies = [Reply(429, {"detail": "slow down"}, {"Retry-After": "0.2"}), Reply(200, [])]
    with serving(lambda _: replies.pop(0)) as server:
        started = time.monotonic()
        client_of(server.url).request("GET", "/")
        assert time.monotonic() - started >= 0.2

    with serving(lambda _: Reply(503, None, {"Retry-After": "3600"})) as server:
        with pytest.raises(TemporarilyRefused) as raised:
            client_of(server.url).request("POST", "/", json={})
        assert len(server.asked) == 1

    assert raised.value.retry_at == pytest.approx(time.time() + 3600, abs=5)


def test_nothing_is_tried_after_the_time_bound() -> None:
    """Where the time is up, the first failure is the last."""
    with serving(lambda _: Reply(500)) as server:
        with pytest.raises(TemporarilyRefused):
            client_of(server.url, until=time.monotonic()).request("GET", "/")

        assert len(server.asked) == 1


def test_closing_ends_pauses() -> None:
    """A client that is closed waits no longer."""
    with serving(lambda _: Reply(503, None, {"Retry-After": "50"})) as server:
        client = client_of(server.url)
        threading.Timer(0.2, client.close).start()
        started = time.monotonic()
        with pytest.raises(TemporarilyRefused):
            client.request("GET", "/")

    assert time.monotonic() - started < 10


def test_the_token_does_not_follow_a_redirect_to_elsewhere() -> None:
    """Another host gets nothing, not even the question."""
    with serving(lambda _: Reply(200, [])) as other:
        away = Reply(302, None, {"Location": f"{other.url}/x"})
        with serving(lambda _: away) as server, pytest.raises(Rejected, match="redirects"):
            client_of(server.url).request("GET", "/")

        assert other.asked == []


def test_redirects_within_the_server_are_followed() -> None:
    """A path that lacks its slash: GET and POST arrive with their body, and with the token."""

    def answer(asked: Asked) -> Reply:
        return Reply(308, None, {"Location": "/x/"}) if asked.path == "/x" else Reply(201, {"got": asked.json})

    with serving(answer) as server:
        made = client_of(server.url).request("POST", "/x", json={"a": 1}, repeatable=False)

        assert made.body == {"got": {"a": 1}}
        assert server.asked[-1].headers["Authorization"] == f"Token {SECRET}"


def test_a_post_that_lands_on_a_login_page_is_rejected() -> None:
    """302 after a POST means that it went astray."""
    astray = Reply(302, None, {"Location": "/login/"})
    with serving(lambda _: astray) as server, pytest.raises(Rejected, match="redirects to /login/"):
        client_of(server.url).request("POST", "/", json={})


def test_circles_end() -> None:
    """A server that redirects to itself."""
    with serving(lambda _: Reply(302, None, {"Location": "/"})) as server, pytest.raises(UploadError, match="circles"):
        client_of(server.url).request("GET", "/")


def test_no_other_login_gets_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a cookie that the server sets nor a netrc file takes the place of the token."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    with serving(lambda _: Reply(200, [], {"Set-Cookie": "sessionid=1"})) as server:
        for token in (SECRET, None):
            client = client_of(server.url, token)
            client.request("GET", "/")
            client.request("GET", "/")

        assert [asked.headers.get("Authorization") for asked in server.asked] == [f"Token {SECRET}"] * 2 + [None] * 2
        assert not any("Cookie" in asked.headers for asked in server.asked)


def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more is read than is good for us."""
    monkeypatch.setattr(sessions, "LARGEST", 1000)
    endless = Reply(200, b"[" + b"1," * 2000 + b"1]")
    with serving(lambda _: endless) as server, pytest.raises(Unreachable, match="longer than"):
        client_of(server.url, attempts=1).request("GET", "/")


def test_a_slow_drip_ends(server: HeliportServer, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes that come one by one do not hold us for ever."""
    monkeypatch.setattr(sessions, "SLOWEST", 0.5)
    proxy.plan({"fault": "drip", "seconds": 0.1})

    started = time.monotonic()
    with pytest.raises(Unreachable, match="did not answer in time"):
        client_of(proxy.url, server.token, attempts=1).request("GET", OBJECTS)

    assert time.monotonic() - started < 2


def test_a_stream_is_sent_whole_again(server: HeliportServer) -> None:
    """What was read from a stream for the first attempt is read again for the second."""
    replies = [Reply(429, None, {"Retry-After": "0"}), Reply(201, {})]
    with serving(lambda _: replies.pop(0)) as server:
        stream = io.BytesIO(b"skipped content")
        stream.seek(8)
        client_of(server.url).request("POST", "/", data=stream, repeatable=False)

        assert [asked.body for asked in server.asked] == [b"content", b"content"]


def test_threads_share_a_client(server: HeliportServer) -> None:
    """Several threads at once, each gets its own answer."""
    client = client_of(server.url, server.token, timeout=(5.0, 30.0))

    with ThreadPoolExecutor(8) as pool:
        labels = list(pool.map(lambda number: make(client, f"thread {number}")["label"], range(40)))

    assert labels == [f"thread {number}" for number in range(40)]


def test_the_token_is_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    """No log, message, representation or traceback of ours holds it, even where the server repeats it."""
    caplog.set_level(logging.DEBUG)
    with serving(lambda asked: Reply(401, {"detail": f"bad {asked.headers['Authorization']}"})) as server:
        client = client_of(server.url)
        with pytest.raises(Unauthorized) as raised:
            client.request("GET", "/")

    server.asked.clear()
    told = "".join(traceback.TracebackException.from_exception(raised.value, capture_locals=True).format())
    assert SECRET not in told + caplog.text + repr(client) + repr(raised.value)


def test_addresses_that_are_none() -> None:
    """What is no address, or holds a password, is refused."""
    for address in ("heliport.example.org", "ftp://x", "https://", "https://me:secret@x.org"):
        with pytest.raises(Rejected) as raised:
            Client(address)
        assert "secret" not in str(raised.value)


def test_nothing_is_sent_to_another_server(local: LocalServer) -> None:
    """An address that is not at the server is refused before anything is sent."""
    with pytest.raises(Rejected, match="which the token is for"):
        client_of(local.url).request("GET", "http://other.example/x")


@pytest.fixture
def local() -> Iterator[LocalServer]:
    """A server that says yes."""
    with serving(lambda _: Reply(200, [])) as server:
        yield server


@given(
    st.lists(st.from_regex(r"[a-z0-9]{1,5}", fullmatch=True), max_size=3), st.sampled_from(["", "/", "/sub", "/sub/"])
)
def test_paths_are_joined(parts: list[str], prefix: str) -> None:
    """A path comes after the address, whatever slashes either has."""
    path = "/".join(parts)

    assert joined(f"https://x.org{prefix}", path) == joined(f"https://x.org{prefix}", f"/{path}")
    assert joined(f"https://x.org{prefix}", path) == f"https://x.org{prefix.rstrip('/')}/{path}"


def test_what_a_server_calls_itself_is_reached_our_way() -> None:
    """Links with the wrong scheme or host, as behind a proxy, lead to the server that was asked."""
    assert here("https://x.org/h", "http://internal:8000/h/api/?page=2") == "https://x.org/h/api/?page=2"
    assert here("https://x.org", "https://x.org/a?b=c") == "https://x.org/a?b=c"
    assert same_site("http://x.org", "https://x.org/a")
    assert not same_site("https://x.org", "http://x.org/a")
    assert not same_site("https://x.org", "https://x.org.evil/a")
    assert not same_site("https://x.org", "https://x.org:99999999/a")


@given(st.floats(0, 1e6).map(lambda number: round(number, 3)))
def test_retry_after_in_seconds(seconds: float) -> None:
    """A number is a number of seconds, up to a day."""
    assert waiting.retry_after(f"{seconds:.3f}") == pytest.approx(min(seconds, waiting.LONGEST))


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.integers(-(10**6), 10**6))
def test_retry_after_as_a_date_does_not_mind_our_clock(now: datetime, seconds: int) -> None:
    """A date is a distance from the server's own time, whatever time it is here."""
    now = now.replace(microsecond=0, tzinfo=UTC)
    until = format_datetime(now + timedelta(seconds=seconds), usegmt=True)

    assert waiting.retry_after(until, format_datetime(now, usegmt=True)) == min(max(seconds, 0), waiting.LONGEST)


@given(st.text(max_size=40))
def test_any_retry_after_is_survived(text: str) -> None:
    """What means nothing is nothing; what means something is a number of seconds within a day."""
    found = waiting.retry_after(text, text)

    assert found is None or 0 <= found <= waiting.LONGEST


@given(st.integers(1, 10**6), st.floats(0, 100))
def test_backoff_is_bounded(attempt: int, base: float) -> None:
    """However often it failed, the pause ends."""
    assert 0 <= waiting.backoff(attempt, base) <= waiting.CEILING


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=50),
        lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=9), below, max_size=3),
        max_leaves=9,
    )
)
def test_any_reason_is_one_short_line(body: Any) -> None:
    """Whatever an error body is made of."""
    line = reason_of(body)

    assert 0 < len(line) <= 300
    assert "\n" not in line


def test_reasons_of_frameworks() -> None:
    """The sentence that a person needs, from what frameworks answer."""
    assert reason_of({"detail": "Invalid token."}) == "Invalid token."
    assert reason_of({"label": ["This field is required."]}) == "label: This field is required."
    assert reason_of([{}, {"label": ["Too long."]}]) == "[1].label: Too long."
    assert reason_of({"title": "There is no field 'x'.", "status": 422}) == "There is no field 'x'."
    assert reason_of({"detail": [{"loc": ["body", "title"], "msg": "field required"}]}).endswith("field required")
    assert reason_of("") == "no reason was given"


def test_bodies_of_all_sorts() -> None:
    """JSON with a byte order mark, without a media type, empty, or no JSON at all."""
    assert decoded("\ufeff[1]".encode(), "application/json") == [1]
    assert decoded(b'{"a": 1}', "text/plain") == {"a": 1}
    assert decoded(b" \n", "application/json") is None
    assert decoded(b"plain", "text/plain") == "plain"
    assert decoded(b"caf\xe9", "text/plain", "latin-1") == "caf\xe9"
