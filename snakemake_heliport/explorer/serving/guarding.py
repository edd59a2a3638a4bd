"""What every request passes: is it for this server, may it be answered, and what the browser may do with the answer."""

import hmac
from collections.abc import Collection
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}
LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))
TOKEN = "token"
NEEDED = "This server asks for a token: open the address that `snakemake-heliport explore` printed.\n"


class Guard:
    """Refuses what is not meant for this server, and puts the headers on every answer.

    Args:
        names: The host names under which this server is asked; a page that had its own name point here has another.
        open_to_all: It listens beyond this machine, so it may be asked by any of its addresses, too.
        token: What must be known to be answered, None where nothing must.
        port: Cookies are the same for all ports of a host, so the name of ours has the port in it.
    """

    def __init__(
        self, app: ASGIApp, *, names: Collection[str], open_to_all: bool, token: str | None, port: int
    ) -> None:
        self._app = app
        self._names = LOOPBACK | {name.lower() for name in names}
        self._open_to_all = open_to_all
        self._token = token
        self._cookie = f"heliport-{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                added = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message["headers"], *(pair for pair in added if pair[0] not in given)]
            await send(message)

        refusal = self._refusal(Request(scope))
        await (self._app if refusal is None else refusal)(scope, receive, guarded)

    def _refusal(self, request: Request) -> Response | None:
        if not self._is_ours(request.headers.get("host", "")):
            return PlainTextResponse("This is not a name of this server.\n", 421)
        if request.method not in ("GET", "HEAD"):
            return PlainTextResponse("Nothing can be changed here.\n", 405, {"allow": "GET, HEAD"})
        return None if self._token is None else self._asked_for(request, self._token)

    def _is_ours(self, host: str) -> bool:
        name = _without_port(host)
        return name in self._names or (self._open_to_all and _is_address(name))

    def _asked_for(self, request: Request, token: str) -> Response | None:
        given = request.query_params.get(TOKEN)
        if given is not None and _same(given, token):
            return self._welcome(request, token)
        cookie, bearer = request.cookies.get(self._cookie, ""), request.headers.get("authorization", "")
        known = _same(cookie, _sealed(token)) or _same(bearer, f"Bearer {token}")
        return None if known else PlainTextResponse(NEEDED, 401, {"www-authenticate": "Bearer"})

    def _welcome(self, request: Request, token: str) -> Response:
        """Take the token out of the address, where histories and screens would show it, and into a cookie."""
        rest = [(name, value) for name, value in parse_qsl(request.url.query, keep_blank_values=True) if name != TOKEN]
        # One slash: two would begin the name of another server.
        place = "/" + request.url.path.lstrip("/") + (f"?{urlencode(rest)}" if rest else "")
        answer = RedirectResponse(place, 303)
        answer.set_cookie(self._cookie, _sealed(token), httponly=True, samesite="strict", path="/")
        return answer


def _sealed(token: str) -> str:
    return sha256(f"heliport explore {token}".encode()).hexdigest()


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower().rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
