"""What can go wrong with a tracking store, as one line that says what, where, and what to do next.

TrackerError
└── TrackerMissing   there is nothing yet: no file, no folder, or an empty one
"""

from snakemake_heliport.errors import HeliportError


class TrackerError(HeliportError):
    """A tracking store cannot be read; the message is one line with advice, and names no secret."""


class TrackerMissing(TrackerError):
    """Nothing was recorded there yet; of a store that nobody named, this is no error."""


def one_line(error: BaseException, limit: int = 300) -> str:
    """Return what an exception says, in one line of at most `limit` characters."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= limit else f"{text[:limit]}…"
