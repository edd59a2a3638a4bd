"""What comes instead of an answer, and whether the server can have acted all the same."""

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

# Statuses with which a server says that it has not done what was asked for.
NOT_NOW = frozenset({425, 429})
# Statuses behind which anything may have happened.
ANYTHING = frozenset({408, 499})
CERTIFICATE = (
    "its certificate cannot be verified; name the authority with REQUESTS_CA_BUNDLE, or ask who runs the server"
)


@dataclass(frozen=True, slots=True)
class Failure:
    """An exchange that did not end well.

    Attributes:
        reason: One line.
        acted: Whether the server can have acted, None where the status says so.
        status: The HTTP status, 0 where none came.
        pause: The seconds after which the server wants to be asked again.
    """

    reason: str
    acted: bool | None
    status: int = 0
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    pause: float | None = None
    final: bool = False

    @property
    def may_have_acted(self) -> bool:
        """Whether what was asked for may have been done."""
        if self.acted is not None:
            return self.acted
        if self.status == 503 and self.pause is not None:
            return False
        return (self.status >= 500 and self.status != 501) or self.status in ANYTHING

    @property
    def temporary(self) -> bool:
        """Whether the status says that it may be otherwise later."""
        return (
            self.status in NOT_NOW or self.status in ANYTHING or (self.status >= 500 and self.status not in (501, 505))
        )

    def again(self, safe: bool) -> bool:
        """Return whether to send the request again, if that is `safe` or else where nothing can have been done."""
        if self.final or not (self.temporary or self.status == 0):
            return False
        return safe or not self.may_have_acted


def describe(error: Exception) -> Failure:
    """Return what an exception of the HTTP library means."""
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Failure(CERTIFICATE, acted=False, final=True)
    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader, UnicodeError)):
        return Failure("the request cannot be written", acted=False, final=True)
    # Only what fails before there is a connection has certainly not reached the server.
    unsent = any(isinstance(cause, (NewConnectionError, ConnectTimeoutError)) for cause in causes)
    return Failure(_reason(error, causes), acted=not unsent)


def _reason(error: Exception, causes: list[BaseException]) -> str:
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return "no connection came about in time"
    if isinstance(error, requests.exceptions.ReadTimeout):
        return "it did not answer in time"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy did not connect; look at the variables HTTPS_PROXY and NO_PROXY"
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "no encrypted connection came about; is the address right, with http or https?"
    found = next((cause for cause in reversed(causes) if isinstance(cause, OSError) and cause.strerror), None)
    if found is not None:
        return str(found.strerror)[:1].lower() + str(found.strerror)[1:]
    if isinstance(error, OSError) and not isinstance(error, requests.RequestException):
        return str(error)
    return "the connection broke before the answer had come"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and all that it was made from, which these libraries keep in several places."""
    seen: set[int] = set()
    waiting: list[Any] = [error]
    while waiting:
        current = waiting.pop(0)
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [getattr(current, "reason", None), current.__cause__, current.__context__, *current.args]
