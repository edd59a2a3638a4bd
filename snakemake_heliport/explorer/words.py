"""Times and durations as pages tell them: in UTC, because nobody knows where a page is read."""

from datetime import UTC, datetime

from markupsafe import Markup, escape

from snakemake_heliport.model import DigitalObject, JsonValue


def when(value: JsonValue) -> datetime | None:
    """Return a recorded time, None where it is none."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return None if found is None else found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)


def moment(value: JsonValue) -> str | Markup:
    """Return a time as an element that people and programs read."""
    found = when(value)
    if found is None:
        return "" if value is None else str(value)
    return Markup('<time datetime="{}">{} UTC</time>').format(escape(value), f"{found:%Y-%m-%d %H:%M:%S}")


def date_of(thing: DigitalObject) -> str:
    """Return when something came about, as plain text; nothing where that is not known."""
    said = thing.attributes
    found = next(filter(None, (when(said.get(name)) for name in ("started", "created", "modified"))), None)
    return "" if found is None else f"{found:%Y-%m-%d %H:%M:%S} UTC"


def seconds(start: JsonValue, end: JsonValue) -> float | None:
    """Return how long something took, None where one end is not known, or the clock was set back meanwhile."""
    first, last = when(start), when(end)
    return None if first is None or last is None or last < first else (last - first).total_seconds()
