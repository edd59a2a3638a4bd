"""Texts of the record as they may stand in a form: what JSON and XML can carry."""

import re

from snakemake_heliport.export.machine import is_elsewhere
from snakemake_heliport.export.text import representable
from snakemake_heliport.model import DigitalObject, JsonValue

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def text(value: JsonValue) -> str | None:
    """Return a value as text that JSON and XML can carry; None for nothing."""
    if value is None or isinstance(value, list | dict):
        return None
    found = _CONTROL.sub(" ", representable(str(value)).replace("\r\n", "\n")).strip()
    return found or None


def texts(value: JsonValue) -> list[str]:
    """Return the texts in a list, each once."""
    found = (text(item) for item in value) if isinstance(value, list) else iter(())
    return list(dict.fromkeys(item for item in found if item is not None))


def line(value: JsonValue) -> str | None:
    """Return a value as one line of text."""
    found = text(value)
    return None if found is None else " ".join(found.split())


def path_of(thing: DigitalObject) -> str | None:
    """Return the path of a file as others may read it: inside the working directory, or the bare name."""
    path = text(thing.attributes.get("path"))
    if path is None or not is_elsewhere(path):
        return path
    return path.rstrip("/").rpartition("/")[2] or None
