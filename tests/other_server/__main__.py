"""A server of another contract than HELIPORT's: `python tests/other_server [--style property]`.

Ids are IRIs, fields have other names, relations stand inside the objects, pages are bare lists with a cursor in the
`Link` header, and it describes itself in `/openapi.json` and `/context.jsonld`. It keeps everything in memory, takes no
lists, prints one line, `url=… collection=… token=…`, and serves until it is killed.
"""

import argparse
import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_hex, token_urlsafe
from urllib.parse import parse_qs, urlencode, urlsplit

from contract import context, openapi, writable

MINTED = "https://doi.org/10.5072/"


class Refusal(Exception):
    """An answer that says no."""

    def __init__(self, status: int, title: str):
        super().__init__(title)
        self.status = status


class Things:
    """What the server holds: things by their slug, in the order they came."""

    def __init__(self, url: str, style: str):
        self.url = url
        self.style = style
        self.collection = f"{url}/collections/demo"
        self._fields = writable(style)
        self._things: dict[str, dict] = {}
        self._lock = threading.Lock()

    def make(self, sent: dict) -> dict:
        """Keep a new thing, with an identifier of ours."""
        slug = token_hex(4)
        return self._keep(slug, sent)

    def replace(self, slug: str, sent: dict) -> dict:
        """Replace a thing."""
        self.get(slug, True)
        return self._keep(slug, sent)

    def change(self, slug: str, sent: dict) -> dict:
        """Replace the fields that were sent."""
        with self._lock:
            old = dict(self.get(slug, True))
        return self._keep(slug, {**{key: value for key, value in old.items() if not key.startswith("@")}, **sent})

    def remove(self, slug: str) -> None:
        """Forget a thing."""
        self.get(slug, True)
        with self._lock:
            self._things.pop(slug, None)

    def get(self, slug: str, insider: bool) -> dict:
        """Return a thing, if it is there for this asker."""
        thing = self._things.get(slug)
        if thing is None or not (insider or thing["visibility"] == "open"):
            raise Refusal(404, "There is no such thing.")
        return thing

    def page(self, query: dict[str, list[str]], insider: bool) -> tuple[list[dict], str | None]:
        """Return some things, and the cursor for more."""
        limit = min(int(query.get("limit", ["20"])[0]), 100)
        start = int(query.get("cursor", ["0"])[0], 36)
        with self._lock:
            found = [thing for thing in self._things.values() if self._fits(thing, query, insider)]
        more = start + limit < len(found)
        return found[start : start + limit], base36(start + limit) if more else None

    def _fits(self, thing: dict, query: dict[str, list[str]], insider: bool) -> bool:
        names, collections = query.get("sameAs"), query.get("collection")
        return (
            (insider or thing["visibility"] == "open")
            and (not names or bool(set(names) & set(thing["sameAs"])))
            and (not collections or thing.get("collection") in collections)
        )

    def _keep(self, slug: str, sent: dict) -> dict:
        self._check(sent)
        names = [name for name in sent.get("sameAs", []) if name != MINTED + slug]
        thing = {
            "@context": f"{self.url}/context.jsonld",
            "@id": f"{self.url}/things/{slug}",
            "visibility": "closed",
            **sent,
            "sameAs": [*names, MINTED + slug],
        }
        with self._lock:
            self._things[slug] = thing
        return thing

    def _check(self, sent: dict) -> None:
        """Refuse what the OpenAPI document does not allow."""
        if not isinstance(sent, dict) or not sent.get("title"):
            raise Refusal(422, "A thing needs a title.")
        for key, value in sent.items():
            if key not in self._fields and not (self.style == "property" and ":" in key):
                raise Refusal(422, f"There is no field {key!r}.")
            if key == "visibility" and value not in ("open", "closed"):
                raise Refusal(422, "The visibility is open or closed.")
            if key == "collection" and value != self.collection:
                raise Refusal(403, "This collection is not yours.")
        for _, target in relations(sent):
            slug = target.removeprefix(f"{self.url}/things/")
            if slug != target and slug not in self._things:
                raise Refusal(422, f"There is no thing {target}.")


def relations(thing: dict) -> list[tuple[str, str]]:
    """Return (predicate, target) of a thing, in either style."""
    try:
        nested = [(link["rel"], link["target"]) for link in thing.get("links", [])]
        return nested + [(key, target) for key in thing if ":" in key for target in thing[key]]
    except (TypeError, KeyError) as error:
        raise Refusal(422, "A link has a rel and a target.") from error


def base36(number: int) -> str:
    """Return a cursor that nobody takes for a page number."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits or "0"


class Server(ThreadingHTTPServer):
    """Holds what all connections share."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, style: str, token: str):
        super().__init__(("127.0.0.1", port), Connection)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.things = Things(self.url, style)
        self.token = token
        self.documents = {"/openapi.json": openapi(self.url, style), "/context.jsonld": context(style)}


class Connection(BaseHTTPRequestHandler):
    """One client's connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def respond(self) -> None:
        """Answer one request."""
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        # A client may call us by another name, through a proxy: it reads and writes our ids under that name.
        self.called = f"http://{self.headers.get('Host', urlsplit(self.server.url).netloc)}"
        try:
            self.tell(*self.result(content.decode().replace(self.called, self.server.url)))
        except Refusal as refusal:
            self.tell(refusal.status, {"title": str(refusal), "status": refusal.status}, "application/problem+json")
        except (ValueError, TypeError) as error:
            self.tell(400, {"title": str(error), "status": 400}, "application/problem+json")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = respond

    def result(self, content: str) -> tuple:
        """Return status, what to tell, and of which media type."""
        address = urlsplit(self.path)
        _, name, *rest = [*address.path.split("/"), ""][:3]
        insider = self.headers.get("Authorization") == f"Bearer {self.server.token}"
        if address.path in self.server.documents:
            return 200, self.server.documents[address.path], "application/json"
        if not insider and (self.command != "GET" or "Authorization" in self.headers):
            raise Refusal(401, "Log in with a bearer token.")
        if address.path == "/collections" and self.command == "GET":
            return 200, [{"@id": self.server.things.collection, "title": "Demo"}], "application/ld+json"
        if name != "things":
            raise Refusal(404, "There is nothing here.")
        sent = json.loads(content) if content else None
        if isinstance(sent, list):
            raise Refusal(422, "Lists are not taken here.")
        return self.one(rest[0], sent, insider) if rest[0] else self.many(sent, self.query(address.query), insider)

    def query(self, text: str) -> dict[str, list[str]]:
        """Return what is asked for."""
        return {
            name: [value.replace(self.called, self.server.url) for value in values]
            for name, values in parse_qs(text).items()
        }

    def many(self, sent: dict | None, query: dict[str, list[str]], insider: bool) -> tuple:
        """Answer at `/things`."""
        if self.command == "POST":
            return 201, self.server.things.make(sent), "application/ld+json"
        if self.command != "GET":
            raise Refusal(405, "Only GET and POST.")
        page, cursor = self.server.things.page(query, insider)
        return 200, page, "application/ld+json", cursor and urlencode({**query, "cursor": cursor}, doseq=True)

    def one(self, slug: str, sent: dict | None, insider: bool) -> tuple:
        """Answer at `/things/{slug}`."""
        things = self.server.things
        if self.command == "GET":
            return 200, things.get(slug, insider), "application/ld+json"
        if self.command == "DELETE":
            return 204, things.remove(slug), "application/ld+json"
        if self.command == "POST":
            raise Refusal(405, "Not POST.")
        return 200, (things.replace if self.command == "PUT" else things.change)(slug, sent), "application/ld+json"

    def tell(self, status: int, said: object, media_type: str, following: str | None = None) -> None:
        """Write the answer."""
        text = "" if status == 204 else json.dumps(said)
        content = text.replace(self.server.url, self.called).encode()
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        if following:
            self.send_header("Link", f'<{self.called}/things?{following}>; rel="next"')
        if status == 201:
            self.send_header("Location", said["@id"].replace(self.server.url, self.called))
        if status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_) -> None:
        """Write nothing."""


def main() -> None:
    """Serve as the command line says."""
    parser = argparse.ArgumentParser(prog="other_server", description="A server of another contract than HELIPORT's.")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--style", choices=("nested", "property"), default="nested", help="where relations stand")
    parser.add_argument("--token", default=token_urlsafe(24), help="default: made up")
    options = parser.parse_args()
    server = Server(options.port, options.style, options.token)
    print(f"url={server.url} collection={server.things.collection} token={options.token}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()


if __name__ == "__main__":
    main()
