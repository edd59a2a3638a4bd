"""Times as pages tell them: in UTC, because nobody knows where a page is read."""

from markupsafe import Markup, escape

from snakemake_heliport.model import DigitalObject, JsonValue
from snakemake_heliport.wording import time_of


def moment(value: JsonValue) -> str | Markup:
    """Return a time as an element that people and programs read."""
    found = time_of(value)
    if found is None:
        return "" if value is None else str(value)
    return Markup('<time datetime="{}">{} UTC</time>').format(escape(value), f"{found:%Y-%m-%d %H:%M:%S}")


def date_of(thing: DigitalObject) -> str:
    """Return when something came about, as plain text; nothing where that is not known."""
    said = thing.attributes
    found = next(filter(None, (time_of(said.get(name)) for name in ("started", "created", "modified"))), None)
    return "" if found is None else f"{found:%Y-%m-%d %H:%M:%S} UTC"


def minute(value: JsonValue) -> str:
    """Return a time to the minute, as plain text; nothing where it is not known."""
    found = time_of(value)
    return "" if found is None else f"{found:%Y-%m-%d %H:%M}"
