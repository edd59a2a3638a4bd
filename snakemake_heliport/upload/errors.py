"""What can go wrong on the way to a server, each as one line that says what to do next and holds no token.

HeliportError
├── ContractError         a description of a server that cannot be used
├── CredentialError       a token that is there and must not, or cannot, be used
└── UploadError           a server did not do what it was asked for
    ├── Unreachable           nothing was heard from it, or nothing that makes sense
    ├── Unauthorized          401: no token that it takes; 403: no permission
    ├── Rejected              it will not do this, now or later
    ├── TemporarilyRefused    it will not do this now
    └── UnclearOutcome        it may have done this: look before you send it again
"""

from datetime import UTC, datetime
from typing import Any, ClassVar

from snakemake_heliport.errors import HeliportError


class ContractError(HeliportError):
    """The description of a server's API says what it cannot say; the message names the place in it."""


class CredentialError(HeliportError):
    """A token cannot be used; the message says which and what to type, and never what it is."""


class UploadError(HeliportError):
    """A server did not do what it was asked for.

    Attributes:
        unclear: Whether it may have done it all the same.
        done: What an operation on several things had brought about before this one failed, in their order.
    """

    unclear: ClassVar[bool] = False

    def __init__(self, what: str, reason: str) -> None:
        self.what = what
        self.reason = reason
        self.done: tuple[Any, ...] = ()
        super().__init__(what, reason)

    def __str__(self) -> str:
        return f"{self.what}: {self.reason}{self.advice()}"

    def advice(self) -> str:
        """Return what to do about it, with what joins it to the reason."""
        return ""


class Unreachable(UploadError):
    """The server cannot be reached, does not answer in time, or answers nothing that can be read."""


class Unauthorized(UploadError):
    """The server knows no such token (401), or the token's owner may not do this (403).

    Attributes:
        status: 401 or 403.
        source: Where the token came from; None where there was none.
        places: Where tokens are looked for.
        site: The address of the server.
        scheme: What the server asks tokens to be shown with, if it says so.
        project: The project that was written to, once that is known.
    """

    def __init__(
        self,
        what: str,
        reason: str,
        *,
        status: int,
        source: str | None,
        places: tuple[str, ...],
        site: str,
        scheme: str | None = None,
    ) -> None:
        super().__init__(what, reason)
        self.status = status
        self.source = source
        self.places = places
        self.site = site
        self.scheme = scheme
        self.project: str | None = None

    def advice(self) -> str:
        """Return how to get a token or a permission, and where to put the token."""
        # `doctor` tells of all places; two are enough to act.
        looked = " or ".join(self.places[1:2] + self.places[-1:])
        if self.status == 403:
            project = "the project" if self.project is None else f"project {self.project}"
            return f"; ask the owner of {project} for the permission to write there, or name another project"
        if self.source is None:
            return f"; no token was found: make one in your account at {self.site}, and put it into {looked}"
        return (
            f"; the token from {self.source} is not, or no longer, valid: make a new one in your account at {self.site}"
        )


class Rejected(UploadError):
    """The server will not do this, however often it is asked.

    Attributes:
        status: The HTTP status; 0 where the answer, not the status, is the reason.
        body: What the server sent along, decoded where it is JSON.
    """

    def __init__(self, what: str, reason: str, *, status: int = 0, body: Any = None) -> None:
        super().__init__(what, reason)
        self.status = status
        self.body = body

    @property
    def gone(self) -> bool:
        """Whether what was asked for is not there, or not any more."""
        return self.status in (404, 410)


class TemporarilyRefused(UploadError):
    """The server will not do this now (429, 5xx).

    Attributes:
        status: The HTTP status.
        retry_at: When it may be asked again, in seconds since the epoch; None where it did not say.
    """

    def __init__(self, what: str, reason: str, *, status: int, retry_at: float | None = None) -> None:
        super().__init__(what, reason)
        self.status = status
        self.retry_at = retry_at

    def advice(self) -> str:
        """Return when to ask again, if the server said so."""
        if self.retry_at is None:
            return ""
        return f"; it asks to be left alone until {datetime.fromtimestamp(self.retry_at, UTC):%Y-%m-%d %H:%M:%S} UTC"


class UnclearOutcome(UploadError):
    """The request was sent, and no answer says what became of it."""

    unclear: ClassVar[bool] = True
