"""Times as RDF writes them."""

from datetime import UTC, datetime


def iso(at: float) -> str:
    """Return seconds since the epoch as `2026-11-23T07:57:40.277Z`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_ns(at_ns: int) -> str:
    """Return nanoseconds since the epoch likewise; a time that no calendar holds becomes the epoch itself."""
    try:
        return iso(at_ns / 1e9)
    except (OverflowError, ValueError, OSError):
        return iso(0.0)
