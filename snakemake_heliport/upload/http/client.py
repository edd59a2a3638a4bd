"""Speaks HTTP to one server: pooled connections, a token that goes nowhere else, retries that double nothing."""

import threading
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from typing import Any, BinaryIO, Self
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from snakemake_heliport.upload.contract.parts import Auth
from snakemake_heliport.upload.credentials import Token, token_places
from snakemake_heliport.upload.errors import Rejected, UploadError
from snakemake_heliport.upload.http.addresses import joined, same_site, site_of
from snakemake_heliport.upload.http.answers import Answer, Broken, decoded, reason_of
from snakemake_heliport.upload.http.failures import Failure, describe
from snakemake_heliport.upload.http.refusals import error_of, short_path, unauthorized
from snakemake_heliport.upload.http.sessions import ACCEPT, Shown, content_of, encoded, new_session, positions
from snakemake_heliport.upload.http.waiting import PATIENCE, backoff, retry_after

TIMEOUT = (5.0, 30.0)
ATTEMPTS = 4
BACKOFF = 0.5
REDIRECTS = 5
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"})
# Redirects that are to be followed with the same method; what answers them has not acted.
RESENDING = frozenset({301, 307, 308})


class Client:
    """A server, as it is spoken to by one account; several threads may use it at once.

    Args:
        auth: How the token is shown.
        timeout: Seconds to connect, and to wait for the next bytes.
        verify: Whether certificates are checked, or the file with those to trust.
        attempts: How often a request is sent at most.
        backoff: Seconds that the first pause lasts at most; every further one twice as long.
        until: The time (`time.monotonic()`) after which nothing is tried again.
        name: The name of the server in the settings, which tells where tokens are looked for.

    Raises:
        Rejected: The address is none, or holds a password.
    """

    def __init__(
        self,
        base_url: str,
        *,
        auth: Auth | None = None,
        token: Token | None = None,
        timeout: tuple[float, float] = TIMEOUT,
        verify: bool | str = True,
        attempts: int = ATTEMPTS,
        backoff: float = BACKOFF,
        until: float | None = None,
        name: str | None = None,
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Rejected(f"the address {base_url!r}", "write it like https://heliport.example.org")
        if parts.username is not None or parts.password is not None:
            raise Rejected("the address of the server", "it holds a user or password; give a token in another way")
        self.base_url = base_url.split("?")[0].split("#")[0].rstrip("/")
        self.until = until
        self._shown = Shown(auth or Auth(), token)
        self._timeout = timeout
        self._verify = verify
        self._attempts = max(1, attempts)
        self._backoff = backoff
        self._name = name
        self._closed = threading.Event()
        self._session = new_session()

    def __repr__(self) -> str:
        return f"<Client of {self.base_url}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections, and end all pauses."""
        self._closed.set()
        self._session.close()

    @property
    def auth(self) -> Auth:
        """How the token is shown."""
        return self._shown.auth

    @property
    def token(self) -> Token | None:
        """The token in use."""
        return self._shown.token

    def shown_as(self, auth: Auth) -> None:
        """Show the token in another way from now on."""
        self._shown = Shown(auth, self.token)

    def stranger(self, auth: Auth | None, token: Token | None) -> "Client":
        """Return a client of the same server with another token, or none, that tries once."""
        return Client(
            self.base_url,
            auth=auth,
            token=token,
            timeout=self._timeout,
            verify=self._verify,
            attempts=1,
            name=self._name,
        )

    def url(self, path_or_url: str) -> str:
        """Return the full address of a path, or of an address at this server.

        Raises:
            Rejected: It is the address of another server.
        """
        return joined(self.base_url, path_or_url)

    def request(
        self,
        method: str,
        path_or_url: str,
        *,
        json: Any = None,
        data: bytes | BinaryIO | None = None,
        files: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
    ) -> Answer:
        """Send a request, again where that can double nothing, and return the answer to it.

        Args:
            data: What is sent, where it is no JSON; a stream is read again from where it stands for each attempt.
            repeatable: Whether sending it twice is the same as sending it once; by default all but `POST` is.

        Raises:
            Unreachable: There is no (readable) answer, and nothing can have been done.
            Unauthorized: 401 or 403.
            Rejected: Another status that will stay the same.
            TemporarilyRefused: 429 or 5xx.
            UnclearOutcome: What is not repeatable may have been done.
        """
        if json is not None:
            data = encoded(json)
            headers = {"Content-Type": "application/json", **(headers or {})}
        sending = {"data": data, "files": files, "params": params, "headers": {**ACCEPT, **(headers or {})}}
        streams = positions(data, files)
        what = f"{method} {short_path(path_or_url)} at {site_of(self.base_url)}"
        safe = method in SAFE if repeatable is None else repeatable
        attempt, renewed = 0, False
        while True:
            attempt += 1
            shown = self._shown
            result = self._once(method, path_or_url, sending, shown, streams)
            if isinstance(result, Answer):
                return result
            if result.status == 401 and not renewed and self._renew(shown):
                attempt, renewed = attempt - 1, True
                pause = 0.0
            elif result.again(safe):
                pause = result.pause if result.pause is not None else backoff(attempt, self._backoff)
            else:
                raise self._error(what, result, safe)
            if attempt >= self._attempts or not self._wait(pause):
                raise self._error(what, result, safe)

    def _once(
        self,
        method: str,
        path_or_url: str,
        sending: Mapping[str, Any],
        shown: Shown,
        streams: Sequence[tuple[BinaryIO, int]],
    ) -> Answer | Failure:
        """Return an answer, or what came instead of one, after redirects within the server."""
        url, params = self.url(path_or_url), sending["params"]
        for _ in range(REDIRECTS):
            for stream, position in streams:
                stream.seek(position)
            result = self._exchange(method, url, {**sending, "params": params}, shown)
            if not isinstance(result, Failure) or not 300 <= result.status < 400:
                return result
            target = urljoin(url, result.headers.get("location", ""))
            upgraded = target == url.replace("http://", "https://", 1)
            if not same_site(url, target) or not (method in ("GET", "HEAD") or result.status in RESENDING or upgraded):
                return result
            url, params = target, None
        return Failure("it redirects in circles", acted=False, final=True)

    def _exchange(self, method: str, url: str, sending: Mapping[str, Any], shown: Shown) -> Answer | Failure:
        """Send one request and read the answer, whatever happens to either."""
        response = None
        try:
            options = {"auth": shown, "timeout": self._timeout, "verify": self._verify, **sending}
            response = self._session.request(method, url, allow_redirects=False, stream=True, **options)
            content = content_of(response)
        except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
            return describe(error)
        finally:
            if response is not None:
                response.close()
        return self._read(response, content, shown)

    def _read(self, response: requests.Response, content: bytes, shown: Shown) -> Answer | Failure:
        status, headers = response.status_code, {name.lower(): value for name, value in response.headers.items()}
        good = 200 <= status < 300
        if not good and shown.token is not None:
            # A server may repeat what it was shown.
            content = shown.token.hidden(content.decode("latin-1")).encode("latin-1")
        try:
            body = decoded(content, headers.get("content-type", ""), response.encoding)
        except Broken as error:
            if good:
                return Failure(reason=str(error), acted=True)
            body = content.decode("utf-8", errors="replace")
        if good:
            return Answer(status, body, headers, response.url)
        pause = retry_after(headers.get("retry-after"), headers.get("date"))
        reason = reason_of(body, response.reason or "no reason was given")
        return Failure(reason, acted=None, status=status, body=body, headers=headers, pause=pause)

    def _renew(self, shown: Shown) -> bool:
        """Look whether a token has taken the place of one that was refused; return whether to try again."""
        if shown.token is None:
            return False
        if self._shown is shown:
            token = shown.token.renewed()
            if token is not None:
                self._shown = Shown(shown.auth, token)
        return self._shown is not shown

    def _wait(self, seconds: float) -> bool:
        """Wait, unless that would be too long; return whether to go on."""
        if seconds > PATIENCE or (self.until is not None and time.monotonic() + seconds >= self.until):
            return False
        return not self._closed.wait(seconds)

    def _error(self, what: str, failure: Failure, safe: bool) -> UploadError:
        """Return the error that a failure is."""
        if failure.status in (401, 403):
            return unauthorized(what, failure, self.token, token_places(self._name), self.base_url)
        return error_of(what, failure, safe=safe)
