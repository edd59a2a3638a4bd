"""Sessions that keep no cookie, show the token where it belongs, and read no more of an answer than is good for us."""

import io
import json
import time
from collections.abc import Mapping
from http.client import HTTPResponse
from typing import Any, BinaryIO

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from snakemake_heliport.upload.contract.parts import Auth
from snakemake_heliport.upload.credentials import Token

# How many connections are kept; more may be open at a time.
POOL = 16
# An answer that is longer, or that takes longer to come in, is no answer of an API.
LARGEST = 64 * 2**20
SLOWEST = 60.0
CHUNK = 2**16
ACCEPT = {
    "Accept": "application/json, application/ld+json;q=0.9, */*;q=0.1",
    # A short answer that unpacks to gigabytes would be read before its length is known.
    "Accept-Encoding": "identity",
    "User-Agent": "snakemake-heliport",
}


class _NoCookies(RequestsCookieJar):
    """Keeps no cookie: a session cookie would be another login than the token, with other permissions."""

    def set_cookie(self, cookie: Any, *args: Any, **kwargs: Any) -> None:
        """Forget a cookie."""


class Shown(requests.auth.AuthBase):
    """Puts the token into the header of a request, where no variable of ours holds it."""

    def __init__(self, auth: Auth, token: Token | None) -> None:
        self.auth = auth
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.token is not None:
            scheme = f"{self.auth.scheme} " if self.auth.scheme else ""
            request.headers[self.auth.header] = f"{scheme}{self.token.reveal()}"
        return request


class _Hurried(io.RawIOBase):
    """Reads from a socket until a time: a server that sends a byte a second is never silent for long enough."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw
        self._until = time.monotonic() + SLOWEST

    def readable(self) -> bool:
        """Return that this is for reading."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what has come.

        Raises:
            TimeoutError: The answer has taken too long.
        """
        if time.monotonic() > self._until:
            raise TimeoutError(f"its answer took longer than {SLOWEST:g} seconds")
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket."""
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    """An answer that has to come, head and body, within a time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fp = io.BufferedReader(_Hurried(self.fp.detach()))


class _Connection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    """Keeps connections whose answers have to come in time, also those through a proxy."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*args, **kwargs)
        _hurry(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Return the pools of connections through a proxy."""
        manager = super().proxy_manager_for(*args, **kwargs)
        _hurry(manager)
        return manager


def _hurry(manager: Any) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


def new_session() -> requests.Session:
    """Return a session that several threads may use at once."""
    session = requests.Session()
    # Of the states of a session, cookies alone would be written by several threads.
    session.cookies = _NoCookies()
    # Nothing is sent again below us: only here it is known what may be.
    adapter = _Adapter(pool_connections=4, pool_maxsize=POOL, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def content_of(response: requests.Response) -> bytes:
    """Return the bytes of an answer.

    Raises:
        OSError: There are too many, or they come too slowly.
    """
    content = bytearray()
    while chunk := response.raw.read(CHUNK, decode_content=True):
        content += chunk
        if len(content) > LARGEST:
            raise OSError(f"its answer is longer than {LARGEST >> 20} MB")
    return bytes(content)


def encoded(content: Any) -> bytes:
    """Return JSON as bytes; half characters, which no server takes, become question marks."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


def positions(data: Any, files: Mapping[str, Any] | None) -> list[tuple[BinaryIO, int]]:
    """Return the streams that are sent and where they stand, so that they can be sent again."""
    parts = [part[1] if isinstance(part, tuple) else part for part in (files or {}).values()]
    return [(stream, stream.tell()) for stream in (data, *parts) if hasattr(stream, "seek")]
