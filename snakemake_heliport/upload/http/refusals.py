"""Which error a failure is."""

import time
from urllib.parse import urlsplit

from snakemake_heliport.upload.credentials import Token
from snakemake_heliport.upload.errors import (
    Rejected,
    TemporarilyRefused,
    Unauthorized,
    UnclearOutcome,
    Unreachable,
    UploadError,
)
from snakemake_heliport.upload.http.addresses import site_of
from snakemake_heliport.upload.http.failures import Failure


def error_of(what: str, failure: Failure, *, safe: bool) -> UploadError:
    """Return the error that a failure is, other than for want of rights.

    Args:
        what: What was asked for.
        safe: Whether that may be asked for twice.
    """
    status = failure.status
    said = f"{status}: {failure.reason}" if status else failure.reason
    if failure.may_have_acted and not safe:
        return UnclearOutcome(what, f"{said}; it is unknown whether this was done")
    if failure.temporary:
        retry_at = None if failure.pause is None else time.time() + failure.pause
        return TemporarilyRefused(what, said, status=status, retry_at=retry_at)
    if not status:
        return Unreachable(what, said)
    if 300 <= status < 400:
        said = f"{status}: it redirects to {short_path(failure.headers.get('location', '?'))}; name that address"
    return Rejected(what, said, status=status, body=failure.body)


def unauthorized(what: str, failure: Failure, token: Token | None, places: tuple[str, ...], base: str) -> Unauthorized:
    """Return the error of a token that is none, or of an account that may not do this."""
    return Unauthorized(
        what,
        f"{failure.status}: {failure.reason}",
        status=failure.status,
        source=None if token is None else token.source,
        places=places,
        site=site_of(base),
        scheme=failure.headers.get("www-authenticate", "").split(" ")[0].strip(",") or None,
    )


def short_path(path_or_url: str) -> str:
    """Return a path without what was asked for, which may be long."""
    path = urlsplit(path_or_url).path or "/"
    return path if len(path) <= 120 else f"{path[:119]}…"
