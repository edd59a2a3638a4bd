"""How long to wait before a request is sent again: the server's word, or exponential backoff with full jitter."""

import math
import random
import re
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# A server that asks for more than this is left to the outbox.
PATIENCE = 60.0
# Nobody is believed who asks to be left alone for longer than this.
LONGEST = 24 * 3600.0
CEILING = 20.0
NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?")


def backoff(attempt: int, base: float) -> float:
    """Return seconds before an attempt is repeated: anything up to `base`, twice `base`, four times …

    The whole range is used, so that many clients which failed together do not come back together.

    Args:
        attempt: How many attempts there were, at least one.
    """
    # The power alone would overflow after a thousand attempts.
    ceiling = min(CEILING, base * 2.0 ** min(attempt - 1, 30))
    return random.uniform(0.0, ceiling)


def retry_after(value: str | None, date: str | None = None) -> float | None:
    """Return the seconds that a `Retry-After` header means, None where it means nothing.

    Args:
        date: The `Date` header of the same answer. A time is a distance from it: the clocks of both machines may
            differ, and ours may jump.
    """
    if value is None:
        return None
    value = value.strip()
    if NUMBER.fullmatch(value):
        return min(float(value), LONGEST)
    until = _timestamp(value)
    if until is None:
        return None
    now = _timestamp(date or "")
    seconds = until - (time.time() if now is None else now)
    return min(max(seconds, 0.0), LONGEST) if math.isfinite(seconds) else None


def _timestamp(text: str) -> float | None:
    """Return the seconds since the epoch of an HTTP date."""
    try:
        read: datetime = parsedate_to_datetime(text)
        # `-0000` gives a time without a zone, which is meant as UTC.
        return (read if read.tzinfo is not None else read.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
