"""Reads annotations from `heliport.yaml`, or from the `heliport:` section of a Snakemake configuration."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from snakemake_heliport.annotation.documents import Document, DocumentError, Place, Position, load
from snakemake_heliport.annotation.errors import AnnotationError
from snakemake_heliport.annotation.explaining import explain, is_about_key, place_of
from snakemake_heliport.annotation.schema import Annotations

SECTION = "the config section 'heliport'"


def read_annotations(path: Path | str) -> Annotations:
    """Read an annotation file; an empty one says nothing.

    Raises:
        AnnotationError: It cannot be read, with line and column.
    """
    origin = _shown(Path(path))
    try:
        document = load(Path(path).read_bytes())
    except OSError as error:
        raise AnnotationError(f"cannot be read: {error.strerror or error}", origin) from None
    except DocumentError as error:
        raise AnnotationError(error.reason, origin, *error.position) from None
    try:
        return Annotations.model_validate({} if document.value is None else document.value)
    except ValidationError as error:
        raise _first_error(error, document, origin) from None


def read_section(section: Mapping[str, Any]) -> Annotations:
    """Read annotations that are a part of a Snakemake configuration.

    Raises:
        AnnotationError: They are wrong; where a configuration was merged from files there are no lines to name.
    """
    try:
        return Annotations.model_validate(dict(section))
    except ValidationError as error:
        raise _first_error(error, Document(), SECTION) from None


def _first_error(error: ValidationError, document: Document, origin: str) -> AnnotationError:
    """Return the error that comes first in the file; the others are counted."""
    # A missing key is often one that is misspelt, so what is there comes first.
    found = [(item["type"] == "missing", _position(item, document) or (0, 0), item) for item in error.errors()]
    first = min(found, key=lambda item: item[:2])[-1]
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return AnnotationError(explain(first) + more, origin, *(_position(first, document) or (None, None)))


def _position(error: Mapping[str, Any], document: Document) -> Position | None:
    place: Place = place_of(error)
    if is_about_key(error) and place in document.keys:
        return document.keys[place]
    while place and place not in document.values:
        place = place[:-1]
    return document.values.get(place)


def _shown(path: Path) -> str:
    """Return a path as short as it can be said from here."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
